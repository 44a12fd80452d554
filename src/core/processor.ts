/**
 * What a processor must be able to say, so that the engine can charge exactly once with it. A processor sends; it
 * decides nothing about configs, attempts or repeats. Its outcomes are about the key of one send, never about a request.
 */
import type { DeclineCode } from './errors.ts';
import type { PayinId, PaymentMethodId, RefundId } from './ids.ts';
import type { Money } from './money.ts';
import type { BillingContact } from './payment.ts';
import type { ReversalKind } from './reversal.ts';
import type { Instrument, NewTender, TenderKind } from './tender.ts';

/** How the order was taken. Every processor sets its mail-order/telephone-order flag from it. */
export type Channel = 'telephone_order';

/** Where a merchant's payments go; frozen in each attempt, so that whoever looks later asks the same one. */
export interface Route {
  /** A processor's `name`. */
  readonly processor: string;
  /** The merchant's own id there; null where the processor needs none. */
  readonly account: string | null;
}

/**
 * Where a merchant's payments go, first and second. The second is tried only after it is certain that the first moved
 * nothing: after `not_sent`, or after a decline whose code is listed; never after `unknown`.
 */
export interface Routing {
  readonly first: Route;
  readonly second: Route | null;
  readonly secondAfter: readonly DeclineCode[];
}

/** What the engine stored of a tokenized tender: the processor's own reference, never account data. */
export interface StoredReference {
  readonly kind: 'stored';
  readonly token: string;
}

/** What every order and every question about one has in common. */
interface Sending {
  /** The config (or cart) that can succeed once. */
  readonly chargeableId: string;
  readonly account: Route['account'];
  /**
   * The processor's own object that every attempt of this chargeable goes through, as `prepare` gave it; null for a
   * processor without such objects.
   */
  readonly upstream: string | null;
}

interface Order extends Sending {
  /** Unique per send; a look-up or an abandon names the same key. */
  readonly attemptKey: string;
  readonly paymentMethodId: PaymentMethodId;
  readonly channel: Channel;
  readonly billingContact: BillingContact;
  /** Milliseconds since the epoch; checked again right before the bytes that move money. Past it: `not_sent`. */
  readonly deadline: number;
}

/** Charge `money` (minor units) once; or only reserve it on the card, to be captured later. */
export interface ChargeOrder extends Order {
  readonly payinId: PayinId;
  readonly money: Money;
  readonly tender: NewTender | StoredReference;
  /** `authorize` reserves the money on a card; a bank account is always captured at once. */
  readonly mode: ChargeMode;
  /** Whether less may be approved than `money`, and then counts. */
  readonly partial: boolean;
}

/** Rainforest, Payin configs: `processing_mode`. */
export type ChargeMode = 'authorize' | 'authorize_and_capture';

/** Keep the tender for later charges; moves no money. */
export interface TokenizeOrder extends Order {
  readonly tender: NewTender;
}

/** An order about an approved charge. */
interface FollowUp extends Sending {
  /** The charge's own. */
  readonly attemptKey: string;
  /** By which the processor knows the charge: its approval's `reference`. */
  readonly reference: string | null;
  readonly payinId: PayinId;
  readonly money: Money;
  /** Milliseconds since the epoch; checked again right before the bytes that move money. Past it: `not_sent`. */
  readonly deadline: number;
}

/** Take `money` of what a charge in the mode `authorize` has reserved, once; the rest of it is let go. */
export interface CaptureOrder extends FollowUp {
  /** The key of this send. */
  readonly captureKey: string;
}

/**
 * Give `money` (minor units) of an approved charge back, once: before it has settled by a void, afterwards by a refund. A
 * void of an authorization that was not captured lets go of all of it.
 */
export interface ReverseOrder extends FollowUp {
  readonly kind: ReversalKind;
  /** The key of this send; a look-up or an abandon names the same key. */
  readonly reversalKey: RefundId;
}

/** A send, as far as its record tells: by which a processor finds out what became of it. */
export interface Sent extends Sending {
  readonly kind: 'charge' | 'tokenize' | 'capture' | ReversalKind;
  /** The key that it was sent under. */
  readonly key: string;
  /** What was asked for; null for a tokenize. */
  readonly money: Money | null;
  readonly instrument: Instrument;
  /** Milliseconds since the epoch: it was not sent before. */
  readonly since: number;
  /** Of a capture, a void and a refund: the charge that it is about. */
  readonly charge: { readonly key: string; readonly reference: string | null } | null;
}

/** What the upstream object of a chargeable is to be. */
export interface UpstreamOrder {
  readonly kind: 'charge' | 'tokenize';
  readonly chargeableId: string;
  /** The same key makes the same object, however often and by whomever it is asked for. */
  readonly key: string;
  readonly account: Route['account'];
  /** Null for a tokenize. */
  readonly money: Money | null;
  readonly mode: ChargeMode;
  readonly partial: boolean;
  /** An object that the platform has made itself: read and checked, not made. */
  readonly given: string | null;
  /** The object in whose place another is wanted, because it takes no attempt any more; null for the first. */
  readonly closed: string | null;
  readonly deadline: number;
}

/**
 * `refused`: there is no such object to be had, because the one that was named does not fit, or was used by others.
 * `unavailable`: not now.
 */
