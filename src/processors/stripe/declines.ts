/**
 * Stripe's words for a no, and which of our declines each is. Decides nothing else: a word that is not in a table is a no
 * without a reason.
 *
 * Sources: https://docs.stripe.com/declines/codes; for a bank account, https://docs.stripe.com/error-codes and
 * https://docs.stripe.com/payments/ach-direct-debit.
 */
import type { DeclineCode } from '../../core/errors.ts';

/** `decline_code`: the issuer's reason, or that of Stripe's risk rules. */
const DECLINE_CODES: Readonly<Record<string, DeclineCode>> = {
  approve_with_id: 'RETRY',
  authentication_not_handled: 'RETRY_WITH_THREEDS',
  authentication_required: 'RETRY_WITH_THREEDS',
  call_issuer: 'DO_NOT_HONOR',
  card_not_supported: 'UNSUPPORTED_CARD_TYPE',
  card_velocity_exceeded: 'OVER_LIMIT',
  currency_not_supported: 'UNSUPPORTED_CARD_TYPE',
  do_not_honor: 'DO_NOT_HONOR',
  do_not_try_again: 'DO_NOT_HONOR',
  duplicate_transaction: 'DECLINED',
  expired_card: 'EXPIRED_CARD',
  fraudulent: 'FRAUDULENT_CARD',
  generic_decline: 'DECLINED',
  highest_risk_level: 'RISK_DECLINE',
  incorrect_address: 'INCORRECT_PAYMENT_INFORMATION',
  incorrect_cvc: 'INVALID_CARD_SECURITY_CODE',
  incorrect_number: 'NO_CARD_NUMBER_ON_FILE_WITH_ISSUER',
  incorrect_pin: 'INVALID_PIN',
  incorrect_zip: 'INCORRECT_PAYMENT_INFORMATION',
  insufficient_funds: 'INSUFFICIENT_FUNDS',
  invalid_account: 'NO_CARD_NUMBER_ON_FILE_WITH_ISSUER',
  invalid_amount: 'OVER_LIMIT',
  invalid_cvc: 'INVALID_CARD_SECURITY_CODE',
  invalid_expiry_month: 'INVALID_EXPIRATION_DATE',
  invalid_expiry_year: 'INVALID_EXPIRATION_DATE',
  invalid_number: 'NO_CARD_NUMBER_ON_FILE_WITH_ISSUER',
  invalid_pin: 'INVALID_PIN',
  issuer_not_available: 'RETRY',
  lost_card: 'LOST_CARD',
  merchant_blacklist: 'RISK_DECLINE',
  mobile_device_authentication_required: 'RETRY_WITH_THREEDS',
  new_account_information_available: 'INCORRECT_PAYMENT_INFORMATION',
  no_action_taken: 'DO_NOT_HONOR',
  not_permitted: 'RESTRICTED_CARD_TYPE',
  offline_pin_required: 'INVALID_PIN',
  online_or_offline_pin_required: 'INVALID_PIN',
  pickup_card: 'FRAUDULENT_CARD',
  pin_try_exceeded: 'INVALID_PIN',
  processing_error: 'PROCESSING_ERROR',
  reenter_transaction: 'RETRY',
  restricted_card: 'RESTRICTED_CARD_TYPE',
  revocation_of_all_authorizations: 'DO_NOT_HONOR',
  revocation_of_authorization: 'DO_NOT_HONOR',
  security_violation: 'DO_NOT_HONOR',
  service_not_allowed: 'RESTRICTED_CARD_TYPE',
  stolen_card: 'STOLEN_CARD',
  stop_payment_order: 'DO_NOT_HONOR',
  testmode_decline: 'DECLINED',
  transaction_not_allowed: 'RESTRICTED_CARD_TYPE',
  try_again_later: 'RETRY',
  withdrawal_count_limit_exceeded: 'OVER_LIMIT',
};

/** `code`, where it says more than `card_declined`, or where a bank account has no `decline_code`. */
const ERROR_CODES: Readonly<Record<string, DeclineCode>> = {
  account_closed: 'DECLINED',
  account_number_invalid: 'INCORRECT_PAYMENT_INFORMATION',
  amount_too_large: 'OVER_LIMIT',
  authentication_required: 'RETRY_WITH_THREEDS',
  bank_account_bad_routing_numbers: 'INCORRECT_PAYMENT_INFORMATION',
  bank_account_declined: 'DECLINED',
  bank_account_restricted: 'DECLINED',
  bank_account_unusable: 'DECLINED',
  bank_account_unverified: 'DECLINED',
  capture_charge_authorization_expired: 'AUTHORIZATION_EXPIRED',
  card_decline_rate_limit_exceeded: 'OVER_LIMIT',
  card_declined: 'DECLINED',
  charge_exceeds_source_limit: 'OVER_LIMIT',
  charge_exceeds_transaction_limit: 'OVER_LIMIT',
  charge_expired_for_capture: 'AUTHORIZATION_EXPIRED',
  debit_not_authorized: 'DECLINED',
  expired_card: 'EXPIRED_CARD',
  incorrect_address: 'INCORRECT_PAYMENT_INFORMATION',
  incorrect_cvc: 'INVALID_CARD_SECURITY_CODE',
  incorrect_number: 'NO_CARD_NUMBER_ON_FILE_WITH_ISSUER',
  incorrect_zip: 'INCORRECT_PAYMENT_INFORMATION',
  insufficient_funds: 'INSUFFICIENT_FUNDS',
  invalid_card_type: 'UNSUPPORTED_CARD_TYPE',
  invalid_cvc: 'INVALID_CARD_SECURITY_CODE',
  invalid_expiry_month: 'INVALID_EXPIRATION_DATE',
  invalid_expiry_year: 'INVALID_EXPIRATION_DATE',
  invalid_number: 'NO_CARD_NUMBER_ON_FILE_WITH_ISSUER',
  no_account: 'INCORRECT_PAYMENT_INFORMATION',
  payment_intent_action_required: 'RETRY_WITH_THREEDS',
  payment_intent_authentication_failure: 'RETRY_WITH_THREEDS',
  payment_method_bank_account_blocked: 'DECLINED',
  processing_error: 'PROCESSING_ERROR',
  routing_number_invalid: 'INCORRECT_PAYMENT_INFORMATION',
  setup_intent_authentication_failure: 'RETRY_WITH_THREEDS',
};

/** Stripe's words of one no, as an error, a charge and the last error of an intent have them. */
export interface Refusal {
  readonly code: string | null;
  readonly declineCode: string | null;
}

const lookUp = (table: Readonly<Record<string, DeclineCode>>, word: string | null): DeclineCode | null =>
  word !== null && Object.hasOwn(table, word) ? (table[word] ?? null) : null;

/** The narrower word first: `decline_code` says why the `code` card_declined. */
export function declineCodeOf({ code, declineCode }: Refusal): DeclineCode {
  return namedDecline({ code, declineCode }) ?? 'DECLINED';
}

/** As `declineCodeOf`; null where neither word is in a table, so that it need not be a decline at all. */
export function namedDecline({ code, declineCode }: Refusal): DeclineCode | null {
  return lookUp(DECLINE_CODES, declineCode) ?? lookUp(ERROR_CODES, code);
}
