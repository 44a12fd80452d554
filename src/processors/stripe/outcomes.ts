/**
 * What Stripe's objects say of one send of ours. Decides which status is a yes, which a no and which neither, by tables
 * that the library's types hold complete; a status of which they know nothing is neither. Everything is found by the marks
 * that we set, never by the time or the card.
 */
import type Stripe from 'stripe';
import type { DeclineCode } from '../../core/errors.ts';
import { isCurrency, type Money } from '../../core/money.ts';
import { type Approval, type Checks, type Decline, type Finding, NO_CHECKS, type Sent } from '../../core/processor.ts';
import { MARKS } from './bodies.ts';
import { declineCodeOf } from './declines.ts';

/** The intent has nothing of it, and takes it still. */
export const ABSENT = { kind: 'absent' } as const satisfies Finding;
/** The intent has nothing of it, and never will. */
export const CLOSED = { kind: 'closed' } as const satisfies Finding;
/** Nobody can tell yet. */
export const OPEN = { kind: 'open' } as const satisfies Finding;
/** Stripe did not tell. */
export const UNAVAILABLE = { kind: 'unavailable' } as const satisfies Finding;

/** An intent, what it names as objects, and whether it is the one that was asked for. */
export interface Answer<I extends Stripe.PaymentIntent | Stripe.SetupIntent> {
  readonly intent: I;
  /** The account that was asked. */
  readonly account: string | null;
  /** Its id, its account and its mode, test or live, are those of the question. */
  readonly isAsked: boolean;
}

/** A payment intent, its newest charge and that charge's balance transaction as objects. */
export type Payment = Answer<Stripe.PaymentIntent>;

/**
 * Of an intent. `made`: by the charge that it has. `accepted`: nothing is certain yet, but for a bank account, where an
 * accepted debit counts. `free`: it takes an attempt. `gone`: it takes none any more, and nothing is charged.
 */
type Meaning = 'made' | 'accepted' | 'free' | 'gone';

/** The words of a union of the library's, which leaves them all open to `string`. */
type Known<S> = S extends string ? (string extends S ? never : S) : never;

const PAYMENT_INTENTS: Readonly<Record<Known<Stripe.PaymentIntent.Status>, Meaning>> = {
  canceled: 'gone',
  processing: 'accepted',
  requires_action: 'free',
  requires_capture: 'made',
  requires_confirmation: 'free',
  requires_payment_method: 'free',
  succeeded: 'made',
};

const SETUP_INTENTS: Readonly<Record<Known<Stripe.SetupIntent.Status>, Meaning>> = {
  canceled: 'gone',
  processing: 'accepted',
  requires_action: 'free',
  requires_confirmation: 'free',
  requires_payment_method: 'free',
  succeeded: 'made',
};

const CHARGES: Readonly<Record<Known<Stripe.Charge.Status>, 'made' | 'declined'>> = {
  failed: 'declined',
  pending: 'made',
  succeeded: 'made',
};

/** https://docs.stripe.com/api/refunds/object: `status`. A pending one was accepted, as a debit is. */
const REFUNDS = {
  canceled: 'declined',
  failed: 'declined',
  pending: 'made',
  requires_action: 'undecided',
  succeeded: 'made',
} as const;

/** The row of a status, or null where the table has none. */
function meaningOf<S extends string, M>(table: Readonly<Record<S, M>>, status: string | null): M | null {
  const known = (text: string): text is S => Object.hasOwn(table, text);
  return status !== null && known(status) ? table[status] : null;
}

/** The charge that the intent has made last; null where it has made none, or does not show it. */
export function newestCharge({ latest_charge: charge }: Stripe.PaymentIntent): Stripe.Charge | null {
  return typeof charge === 'object' ? charge : null;
}

/** Whether that attempt made the charge. */
export function isMadeBy(charge: Stripe.Charge, key: string): boolean {
  // A charge that is none of ours may have no metadata at all.
  return charge.metadata?.[MARKS.attempt] === key;
}

