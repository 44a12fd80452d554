/** Time as a dependency, so that tests decide what time it is and when a timer fires. */

/** Where time comes from: whatever decides by time is given one of these. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
  /** Calls back once after `ms`; the returned function cancels it. */
  after(ms: number, fire: () => void): () => void;
}

/**
 * The machine's clock. It jumps, back too, when the machine is set; no rule of safety may rest on it. A pending timer does
 * not keep a process alive.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** As `systemClock`, for a command that has nothing but time to wait for: a pending timer keeps the process alive. */
export const waitingClock: Clock = {
  now: () => Date.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms` of the given clock. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}
