/**
 * The one error table: every code that a reply can carry, what it means, whether the same request may be sent again,
 * and the sentence that is safe to show or read to a caller. Adapters map from it; `docs/errors.md` is generated from it.
 */

/**
 * Who speaks: `refused` is Tollbridge (nothing was sent), `declined` the issuer or processor, `open` means that the
 * outcome is not known yet.
 */
export type ErrorFamily = 'refused' | 'declined' | 'open';

/** What one code stands for; every text is ours and fit to be printed. */
export interface ErrorEntry {
  readonly family: ErrorFamily;
  /** For the engineer: what happened. */
  readonly meaning: string;
  /** Whether sending the same request again can end differently. */
  readonly retriable: boolean;
  /** For the caller: one sentence without any data of the request. */
  readonly sentence: string;
}

const refused = (meaning: string, sentence: string, retriable = false): ErrorEntry => ({
  family: 'refused',
  meaning,
  retriable,
  sentence,
});

const declined = (meaning: string, sentence: string, retriable = false): ErrorEntry => ({
  family: 'declined',
  meaning,
  retriable,
  sentence,
});

/** Our own refusals: nothing was sent. */
const REFUSALS = {
  INVALID_REQUEST: refused(
    'A field is missing, has the wrong form, or contradicts another.',
    'The payment request is not valid.',
  ),
  UNAUTHORIZED: refused(
    'The credentials are missing or wrong, or the key is disabled.',
    'The credentials are not valid.',
  ),
  FORBIDDEN: refused(
    'The key lacks the permission, or its constraints exclude the object.',
    'This connection may not take that payment.',
  ),
  SIGNATURE_INVALID: refused(
    'The merchant has a signing key for this provider, and the delivery is not signed with it.',
    'This connection may not take that payment.',
  ),
  NOT_FOUND: refused('There is no such object or path.', 'There is nothing here by that name.'),
  METHOD_NOT_ALLOWED: refused('The path exists, but not for this HTTP method.', 'That method is not allowed here.'),
  PAYLOAD_TOO_LARGE: refused('The body is larger than `MAX_BODY_BYTES`.', 'The request is too large.'),
  CONFLICT: refused(
    'The idempotency key was used before with other content, or the object is in another state.',
    'The request conflicts with an earlier one.',
  ),
  NOT_BUILT: refused(
    'The route, or a named field that changes money, belongs to the contract but is not built yet.',
    'That is not supported yet.',
  ),
  MERCHANT_NOT_FOUND: refused('The merchant does not exist or is not within the key.', 'The merchant was not found.'),
  MERCHANT_NOT_ACTIVE: refused('The merchant may not process payments.', 'The merchant cannot take payments now.'),
  PAYIN_CONFIG_NOT_FOUND: refused(
    'No payin config by that id within the reach of the key.',
    'The payment was not set up. Please start again.',
  ),
  PAYIN_CONFIG_USED: refused('The payin config was already paid.', 'This payment has already been made.'),
  PAYIN_CONFIG_EXPIRED: refused('The payin config is past its `expires_at`.', 'The time for this payment has passed.'),
  PAYMENT_METHOD_CONFIG_NOT_FOUND: refused(
    'No payment method config by that id within the reach of the key.',
    'Saving a payment method was not set up. Please start again.',
  ),
  PAYMENT_METHOD_CONFIG_USED: refused(
    'The payment method config already has an active payment method.',
    'A payment method has already been saved.',
  ),
  PAYMENT_METHOD_NOT_FOUND: refused(
    'No payment method by that id within the reach of the key.',
    'The saved payment method was not found.',
  ),
  PAYMENT_METHOD_NOT_AVAILABLE: refused(
    'The stored payment method is not ACTIVE.',
    'The saved payment method cannot be used.',
  ),
  CART_NOT_FOUND: refused('No cart by that id within the reach of the key.', 'The cart was not found.'),
  CART_PAID: refused('The cart was already paid.', 'This payment has already been made.'),
  CART_EXPIRED: refused('The cart is past its time.', 'The time for this payment has passed.'),
  CART_PAYMENT_NOT_FOUND: refused(
    'No payment of a cart by that number within the reach of the key.',
    'The payment was not found.',
  ),
  AMOUNT_MISMATCH: refused(
    "An amount in the request is not the config's, not the cart's for this kind of tender, or not all that is left.",
    'The amount does not match the payment that was set up.',
  ),
  AMOUNT_ABOVE_LIMIT: refused(
    "The amount that the caller keyed in is above the merchant's line limit.",
    'That amount is too high for this line.',
  ),
  CURRENCY_MISMATCH: refused(
    "The currency in the request is not the config's currency.",
    'The currency does not match the payment that was set up.',
  ),
  CURRENCY_NOT_ENABLED: refused('The currency is known but not enabled.', 'That currency is not accepted.'),
  TENDER_NOT_ACCEPTED: refused(
    'The config or the processor does not take this kind of tender.',
    'That kind of payment is not accepted here.',
  ),
  BRAND_NOT_ACCEPTED: refused(
    'The config does not take cards of this brand.',
    'That kind of card is not accepted here.',
  ),
  INVALID_CARD_NUMBER: refused(
    'The number has no known brand, a wrong length or a wrong check digit.',
    'The card number is not valid.',
  ),
  INVALID_EXPIRY: refused(
    'The expiry date is not a date, has passed or lies over twenty years ahead.',
    'The expiration date is not valid.',
  ),
  INVALID_SECURITY_CODE: refused(
    'The security code is required and missing, or has the wrong length for the brand.',
    'The security code is not valid.',
  ),
  INVALID_POSTAL_CODE: refused('The postal code is required and missing.', 'The postal code is not valid.'),
  INVALID_ROUTING_NUMBER: refused(
    'The routing number fails its checksum or its prefix is not assigned.',
    'The routing number is not valid.',
  ),
  INVALID_ACCOUNT_NUMBER: refused('The account number is not 4 to 17 digits.', 'The account number is not valid.'),
  ACCOUNT_HOLDER_REQUIRED: refused(
    'A bank payment needs the name of the account holder.',
    'The name of the account holder is missing.',
  ),
  CARD_DATA_IN_TEXT: refused(
    'A free text (metadata, name, description) contains what looks like a card number, or the account number to be charged.',
    'The payment request is not valid.',
  ),
  TRANSACTION_CHANGED: refused(
    'The same transaction id came before with other content; nothing was executed.',
    'This payment was already started with other details.',
  ),
  NOT_REVERSIBLE: refused(
    'Only a payin that is AUTHORIZED, PROCESSING or SUCCEEDED can be voided or refunded.',
    'This payment cannot be given back.',
  ),
  PARTIAL_VOID: refused(
    'A payin that is still AUTHORIZED or PROCESSING can be voided as a whole only.',
    'Until it has settled, this payment can only be given back as a whole.',
    true,
  ),
  AMOUNT_ABOVE_BALANCE: refused(
    'More than is left of the payin, or of its item: the rest was given back, or an open reversal holds it.',
    'The amount is more than what can still be given back.',
    true,
  ),
  NOT_CAPTURABLE: refused('Only a payin that is AUTHORIZED can be captured.', 'This payment cannot be captured.'),
  AMOUNT_ABOVE_AUTHORIZED: refused(
    'More is to be captured than was authorized.',
    'The amount is more than what was authorized.',
  ),
  PAYIN_BUSY: refused(
    'A capture or a void of the payin is still open and has to end before the other of the two can begin.',
    'This payment is being changed. Please try again later.',
    true,
  ),
  TOO_MANY_ATTEMPTS: refused(
    'A limit on attempts was reached: per config, per key or merchant and hour, or captures or reversals of one payin.',
    'There were too many attempts. Please try again later.',
    true,
  ),
  STORE_UNAVAILABLE: refused(
    'The store did not answer, so nothing was sent.',
    'The payment could not be started. Please try again.',
    true,
  ),
  PROCESSOR_UNREACHABLE: refused(
    'The processor could not be reached, or did not take our credentials; it is certain that nothing was sent.',
    'The payment could not be started. Please try again.',
    true,
  ),
  UPSTREAM_NOT_USABLE: refused(
    "The processor's own object for this config does not fit its terms, or was used by others; nothing was sent.",
    'The payment could not be started. Please start again.',
  ),
  SERVICE_STOPPING: refused(
    'The process is shutting down and takes no new payments.',
    'The payment could not be started. Please try again.',
    true,
  ),
  INTERNAL_ERROR: refused(
    'A defect; the request id finds it in the log.',
    'Something went wrong. Please try again.',
    true,
  ),
};

