/**
 * The payment model that every dialect is turned into: commands in, results out. Both are closed unions; an adapter
 * that forgets a kind does not compile.
 */
import type { DeclineCode, OpenCode, RefusalCode } from './errors.ts';
import type { CartPaymentId, PayinId, PaymentMethodId } from './ids.ts';
import type { Money } from './money.ts';
import type { Instrument, NewTender, Tender } from './tender.ts';

/** Flat or nested JSON without account data; under 8 KB as text. */
export type Metadata = { readonly [key: string]: unknown };

/** Rainforest, billing contact: its fields, all texts. */
export const CONTACT_FIELDS = [
  'name',
  'address_line_1',
  'address_line_2',
  'city',
  'state',
  'postal_code',
  'country',
  'email',
  'phone',
] as const;
/** Rainforest's billing contact; every field optional. */
export type BillingContact = { readonly [F in (typeof CONTACT_FIELDS)[number]]?: string };

/** How the tender reached us, in the words of Rainforest's `source`. */
export type PaymentSource = 'IVR' | 'API_DIRECT' | 'API_STORED_PAYMENT_METHOD';

/** Move money: the config's amount, or the total of a cart for the kind of tender at hand, once. */
export interface ChargeCommand {
  readonly kind: 'charge';
  readonly source: PaymentSource;
  /** As given; an id that cannot exist is simply not found. Null where the amount is the caller's to say. */
  readonly configId: string | null;
  /** The provider's id of the transaction, the same on each repeat; null for a caller without one. */
  readonly transactionId: string | null;
  /** What the caller was told; checked against the config. Null where the dialect does not say. */
  readonly money: Money | null;
  /** Makes `configId` the id of a cart: the part of `money` that is the fee, as the caller was told; checked, too. */
  readonly cartFee?: Money;
  readonly tender: Tender;
  readonly billingContact: BillingContact;
  readonly metadata: Metadata;
}

/** Keep a tender for later charges; moves no money. */
export interface TokenizeCommand {
  readonly kind: 'tokenize';
  readonly source: PaymentSource;
  readonly configId: string;
  readonly transactionId: string | null;
  readonly tender: NewTender;
  readonly billingContact: BillingContact;
  readonly metadata: Metadata;
}

/** What a delivery asks for, whatever dialect it came in. */
export type Command = ChargeCommand | TokenizeCommand;

/**
 * Rainforest, Payins: `status`. Set here: PRESENTING (no outcome yet), AUTHORIZED (approved, to be captured), PROCESSING
 * (approved, or captured), SUCCEEDED (settled), FAILED (declined, or its authorization has expired), CANCELED (voided).
 */
export type PayinStatus =
  | 'AUTHORIZED'
  | 'CANCELED'
  | 'CREATED'
  | 'FAILED'
  | 'IN_REVIEW'
  | 'PRESENTING'
  | 'PROCESSING'
  | 'RETURNED'
  | 'SUCCEEDED';

/** A charge's approval as every adapter may tell it. */
export interface ApprovedCharge {
  readonly kind: 'approved';
  readonly command: 'charge';
  readonly payinId: PayinId;
  readonly paymentMethodId: PaymentMethodId;
  /** Eight characters to read aloud; unique per merchant. */
  readonly confirmationCode: string;
  /** As it was when it was approved: AUTHORIZED or PROCESSING. */
  readonly status: PayinStatus;
  /** What was really charged or authorized, which may be less than was asked for. */
  readonly money: Money;
  readonly instrument: Instrument;
  /** Of a cart only: the number of its payment. */
  readonly cartPaymentId?: CartPaymentId;
}

/** The tender is stored and can be charged. No money moved. */
export interface ApprovedTokenize {
  readonly kind: 'approved';
  readonly command: 'tokenize';
  readonly paymentMethodId: PaymentMethodId;
  readonly instrument: Instrument;
}

/** The issuer or the processor said no. `payinId` is null for a tokenize. */
export interface DeclinedResult {
  readonly kind: 'declined';
  readonly code: DeclineCode;
  readonly payinId: PayinId | null;
  readonly paymentMethodId: PaymentMethodId;
}

/** We said no; nothing was sent. An open code: because another payment of the same config is still open. */
export interface RefusedResult {
  readonly kind: 'refused';
  readonly code: RefusalCode | OpenCode;
  /** The name of a field of our own schema, where one is to blame. */
  readonly field: string | null;
}

/** `pending`: in flight. `unknown`: sent, and nobody can say yet. Neither is a success or a failure. */
export interface OpenResult {
  readonly kind: 'pending' | 'unknown';
  readonly payinId: PayinId | null;
  /** Null only where not even the attempt is known. */
  readonly paymentMethodId: PaymentMethodId | null;
}

/** What a command ends in. An encoder has an answer for each of these, and TypeScript holds it to that. */
export type PaymentResult = ApprovedCharge | ApprovedTokenize | DeclinedResult | RefusedResult | OpenResult;

/** The result of a no of ours. `field` is a name from our own schema, never a value or a name of the request's. */
export const refusal = (code: RefusalCode | OpenCode, field: string | null = null): RefusedResult => ({
  kind: 'refused',
  code,
  field,
});
