/**
 * The store port: what is kept, by which index it is found, and the one way to write it. Decides the shape of every
 * record; the rules for changing them are the engine's. Times are milliseconds since the epoch, amounts minor units.
 *
 * A store offers durable single-record compare-and-set and nothing more: each record has a revision, `insert` applies
 * only where the id is free, `replace` only where the stored revision is the one before. A write that throws may or may
 * not have been applied; whoever wrote reads again.
 */
import type { ApiKey, Merchant, Platform } from './account-records.ts';
import type { CartPaymentNumber, FeeSchedule } from './cart-records.ts';
import type { Chargeable } from './chargeable-records.ts';
import type { DeclineCode } from './errors.ts';
import type { Capture } from './follow-up.ts';
import type {
  ApiKeyId,
  CartPaymentId,
  MerchantId,
  PayinId,
  PaymentMethodConfigId,
  PaymentMethodId,
  PlatformId,
} from './ids.ts';
import type { Currency } from './money.ts';
import type { BillingContact, Metadata, PayinStatus, PaymentSource } from './payment.ts';
import type { ChargeMode, Checks, Route } from './processor.ts';
import type { Refund, Reversal } from './reversal.ts';
import type { Instrument } from './tender.ts';

/** What every record has. */
export interface Stored {
  readonly id: string;
  /** 0 when inserted, one more with each replace. */
  readonly rev: number;
}

/** `reserved` covers "claimed": from when its config's `active` names it and its generation on, it may have been sent. */
export type AttemptState = 'reserved' | 'approved' | 'declined' | 'not_sent' | 'unknown' | 'manual';

/** The processor's verdict, frozen: a repeat is answered from it. */
export type FrozenVerdict =
  | {
      readonly kind: 'approved';
      readonly amount: number | null;
      readonly currency: Currency | null;
      readonly checks: Checks;
    }
  | { readonly kind: 'declined'; readonly code: DeclineCode; readonly checks: Checks };

/** One try to pay, its id the dedupe key. An attempt that was sent is the payin. */
export interface Attempt extends Stored {
  readonly command: 'charge' | 'tokenize';
  readonly adapter: string;
  readonly platformId: PlatformId;
  readonly merchantId: MerchantId | null;
  readonly chargeableId: Chargeable['id'];
  /** Null for callers without one; a digest where it looks like a card number. */
  readonly transactionId: string | null;
  readonly keyId: ApiKeyId;
  /** Keyed digest of the money-relevant fields of the request. */
  readonly fingerprint: string;
  readonly state: AttemptState;
  /** Grows when a `not_sent` attempt is opened again; part of the key that the processor sees. */
  readonly generation: number;
  /** Grows with each take-over; guards everything but a verdict. */
  readonly fence: number;
  /** The nonce of the process that drives it. */
  readonly owner: string;
  /** Until then an unclaimed reservation is its owner's. */
  readonly leaseUntil: number;
  readonly verdict: FrozenVerdict | null;
  /**
   * The caller heard "unknown": an approval that comes later is reported, or given back. `outcome`, kept only where it could
   * be: somebody has heard of the approval, and it stays.
   */
  readonly told: 'unknown' | 'outcome' | null;
  /** A second approval on one config, which should not be possible. */
  readonly conflict: boolean;
  /** When the reconciler looks next; null when nothing is open. */
  readonly dueAt: number | null;
  /** Look-ups so far, for growing gaps. */
  readonly looks: number;
  /** Where this generation of it goes, or went. */
  readonly route: Route;
  /** The processor's object that it goes through; null where the processor has none. */
  readonly upstream: string | null;
  /** The processor's own id of what it did; null until it has said so. */
  readonly reference: string | null;
  /** Paid with a stored method, which only its keeper can charge. */
  readonly bound?: boolean;
  /** How the first processor declined it, where it went on to the second. */
  readonly passedOn?: DeclineCode;

