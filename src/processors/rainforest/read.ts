/**
 * Rainforest's objects as they are read here, and the tables of their words. Decides which status is a yes, which a no and
 * which neither, and which of our declines a refusal is. A word that is not in a table is neither yes nor no.
 */
import { DECLINE_CODES, type DeclineCode } from '../../core/errors.ts';
import { isCurrency, type Money } from '../../core/money.ts';
import type { PayinStatus } from '../../core/payment.ts';
import type { Checks } from '../../core/processor.ts';
import type { RefundStatus } from '../../core/reversal.ts';
import type { PaymentMethodStatus } from '../../core/store.ts';
import type { Instrument } from '../../core/tender.ts';
import { countAt, type Fields, listAt, objectAt, textAt } from './fields.ts';

/**
 * `undone`: it was a yes, and somebody took it back without us: a person has to say what it counts for. `undecided`: no
 * verdict yet.
 */
export type Meaning = 'approved' | 'declined' | 'undone' | 'undecided';

/** Rainforest, Payins: `status`. */
const PAYINS: Readonly<Record<PayinStatus, Meaning>> = {
  CREATED: 'undecided',
  PRESENTING: 'undecided',
  IN_REVIEW: 'undecided',
  AUTHORIZED: 'approved',
  PROCESSING: 'approved',
  SUCCEEDED: 'approved',
  FAILED: 'declined',
  CANCELED: 'undone',
  RETURNED: 'undone',
};

/** Rainforest, Refunds: `status`. PROCESSING is accepted, as it is for a payin. */
const REFUNDS: Readonly<Record<RefundStatus | 'CREATED' | 'CANCELED' | 'IN_REVIEW', Meaning>> = {
  CREATED: 'undecided',
  IN_REVIEW: 'undecided',
  PROCESSING: 'approved',
  SUCCEEDED: 'approved',
  FAILED: 'declined',
  CANCELED: 'undone',
};

/** Rainforest, Stored methods: `status`. */
const METHODS: Readonly<Record<PaymentMethodStatus, Meaning>> = {
  CREATED: 'undecided',
  PRESENTING: 'undecided',
  ACTIVE: 'approved',
  REPLACED: 'approved',
  FAILED: 'declined',
  CANCELED: 'undone',
  DEACTIVATED: 'undone',
};

function meaningOf<S extends string>(table: Readonly<Record<S, Meaning>>, status: string | null): Meaning {
  const known = (text: string): text is S => Object.hasOwn(table, text);
  return status !== null && known(status) ? table[status] : 'undecided';
}

/** What is not in the list of 2024-10-16, and what a method that was not stored says: it is a no all the same. */
const UNNAMED: DeclineCode = 'DECLINED';

/** Ours are Rainforest's `refusal_code`s, word for word. */
function declineCodeAt(fields: Fields): DeclineCode {
  const given = textAt(fields, 'refusal_code');
  return DECLINE_CODES.find((code) => code === given) ?? UNNAMED;
}

/** A payin, as far as it is read. */
export interface Payin {
  readonly id: string | null;
  readonly configId: string | null;
  readonly merchantId: string | null;
  readonly methodId: string | null;
  readonly status: string | null;
  readonly meaning: Meaning;
  /** Through what it was made. */
  readonly source: string | null;
  readonly code: DeclineCode;
  /** What was charged or reserved: less than was asked for where it was authorized in part. */
  readonly money: Money | null;
  readonly captured: Money | null;
  readonly checks: Checks;
  readonly paidWith: PaidWith;
  readonly metadata: Fields;
  readonly refunds: readonly Refund[];
}

/** Rainforest, Payins: the response. */
export function readPayin(data: Fields): Payin {
  const status = textAt(data, 'status');
  const partial = data['is_partially_authorized'] === true && countAt(data, 'authorized_amount') !== null;
  return {
    id: textAt(data, 'payin_id'),
    configId: textAt(data, 'payin_config_id'),
    merchantId: textAt(data, 'merchant_id'),
    methodId: textAt(data, 'payment_method_id'),
    status,
    meaning: meaningOf(PAYINS, status),
    source: textAt(data, 'source'),
    code: declineCodeAt(data),
    money: moneyAt(data, partial ? 'authorized_amount' : 'amount'),
    captured: moneyAt(data, 'captured_amount'),
    checks: {
      authCode: checkAt(data, 'auth_code'),
      avs: checkAt(data, 'avs_result_code'),
      securityCode: checkAt(data, 'cvc_result_code'),
    },
    paidWith: paidWithIn(data),
    metadata: objectAt(data, 'metadata') ?? {},
    refunds: listAt(data, 'refunds').map(readRefund),
  };
}

