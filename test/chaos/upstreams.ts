/** Who moves the money in a run: what the servers are told of it, what of it can be cut off, and what its books say. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Absence, Routing } from '../../src/core/processor.ts';
import { answerOf } from '../../src/processors/sandbox/ledger.ts';
import { openSandboxLedger } from '../../src/processors/sandbox/open.ts';
import {
  CONFIG_KEY,
  type FakeRainforest,
  MERCHANT,
  PAYIN_KEY,
  PLATFORM,
  startFakeRainforest,
} from '../support/fake-rainforest.ts';
import { STRIPE_KEY, startFakeStripe } from '../support/fake-stripe.ts';
import { locationOf, type TestDatabase } from '../support/stores.ts';
import { type Breakable, cuttableWire } from './cuts.ts';
import { LEASE_MS } from './fleet.ts';
import type { BookEntry } from './judge.ts';

/** One upstream of a run. */
export interface Upstream {
  /** For the servers. */
  readonly env: Readonly<Record<string, string>>;
  readonly breakable: readonly Breakable[];
  /** The merchant's; null for the servers' default. */
  readonly routing: Routing | null;
  /** Why something may be given up that is not found there. */
  readonly absence: Absence;
  /** What it has really done for these configs. */
  books(configs: readonly string[]): Promise<readonly BookEntry[]>;
  close(): Promise<void>;
}

/**
 * The sandbox of the servers themselves, with a ledger in the store's database; a Stripe and a Rainforest, each behind a wire
 * that breaks, and the Rainforest slow at times; and that Stripe with the sandbox as the merchant's second processor.
 */
export const UPSTREAMS = {
  sandbox: sandboxOf,
  stripe: fakeStripe,
  rainforest: fakeRainforest,
  second: stripeThenSandbox,
} as const;
export type UpstreamName = keyof typeof UPSTREAMS;

async function sandboxOf({ url }: TestDatabase): Promise<Upstream> {
  const ledger = await openSandboxLedger(locationOf(url));
  return {
    env: {},
    breakable: [],
    routing: null,
    absence: 'abandon',
    async books() {
      const entries = await ledger.list();
      return entries.flatMap(({ attemptKey: reference, operation, at }) =>
        operation === null
          ? []
          : [
              {
                chargeableId: operation.chargeableId,
                reference,
                approved: answerOf(operation) === 'approved',
                last4: null,
                at,
              },
            ],
      );
    },
    close: () => ledger.close(),
  };
}

async function fakeStripe(): Promise<Upstream> {
  const fake = await startFakeStripe();
  const wire = await cuttableWire(fake.port);
  return {
    env: { PROCESSOR: 'stripe', STRIPE_SECRET_KEY: STRIPE_KEY, STRIPE_URL: wire.url },
    breakable: [wire],
    routing: null,
    absence: 'abandon',
    async books(configs) {
      const ledger = fake.ledger();
      return configs.flatMap((chargeableId) => {
        const charges = ledger.chargesOf(chargeableId).map(({ id, at }) => ({ reference: id, at }));
        // It does not tell when a tender was set up: a no is a lie then only where it was the last word.
        const kept = ledger
          .intentsOf(chargeableId)
          .filter(({ id, status }) => id.startsWith('seti_') && status === 'succeeded')
          .map(({ id }) => ({ reference: id, at: Number.POSITIVE_INFINITY }));
        return [...charges, ...kept].map((entry) => ({ chargeableId, approved: true, last4: null, ...entry }));
      });
    },
    async close() {
      await wire.close();
      await fake.close();
    },
  };
}

/** What moves money, or keeps a tender. */
const ORDERS = /^\/v1\/(payins|payment_methods)$/;
const LATE_MS = LEASE_MS + 1_000;

async function fakeRainforest(): Promise<Upstream> {
  const fake = await startFakeRainforest();
  const wire = await cuttableWire(fake.port);
  return {
    env: {
      PROCESSOR: 'rainforest',
      RAINFOREST_CONFIG_KEY: CONFIG_KEY,
      RAINFOREST_PAYIN_KEY: PAYIN_KEY,
      RAINFOREST_PLATFORM_ID: PLATFORM,
      RAINFOREST_MERCHANT_ID: MERCHANT,
      RAINFOREST_URL: wire.url,
    },
    breakable: [wire, lateOrders(fake)],
    routing: null,
    absence: 'once',
    async books() {
      const [fault] = fake.faults;
      if (fault !== undefined) throw new Error(`not what the contract says: ${fault}`);
      return fake.ledger.entries().map(({ id, ...entry }) => ({ reference: id, ...entry }));
    },
    async close() {
      await wire.close();
      await fake.close();
    },
  };
}

/** Orders that come while it is cut are executed when the lease of whoever sent them is long over. */
function lateOrders(fake: FakeRainforest): Breakable {
  return {
    gapMs: [500, 2_000],
    async cut(ms) {
      const over = pause(ms).then(() => 'over');
      const held: Promise<void>[] = [];
      for (;;) {
        const { arrived, release } = fake.hold(ORDERS);
        const isOver = (await Promise.race([arrived, over])) === 'over';
        held.push((isOver ? Promise.resolve() : pause(LATE_MS)).then(release));
        if (isOver) break;
      }
      await Promise.all(held);
    },
  };
}

/** The second is asked where nothing left for the first, and after each decline of it. */
async function stripeThenSandbox(database: TestDatabase): Promise<Upstream> {
  const [first, second] = [await fakeStripe(), await sandboxOf(database)];
  return {
    // The sandbox is there where it is the default.
    env: { ...first.env, PROCESSOR: 'sandbox' },
    breakable: first.breakable,
    routing: {
      first: { processor: 'stripe', account: null },
      second: { processor: 'sandbox', account: null },
      secondAfter: ['DECLINED'],
    },
    absence: 'abandon',
    books: async (configs) => [...(await first.books(configs)), ...(await second.books(configs))],
    async close() {
      await first.close();
      await second.close();
    },
  };
}