export type Prepared =
  | { readonly kind: 'ready'; readonly upstream: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unavailable' };

/** The processor's word that it was done. The engine compares it with what it asked for (exactly-once rule 9). */
export interface Approval {
  readonly kind: 'approved';
  /** The chargeable and the account that the answer names, ours where it names ours. */
  readonly chargeableId: string;
  readonly account: Route['account'];
  /** What was really charged, reserved, captured or given back; null for a tokenize. */
  readonly money: Money | null;
  readonly checks: Checks;
  /** Charges the same tender again, or null where the processor keeps none; null for a capture or a reversal. */
  readonly token: string | null;
  /** The processor's own id of what it did; null where it has none. */
  readonly reference: string | null;
}

/** The processor's or the issuer's no. It ends the attempt and leaves the config free for another. */
export interface Decline {
  readonly kind: 'declined';
  readonly code: DeclineCode;
  readonly checks: Checks;
  /** The tender's reference where it is kept in spite of the decline, else null. */
  readonly token: string | null;
  readonly reference: string | null;
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

/**
 * `not_sent`: certain that no money moved or will move by this send. `closed`: that too, because the upstream object
 * takes no attempt any more. `unknown`: everything else, by default.
 */
export type SendOutcome =
  | Verdict
  | { readonly kind: 'not_sent' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'unknown' };

/**
 * What a look-up finds. `absent` from `lookup` says only "not seen yet"; from `abandon` it is a promise that a later
 * send under that key does nothing. `closed`: the upstream object succeeded with another send or was closed, so that
 * this one did nothing and never will. `open`: the processor has it and has not decided.
 */
export type Finding =
  | Verdict
  | { readonly kind: 'absent' }
  | { readonly kind: 'closed' }
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
 * `unknown`, a look-up or a `prepare` that throws as `unavailable`.
 */
export interface Processor {
  /** Lower-case; shown in the log and by `cli doctor`, kept in attempts: it never changes. */
  readonly name: string;
  /** Moves no real money: ids get `sbx_`, and the numbers of Pay connectors in TEST mode are taken. */
  readonly sandbox: boolean;
  /** What it can be sent; anything else is refused as `TENDER_NOT_ACCEPTED`. */
  readonly tenders: readonly TenderKind[];
  /** What a card, or a bank account, may not come without, whatever its config says. */
  readonly requires: {
    readonly securityCode: boolean;
    readonly postalCode: boolean;
    readonly accountHolder: boolean;
  };
  readonly absence: Absence;
  /**
   * Whether a merchant's routing may name that account, null where it names none. Absent: the processor knows no accounts
   * of merchants, so none may be named.
   */
  takesAccount?(account: Route['account']): boolean;
  /**
   * Makes or checks the object that all attempts of a chargeable go through; moves no money, so it may be asked again
   * and before anything is reserved. Present where there are such objects.
   */
  prepare?(order: UpstreamOrder): Promise<Prepared>;
  /** Sends once. Better late than a guess: the engine keeps the deadline and takes a verdict whenever it comes. */
  charge(order: ChargeOrder): Promise<SendOutcome>;
  /** As `charge`, and moves no money: its approval has `money: null`. */
  tokenize(order: TokenizeOrder): Promise<SendOutcome>;
  /** Sends once, as `charge`. */
  capture(order: CaptureOrder): Promise<SendOutcome>;
  /** Sends once, as `charge`. It is the engine that sees to it that no more is given back than was charged. */
  reverse(order: ReverseOrder): Promise<SendOutcome>;
  /** What became of a send; changes nothing. */
  lookup(sent: Sent): Promise<Finding>;
  /** As `lookup`, and closes the key when nothing is found. Present exactly where `absence` is `abandon`. */
  abandon?(sent: Sent): Promise<Finding>;
  /**
   * Whether that approved charge, or what was captured of that authorization, has settled: from then on it is refunded,
   * not voided. Changes nothing.
   */
  settled(charge: Sent): Promise<boolean>;
  /**
   * Milliseconds from a charge or a capture to the first time that `settled` is worth asking unasked; null: only readers
   * ask.
   */
  readonly settlesAfterMs: number | null;
  /** Resolves when the processor can be reached; used by `cli doctor`. */
  ping(): Promise<void>;
  /** Lets go of connections and files; nothing is sent afterwards. */
  close(): Promise<void>;
}

/** The processors of one server, all of them for real money or none. */
export interface Processors {
  readonly all: readonly Processor[];
  /** For merchants without a routing of their own. */
  readonly route: Route;
  readonly sandbox: boolean;
  /** Null for a name of which nothing is set up here. */
  of(name: string): Processor | null;
}

/**
 * @param first takes what no merchant's routing sends elsewhere.
 * @throws {Error} where one moves real money and another does not, or two have one name.
 */
export function createProcessors(first: Processor, ...others: readonly Processor[]): Processors {
  const all = [first, ...others];
  const byName = new Map(all.map((processor) => [processor.name, processor]));
  if (byName.size < all.length) throw new Error('two processors have one name');
  if (all.some(({ sandbox }) => sandbox !== first.sandbox)) {
    throw new Error('test money and real money do not go together in one server');
  }
  return {
    all,
    route: { processor: first.name, account: null },
    sandbox: first.sandbox,
    of: (name) => byName.get(name) ?? null,
  };
}
