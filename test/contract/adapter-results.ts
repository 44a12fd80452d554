/** Every result that an adapter can be asked to encode, spelled out. Part of `describeAdapter`. */
import type { AdapterCommand, AdapterRoute, ResultOf } from '../../src/core/adapter.ts';
import type { CartPaymentResult, CartPaymentState, CartResult, CartState } from '../../src/core/cart.ts';
import { systemClock } from '../../src/core/clock.ts';
import { DECLINE_CODES, ERROR_CODES, type OpenCode, type RefusalCode } from '../../src/core/errors.ts';
import {
  type CartId,
  type CartPaymentId,
  createIds,
  makeCartId,
  makeCartPaymentId,
  type PayinId,
  type PaymentMethodId,
} from '../../src/core/ids.ts';
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
  readonly cartPaymentId: CartPaymentId;
}

/** Two that have nothing in common. */
const SUBJECTS: readonly [Subject, Subject] = [subject('234679FK'), subject('LMRW2346')];

function subject(confirmationCode: string): Subject {
  return {
    payinId: ids.make('pyi'),
    paymentMethodId: ids.make('mtd'),
    confirmationCode,
    cartPaymentId: makeCartPaymentId(),
  };
}

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
const MONEYS: readonly Money[] = [
  { amount: 1, currency: 'USD' },
  { amount: 10, currency: 'USD' },
  { amount: 1_010, currency: 'USD' },
  { amount: 100_000_000, currency: 'USD' },
  { amount: Number.MAX_SAFE_INTEGER, currency: 'USD' },
  { amount: 5_003, currency: 'JPY' },
  { amount: 7_001, currency: 'BHD' },
];

/** An approval; what is left out is the first of its kind. */
function approvedCharge(changes: Partial<ApprovedCharge> = {}): ApprovedCharge {
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
const CHARGES: readonly ApprovedCharge[] = [
  ...SUBJECTS.map((one) => approvedCharge(one)),
  ...INSTRUMENTS.map((instrument) => approvedCharge({ instrument })),
  ...STATUSES.map((status) => approvedCharge({ status })),
  ...MONEYS.map((money) => approvedCharge({ money })),
];

/** Approvals of tokenizes, between them all that can differ. */
const TOKENIZES: readonly ApprovedTokenize[] = INSTRUMENTS.flatMap((instrument) =>
  SUBJECTS.map(({ paymentMethodId }) => ({ kind: 'approved', command: 'tokenize', paymentMethodId, instrument })),
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

interface CartSubject {
  readonly cartId: CartId;
  readonly paymentId: CartPaymentId;
}

const CART_SUBJECTS: readonly [CartSubject, CartSubject] = [
  { cartId: makeCartId(), paymentId: makeCartPaymentId() },
  { cartId: makeCartId(), paymentId: makeCartPaymentId() },
];

/** Amounts and fees in minor units of USD, none of them the sum or the difference of two others. */
const CART_AMOUNTS = [
  { amount: 1, fee: 0 },
  { amount: 10, fee: 3 },
  { amount: 125_738, fee: 123 },
  { amount: 100_000_000, fee: 2_350_000 },
] as const;
const CART_STATES: readonly CartState[] = ['open', 'paying', 'paid', 'unknown', 'expired'];
const PAYMENT_STATES: readonly CartPaymentState[] = ['charged', 'voided', 'reversed'];

function cartOf(changes: Partial<CartResult> = {}): CartResult {
  const [{ cartId, paymentId }] = CART_SUBJECTS;
  const fees = { card: 123, bank_account: 50 };
  const terms = { currency: 'USD', amount: 125_738, fees, expiresAt: Date.UTC(2030, 0, 1) } as const;
  return { kind: 'cart', cartId, state: 'paid', paymentId, ...terms, ...changes };
}

/** Carts, between them all that can differ. */
const CARTS: readonly CartResult[] = [
  ...CART_SUBJECTS.map((one) => cartOf(one)),
  ...CART_STATES.map((state) => cartOf({ state, ...(state === 'paid' ? {} : { paymentId: null }) })),
  ...[
    { card: 123, bank_account: null },
    { card: null, bank_account: 50 },
  ].map((fees) => cartOf({ fees })),
];

function cartPayment(changes: Partial<CartPaymentResult> = {}): CartPaymentResult {
  const { amount = 125_738, state = 'charged' } = changes;
  const texts = { description: 'Property taxes', type: null, fundCategory: 'General', department: null };
  return {
    kind: 'cartPayment',
    ...CART_SUBJECTS[0],
    transactionId: 'F4BEF9CACEECE59',
    location: 'City Hall',
    confirmationCode: '234679FK',
    madeAt: Date.UTC(2029, 0, 1),
    currency: 'USD',
    tender: 'card',
    state,
    amount,
    fee: 123,
    balance: state === 'charged' ? amount + 123 : 0,
    items: [{ id: 'item-1', ...texts, amount, metadata: {}, state, balance: state === 'charged' ? amount : 0 }],
    ...changes,
  };
}

/** Payments of carts, between them all that can differ. */
const CART_PAYMENTS: readonly CartPaymentResult[] = [
  ...CART_SUBJECTS.map((one) => cartPayment(one)),
  ...PAYMENT_STATES.map((state) => cartPayment({ state })),
  cartPayment({ tender: 'bank_account', confirmationCode: null, location: 'Court', transactionId: '7' }),
];

/** Whatever an adapter may be handed. */
export type Result = ResultOf<AdapterCommand>;

/** What a command that comes by the route can succeed with, one list for each kind of success. */
export function successesOf({ operation }: AdapterRoute): readonly (readonly Result[])[] {
  switch (operation) {
    case 'charge':
      return [CHARGES];
    case 'tokenize':
      return [TOKENIZES];
    case null:
      return [CHARGES, TOKENIZES];
    case 'openCart':
    case 'findCart':
      return [CARTS];
    case 'findPayment':
    case 'reversePayment':
      return [CART_PAYMENTS];
  }
}

/** A success, and every amount in it. */
interface AmountCase {
  readonly result: Result;
  readonly moneys: readonly Money[];
}

/** Successes that differ in their amounts and in nothing else. */
export function amountsOf({ operation }: AdapterRoute): readonly AmountCase[] {
  const dollars = (amount: number): Money => ({ amount, currency: 'USD' });
  switch (operation) {
    case 'charge':
    case null:
      return MONEYS.map((money) => ({ result: approvedCharge({ money }), moneys: [money] }));
    case 'tokenize':
      return [];
    case 'openCart':
    case 'findCart':
      return CART_AMOUNTS.map(({ amount, fee }) => ({
        result: cartOf({ amount, fees: { card: fee, bank_account: fee + 1 } }),
        moneys: [amount, fee, fee + 1].map(dollars),
      }));
    case 'findPayment':
    case 'reversePayment':
      return CART_AMOUNTS.map(({ amount, fee }) => ({
        result: cartPayment({ amount, fee, balance: amount + fee }),
        moneys: [amount, fee, amount + fee].map(dollars),
      }));
  }
}

/** All that the route can be asked to tell. */
export function resultsOf(route: AdapterRoute): readonly Result[] {
  return [...successesOf(route).flat(), ...DECLINED, ...REFUSED, ...OPEN];
}
