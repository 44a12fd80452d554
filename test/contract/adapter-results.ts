/** Every result that an adapter can be asked to encode, spelled out. Part of `describeAdapter`. */
import { systemClock } from '../../src/core/clock.ts';
import { DECLINE_CODES, ERROR_CODES, type OpenCode, type RefusalCode } from '../../src/core/errors.ts';
import { createIds, type PayinId, type PaymentMethodId } from '../../src/core/ids.ts';
import type { Money } from '../../src/core/money.ts';
import {
  type ApprovedCharge,
  type ApprovedTokenize,
  type PayinStatus,
  type PaymentResult,
  refusal,
} from '../../src/core/payment.ts';
import { CARD_BRANDS, type Instrument } from '../../src/core/tender.ts';

const ids = createIds({ sandbox: true, clock: systemClock });

/** Who a result is about. */
interface Subject {
  readonly payinId: PayinId;
  readonly paymentMethodId: PaymentMethodId;
  readonly confirmationCode: string;
}

/** Two that have nothing in common. */
const SUBJECTS: readonly [Subject, Subject] = [
  { payinId: ids.make('pyi'), paymentMethodId: ids.make('mtd'), confirmationCode: '234679FK' },
  { payinId: ids.make('pyi'), paymentMethodId: ids.make('mtd'), confirmationCode: 'LMRW2346' },
];

/** A test routing number; no reply may show it. */
export const ROUTING = '110000000';

const CARDS = CARD_BRANDS.map(
  (brand, i): Instrument => ({ kind: 'card', brand, last4: `00${10 + i}`, expMonth: i + 1, expYear: 2030 }),
);
const ACCOUNT: Instrument = {
  kind: 'bank_account',
  last4: '0042',
  routing: ROUTING,
  accountType: 'CHECKING',
  holderType: 'PERSONAL',
};
const INSTRUMENTS = [...CARDS, ACCOUNT];
const CARD: Instrument = CARDS[0] ?? ACCOUNT;

/** Amounts at which arithmetic and formats go wrong: the least, a lost zero, thousands, none and three decimals. */
export const MONEYS: readonly Money[] = [
  { amount: 1, currency: 'USD' },
  { amount: 10, currency: 'USD' },
  { amount: 1_010, currency: 'USD' },
  { amount: 100_000_000, currency: 'USD' },
  { amount: Number.MAX_SAFE_INTEGER, currency: 'USD' },
  { amount: 5_003, currency: 'JPY' },
  { amount: 7_001, currency: 'BHD' },
];

/** An approval; what is left out is the first of its kind. */
export function approvedCharge(changes: Partial<ApprovedCharge> = {}): ApprovedCharge {
  return {
    kind: 'approved',
    command: 'charge',
    ...SUBJECTS[0],
    status: 'PROCESSING',
    money: { amount: 1_010, currency: 'USD' },
    instrument: CARD,
    ...changes,
  };
}

const STATUSES: readonly PayinStatus[] = ['PROCESSING', 'AUTHORIZED', 'IN_REVIEW', 'SUCCEEDED'];

/** Approvals of charges, between them all that can differ. */
export const CHARGES: readonly ApprovedCharge[] = [
  ...SUBJECTS.map((subject) => approvedCharge(subject)),
  ...INSTRUMENTS.map((instrument) => approvedCharge({ instrument })),
  ...STATUSES.map((status) => approvedCharge({ status })),
  ...MONEYS.map((money) => approvedCharge({ money })),
];

/** Approvals of tokenizes, between them all that can differ. */
export const TOKENIZES: readonly ApprovedTokenize[] = SUBJECTS.flatMap(({ paymentMethodId }) =>
  INSTRUMENTS.map((instrument) => ({ kind: 'approved', command: 'tokenize', paymentMethodId, instrument })),
);

const [{ payinId, paymentMethodId }] = SUBJECTS;
const DECLINES: ReadonlySet<string> = new Set(DECLINE_CODES);
const isOurs = (code: string): code is RefusalCode | OpenCode => !DECLINES.has(code);

/** Every no of an issuer's, to a charge and to a tokenize. */
export const DECLINED: readonly PaymentResult[] = DECLINE_CODES.flatMap((code) =>
  [payinId, null].map((payin) => ({ kind: 'declined' as const, code, payinId: payin, paymentMethodId })),
);

/** Every no of ours, with a field to blame and without. */
export const REFUSED: readonly PaymentResult[] = ERROR_CODES.filter(isOurs).flatMap((code) => [
  refusal(code),
  refusal(code, 'amount'),
]);

/** Neither yes nor no, with all that may be known of it and with nothing. */
export const OPEN: readonly PaymentResult[] = (['pending', 'unknown'] as const).flatMap((kind) => [
  { kind, payinId, paymentMethodId },
  { kind, payinId: null, paymentMethodId },
  { kind, payinId: null, paymentMethodId: null },
]);

/** All of them. */
export const RESULTS: readonly PaymentResult[] = [...CHARGES, ...TOKENIZES, ...DECLINED, ...REFUSED, ...OPEN];
