/** Whole, valid records for the store's contract, each with ids of its own, and small helpers around them. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../../src/core/clock.ts';
import { createIds, makeCartId, makeCartPaymentId } from '../../src/core/ids.ts';
import { NO_CHECKS } from '../../src/core/processor.ts';
import type { Collection, Records, Write } from '../../src/core/store.ts';

const ids = createIds({ sandbox: true, clock: systemClock });

/** Text that no other record has. */
export const unique = (): string => randomBytes(16).toString('hex');

const ROUTE = { processor: 'sandbox', account: null };
const CARD = { kind: 'card', brand: 'visa', last4: '1111', expMonth: 12, expYear: 2030 } as const;
const TIMES = { createdAt: 1_700_000_000_000, updatedAt: 1_700_000_000_001 };
const BILLING = { name: 'Zoë Ω', postal_code: '94111' };

const SAMPLES: { readonly [C in Collection]: () => Records[C] } = {
  platforms: () => ({ id: ids.make('plt'), rev: 0, name: 'A platform', accountSid: `AC${unique()}`, createdAt: 1 }),
  merchants: () => ({
    id: ids.make('mid'),
    rev: 0,
    platformId: ids.make('plt'),
    name: 'A merchant',
    dbaName: null,
    lineLimit: null,
    status: 'ACTIVE',
    ...TIMES,
  }),
  keys: () => ({
    id: ids.make('api'),
    rev: 0,
    platformId: ids.make('plt'),
    secretHash: unique(),
    masked: '01234567****89abcdef',
    statements: [{ permissions: ['payin:create'], constraints: { merchant: { merchant_id: ids.make('mid') } } }],
    replyStatus: 'DOCUMENTED',
    status: 'ENABLED',
    ...TIMES,
  }),
  chargeables: () => ({
    kind: 'payin',
    id: ids.make('cfg'),
    rev: 0,
    platformId: ids.make('plt'),
    merchantId: ids.make('mid'),
    paymentMethodConfigId: ids.make('pmc'),
    amount: 1000,
    currency: 'USD',
    tenders: ['card', 'bank_account'],
    brands: [],
    active: null,
    used: null,
    epoch: 0,
    claims: 0,
    billingContact: BILLING,
    metadata: {},
    methodMetadata: {},
    requirePostalCode: false,
    requireSecurityCode: true,
    validUntil: null,
    idempotencyKey: unique(),
    createdAt: TIMES.createdAt,
    expiresAt: null,
  }),
  attempts: () => ({
    id: unique(),
    rev: 0,
    command: 'charge',
    adapter: 'twilio',
    platformId: ids.make('plt'),
    merchantId: ids.make('mid'),
    chargeableId: ids.make('cfg'),
    transactionId: unique(),
    keyId: ids.make('api'),
    fingerprint: unique(),
    state: 'approved',
    generation: 0,
    fence: 0,
    owner: unique(),
    leaseUntil: TIMES.createdAt,
    verdict: { kind: 'approved', amount: 1000, currency: 'USD', checks: NO_CHECKS },
    told: null,
    conflict: false,
    dueAt: null,
    looks: 0,
    route: ROUTE,
    upstream: null,
    reference: null,
    payinId: ids.make('pyi'),
    paymentMethodId: ids.make('mtd'),
    confirmationCode: '234679FK',
    payinStatus: 'PROCESSING',
    source: 'IVR',
    amount: 1000,
    currency: 'USD',
    instrument: CARD,
    methodType: 'CARD',
    billingContact: BILLING,
    billingName: null,
    metadata: {},
    ...TIMES,
    expiresAt: null,
  }),
  codes: () => ({ id: `${ids.make('mid')}:${unique()}`, rev: 0, attempt: unique(), expiresAt: null }),
  methods: () => ({
    id: ids.make('mtd'),
    rev: 0,
    platformId: ids.make('plt'),
    merchantId: ids.make('mid'),
    paymentMethodConfigId: ids.make('pmc'),
    status: 'ACTIVE',
    methodType: 'CARD',
    instrument: CARD,
    route: ROUTE,
    token: null,
    billingContact: {},
    metadata: {},
    ...TIMES,
  }),
  refunds: () => ({
    id: ids.make('rfd'),
    rev: 0,
    attempt: unique(),
    payinId: ids.make('pyi'),
    platformId: ids.make('plt'),
    merchantId: ids.make('mid'),
    status: 'PROCESSING',
    amount: 1000,
    ...TIMES,
    expiresAt: null,
  }),
  idempotency: () => ({ id: unique(), rev: 0, fingerprint: unique(), makes: ids.make('cfg'), expiresAt: null }),
  tallies: () => ({ id: unique(), rev: 0, count: 1, expiresAt: null }),
  cartPayments: () => ({ id: makeCartPaymentId(), rev: 0, cart: makeCartId(), expiresAt: null }),
  feeSchedules: () => ({
    id: unique(),
    rev: 0,
    platformId: ids.make('plt'),
    merchantId: ids.make('mid'),
    location: 'A location',
    currency: 'USD',
    fees: { card: { fixed: 30, rate: 23_500, least: 0, most: null }, bank_account: null },
    ...TIMES,
  }),
  meta: () => ({ id: unique(), rev: 0, value: 'a value' }),
};

/** A record of the collection, with the changes. */
export function sample<C extends Collection>(collection: C, changes: Partial<Records[C]> = {}): Records[C] {
  return { ...SAMPLES[collection](), ...changes };
}

/** The record's next revision, with the changes. */
export function next<R extends { readonly rev: number }>(record: R, changes: Partial<R> = {}): R {
  return { ...record, ...changes, rev: record.rev + 1 };
}

/** TypeScript does not see that a collection and its record go together once both are type parameters. */
export function insertion<C extends Collection>(collection: C, record: Records[C]): Write {
  return { insert: collection, record } as unknown as Write;
}

/** What it failed with; null where it did not. */
export async function failureOf(answer: Promise<unknown>): Promise<unknown> {
  try {
    await answer;
    return null;
  } catch (error) {
    return error;
  }
}
