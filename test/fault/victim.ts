/** Starting the process of child.ts and telling it where to wait for a signal. */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { EngineSettings } from '../../src/engine/context.ts';
import type { Ledger } from '../../src/processors/sandbox/ledger.ts';
import { openSandboxLedger } from '../../src/processors/sandbox/open.ts';
import { SETTINGS } from '../../src/settings.ts';
import type { Moment } from '../support/moments.ts';
import { type Running, startNode, unlessEnded } from '../support/process.ts';
import type { Door } from '../support/twilio.ts';

/** Recovery takes fractions of a second; the deadline leaves a busy machine time to charge at all. */
export const SHORT: Partial<EngineSettings> = {
  processorDeadlineMs: 1_000,
  leaseSlackMs: 50,
  reservationLeaseMs: 200,
};
export const SWEEP_MS = 50;

export type Order =
  | { readonly kind: 'hold'; readonly at: readonly Moment[]; readonly arrivals: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'sleep' }
  | { readonly kind: 'reconcile' };

export interface Victim extends Running, Door {
  /**
   * From now on its payments wait at these moments.
   * @returns once the order was taken; `reached` resolves when so many have come there and nothing else moves.
   */
  hold(at: readonly Moment[], arrivals: number): Promise<{ readonly reached: Promise<void> }>;
  /** Stops it with SIGSTOP. */
  sleep(): Promise<void>;
  /** SIGCONT; what was held goes on. */
  wake(): Promise<void>;
  /** From now on it looks after what others left open. */
  reconcile(): void;
}

/** The sandbox's ledger beside that store. */
export async function openLedgerOf(storeUrl: string): Promise<Ledger> {
  const location = SETTINGS.store.location.parse(storeUrl);
  if (location === undefined) throw new Error('not the URL of a store');
  return openSandboxLedger(location);
}

const RESEND_MS = 20;

/** Starts a process on that store, with a platform of its own. */
export async function startVictim(storeUrl: string): Promise<Victim> {
  const running = startNode('test/fault/child.ts', [storeUrl], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const said = (word: string) =>
    new Promise<void>((resolve) => {
      const listen = (message: unknown) => {
        if (message !== word) return;
        running.process.off('message', listen);
        resolve();
      };
      running.process.on('message', listen);
    });
  const order = (given: Order) => running.process.send(given);
  const [door] = await unlessEnded(running, once(running.process, 'message'));
  return {
    ...running,
    ...door,
    async hold(at, arrivals) {
      const [taken, reached] = [said('waiting'), said('reached')];
      order({ kind: 'hold', at, arrivals });
      await unlessEnded(running, taken);
      return { reached };
    },
    async sleep() {
      const sleeping = said('sleeping');
      order({ kind: 'sleep' });
      await unlessEnded(running, sleeping);
    },
    async wake() {
      let awake = false;
      const released = said('released').then(() => {
        awake = true;
      });
      order({ kind: 'release' });
      // The signal to stop may not have arrived yet, and the next one to go on is free.
      while (!awake) {
        running.process.kill('SIGCONT');
        await Promise.race([unlessEnded(running, released), pause(RESEND_MS)]);
      }
    },
    reconcile: () => void order({ kind: 'reconcile' }),
  };
}
