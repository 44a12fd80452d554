/**
 * The life of an attempt: its states and the one function that changes them. Decides what may follow what, who may say
 * so (fence and generation), and what a repeat is answered from. Writes nothing.
 *
 * A verdict counts whoever brings it, over any state but approved; everything else needs the generation and the fence
 * that its author saw, so that a process that slept cannot undo what another found (exactly-once rules 4 and 5). A decline
 * counts for its own generation only: a later one may be with another processor.
 */

import type { DeclineCode } from '../core/errors.ts';
import type { RefundId } from '../core/ids.ts';
import { isCurrency } from '../core/money.ts';
import type { PayinStatus, PaymentResult } from '../core/payment.ts';
import type { Verdict } from '../core/processor.ts';
import type { Reversal } from '../core/reversal.ts';
import type { Attempt, FrozenVerdict } from '../core/store.ts';
import { changed, holdFor, isOpen, type ReversalEvent, reversalOf, reversalsOf, type Wanted } from './reversal.ts';
import { mergeMetadata } from './terms.ts';

/** Where one generation of an attempt goes. */
export type Way = Pick<Attempt, 'route' | 'upstream'>;

/**
 * What can befall an attempt. Times are milliseconds since the epoch; `generation` and `fence` are those that whoever
 * says so has seen.
 */
export type AttemptEvent =
  | ({ readonly kind: 'take_over'; readonly owner: string; readonly leaseUntil: number } & Way)
  | ({ readonly kind: 'reopen'; readonly owner: string; readonly leaseUntil: number; readonly dueAt: number } & Way)
  | {
      readonly kind: 'verdict';
      readonly generation: number;
      readonly verdict: Verdict;
      readonly confirmationCode: string | null;
    }
  /** Declined by the first processor, and to be sent to the second. */
  | { readonly kind: 'pass_on'; readonly generation: number; readonly fence: number; readonly code: DeclineCode }
  | { readonly kind: 'not_sent'; readonly generation: number; readonly fence: number }
  | { readonly kind: 'unknown'; readonly generation: number; readonly fence: number; readonly dueAt: number }
  | { readonly kind: 'look_later'; readonly dueAt: number }
  | { readonly kind: 'manual'; readonly generation: number; readonly fence: number }
  | { readonly kind: 'told_unknown' }
  | { readonly kind: 'settled' }
  | { readonly kind: 'hold'; readonly wanted: Wanted }
  | { readonly kind: 'reversal'; readonly id: RefundId; readonly event: ReversalEvent }
  | { readonly kind: 'conflict' };

/** The state machine of attempts, the only maker of a changed one. */
export interface Transitions {
  /** The attempt after the event, or null where the event does not apply. @throws {Refused} for a `hold`, as `holdFor` */
  apply(attempt: Attempt, event: AttemptEvent): Attempt | null;
}

/** Whether nothing about the attempt is open any more. */
export function isSettled(attempt: Attempt): boolean {
  return attempt.state === 'approved' || attempt.state === 'declined';
}

/** The key under which the processor knows this send: a reopened attempt is a new send. */
export function attemptKey(attempt: Attempt): string {
  return attempt.generation === 0 ? attempt.id : `${attempt.id}.${attempt.generation}`;
}

/** The attempt of a key that `attemptKey` made. */
export const attemptIdOf = (key: string): string => key.split('.', 1)[0] ?? key;

/** Durations in milliseconds. */
export interface TransitionOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From an attempt's end to its purge. */
  readonly retentionMs: number;
  /** The processor's of that name: from an approval to the first question whether it has settled, or null. */
  readonly settlesAfterMs: (processor: string) => number | null;
}