  /** Null for a tokenize. */
  readonly payinId: PayinId | null;
  readonly paymentMethodId: PaymentMethodId;
  /** Of a cart only: the cart's. */
  readonly cartPaymentId?: CartPaymentId;
  /** Null until a charge is approved. */
  readonly confirmationCode: string | null;
  /** Null where no payin shows: refused, not sent, or a tokenize. */
  readonly payinStatus: PayinStatus | null;
  readonly source: PaymentSource;
  /** Minor units; once it is approved, what was approved. Null for a tokenize. */
  readonly amount: number | null;
  /** What was asked for, where less was approved; absent elsewhere. */
  readonly requested?: number;
  readonly currency: Currency | null;
  /** As the config's. */
  readonly reverseLate?: boolean;
  /** As the config's, but that only a card is authorized first. */
  readonly mode?: ChargeMode;
  /** As the config's. */
  readonly partial?: boolean;
  readonly instrument: Instrument;
  readonly methodType: 'CARD' | 'ACH';
  readonly billingContact: BillingContact;
  readonly billingName: string | null;
  readonly metadata: Metadata;
  /** Of an authorization: the captures that were tried, oldest first; one at most has not failed. Absent until one is. */
  readonly captures?: readonly Capture[];
  /** What was given back or is being given back of it, oldest first; absent until something is. */
  readonly reversals?: readonly Reversal[];
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When the record may be purged; null until its outcome, and that of each reversal, is certain. */
  readonly expiresAt: number | null;
}

/** Makes a confirmation code unique per merchant; its id is `<merchant>:<code>`. */
export interface ConfirmationCode extends Stored {
  readonly attempt: string;
  readonly expiresAt: number | null;
}

/**
 * Rainforest, Payment methods: `status`; only an ACTIVE one can be charged. Set here: ACTIVE, FAILED and DEACTIVATED;
 * PRESENTING is shown while the outcome is out.
 */
export type PaymentMethodStatus =
  | 'ACTIVE'
  | 'CANCELED'
  | 'CREATED'
  | 'DEACTIVATED'
  | 'FAILED'
  | 'PRESENTING'
  | 'REPLACED';

/** A tender that a processor keeps, stored by a tokenize or along with a charge. */
export interface PaymentMethod extends Stored {
  readonly id: PaymentMethodId;
  readonly platformId: PlatformId;
  readonly merchantId: MerchantId | null;
  readonly paymentMethodConfigId: PaymentMethodConfigId;
  readonly status: PaymentMethodStatus;
  readonly methodType: 'CARD' | 'ACH';
  readonly instrument: Instrument;
  /** Who keeps it, and for which account. */
  readonly route: Route;
  /** The processor's reference, never account data; null where it keeps none and the method cannot be charged. */
  readonly token: string | null;
  readonly billingContact: BillingContact;
  readonly metadata: Metadata;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Remembers what an idempotency key made; its id is a digest of (scope, route, key). */
export interface IdempotencyRow extends Stored {
  /** Keyed digest of the request's content. */
  readonly fingerprint: string;
  /** The id of what was made. */
  readonly makes: string;
  readonly expiresAt: number | null;
}

/** A counter of attempts within one hour. */
export interface Tally extends Stored {
  readonly count: number;
  readonly expiresAt: number | null;
}

/** Facts about the store itself: schema version, check values of the secret keys, the demo's ids. */
export interface Meta extends Stored {
  readonly value: string;
}

/** What each collection holds. A store keeps one record a row or document and knows nothing of its meaning. */
export interface Records {
  platforms: Platform;
  merchants: Merchant;
  keys: ApiKey;
  chargeables: Chargeable;
  attempts: Attempt;
  codes: ConfirmationCode;
  methods: PaymentMethod;
  refunds: Refund;
  idempotency: IdempotencyRow;
  tallies: Tally;
  cartPayments: CartPaymentNumber;
  feeSchedules: FeeSchedule;
  meta: Meta;
}

/** The name of a collection, and of the table or the MongoDB collection behind it. */
export type Collection = keyof Records;

/**
 * Every way but the id by which records are found: each list is one index, its fields in order. None is unique, so that
 * every collection can be sharded by id; what must be unique is an id. Records whose first indexed field is null are
 * not in that index.
 */
export const INDEXES = {
  platforms: [['accountSid']],
  merchants: [['platformId', 'createdAt']],
  keys: [['secretHash'], ['platformId', 'createdAt']],
  chargeables: [['expiresAt']],
  attempts: [
    ['payinId'],
    ['transactionId'],
    ['platformId', 'createdAt'],
    ['merchantId', 'createdAt'],
    ['dueAt'],
    ['expiresAt'],
  ],
  codes: [['expiresAt']],
  methods: [
    ['platformId', 'createdAt'],
    ['merchantId', 'createdAt'],
  ],
  refunds: [['platformId', 'createdAt'], ['merchantId', 'createdAt'], ['payinId'], ['expiresAt']],
  idempotency: [['expiresAt']],
  tallies: [['expiresAt']],
  cartPayments: [['expiresAt']],
  feeSchedules: [],
  meta: [],
} as const satisfies { [C in Collection]: readonly (readonly (keyof Records[C] & string)[])[] };

/** The indexed fields that a `replace` may change; every other is as it was when the record was inserted. */
export const CHANGING_FIELDS: readonly string[] = ['dueAt', 'expiresAt'];

type Scalar = string | number | boolean | null;

/** `field` is a field of the record, or a dotted path into one of its objects (`metadata.order.id`). */
export type Condition =
  | { readonly field: string; readonly is: 'in'; readonly values: readonly Scalar[] }
  | { readonly field: string; readonly is: 'not_null' }
  /** A text that holds this one (1 to 256 characters) as it stands, upper and lower case of ASCII letters alike. */
  | { readonly field: string; readonly is: 'contains'; readonly text: string }
  /** `from` inclusive, `to` exclusive. */
  | {
      readonly field: string;
      readonly is: 'between';
      readonly from?: number | undefined;
      readonly to?: number | undefined;
    };

/** A page of records in the order of one field, then of the id. Nulls sort first. */
export interface ListQuery {
  readonly where: readonly Condition[];
  readonly sortBy: string;
  readonly order: 'asc' | 'desc';
  /** 1 to 1000. */
  readonly limit: number;
  /** Records behind the one with this id in that order; of an id that is gone, an empty page. */
  readonly startAfter?: string | undefined;
  readonly offset?: number | undefined;
}

/** One durable compare-and-set of one record. */
export type Write =
  | { [C in Collection]: { readonly insert: C; readonly record: Records[C] } }[Collection]
  /** Applies where the stored revision is `record.rev - 1`. */
  | { [C in Collection]: { readonly replace: C; readonly record: Records[C] } }[Collection]
  /** Adds so many to a tally, making it when it is not there; always applies. */
  | { readonly tally: string; readonly by: number; readonly expiresAt: number };

/** The write that a ping is: nobody reads this tally, and none of a limit has its name. */
export const PING: Write = { tally: 'ping', by: 1, expiresAt: Number.MAX_SAFE_INTEGER };

/** The store did not answer, or not in time. Carries no text of a driver, which may quote values. */
export class StoreUnavailable extends Error {
  /** The driver's or the system's short code of it (`SQLITE_FULL`, `EACCES`); null where there is none. */
  readonly reason: string | null;

