/**
 * The life of a capture, a void or a refund inside its attempt: its states, and what may follow what. Decides and writes
 * nothing: attempt.ts makes the changed attempt, so that state and balance change in one write (exactly-once rule 10).
 * What may be held is authorization.ts and reversal.ts.
 */
import type { DeclineCode } from '../core/errors.ts';
import type { Capture, FollowUpBase } from '../core/follow-up.ts';
import type { Metadata } from '../core/payment.ts';
import type { Reversal } from '../core/reversal.ts';
import type { Attempt } from '../core/store.ts';

/** Whatever is done to an approved payin. */
export type FollowUp = Capture | Reversal;

/** What can befall a follow-up. */
export type FollowUpEvent =
  | { readonly kind: 'done'; readonly authCode: string | null }
  | { readonly kind: 'failed'; readonly code: DeclineCode }
  | { readonly kind: 'unknown'; readonly dueAt: number }
  /** `looks` as whoever looked has read them: many who look at once are one look. */
  | { readonly kind: 'look_later'; readonly dueAt: number; readonly looks: number }
  | { readonly kind: 'manual' };

/** What is asked for, as far as captures and reversals have it in common. */
export interface WantedFollowUp {
  readonly id: string;
  /** The nonce of the delivery that asks. */
  readonly owner: string;
  /** Minor units, at least 1; null for all that there is. */
  readonly amount: number | null;
  readonly adapter: string;
  /** To be laid over the payin's. */
  readonly metadata: Metadata;
  /** Until when the delivery is presumed alive, milliseconds since the epoch. */
  readonly leaseUntil: number;
}

/** Captures, or reversals, that one payin takes, failed ones included: keeps the attempt of an ordinary size. */
export const MAX_FOLLOW_UPS = 200;

/** The captures of an attempt, oldest first. */
export const capturesOf = (attempt: Attempt): readonly Capture[] => attempt.captures ?? [];
/** The reversals of an attempt, oldest first. */
export const reversalsOf = (attempt: Attempt): readonly Reversal[] => attempt.reversals ?? [];
/** All that was or is being done to it. */
export const followUpsOf = (attempt: Attempt): readonly FollowUp[] => [...capturesOf(attempt), ...reversalsOf(attempt)];

/** The follow-up as it stands in the attempt now; as given where it is not there. */
export function asItStands<F extends FollowUp>(attempt: Attempt, followUp: F): F {
  const same = (one: FollowUp): one is F => one.id === followUp.id && one.kind === followUp.kind;
  return followUpsOf(attempt).find(same) ?? followUp;
}

/** What the log says of it; a capture has no id of its own that anybody is told. */
export function loggedOf(followUp: FollowUp): { kind: FollowUp['kind']; refund_id: string | null } {
  return { kind: followUp.kind, refund_id: followUp.kind === 'capture' ? null : followUp.id };
}

/** Whether its outcome is not certain. */
export function isOpen({ state }: Pick<FollowUpBase, 'state'>): boolean {
  return state === 'held' || state === 'unknown' || state === 'manual';
}

/** The part of a new follow-up that is the same for all kinds: held, by whoever wants it. */
export function heldFor(wanted: WantedFollowUp, amount: number, now: number): FollowUpBase {
  return {
    id: wanted.id,
    state: 'held',
    owner: wanted.owner,
    amount,
    adapter: wanted.adapter,
    metadata: wanted.metadata,
    code: null,
    authCode: null,
    dueAt: wanted.leaseUntil,
    looks: 0,
    createdAt: now,
    updatedAt: now,
  };
}

/** The follow-up after the event, or null where the event does not apply. A `done` counts over anything. */
export function changed<F extends FollowUp>(followUp: F, event: FollowUpEvent, now: number): F | null {
  const changes = changesOf(followUp, event);
  return changes === null ? null : { ...followUp, ...changes, updatedAt: now };
}

function changesOf(followUp: FollowUp, event: FollowUpEvent): Partial<FollowUpBase> | null {
  const { state } = followUp;
  switch (event.kind) {
    case 'done':
      return state === 'done' ? null : { state: 'done', authCode: event.authCode, code: null, dueAt: null };
    case 'failed':
      return isOpen(followUp) ? { state: 'failed', code: event.code, dueAt: null } : null;
    case 'unknown':
      return state === 'held' ? { state: 'unknown', dueAt: event.dueAt } : null;
    case 'look_later':
      if ((state !== 'held' && state !== 'unknown') || followUp.looks !== event.looks) return null;
      return { state: 'unknown', dueAt: event.dueAt, looks: followUp.looks + 1 };
    case 'manual':
      return state === 'held' || state === 'unknown' ? { state: 'manual', dueAt: null } : null;
  }
}
