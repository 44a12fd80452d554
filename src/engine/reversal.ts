/**
 * The life of a reversal inside its attempt: what is left to give back, what may be held of it, and what may follow what.
 * Decides and writes nothing: attempt.ts makes the changed attempt, so that state and balance change in one write
 * (exactly-once rule 10).
 *
 * The balance is not a number that could drift: it is what was charged, less every reversal that has not failed.
 */
import { type DeclineCode, Refused } from '../core/errors.ts';
import type { RefundId } from '../core/ids.ts';
import type { Metadata } from '../core/payment.ts';
import type { RefundStatus, Reversal, ReversalKind, ReversalReason } from '../core/reversal.ts';
import type { Attempt } from '../core/store.ts';
import { checkStorable, mergeMetadata } from './terms.ts';

/** What is asked for, as far as the state of the payin does not decide it. */
export interface Wanted {
  readonly id: RefundId;
  /** The nonce of the delivery that asks. */
  readonly owner: string;
  /** Minor units, at least 1; null for all that is left. */
  readonly amount: number | null;
  /** Refuses an amount that is not all that is left. */
  readonly allThatIsLeft?: boolean;
  /** The part of the payin that it is for, with what that part was charged. */
  readonly item: Item | null;
  readonly reason: ReversalReason;
  readonly adapter: string;
  /** To be laid over the payin's. */
  readonly metadata: Metadata;
  /** Until when the delivery is presumed alive, milliseconds since the epoch. */
  readonly leaseUntil: number;
}

/** A part of a payin, such as an item of a cart: no more is given back for it than `amount`, in minor units. */
export interface Item {
  readonly id: string;
  readonly amount: number;
}

/** What can befall a reversal. */
export type ReversalEvent =
  | { readonly kind: 'done'; readonly authCode: string | null }
  | { readonly kind: 'failed'; readonly code: DeclineCode }
  | { readonly kind: 'unknown'; readonly dueAt: number }
  | { readonly kind: 'look_later'; readonly dueAt: number }
  | { readonly kind: 'manual' };

/** Keeps the attempt of an ordinary size whatever is asked for. */
const MAX_REVERSALS = 200;
/** Within this, a reversal that came without a key is the repeat of the one like it. */
const REPEAT_MS = 600_000;

/** The reversals of an attempt, oldest first. */
export const reversalsOf = (attempt: Attempt): readonly Reversal[] => attempt.reversals ?? [];

/** The reversal of that id, or null. */
export function reversalOf(attempt: Attempt, id: string): Reversal | null {
  return reversalsOf(attempt).find((reversal) => reversal.id === id) ?? null;
}

/** Whether its outcome is not certain. */
export function isOpen({ state }: Reversal): boolean {
  return state === 'held' || state === 'unknown' || state === 'manual';
}

/** Rainforest, Refunds: `status`. One that a person has to look at is still PROCESSING: nobody knows better. */
export function refundStatusOf(reversal: Reversal): RefundStatus {
  if (isOpen(reversal)) return 'PROCESSING';
  return reversal.state === 'done' ? 'SUCCEEDED' : 'FAILED';
}

/** Minor units that can still be given back; 0 for a payin that took nothing. */
export function balanceOf(attempt: Attempt): number {
  const charged = attempt.verdict?.kind === 'approved' ? (attempt.verdict.amount ?? 0) : 0;
  return Math.max(0, charged - sumOf(reversalsOf(attempt)));
}

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
  if (attempt.payinStatus === 'PROCESSING') return 'void';
  return attempt.payinStatus === 'SUCCEEDED' ? 'refund' : null;
}

/**
 * The reversal that holds what is wanted.
 * @throws {Refused} `NOT_REVERSIBLE`, `AMOUNT_ABOVE_BALANCE`, `AMOUNT_MISMATCH`, `PARTIAL_VOID`, `TOO_MANY_ATTEMPTS`,
 *   `INVALID_REQUEST`, `CARD_DATA_IN_TEXT`
 */
export function holdFor(attempt: Attempt, wanted: Wanted, now: number): Reversal {
  const kind = kindFor(attempt);
  if (kind === null) throw new Refused('NOT_REVERSIBLE', 'payin_id');
  if (reversalsOf(attempt).length >= MAX_REVERSALS) throw new Refused('TOO_MANY_ATTEMPTS');
  const left = leftOf(attempt, wanted.item);
  const amount = wanted.amount ?? left;
  if (amount > left || amount === 0) throw new Refused('AMOUNT_ABOVE_BALANCE', 'amount');
  if (wanted.allThatIsLeft === true && amount !== left) throw new Refused('AMOUNT_MISMATCH', 'amount');
  if (kind === 'void' && amount !== attempt.amount) throw new Refused('PARTIAL_VOID', 'amount');
  const merged = mergeMetadata(attempt.metadata, wanted.metadata);
  checkStorable(merged, 'metadata');
  return {
    id: wanted.id,
    kind,
    state: 'held',
    owner: wanted.owner,
    amount,
    asked: wanted.amount,
    item: wanted.item?.id ?? null,
    reason: wanted.reason,
    adapter: wanted.adapter,
    metadata: kind === 'void' ? wanted.metadata : merged,
    code: null,
    authCode: null,
    dueAt: wanted.leaseUntil,
    looks: 0,
    createdAt: now,
    updatedAt: now,
  };
}

/** The reversal after the event, or null where the event does not apply. A `done` counts over anything. */
export function changed(reversal: Reversal, event: ReversalEvent, now: number): Reversal | null {
  const changes = changesOf(reversal, event);
  return changes === null ? null : { ...reversal, ...changes, updatedAt: now };
}

function changesOf(reversal: Reversal, event: ReversalEvent): Partial<Reversal> | null {
  const { state } = reversal;
  switch (event.kind) {
    case 'done':
      return state === 'done' ? null : { state: 'done', authCode: event.authCode, code: null, dueAt: null };
    case 'failed':
      return isOpen(reversal) ? { state: 'failed', code: event.code, dueAt: null } : null;
    case 'unknown':
      return state === 'held' ? { state: 'unknown', dueAt: event.dueAt } : null;
    case 'look_later':
      if (state !== 'held' && state !== 'unknown') return null;
      return { state: 'unknown', dueAt: event.dueAt, looks: reversal.looks + 1 };
    case 'manual':
      return state === 'held' || state === 'unknown' ? { state: 'manual', dueAt: null } : null;
  }
}

/**
 * The reversal that a request without a key repeats: the last one like it, of the same item and amount, of the last ten
 * minutes.
 */
export function repeatedBy(attempt: Attempt, wanted: Wanted, now: number): Reversal | null {
  const alike = reversalsOf(attempt).filter(
    ({ item, asked, adapter, createdAt }) =>
      item === (wanted.item?.id ?? null) &&
      asked === wanted.amount &&
      adapter === wanted.adapter &&
      now - createdAt < REPEAT_MS,
  );
  return alike.at(-1) ?? null;
}