/** Keeps nothing between calls. */
export function createTransitions(options: TransitionOptions): Transitions {
  const { now, settlesAfterMs } = options;
  const expiry = () => now() + options.retentionMs;

  function change(attempt: Attempt, event: AttemptEvent): Partial<Attempt> | null {
    switch (event.kind) {
      case 'take_over':
        if (attempt.state !== 'reserved') return null;
        return {
          owner: event.owner,
          leaseUntil: event.leaseUntil,
          fence: attempt.fence + 1,
          route: event.route,
          upstream: event.upstream,
        };
      case 'reopen':
        if (attempt.state !== 'not_sent') return null;
        return {
          state: 'reserved',
          generation: attempt.generation + 1,
          fence: attempt.fence + 1,
          owner: event.owner,
          leaseUntil: event.leaseUntil,
          dueAt: event.dueAt,
          looks: 0,
          route: event.route,
          upstream: event.upstream,
          payinStatus: attempt.payinId === null ? null : 'PRESENTING',
          expiresAt: null,
        };
      case 'verdict':
        if (attempt.state === 'approved') return null;
        if (
          event.verdict.kind === 'declined' &&
          (attempt.state === 'declined' || attempt.generation !== event.generation)
        )
          return null;
        return {
          state: event.verdict.kind,
          verdict: freeze(event.verdict),
          reference: event.verdict.reference,
          amount:
            event.verdict.kind === 'approved' && event.verdict.money !== null
              ? event.verdict.money.amount
              : attempt.amount,
          confirmationCode: attempt.confirmationCode ?? event.confirmationCode,
          payinStatus: statusAfter(attempt, event.verdict),
          fence: attempt.fence + 1,
          dueAt: settlingFrom(attempt, event.verdict),
          looks: 0,
          expiresAt: expiry(),
        };
      case 'not_sent':
      case 'pass_on':
        if (attempt.state !== 'reserved' && attempt.state !== 'unknown') return null;
        if (attempt.generation !== event.generation || attempt.fence !== event.fence) return null;
        return {
          state: 'not_sent',
          ...(event.kind === 'pass_on' ? { passedOn: event.code } : {}),
          payinStatus: null,
          fence: attempt.fence + 1,
          dueAt: null,
          expiresAt: expiry(),
        };
      case 'unknown':
        if (attempt.state !== 'reserved') return null;
        if (attempt.generation !== event.generation || attempt.fence !== event.fence) return null;
        return { state: 'unknown', dueAt: event.dueAt };
      case 'look_later':
        return attempt.dueAt === null ? null : { dueAt: event.dueAt, looks: attempt.looks + 1 };
      case 'manual':
        if (attempt.state !== 'reserved' && attempt.state !== 'unknown') return null;
        if (attempt.generation !== event.generation || attempt.fence !== event.fence) return null;
        return { state: 'manual', dueAt: null };
      case 'told_unknown':
        return isSettled(attempt) || attempt.state === 'not_sent' || attempt.told !== null ? null : { told: 'unknown' };
      case 'conflict':
        return attempt.conflict ? null : { conflict: true };
      case 'settled':
        if (attempt.payinStatus !== 'PROCESSING' || reversalsOf(attempt).some(isOpen)) return null;
        return { payinStatus: 'SUCCEEDED', dueAt: null };
      case 'hold':
        return withReversals(attempt, [...reversalsOf(attempt), holdFor(attempt, event.wanted, now())]);
      case 'reversal':
        return changeReversal(attempt, event.id, event.event);
    }
  }

  /** When it is worth asking whether the payin has settled; null where nobody asks, or where there is no payin. */
  function settlingFrom(attempt: Attempt, verdict: Verdict): number | null {
    if (statusAfter(attempt, verdict) !== 'PROCESSING') return null;
    const after = settlesAfterMs(attempt.route.processor);
    return after === null ? null : now() + after;
  }

  function changeReversal(attempt: Attempt, id: RefundId, event: ReversalEvent): Partial<Attempt> | null {
    const before = reversalOf(attempt, id);
    const after = before === null ? null : changed(before, event, now());
    if (after === null) return null;
    const all = reversalsOf(attempt).map((reversal) => (reversal.id === id ? after : reversal));
    if (after.kind !== 'void' || after.state !== 'done') return withReversals(attempt, all);
    const metadata = mergeMetadata(attempt.metadata, after.metadata);
    return { ...withReversals({ ...attempt, payinStatus: 'CANCELED' }, all), metadata };
  }

  /** An attempt is looked at when the first of its open reversals is; with none open, to see whether it has settled. */
  function withReversals(attempt: Attempt, reversals: readonly Reversal[]): Partial<Attempt> {
    const { payinStatus } = attempt;
    const open = reversals.filter(isOpen);
    const dues = open.flatMap(({ dueAt }) => dueAt ?? []);
    const unsettled = payinStatus === 'PROCESSING' && settlesAfterMs(attempt.route.processor) !== null;
    if (open.length === 0) return { reversals, payinStatus, dueAt: unsettled ? now() : null, expiresAt: expiry() };
    return { reversals, payinStatus, dueAt: dues.length === 0 ? null : Math.min(...dues), expiresAt: null };
  }

  return {
    apply(attempt, event) {
      const changes = change(attempt, event);
      return changes === null ? null : { ...attempt, ...changes, rev: attempt.rev + 1, updatedAt: now() };
    },
  };
}

/** What the payin shows after the verdict; null for a tokenize. */
function statusAfter({ payinId, mode, instrument }: Attempt, verdict: Verdict): PayinStatus | null {
  if (payinId === null) return null;
  if (verdict.kind === 'declined') return 'FAILED';
  return mode === 'authorize' && instrument.kind === 'card' ? 'AUTHORIZED' : 'PROCESSING';
}

function freeze(verdict: Verdict): FrozenVerdict {
  return verdict.kind === 'approved'
    ? {
        kind: 'approved',
        amount: verdict.money?.amount ?? null,
        currency: verdict.money?.currency ?? null,
        checks: verdict.checks,
      }
    : { kind: 'declined', code: verdict.code, checks: verdict.checks };
}

/** The answer that an attempt gives as it stands; `whenOpen` says how to call an outcome that is not there yet. */
export function resultOf(attempt: Attempt, whenOpen: 'pending' | 'unknown'): PaymentResult {
  const { payinId, paymentMethodId, instrument, verdict } = attempt;
  if (verdict?.kind === 'declined') return { kind: 'declined', code: verdict.code, payinId, paymentMethodId };
  if (verdict?.kind === 'approved') {
    if (payinId === null) return { kind: 'approved', command: 'tokenize', paymentMethodId, instrument };
    const { amount, currency } = verdict;
    if (amount === null || currency === null || !isCurrency(currency) || attempt.confirmationCode === null) {
      throw new Error('an approved charge has an amount, a currency and a confirmation code');
    }
    return {
      kind: 'approved',
      command: 'charge',
      payinId,
      paymentMethodId,
      confirmationCode: attempt.confirmationCode,
      // As it was when it was approved: a repeat gets the same bytes after it has settled or was voided, too.
      status: 'PROCESSING',
      money: { amount, currency },
      instrument,
      ...(attempt.cartPaymentId === undefined ? {} : { cartPaymentId: attempt.cartPaymentId }),
    };
  }
  if (attempt.state === 'not_sent') return { kind: 'refused', code: 'PROCESSOR_UNREACHABLE', field: null };
  return { kind: whenOpen, payinId, paymentMethodId };
}
