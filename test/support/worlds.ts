/**
 * What a Tollbridge of the tests stands before: its own sandbox, a fake Rainforest, or another Tollbridge that is called as
 * Rainforest is. The same scenario gives the same reply in each; what was charged is read where it was charged.
 */
import { expect } from 'chai';
import type { Clock } from '../../src/core/clock.ts';
import type { Processor } from '../../src/core/processor.ts';
import { Secret } from '../../src/core/secret.ts';
import { openRainforest } from '../../src/processors/rainforest/open.ts';
import { answerOf, type LedgerEntry } from '../../src/processors/sandbox/ledger.ts';
import { type ApiKeyMade, clientOf } from './api.ts';
import { rainforestAt, startFakeRainforest } from './fake-rainforest.ts';
import { startFakeStripe, stripeAt } from './fake-stripe.ts';
import { startServer, type TestServer } from './server.ts';
import { createDatabase, type SuiteStores } from './stores.ts';
import { chargesOf } from './twilio.ts';

/** A server, and what lies behind it. */
export interface World {
  readonly server: TestServer;
  /** How many charges of that config were sent upstream, and how many of those approved there. */
  charges(config: string): Promise<{ readonly sent: number; readonly approved: number }>;
  /** One round of the reconciler, in each server. */
  reconcile(): Promise<unknown>;
  close(): Promise<void>;
}

/** @param clock times the server and what lies behind it */
export type OpenWorld = (stores: SuiteStores, clock: Clock) => Promise<World>;

/** What the permissions of the two keys have to be, as docs/processors.md says. */
const CONFIG_PERMISSIONS = [
  'payin_config:create',
  'payin_config:read',
  'payment_method_config:create',
  'payment_method_config:read',
];
const PAYIN_PERMISSIONS = [
  'payin:create',
  'payin:read',
  'payin:update',
  'payment_method:create',
  'payment_method:read',
  'refund:create',
];

const ofLedger = (entries: readonly LedgerEntry[]) => ({
  sent: entries.length,
  approved: entries.filter(({ operation }) => operation !== null && answerOf(operation) === 'approved').length,
});

const openSandbox: OpenWorld = async (stores, clock) => {
  const server = await startServer({ store: stores.store(), clock });
  return {
    server,
    charges: async (config) => ofLedger(await chargesOf(server, config)),
    reconcile: () => server.engine.reconciler.sweep(),
    close: () => server.close(),
  };
};

const openFake: OpenWorld = async (stores, clock) => {
  const fake = await startFakeRainforest(clock);
  const processor = rainforestAt(fake.port, clock);
  const server = await startServer({ store: stores.store(), clock, processor });
  return {
    server,
    async charges(config) {
      await server.engine.background.idle();
      const payins = fake.ledger.payinsOf(config);
      return { sent: payins.length, approved: payins.filter(({ status }) => status !== 'FAILED').length };
    },
    reconcile: () => server.engine.reconciler.sweep(),
    async close() {
      await server.close();
      await processor.close();
      await fake.close();
      expect(fake.faults).to.deep.equal([]);
    },
  };
};

const openStripe: OpenWorld = async (stores, clock) => {
  const fake = await startFakeStripe(clock);
  const processor = stripeAt(fake.port, clock);
  const server = await startServer({ store: stores.store(), clock, processor });
  return {
    server,
    async charges(config) {
      await server.engine.background.idle();
      return fake.ledger().countOf(config);
    },
    reconcile: () => server.engine.reconciler.sweep(),
    async close() {
      await server.close();
      await processor.close();
      await fake.close();
      expect(fake.faults).to.deep.equal([]);
    },
  };
};

const openChain: OpenWorld = async (stores, clock) => {
  const database = await createDatabase(stores.name);
  const inner = await startServer({ store: await database.open(), clock });
  const processor = await bridgeTo(inner, clock);
  const server = await startServer({ store: stores.store(), clock, processor });
  return {
    server,
    async charges(config) {
      await server.engine.background.idle();
      const chargeable = await server.store.get('chargeables', config);
      return ofLedger(await chargesOf(inner, chargeable?.upstream?.id ?? ''));
    },
    async reconcile() {
      await inner.engine.reconciler.sweep();
      await server.engine.reconciler.sweep();
    },
    async close() {
      await server.close();
      await processor.close();
      await inner.close();
      await database.destroy();
    },
  };
};

/** A Tollbridge as another one's Rainforest, by two keys of its own. */
export async function bridgeTo(inner: TestServer, clock: Clock): Promise<Processor> {
  const { platform, merchant } = inner.account;
  const keyFor = async (permissions: readonly string[]) => {
    const statements = [{ permissions, constraints: { platform: { platform_id: platform.id } } }];
    return new Secret(
      (await clientOf(inner).post<ApiKeyMade>('/v1/api_keys', { platform_id: platform.id, statements })).api_key,
    );
  };
  const processor = openRainforest(
    {
      environment: 'sandbox',
      configKey: await keyFor(CONFIG_PERMISSIONS),
      payinKey: await keyFor(PAYIN_PERMISSIONS),
      platformId: platform.id,
      merchantId: merchant.id,
      url: inner.url,
    },
    clock,
    () => {},
  );
  if (processor === null) throw new Error('there are credentials');
  return processor;
}

/** How one is opened, and what its processor takes no card, or no account, without. */
export interface WorldKind {
  readonly open: OpenWorld;
  readonly needsPostalCode: boolean;
  readonly needsHolder: boolean;
}

/** By a name for titles. */
export const WORLDS: Readonly<Record<string, WorldKind>> = {
  'the sandbox': { open: openSandbox, needsPostalCode: false, needsHolder: false },
  'a fake Rainforest': { open: openFake, needsPostalCode: true, needsHolder: true },
  'another Tollbridge': { open: openChain, needsPostalCode: true, needsHolder: true },
  'a fake Stripe': { open: openStripe, needsPostalCode: false, needsHolder: true },
};
