/**
 * Keeps one merchant's slow payments from taking the places of all others: at most so many at once for each merchant,
 * and a short queue behind them in which nobody waits long. Decides who may start; what is started is the caller's.
 */
import type { Clock } from '../core/clock.ts';

/** How many of one merchant's may be under way and may wait, and for how many milliseconds. */
export interface BulkheadLimits {
  readonly inFlight: number;
  readonly waiting: number;
  readonly waitMs: number;
}

/** Why something was not started, and never will be. */
export type TurnedAway = 'queue_full' | 'queue_timeout' | 'closed';

/** Work by merchant; null is a lane of its own, for what belongs to none. */
export interface Bulkhead {
  /** Starts the work as soon as there is a place, and frees that when it settles; else says why it was not started. */
  run<T>(merchant: string | null, work: () => Promise<T>): Promise<T | TurnedAway>;
  /** Turns away whoever waits or comes; what was started goes on. */
  close(): void;
}

type Waiter = (refusal: TurnedAway | null) => void;

interface Lane {
  inFlight: number;
  /** First come, first served. */
  readonly waiting: Set<Waiter>;
}

/** @param clock counts the time in the queue. */
export function createBulkhead(limits: BulkheadLimits, clock: Clock): Bulkhead {
  const lanes = new Map<string | null, Lane>();
  let closed = false;

  function laneOf(merchant: string | null): Lane {
    const lane = lanes.get(merchant) ?? { inFlight: 0, waiting: new Set() };
    lanes.set(merchant, lane);
    return lane;
  }

  function wait({ waiting }: Lane): Promise<TurnedAway | null> {
    return new Promise((resolve) => {
      const cancel = clock.after(limits.waitMs, () => waiter('queue_timeout'));
      const waiter: Waiter = (refusal) => {
        cancel();
        waiting.delete(waiter);
        resolve(refusal);
      };
      waiting.add(waiter);
    });
  }

  async function enter(lane: Lane): Promise<TurnedAway | null> {
    if (lane.inFlight >= limits.inFlight) return lane.waiting.size >= limits.waiting ? 'queue_full' : wait(lane);
    lane.inFlight += 1;
    return null;
  }

  /** The place goes to whoever waits longest, without ever being free in between. */
  function leave(merchant: string | null, lane: Lane): void {
    const [next] = lane.waiting;
    if (next === undefined) lane.inFlight -= 1;
    else next(null);
    if (lane.inFlight === 0) lanes.delete(merchant);
  }

  return {
    async run(merchant, work) {
      if (closed) return 'closed';
      const lane = laneOf(merchant);
      const refusal = await enter(lane);
      if (refusal !== null) return refusal;
      try {
        // It may have been closed since this one was let in.
        return closed ? 'closed' : await work();
      } finally {
        leave(merchant, lane);
      }
    },
    close() {
      closed = true;
      for (const { waiting } of lanes.values()) for (const waiter of [...waiting]) waiter('closed');
    },
  };
}
