/**
 * What is left of a payin to give back, and what may be held of it. Decides and writes nothing: attempt.ts makes the
 * changed attempt, reverse.ts tells the story.
 *
 * The balance is not a number that could drift: it is what was taken, less every reversal that has not failed.
 */
import { Refused } from '../core/errors.ts';
import type { RefundId } from '../core/ids.ts';
import type { RefundStatus, Reversal, ReversalKind, ReversalReason } from '../core/reversal.ts';
import type { Attempt } from '../core/store.ts';
import { approvedOf, takenOf } from './authorization.ts';
import { capturesOf, heldFor, isOpen, MAX_FOLLOW_UPS, reversalsOf, type WantedFollowUp } from './follow-up.ts';
import { checkStorable, mergeMetadata } from './terms.ts';

/** What is asked for, as far as the state of the payin does not decide it. */
export interface WantedReversal extends WantedFollowUp {
  readonly id: RefundId;
  /** Refuses an amount that is not all that is left. */
  readonly allThatIsLeft?: boolean;
  /** The part of the payin that it is for, with what that part was charged. */
  readonly item: Item | null;
  readonly reason: ReversalReason;
}

/** A part of a payin, such as an item of a cart: no more is given back for it than `amount`, in minor units. */
export interface Item {
  readonly id: string;
  readonly amount: number;
}

/** Within this, a reversal that came without a key is the repeat of the one like it. */
const REPEAT_MS = 600_000;

/** The reversal of that id, or null. */
export function reversalOf(attempt: Attempt, id: string): Reversal | null {
  return reversalsOf(attempt).find((reversal) => reversal.id === id) ?? null;
}

/** Rainforest, Refunds: `status`. One that a person has to look at is still PROCESSING: nobody knows better. */
export function refundStatusOf(reversal: Reversal): RefundStatus {
  if (isOpen(reversal)) return 'PROCESSING';
  return reversal.state === 'done' ? 'SUCCEEDED' : 'FAILED';
}

/** Minor units that can still be given back: taken, or of an authorization reserved; 0 for a payin without either. */
export function balanceOf(attempt: Attempt): number {
  return Math.max(0, wholeOf(attempt) - sumOf(reversalsOf(attempt)));
}

/** What a void gives back. */
const wholeOf = (attempt: Attempt) => (attempt.payinStatus === 'AUTHORIZED' ? approvedOf(attempt) : takenOf(attempt));

/** As `balanceOf`, of one part; null for the payin as a whole. */
export function leftOf(attempt: Attempt, item: Item | null): number {
  if (item === null) return balanceOf(attempt);
  const taken = sumOf(reversalsOf(attempt).filter((reversal) => reversal.item === item.id));
  return Math.min(balanceOf(attempt), Math.max(0, item.amount - taken));
}

function sumOf(reversals: readonly Reversal[]): number {
  return reversals.reduce((sum, { state, amount }) => (state === 'failed' ? sum : sum + amount), 0);
}

/** What the state of the payin allows; null where it is not certain that it took money, or where it took none. */
function kindFor(attempt: Attempt): ReversalKind | null {
  if (attempt.payinStatus === 'AUTHORIZED' || attempt.payinStatus === 'PROCESSING') return 'void';
  return attempt.payinStatus === 'SUCCEEDED' ? 'refund' : null;
}

/**
 * The reversal that holds what is wanted.
 * @throws {Refused} `NOT_REVERSIBLE`, `PAYIN_BUSY`, `AMOUNT_ABOVE_BALANCE`, `AMOUNT_MISMATCH`, `PARTIAL_VOID`,
 *   `TOO_MANY_ATTEMPTS`, `INVALID_REQUEST`, `CARD_DATA_IN_TEXT`
 */
export function holdFor(attempt: Attempt, wanted: WantedReversal, now: number): Reversal {
  const kind = kindFor(attempt);
  if (kind === null) throw new Refused('NOT_REVERSIBLE', 'payin_id');
  if (reversalsOf(attempt).length >= MAX_FOLLOW_UPS) throw new Refused('TOO_MANY_ATTEMPTS');
  if (capturesOf(attempt).some(isOpen)) throw new Refused('PAYIN_BUSY', 'payin_id');
  const left = leftOf(attempt, wanted.item);
  const amount = wanted.amount ?? left;
  if (amount > left || amount === 0) throw new Refused('AMOUNT_ABOVE_BALANCE', 'amount');
  if (wanted.allThatIsLeft === true && amount !== left) throw new Refused('AMOUNT_MISMATCH', 'amount');
  if (kind === 'void' && amount !== wholeOf(attempt)) throw new Refused('PARTIAL_VOID', 'amount');
  const merged = mergeMetadata(attempt.metadata, wanted.metadata);
  checkStorable(merged, 'metadata');
  return {
    ...heldFor(wanted, amount, now),
    id: wanted.id,
    kind,
    asked: wanted.amount,
    item: wanted.item?.id ?? null,
    reason: wanted.reason,
    metadata: kind === 'void' ? wanted.metadata : merged,
  };
}

/**
 * The reversal that a request without a key repeats: the last one like it, of the same item and amount, of the last ten
 * minutes.
 */
export function repeatedBy(attempt: Attempt, wanted: WantedReversal, now: number): Reversal | null {
  const alike = reversalsOf(attempt).filter(
    ({ item, asked, adapter, createdAt }) =>
      item === (wanted.item?.id ?? null) &&
      asked === wanted.amount &&
      adapter === wanted.adapter &&
      now - createdAt < REPEAT_MS,
  );
  return alike.at(-1) ?? null;
}
