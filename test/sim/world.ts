/**
 * What a small world is: who asks for what through which processes, what the processors are like, and what may go wrong
 * how often. Decides how it stands at the beginning; what there is of them is worlds.ts.
 */

import type { PayinId } from '../../src/core/ids.ts';
import type { Principal } from '../../src/core/principal.ts';
import { createProcessors } from '../../src/core/processor.ts';
import { Secret } from '../../src/core/secret.ts';
import { CARD_BRANDS } from '../../src/core/tender.ts';
import type { EngineSettings } from '../../src/engine/context.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { Log } from '../../src/log.ts';
import { card } from '../support/orders.ts';
import { ENGINE_SETTINGS, TEST_SECRETS } from '../support/server.ts';
import { digest } from './digest.ts';
import { type Life, Machine } from './machine.ts';
import { Shelves, simulatedStore } from './store.ts';
import { type Entry, type Ledger, simulatedProcessor, type Upstream } from './upstream.ts';

export type ProcessName = 'A' | 'B';

/** A payment by a provider that repeats on silence; its deliveries one after another, each to the process named. */
export interface Payment {
  readonly kind: 'payment';
  /** Also its transaction id. */
  readonly name: string;
  readonly card: string;
  readonly to: readonly ProcessName[];
  /** Asks again at any time, without waiting for silence, and hears all its deliveries. */
  readonly impatient?: true;
}

/** A refund of the payin that the world begins with, asked for again after silence or a doubt. */
export interface Refund {
  readonly kind: 'refund';
  readonly name: string;
  readonly idempotencyKey: string;
  /** Minor units. */
  readonly amount: number;
  readonly to: readonly ProcessName[];
}

export type Plan = Payment | Refund;

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
  /** Past every lease. */
  jumpMs: 10_000,
} as const;

const SETTINGS: EngineSettings = {
  ...ENGINE_SETTINGS,
  processorDeadlineMs: 800,
  leaseSlackMs: 200,
  reservationLeaseMs: 400,
};

/** How each run of a world begins. */
export interface Beginning {
  readonly shelves: Shelves;
  readonly entries: readonly Entry[];
  readonly principal: Principal;
  readonly configId: string;
  /** What refunds are about; null where none is asked for. */
  readonly payinId: PayinId | null;
}

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

export async function beginningOf(world: World): Promise<Beginning> {
  const parts = {
    world,
    machine: new Machine(),
    shelves: new Shelves(),
    ledger: { entries: [] },
    log: { event() {}, redactions: () => 0, close: async () => {} },
  };
  let begun: Beginning | null = null;
  let failure: unknown = null;
  await parts.machine.causedBy(digest('beginning'), () => {
    begin(parts).then(
      (made) => {
        begun = made;
      },
      (error: unknown) => {
        failure = error;
      },
    );
  });
  if (begun === null) throw failure ?? new Error('the beginning waits for something');
  return begun;
}

async function begin(parts: Parts): Promise<Beginning> {
  const { world, shelves, ledger } = parts;
  const engine = await engineOf(parts, { process: 'beginning', ahead: 0, asleepSince: null });
  const { merchant, adminKey } = await engine.accounts.setUp('Platform', 'Merchant');
  const principal = await engine.accounts.authenticate(adminKey.secret.reveal(), null);
  if (principal === null) throw new Error('a key that was just made is good');
  const [first, second] = world.upstreams;
  if (second !== undefined) {
    await engine.accounts.setRouting(principal, merchant.id, {
      first: { processor: first.name, account: null },
      second: { processor: second.name, account: null },
      secondAfter: ['INSUFFICIENT_FUNDS'],
    });
  }
  const config = await engine.createPayinConfig(principal, {
    merchantId: merchant.id,
    amount: PRICE,
    currency: 'USD',
    idempotencyKey: 'config',
    billingContact: {},
    metadata: {},
    methodMetadata: {},
    tenders: ['card'],
    brands: CARD_BRANDS,
    requirePostalCode: false,
    requireSecurityCode: false,
    validUntil: null,
    givenUpstream: null,
  });
  const payinId =
    world.plans[0].kind === 'refund' ? await payAndSettle(engine, principal, config.id, parts.machine.now) : null;
  return { shelves, entries: ledger.entries, principal, configId: config.id, payinId };
}

async function payAndSettle(engine: Engine, principal: Principal, configId: string, now: number): Promise<PayinId> {
  const paid = await engine.execute(
    chargeOf(configId, 'the payin', '4242424242424242'),
    callerOf(principal, now, 'payment', 0),
  );
  if (paid.kind !== 'approved' || paid.command !== 'charge') throw new Error('the payin was not approved');
  // Whoever reads a payin asks whether it has settled.
  await engine.payins.get(principal, paid.payinId);
  return paid.payinId;
}

export const chargeOf = (configId: string, transactionId: string, number: string) =>
  ({
    kind: 'charge',
    source: 'IVR',
    configId,
    transactionId,
    money: { amount: PRICE, currency: 'USD' },
    tender: { ...card(number), securityCode: new Secret('123') },
    billingContact: {},
    metadata: {},
  }) as const;

/** @param nth how many deliveries of it came before: each is given up at a time of its own. */
export const callerOf = (principal: Principal, receivedAt: number, kind: Plan['kind'], nth: number) =>
  ({
    principal,
    adapter: 'simulated',
    patience: {
      deliveryMs: TIMES.deliveryMs,
      totalMs: TIMES.totalMs + nth * TIMES.apartMs,
      repeatsOnSilence: kind === 'payment',
    },
    tenders: 'one',
    receivedAt,
    requestId: 'request',
  }) as const;