/** Of the answer to the confirm of that attempt, which has to show its charge. */
export function confirmFinding(payment: Payment, key: string): Finding {
  const charge = newestCharge(payment.intent);
  if (charge === null) return OPEN;
  return chargeFinding({ ...payment, isAsked: payment.isAsked && isMadeBy(charge, key) }, charge);
}

/** @param charge the one of the send in question; null where there is none. */
export function chargeFinding(payment: Payment, charge: Stripe.Charge | null): Finding {
  return believed(payment, chargeTold(payment, charge));
}

/** A yes about something else is the engine's to refuse; any other word about it is none. */
function believed({ isAsked }: Pick<Payment, 'isAsked'>, told: Finding): Finding {
  if (isAsked) return told;
  return told.kind === 'approved' ? { ...told, ...NOWHERE } : OPEN;
}

/** Whether the intent takes an attempt, as far as it says. */
export const isFree = ({ intent, isAsked }: Payment): boolean =>
  isAsked && meaningOf(PAYMENT_INTENTS, intent.status) === 'free';

function chargeTold({ intent, account }: Payment, charge: Stripe.Charge | null): Finding {
  const meaning = meaningOf(PAYMENT_INTENTS, intent.status);
  if (charge === null) return withoutTrace(meaning);
  const made = meaningOf(CHARGES, charge.status);
  if (made === 'declined') return declineOf(charge, intent);
  const isDebit = charge.payment_method_details?.type === 'us_bank_account';
  // A yes that was taken back without us is a person's to judge.
  if (made === null || !(meaning === 'made' || (meaning === 'accepted' && isDebit))) return OPEN;
  return { ...approvalIn(intent, account), money: moneyOf(charge), checks: checksOf(charge), reference: charge.id };
}

/** What an intent says of a send that left nothing in it. */
function withoutTrace(meaning: Meaning | null): Finding {
  switch (meaning) {
    case 'free':
      return ABSENT;
    case 'made':
    case 'gone':
      return CLOSED;
    case 'accepted':
    case null:
      return OPEN;
  }
}

/** By the mark of the method: the intent has it, or its last error does. Keeps the method where it was accepted. */
export function setupFinding(setup: Answer<Stripe.SetupIntent>, key: string): Finding {
  return believed(setup, setupTold(setup, key));
}

function setupTold({ intent, account }: Answer<Stripe.SetupIntent>, key: string): Finding {
  const { payment_method: method, last_setup_error: error } = intent;
  const meaning = meaningOf(SETUP_INTENTS, intent.status);
  const isMine = typeof method === 'object' && method?.metadata?.[MARKS.attempt] === key;
  if (isMine && meaning === 'made') {
    return { ...approvalIn(intent, account), money: null, checks: NO_CHECKS, token: method.id, reference: intent.id };
  }
  // Whoever has called cannot be asked for more.
  if (isMine && intent.status === 'requires_action') return declined('RETRY_WITH_THREEDS', intent.id);
  if (meaning === 'free' && error?.payment_method?.metadata?.[MARKS.attempt] === key) {
    const code = declineCodeOf({ code: error.code ?? null, declineCode: error.decline_code ?? null });
    return declined(code, intent.id);
  }
  return withoutTrace(meaning);
}

/** Of a payment that was authorized. */
export function captureFinding(payment: Payment, key: string): Finding {
  return believed(payment, captureTold(payment, key));
}

function captureTold({ intent, account }: Payment, key: string): Finding {
  const isMine = intent.metadata[MARKS.capture] === key;
  const money = moneyIn(intent.amount_received, intent.currency);
  if (intent.status === 'requires_capture') return ABSENT;
  if (intent.status !== 'succeeded' || !isMine) return withoutTrace(meaningOf(PAYMENT_INTENTS, intent.status));
  return { ...approvalIn(intent, account), money, checks: NO_CHECKS, reference: intent.id };
}

/** Of an authorization that was let go as a whole, by whomever; else of the refund with that key. */
export function reversalFinding(
  payment: Payment,
  refunds: readonly Stripe.Refund[],
  which: Pick<Sent, 'kind' | 'key'>,
): Finding {
  return believed(payment, reversalTold(payment, refunds, which));
}

