/**
 * Tollbridge as the bench runs it: the real engine, application and log over a given store, and a processor that answers
 * at once, the sandbox without its ledger. Decides that no limit on attempts ever refuses; the counting still runs.
 */
import type Koa from 'koa';
import { adapters } from '../../adapters/index.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Money } from '../../src/core/money.ts';
import type { Principal } from '../../src/core/principal.ts';
import { createProcessors } from '../../src/core/processor.ts';
import type { Store } from '../../src/core/store.ts';
import { CARD_BRANDS, TENDER_KINDS } from '../../src/core/tender.ts';
import type { MadeKey, SetUp } from '../../src/engine/accounts.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { createApp } from '../../src/http/app.ts';
import type { Log } from '../../src/log.ts';
import { createSandbox, noLedger } from '../../src/processors/sandbox/index.ts';
import { ENGINE_SETTINGS, TEST_SECRETS } from '../support/server.ts';

export interface Product {
  readonly engine: Engine;
  readonly koa: Koa;
}

export async function createProduct(store: Store, log: Log): Promise<Product> {
  const clock = systemClock;
  const engine = await createEngine({
    store,
    log,
    clock,
    processors: createProcessors(createSandbox({ ledger: noLedger, clock })),
    settings: { ...ENGINE_SETTINGS, maxAttemptsPerKeyPerHour: 1e9, maxAttemptsPerMerchantPerHour: 1e9 },
    secrets: TEST_SECRETS,
  });
  const { koa } = createApp({
    engine,
    store,
    log,
    clock,
    adapters,
    limits: { maxBodyBytes: 32_768, maxJsonDepth: 32, failedAuthsPerMinute: 60 },
    addresses: { baseUrl: 'http://localhost', tenderUrl: 'http://localhost' },
    apiPatienceMs: 8_000,
    secrets: TEST_SECRETS,
    vaultApart: false,
  });
  return { engine, koa };
}

export interface Wanted {
  readonly account: SetUp;
  readonly price: Money;
  readonly count: number;
}

/** So many share a few groups of the store, and are few enough not to swell the heap. */
const CONFIGS_AT_ONCE = 500;
let made = 0;

/** Makes payin configs through the engine. @returns their ids. */
export async function makeConfigs(engine: Engine, { account, price, count }: Wanted): Promise<readonly string[]> {
  const principal = principalOf(account);
  const make = async () => {
    const { id } = await engine.createPayinConfig(principal, {
      merchantId: account.merchant.id,
      idempotencyKey: `order-${made++}`,
      amount: price.amount,
      currency: price.currency,
      billingContact: {},
      metadata: {},
      methodMetadata: {},
      tenders: TENDER_KINDS,
      brands: CARD_BRANDS,
      requirePostalCode: false,
      requireSecurityCode: false,
      validUntil: null,
      givenUpstream: null,
    });
    return id;
  };
  const ids: string[] = [];
  while (ids.length < count) {
    const batch = Math.min(CONFIGS_AT_ONCE, count - ids.length);
    ids.push(...(await Promise.all(Array.from({ length: batch }, make))));
  }
  return ids;
}

/** A key for the carts of that merchant alone. */
export function makeCartKey(engine: Engine, account: SetUp): Promise<MadeKey> {
  const { platform, merchant } = account;
  const constraints = { merchant: { merchant_id: merchant.id } };
  return engine.accounts.createKey(principalOf(account), {
    platformId: platform.id,
    statements: [{ permissions: ['cart:create', 'payin:create'], constraints }],
    replyStatus: 'DOCUMENTED',
  });
}

function principalOf({ adminKey: { key } }: SetUp): Principal {
  const { id: keyId, platformId, statements, replyStatus } = key;
  return { keyId, platformId, statements, replyStatus };
}