/** A stored method, as far as it is read. */
export interface Method {
  readonly id: string | null;
  readonly configId: string | null;
  /** Whom it is restricted to; null for every merchant of the platform. */
  readonly merchantId: string | null;
  readonly meaning: Meaning;
  readonly code: DeclineCode;
  readonly paidWith: PaidWith;
}

/** Rainforest, Stored methods: the response. It has no refusal code. */
export function readMethod(data: Fields): Method {
  return {
    id: textAt(data, 'payment_method_id'),
    configId: textAt(data, 'payment_method_config_id'),
    merchantId: textAt(data, 'merchant_id'),
    meaning: meaningOf(METHODS, textAt(data, 'status')),
    code: UNNAMED,
    paidWith: paidWithIn(data),
  };
}

/** A refund of a payin, and what it was asked for with. */
export interface Refund {
  readonly id: string | null;
  readonly meaning: Meaning;
  readonly code: DeclineCode;
  readonly money: Money | null;
  readonly authCode: string | null;
  readonly metadata: Fields;
}

function readRefund(data: Fields): Refund {
  return {
    id: textAt(data, 'refund_id'),
    meaning: meaningOf(REFUNDS, textAt(data, 'status')),
    code: declineCodeAt(data),
    money: moneyAt(data, 'amount'),
    authCode: checkAt(data, 'auth_code'),
    metadata: objectAt(data, 'metadata') ?? {},
  };
}

/** What `void_or_refund` answers. */
export interface Reversed extends Omit<Refund, 'metadata'> {
  readonly payinId: string | null;
  readonly merchantId: string | null;
}

/** Rainforest, Void or refund payin: the response. A void is done when its payin is canceled. */
export function readReversed(data: Fields): Reversed {
  const canceled = textAt(data, 'payin_status') === 'CANCELED';
  const voided = textAt(data, 'refusal_code') !== null ? 'declined' : canceled ? 'approved' : 'undecided';
  return {
    id: textAt(data, 'refund_id'),
    payinId: textAt(data, 'payin_id'),
    merchantId: textAt(data, 'merchant_id'),
    meaning: textAt(data, 'type') === 'VOID' ? voided : meaningOf(REFUNDS, textAt(data, 'refund_status')),
    code: declineCodeAt(data),
    money: moneyAt(data, 'amount'),
    authCode: checkAt(data, 'auth_code'),
  };
}

/** What is shown of the tender; null for wallets and whatever else we never send. */
type PaidWith =
  | {
      readonly kind: 'card';
      readonly last4: string | null;
      readonly month: number | null;
      readonly year: number | null;
    }
  | { readonly kind: 'bank_account'; readonly last4: string | null; readonly routing: string | null }
  | null;

function paidWithIn(data: Fields): PaidWith {
  const card = textAt(data, 'method_type') === 'CARD' ? objectAt(data, 'card') : null;
  if (card !== null) {
    const [month, year] = [countAt(card, 'exp_month'), countAt(card, 'exp_year')];
    return { kind: 'card', last4: textAt(card, 'last_4'), month, year };
  }
  const ach = textAt(data, 'method_type') === 'ACH' ? objectAt(data, 'ach') : null;
  if (ach === null) return null;
  return { kind: 'bank_account', last4: textAt(ach, 'account_number_last_4'), routing: textAt(ach, 'routing_number') };
}

/**
 * Whether it can be that tender. Not by the brand: a card can have two, and to take one's own payin for another's would
 * deny a charge that was made.
 */
export function isPaidWith(paidWith: PaidWith, instrument: Instrument): boolean {
  if (instrument.kind === 'card') {
    const { last4, expMonth, expYear } = instrument;
    return (
      paidWith?.kind === 'card' && paidWith.last4 === last4 && paidWith.month === expMonth && paidWith.year === expYear
    );
  }
  const { last4, routing } = instrument;
  return paidWith?.kind === 'bank_account' && paidWith.last4 === last4 && paidWith.routing === routing;
}

/** Minor units, in a currency that we know; else null. */
export function moneyAt(fields: Fields, name: string): Money | null {
  const [amount, currency] = [countAt(fields, name), textAt(fields, 'currency_code')];
  return amount !== null && currency !== null && isCurrency(currency) ? { amount, currency } : null;
}

/** Results of the issuer are short words; anything longer is none, and is not kept. */
function checkAt(fields: Fields, name: string): string | null {
  const text = textAt(fields, name);
  return text !== null && /^[0-9A-Za-z]{1,8}$/.test(text) ? text : null;
}
