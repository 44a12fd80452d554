/** Waiting for what can only be observed from outside, as another process's progress. */
import { setTimeout as pause } from 'node:timers/promises';

const GAP_MS = 20;

/** Asks again until `check` no longer throws. @throws what it threw last, after `ms` */
export async function eventually<T>(check: () => T | Promise<T>, ms: number): Promise<T> {
  for (const deadline = Date.now() + ms; ; ) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
    }
    await pause(GAP_MS);
  }
}
