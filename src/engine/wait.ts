/** Waiting for something that goes on by itself, for at most so long. */
import type { Clock } from '../core/clock.ts';

export const LATE = Symbol('late');

/** The work's value, or `LATE` after `ms`; the work goes on either way. */
export function within<T>(clock: Clock, work: Promise<T>, ms: number): Promise<T | typeof LATE> {
  if (ms <= 0) return Promise.resolve(LATE);
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
