/** The reconciler at work, as in a server process: round after round, a store that does not answer notwithstanding. */
import { setTimeout as pause } from 'node:timers/promises';
import { StoreUnavailable } from '../../src/core/store.ts';
import type { Engine } from '../../src/engine/engine.ts';

export interface Sweeping {
  /** Resolves when the round under way has ended. */
  stop(): Promise<void>;
}

export function startSweeping({ reconciler }: Engine, gapMs: number): Sweeping {
  let stopped = false;
  const ended = sweep();

  async function sweep(): Promise<void> {
    while (!stopped) {
      try {
        await reconciler.sweep();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
      }
      await pause(gapMs);
    }
  }

  return {
    stop() {
      stopped = true;
      return ended;
    },
  };
}
