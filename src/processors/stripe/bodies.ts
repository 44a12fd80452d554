/**
 * What is written to Stripe: the marks by which our sends are found again, and tenders as payment methods. Decides which
 * of the caller's data goes out: the tender, and of the contact what an issuer or a bank checks.
 */
import type Stripe from 'stripe';
import type { BillingContact } from '../../core/payment.ts';
import type { ChargeOrder, TokenizeOrder } from '../../core/processor.ts';
import type { BankAccount, NewTender } from '../../core/tender.ts';

/** The metadata that we set. */
export const MARKS = {
  /** Of an intent and its customer: our config or cart. */
  chargeable: 'tollbridge_chargeable',
  /** Of a payment intent the attempt that is about to be sent, which its charge takes over; of a method its own. */
  attempt: 'tollbridge_attempt',
  /** Of a payment intent, the capture that was made. */
  capture: 'tollbridge_capture',
  /** Of a refund, its reversal. */
  reversal: 'tollbridge_reversal',
  /** Of an intent, the last key that was barred. */
  barred: 'tollbridge_barred',
} as const;

/** A payment method of the account data at hand, with the attempt that it is for. */
export function methodBody(
  tender: NewTender,
  { billingContact, attemptKey }: Pick<ChargeOrder | TokenizeOrder, 'billingContact' | 'attemptKey'>,
): Stripe.PaymentMethodCreateParams {
  return {
    billing_details: detailsOf(billingContact, tender),
    metadata: { [MARKS.attempt]: attemptKey },
    ...accountOf(tender),
  };
}

function accountOf(tender: NewTender): Stripe.PaymentMethodCreateParams {
  if (tender.kind === 'bank_account') return { type: 'us_bank_account', us_bank_account: bankOf(tender) };
  const { number, expiry, securityCode } = tender;
  const code = securityCode === null ? {} : { cvc: securityCode.reveal() };
  return {
    type: 'card',
    card: { number: number.reveal(), exp_month: expiry.month, exp_year: expiry.year, ...code },
  };
}

const bankOf = ({ account, routing, accountType, holderType }: BankAccount) =>
  ({
    account_number: account.reveal(),
    routing_number: routing,
    account_type: accountType === 'CHECKING' ? 'checking' : 'savings',
    account_holder_type: holderType === 'PERSONAL' ? 'individual' : 'company',
  }) as const;

/** The postal code that was keyed in is of the card; the contact's is of whoever set the payment up. */
function detailsOf(contact: BillingContact, tender: NewTender): Stripe.PaymentMethodCreateParams.BillingDetails {
  const name = tender.kind === 'bank_account' ? (tender.holderName ?? contact.name) : contact.name;
  const postalCode = (tender.kind === 'card' ? tender.postalCode : null) ?? contact.postal_code;
  const address = {
    ...(contact.address_line_1 === undefined ? {} : { line1: contact.address_line_1 }),
    ...(postalCode === undefined ? {} : { postal_code: postalCode }),
  };
  return { ...(name === undefined ? {} : { name }), ...(Object.keys(address).length === 0 ? {} : { address }) };
}

/** By telephone: out of the scope of 3-D Secure; an issuer that wants it anyway declines. */
const CARD_OPTIONS = { card: { moto: true } } as const;

/**
 * The caller's word on the telephone is a mandate given offline. `skip`, for accounts that Stripe lets debit without
 * verifying, is not among the values that the library lists: https://docs.stripe.com/payments/ach-direct-debit.
 */
const BANK_OPTIONS = { us_bank_account: { verification_method: 'skip' } } as const;
const MANDATE = { customer_acceptance: { type: 'offline', offline: {} } } as const;

/** How a method of that type is confirmed. */
export function confirmOptions(type: 'card' | 'us_bank_account') {
  return type === 'card'
    ? { payment_method_options: CARD_OPTIONS }
    : { payment_method_options: BANK_OPTIONS, mandate_data: MANDATE };
}
