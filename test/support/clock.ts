/** A clock that stands still until the test moves it. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/core/clock.ts';

export interface ManualClock extends Clock {
  /** Moves on by `ms`, firing what falls due in its order, and lets the code that waited for it run. */
  advance(ms: number): Promise<void>;
}

export function manualClock(start = Date.UTC(2026, 0, 15, 12)): ManualClock {
  let now = start;
  let timers: readonly { readonly at: number; readonly fire: () => void }[] = [];
  return {
    now: () => now,
    after(ms, fire) {
      const timer = { at: now + ms, fire };
      timers = [...timers, timer].sort((a, b) => a.at - b.at);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async advance(ms) {
      const end = now + ms;
      await turn();
      for (let next = timers[0]; next !== undefined && next.at <= end; next = timers[0]) {
        timers = timers.slice(1);
        now = Math.max(now, next.at);
        next.fire();
        await turn();
      }
      now = end;
    },
  };
}

/** The machine's clock, `speed` times as fast: for waiting through a provider's patience beside real input and output. */
export function fastClock(speed: number): Clock {
  const started = Date.now();
  return {
    now: () => started + (Date.now() - started) * speed,
    after(ms, fire) {
      const timer = setTimeout(fire, ms / speed);
      return () => clearTimeout(timer);
    },
  };
}

/** The machine's time, with timers that fire `speed` times as soon: for waiting through the gaps between repeats. */
export function hastyClock(speed: number): Clock {
  return { now: Date.now, after: fastClock(speed).after };
}