function reversalTold(
  { intent, account }: Payment,
  refunds: readonly Stripe.Refund[],
  { kind, key }: Pick<Sent, 'kind' | 'key'>,
): Finding {
  const charge = newestCharge(intent);
  if (kind === 'void' && intent.status === 'canceled' && charge !== null) {
    return { ...approvalIn(intent, account), money: moneyOf(charge), checks: NO_CHECKS, reference: intent.id };
  }
  const refund = refunds.find(({ metadata }) => metadata?.[MARKS.reversal] === key);
  if (refund === undefined) return ABSENT;
  switch (meaningOf(REFUNDS, refund.status)) {
    case 'made': {
      const money = moneyIn(refund.amount, refund.currency);
      // A refund names no config: the payment that it is of does.
      const place = refund.payment_intent === intent.id ? approvalIn(intent, account) : NOWHERE;
      return { ...place, money, checks: NO_CHECKS, reference: refund.id };
    }
    case 'declined':
      return declined('PROCESSING_ERROR', refund.id);
    case 'undecided':
    case null:
      return OPEN;
  }
}

/** Whether the money of the payment has become available: from then on it is refunded, not voided. */
export function isAvailable({ intent }: Payment): boolean {
  const balance = newestCharge(intent)?.balance_transaction;
  return typeof balance === 'object' && balance?.status === 'available';
}

/** For a no that left nothing to read it from. */
export const declined = (code: DeclineCode, reference: string | null = null): Decline => ({
  kind: 'declined',
  code,
  checks: NO_CHECKS,
  token: null,
  reference,
});

function declineOf(charge: Stripe.Charge, { last_payment_error: error }: Stripe.PaymentIntent): Decline {
  const told =
    error?.charge === charge.id
      ? { code: error.code ?? null, declineCode: error.decline_code ?? null }
      : { code: charge.failure_code, declineCode: charge.outcome?.reason ?? null };
  return { ...declined(declineCodeOf(told), charge.id), checks: checksOf(charge) };
}

type Place = Pick<Approval, 'kind' | 'chargeableId' | 'account' | 'token'>;

const NOWHERE: Place = { kind: 'approved', chargeableId: '', account: null, token: null };

function approvalIn({ metadata }: Pick<Stripe.SetupIntent, 'metadata'>, account: string | null): Place {
  return { ...NOWHERE, chargeableId: metadata?.[MARKS.chargeable] ?? '', account };
}

/** What was charged, or is reserved; a later capture or refund changes nothing of it. */
function moneyOf({ amount, currency, payment_method_details: details }: Stripe.Charge): Money | null {
  return moneyIn(details?.card?.amount_authorized ?? amount, currency);
}

/** Minor units, in a currency that we know; else null. */
export function moneyIn(amount: number, currency: string): Money | null {
  const code = currency.toUpperCase();
  return Number.isSafeInteger(amount) && amount >= 0 && isCurrency(code) ? { amount, currency: code } : null;
}

/** Stripe's words as the letters that everybody else has: Y both, Z postal code, A street, N neither, U not to be had. */
function checksOf({ payment_method_details: details }: Stripe.Charge): Checks {
  const code = details?.card?.authorization_code ?? null;
  const { address_line1_check: street, address_postal_code_check: postal, cvc_check } = details?.card?.checks ?? {};
  return {
    authCode: code !== null && /^[0-9A-Za-z]{1,8}$/.test(code) ? code : null,
    avs: avsOf(street ?? null, postal ?? null),
    securityCode: cvc_check === 'pass' ? 'M' : cvc_check === 'fail' ? 'N' : null,
  };
}

function avsOf(street: string | null, postal: string | null): Checks['avs'] {
  if (postal === 'pass') return street === 'fail' ? 'Z' : 'Y';
  if (street === 'pass') return 'A';
  if (postal === 'fail' || street === 'fail') return 'N';
  return postal === 'unavailable' || street === 'unavailable' ? 'U' : null;
}
