/**
 * What a processor must be able to say, so that the engine can charge exactly once with it. A processor sends; it
 * decides nothing about configs, attempts or repeats. Its outcomes are about the key of one send, never about a request.
 */
import type { DeclineCode } from './errors.ts';
import type { MerchantId, PayinId, PaymentMethodId, RefundId } from './ids.ts';
import type { Money } from './money.ts';
import type { BillingContact } from './payment.ts';
import type { ReversalKind } from './reversal.ts';
import type { NewTender, TenderKind } from './tender.ts';

/** How the order was taken. Every processor sets its mail-order/telephone-order flag from it. */
export type Channel = 'telephone_order';

/** What the engine stored of a tokenized tender: the processor's own reference, never account data. */
export interface StoredReference {
  readonly kind: 'stored';
  readonly token: string;
}

interface Order {
  /** Unique per send; a look-up or an abandon names the same key. */
  readonly attemptKey: string;
  /** The config (or cart) that can succeed once. */
  readonly chargeableId: string;
  readonly merchantId: MerchantId | null;
  readonly paymentMethodId: PaymentMethodId;
  readonly channel: Channel;
  readonly billingContact: BillingContact;
  /** Milliseconds since the epoch; checked again right before the bytes that move money. Past it: `not_sent`. */
  readonly deadline: number;
}

/** Charge `money` (minor units) once, authorization and capture in one. */
export interface ChargeOrder extends Order {
  readonly payinId: PayinId;
  readonly money: Money;
  readonly tender: NewTender | StoredReference;
}

/** Keep the tender for later charges; moves no money. */
export interface TokenizeOrder extends Order {
  readonly tender: NewTender;
}

/** Give `money` (minor units) of an approved charge back, once: before it has settled by a void, afterwards by a refund. */
export interface ReverseOrder {
  readonly kind: ReversalKind;
  /** The key of this send; a look-up or an abandon names the same key. */
  readonly reversalKey: RefundId;
  /** The key of the charge. */
  readonly attemptKey: string;
  readonly chargeableId: string;
  readonly payinId: PayinId;
  readonly merchantId: MerchantId | null;
  readonly money: Money;
  /** Milliseconds since the epoch; checked again right before the bytes that move money. Past it: `not_sent`. */
  readonly deadline: number;
}

/** The processor's word that it was done. The engine compares `money` and `chargeableId` with what it asked for. */
export interface Approval {
  readonly kind: 'approved';
  readonly chargeableId: string;
  /** What was really charged, or given back; null for a tokenize. */
  readonly money: Money | null;
  readonly checks: Checks;
  /** Charges the same tender again, or null where the processor keeps none; null for a reversal. */
  readonly token: string | null;
}

/** The processor's or the issuer's no. It ends the attempt and leaves the config free for another. */
export interface Decline {
  readonly kind: 'declined';
  readonly code: DeclineCode;
  readonly checks: Checks;
  /** The tender's reference where it is kept in spite of the decline, else null. */
  readonly token: string | null;
}

/** What the issuer said beside yes or no. AVS and security-code results as the processor's single letters. */
export interface Checks {
  readonly authCode: string | null;
  readonly avs: string | null;
  readonly securityCode: string | null;
}

/** For a verdict that came without a word of the issuer's. */
export const NO_CHECKS: Checks = { authCode: null, avs: null, securityCode: null };

/** A final word on the key of one send, told by the send itself or by a later look-up. */
export type Verdict = Approval | Decline;

/** `not_sent`: certain that no money moved or will move by this send. `unknown`: everything else, by default. */
export type SendOutcome = Verdict | { readonly kind: 'not_sent' } | { readonly kind: 'unknown' };

/**
 * What a look-up finds. `absent` from `lookup` says only "not seen yet"; from `abandon` it is a promise that a later
 * send under that key does nothing. `open`: the processor has it and has not decided.
 */
export type Finding =
  | Verdict
  | { readonly kind: 'absent' }
  | { readonly kind: 'open' }
  | { readonly kind: 'unavailable' };

/**
 * Why an attempt that is not found may be given up (exactly-once rule 5).
 * `abandon`: the processor can close a key for good. `once`: all attempts of a chargeable go through one upstream
 * object that can succeed once. `unproven`: neither; a person has to look.
 */
export type Absence = 'abandon' | 'once' | 'unproven';

/**
 * Whoever moves the money; what it has to keep to is test/contract/processor.ts. A send that throws counts as
 * `unknown`, a look-up that throws as `unavailable`.
 */
export interface Processor {
  /** Lower-case; shown in the log and by `cli doctor`. */
  readonly name: string;
  /** Moves no real money: ids get `sbx_`, and the numbers of Pay connectors in TEST mode are taken. */
  readonly sandbox: boolean;
  /** What it can be sent; anything else is refused as `TENDER_NOT_ACCEPTED`. */
  readonly tenders: readonly TenderKind[];
  /** What a card may not come without, whatever its config says. */
  readonly requires: { readonly securityCode: boolean; readonly postalCode: boolean };
  readonly absence: Absence;
  /** Sends once. Better late than a guess: the engine keeps the deadline and takes a verdict whenever it comes. */
  charge(order: ChargeOrder): Promise<SendOutcome>;
  /** As `charge`, and moves no money: its approval has `money: null`. */
  tokenize(order: TokenizeOrder): Promise<SendOutcome>;
  /** Sends once, as `charge`. It is the engine that sees to it that no more is given back than was charged. */
  reverse(order: ReverseOrder): Promise<SendOutcome>;
  /** What became of the send with that key, be it a charge, a tokenize or a reversal; changes nothing. */
  lookup(key: string): Promise<Finding>;
  /** As `lookup`, and closes the key when nothing is found. Present exactly where `absence` is `abandon`. */
  abandon?(key: string): Promise<Finding>;
  /** Whether that approved charge has settled: from then on it is refunded, not voided. Changes nothing. */
  settled(attemptKey: string): Promise<boolean>;
  /** Milliseconds from an approval to the first time that `settled` is worth asking unasked; null: only readers ask. */
  readonly settlesAfterMs: number | null;
  /** Resolves when the processor can be reached; used by `cli doctor`. */
  ping(): Promise<void>;
  /** Lets go of connections and files; nothing is sent afterwards. */
  close(): Promise<void>;
}
