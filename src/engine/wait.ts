/** Waiting for something that goes on by itself, or that may come back, for at most so long. */
import { type Clock, pause } from '../core/clock.ts';
import { StoreUnavailable } from '../core/store.ts';

/** In the place of a value that did not come in time; the work may still bring it. */
export const LATE = Symbol('late');

/** The work's value, or `LATE` after `ms`; the work goes on either way. */
export function within<T>(clock: Clock, work: Promise<T>, ms: number): Promise<T | typeof LATE> {
  if (ms <= 0) {
    // Nobody hears how it ends: a failure that nobody handles would end the process.
    work.catch(() => {});
    return Promise.resolve(LATE);
  }
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(LATE));
    work.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}

const FIRST_GAP_MS = 50;
const LONGEST_GAP_MS = 1_000;

/**
 * Reads again while the store is away, with growing gaps, until `until`.
 * @throws {StoreUnavailable} when it was away to the end.
 */
export async function whileAway<T>(clock: Clock, until: number, read: () => Promise<T>): Promise<T> {
  for (let gap = FIRST_GAP_MS; ; gap = Math.min(gap * 2, LONGEST_GAP_MS)) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || clock.now() + gap >= until) throw error;
    }
    await pause(clock, gap);
  }
}