  constructor(reason: string | null = null) {
    super('the store is not available');
    this.reason = reason;
  }
}

/**
 * A durable store, shared by any number of processes. What it has to keep to is test/contract/store.ts. Each method but
 * `close` rejects with `StoreUnavailable` when the store does not answer in time, and after `close`.
 */
export interface Store {
  readonly name: 'sqlite' | 'mongo';
  /** The record of that id as last written, by whatever process, or null. */
  get<C extends Collection>(collection: C, id: string): Promise<Records[C] | null>;
  /** Some record whose field has the value, or null. @throws {RangeError} for a field that no index begins with */
  find<C extends Collection>(
    collection: C,
    field: keyof Records[C] & string,
    value: string,
  ): Promise<Records[C] | null>;
  /** @throws {RangeError} for a limit that is not 1 to 1000 or a text that is not 1 to 256 characters long */
  list<C extends Collection>(collection: C, query: ListQuery): Promise<readonly Records[C][]>;
  /** How many records all the conditions hold for. */
  count(collection: Collection, where: readonly Condition[]): Promise<number>;
  /**
   * Applies the writes in order, each durably, and stops at the first that does not apply.
   * @returns how many applied. Each write stands by itself: this is a sequence, not a transaction.
   * @throws {StoreUnavailable} when it is not known which were applied.
   */
  apply(...writes: readonly Write[]): Promise<number>;
  /** Removes what expired before `now`, at most `limit` records a collection. @returns how many. */
  purge(now: number, limit: number): Promise<number>;
  /** Applies `PING`: a store that can be read and not written, as on a full disk, is not well. @throws {StoreUnavailable} */
  ping(): Promise<void>;
  /** Waits for the writes that it has taken. */
  close(): Promise<void>;
}

/** Raised by 1 with each change of the shape above that older records need to be brought up to. */
export const SCHEMA_VERSION = 1;
