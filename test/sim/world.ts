/**
 * What a small world is: who asks for what through which processes, what the processors are like, and what may go wrong
 * how often. Decides what a process is made of; how a world stands at first is beginning.ts, what worlds there are
 * worlds.ts.
 */

import { createProcessors } from '../../src/core/processor.ts';
import type { EngineSettings } from '../../src/engine/context.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { Log } from '../../src/log.ts';
import { ENGINE_SETTINGS, TEST_SECRETS } from '../support/server.ts';
import type { Life, Machine } from './machine.ts';
import { type Shelves, simulatedStore } from './store.ts';
import { type Ledger, simulatedProcessor, type Upstream } from './upstream.ts';

export type ProcessName = 'A' | 'B';

/** A payment by a provider that repeats on silence; its deliveries one after another, each to the process named. */
export interface Payment {
  readonly kind: 'payment';
  /** Also its transaction id. */
  readonly name: string;
  readonly card: string;
  readonly to: readonly ProcessName[];
  /**
   * `impatient`: asks again at any time, without waiting for silence, and hears all its deliveries. `backend`: no provider,
   * but somebody who is not held, may hear "pending" or "unknown" and asks again until it is yes or no.
   */
  readonly manner?: 'impatient' | 'backend';
}

/** The payin that the world begins with is captured; asked for again after silence or a doubt. */
export interface Capture {
  readonly kind: 'capture';
  readonly name: string;
  /** Minor units; no two captures of a world ask for the same, because that would be one and the same. */
  readonly amount: number;
  readonly to: readonly ProcessName[];
}

/** The payin that the world begins with is voided or refunded, as its state has it; asked for again as a capture is. */
export interface Reversal {
  readonly kind: 'reversal';
  readonly name: string;
  readonly idempotencyKey: string;
  /** Minor units; null for all that is left. */
  readonly amount: number | null;
  readonly to: readonly ProcessName[];
}

export type Plan = Payment | Capture | Reversal;

/**
 * `crash`: the process is killed and started anew, and what it has sent may still arrive. `stop`: it sleeps, and wakes at
 * any step once the time has moved on. `jump`: its clock jumps past every lease. `lose`: a step of it gets no answer and is
 * done later or never.
 */
export type Fault = 'crash' | 'stop' | 'jump' | 'lose';

export interface World {
  readonly name: string;
  /** The second, where there is one, comes after `not_sent` and after a decline by the first. */
  readonly upstreams: readonly [Upstream, ...Upstream[]];
  readonly plans: readonly [Plan, ...Plan[]];
  /** What there is at the beginning: a config, or the payin that it was charged or authorized with. */
  readonly begins: 'unpaid' | 'paid' | 'authorized';
  /** The merchant's policy. */
  readonly lateApprovals: 'keep' | 'reverse';
  readonly faults: readonly Fault[];
  /** How many of them befall one run. */
  readonly faultsAtMost: number;
  /** The clock of B before that of A and of the processors, from the beginning; milliseconds. */
  readonly aheadMs: number;
  /** Rounds of the reconcilers beside the payments; when all is over they go round until nothing is open. */
  readonly sweeps: number;
}

export const PRICE = 1_000;

/**
 * Milliseconds: a lease ends with the first delivery, and the third begins before the patience ends. No two of these fall
 * due together: what overlaps does so by a fault or by a caller's haste, not by the clock.
 */
export const TIMES = {
  deliveryMs: 1_050,
  totalMs: 2_700,
  apartMs: 100,
  /** Of who is not held: a capture or reversal is answered just before its delivery ends, */
  backendMs: 1_030,
  /** and a payment before who waits for it looks. */
  paymentMs: 950,
  /** Past every lease. */
  jumpMs: 10_000,
} as const;

const SETTINGS: EngineSettings = {
  ...ENGINE_SETTINGS,
  processorDeadlineMs: 800,
  leaseSlackMs: 200,
  reservationLeaseMs: 400,
};

/** What one process is made of. */
export interface Parts {
  readonly world: World;
  readonly machine: Machine;
  readonly shelves: Shelves;
  readonly ledger: Ledger;
  readonly log: Log;
}

/** The product's own engine, over what is simulated. */
export function engineOf({ world, machine, shelves, ledger, log }: Parts, life: Life): Promise<Engine> {
  const [first, ...others] = world.upstreams.map((one) => simulatedProcessor(machine, life, ledger, one));
  if (first === undefined) throw new Error('a world has a processor');
  return createEngine({
    store: simulatedStore(machine, life, shelves),
    processors: createProcessors(first, ...others),
    clock: machine.clockOf(life),
    log,
    settings: SETTINGS,
    secrets: TEST_SECRETS,
  });
}