/** Neither yes nor no yet. */
const OPEN = {
  PAYMENT_PENDING: {
    family: 'open',
    meaning:
      'A payment of this config is in flight. The same transaction asked again tells its outcome; another one was not sent.',
    retriable: true,
    sentence: 'The payment is still being processed. Please do not pay again.',
  },
  OUTCOME_UNKNOWN: {
    family: 'open',
    meaning:
      'A payment of this config was sent and its outcome is not known yet; it is neither approved nor declined. Another one was not sent.',
    retriable: true,
    sentence: 'It is not known yet whether the payment was made. Please do not pay again.',
  },
} satisfies Record<string, ErrorEntry>;

/** Rainforest's refusal codes (the `refusal_code` of a payin): what an issuer or a processor says. */
const DECLINES = {
  AUTHORIZATION_EXPIRED: declined('The authorization expired.', 'The authorization has expired.'),
  DECLINED: declined('Declined without a reason.', 'The payment was declined.'),
  DO_NOT_HONOR: declined('The issuer declined without a reason.', 'The payment was declined.'),
  EXPIRED_CARD: declined('The card has expired.', 'The card has expired.'),
  FRAUDULENT_CARD: declined('The issuer reports fraud.', 'The payment was declined.'),
  INCORRECT_PAYMENT_INFORMATION: declined(
    'The details do not match what the issuer or bank has.',
    'The payment details are not correct.',
  ),
  INSUFFICIENT_FUNDS: declined('Not enough funds.', 'There are not enough funds.'),
  INVALID_CARD_SECURITY_CODE: declined('The security code is wrong.', 'The security code is not correct.'),
  INVALID_EXPIRATION_DATE: declined('The expiration date is wrong.', 'The expiration date is not correct.'),
  INVALID_PIN: declined('The PIN is wrong.', 'The PIN is not correct.'),
  LOST_CARD: declined('The card was reported lost.', 'The payment was declined.'),
  NO_CARD_NUMBER_ON_FILE_WITH_ISSUER: declined(
    'The issuer does not know the number.',
    'The card number is not correct.',
  ),
  NO_SUCH_CARD_ISSUER: declined('No issuer for this number.', 'The card number is not correct.'),
  OVER_LIMIT: declined('Over the limit of the card.', 'The payment is over the limit of the card.'),
  PROCESSING_ERROR: declined('The processor could not process it.', 'The payment could not be processed.', true),
  RESTRICTED_CARD_TYPE: declined('The card may not be used here.', 'That kind of card is not accepted.'),
  RETRY: declined('The issuer asks to try again.', 'The payment did not go through. Please try again.', true),
  RETRY_WITH_THREEDS: declined('The issuer wants 3-D Secure.', 'The payment was declined.'),
  RISK_DECLINE: declined('A risk rule declined it.', 'The payment was declined.'),
  STOLEN_CARD: declined('The card was reported stolen.', 'The payment was declined.'),
  THREEDS_CHALLENGE_FAILED: declined('3-D Secure failed.', 'The payment was declined.'),
  UNEXPECTED_PAYIN_TOKEN: declined('The processor did not accept its own token.', 'The payment was declined.'),
  UNSUPPORTED_CARD_TYPE: declined('The processor does not take this card.', 'That kind of card is not accepted.'),
};

/** Tollbridge's own no; nothing was sent. */
export type RefusalCode = keyof typeof REFUSALS;
/** Neither yes nor no yet. As the code of a refusal: the payment that is open is another one of the same config. */
export type OpenCode = keyof typeof OPEN;
/** The issuer's or the processor's no. Rainforest, Payins: `refusal_code`. */
export type DeclineCode = keyof typeof DECLINES;
/** Whatever an error in a reply can be called, in every provider's shape. */
export type ErrorCode = RefusalCode | OpenCode | DeclineCode;

/** The table, by code. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorEntry>> = { ...REFUSALS, ...OPEN, ...DECLINES };
/** In the table's order, which is also the docs': refusals, what is open, declines. */
export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[];
/** The codes that a processor may give; whatever else it says upstream is mapped to one of them. */
export const DECLINE_CODES = Object.keys(DECLINES) as readonly DeclineCode[];

/**
 * Raised where a rule of ours says no before anything was sent.
 * `field` is a name from our own schema, never a value or a name from the request. `detail` is a sentence for the developer,
 * where the code's `meaning` does not tell enough; it is ours, too, and has nothing of the request in it.
 */
export class Refused extends Error {
  readonly code: RefusalCode | OpenCode;
  readonly field: string | null;
  readonly detail: string | null;

  constructor(code: RefusalCode | OpenCode, field: string | null = null, detail: string | null = null) {
    super(code);
    this.code = code;
    this.field = field;
    this.detail = detail;
  }
}
