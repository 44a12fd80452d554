/**
 * The life of an attempt: its states and the one function that changes them. Decides what may follow what, who may say
 * so (fence and generation), and what a repeat is answered from. Writes nothing.
 *
 * A verdict counts whoever brings it, over any state but approved; everything else needs the generation and the fence
 * that its author saw, so that a process that slept cannot undo what another found (exactly-once rules 4 and 5).
 */

import { isCurrency } from '../core/money.ts';
import type { PaymentResult } from '../core/payment.ts';
import type { Verdict } from '../core/processor.ts';
import type { Attempt, FrozenVerdict } from '../core/store.ts';

/**
 * What can befall an attempt. Times are milliseconds since the epoch; `generation` and `fence` are those that whoever
 * says so has seen.
 */
export type AttemptEvent =
  | { readonly kind: 'take_over'; readonly owner: string; readonly leaseUntil: number }
  | { readonly kind: 'reopen'; readonly owner: string; readonly leaseUntil: number; readonly dueAt: number }
  | { readonly kind: 'verdict'; readonly verdict: Verdict; readonly confirmationCode: string | null }
  | { readonly kind: 'not_sent'; readonly generation: number; readonly fence: number }
  | { readonly kind: 'unknown'; readonly generation: number; readonly fence: number; readonly dueAt: number }
  | { readonly kind: 'look_later'; readonly dueAt: number }
  | { readonly kind: 'manual' }
  | { readonly kind: 'told_unknown' }
  | { readonly kind: 'conflict' };

/** The state machine of attempts, the only maker of a changed one. */
export interface Transitions {
  /** The attempt after the event, or null where the event does not apply. */
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

/** @param options `now` in milliseconds since the epoch; `retentionMs` from an attempt's end to its purge. */
export function createTransitions(options: { now: () => number; retentionMs: number }): Transitions {
  const expiry = () => options.now() + options.retentionMs;

  function change(attempt: Attempt, event: AttemptEvent): Partial<Attempt> | null {
    switch (event.kind) {
      case 'take_over':
        if (attempt.state !== 'reserved') return null;
        return { owner: event.owner, leaseUntil: event.leaseUntil, fence: attempt.fence + 1 };
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
          payinStatus: attempt.payinId === null ? null : 'PRESENTING',
          expiresAt: null,
        };
      case 'verdict':
        if (attempt.state === 'approved') return null;
        if (attempt.state === 'declined' && event.verdict.kind === 'declined') return null;
        return {
          state: event.verdict.kind,
          verdict: freeze(event.verdict),
          amount:
            event.verdict.kind === 'approved' && event.verdict.money !== null
              ? event.verdict.money.amount
              : attempt.amount,
          confirmationCode: attempt.confirmationCode ?? event.confirmationCode,
          payinStatus: attempt.payinId === null ? null : event.verdict.kind === 'approved' ? 'PROCESSING' : 'FAILED',
          fence: attempt.fence + 1,
          dueAt: null,
          expiresAt: expiry(),
        };
      case 'not_sent':
        if (attempt.state !== 'reserved' && attempt.state !== 'unknown') return null;
        if (attempt.generation !== event.generation || attempt.fence !== event.fence) return null;
        return { state: 'not_sent', payinStatus: null, fence: attempt.fence + 1, dueAt: null, expiresAt: expiry() };
      case 'unknown':
        if (attempt.state !== 'reserved') return null;
        if (attempt.generation !== event.generation || attempt.fence !== event.fence) return null;
        return { state: 'unknown', dueAt: event.dueAt };
      case 'look_later':
        return isSettled(attempt) || attempt.state === 'not_sent'
          ? null
          : { dueAt: event.dueAt, looks: attempt.looks + 1 };
      case 'manual':
        return attempt.state === 'reserved' || attempt.state === 'unknown' ? { state: 'manual', dueAt: null } : null;
      case 'told_unknown':
        return isSettled(attempt) || attempt.state === 'not_sent' || attempt.told !== null ? null : { told: 'unknown' };
      case 'conflict':
        return attempt.conflict ? null : { conflict: true };
    }
  }

  return {
    apply(attempt, event) {
      const changes = change(attempt, event);
      return changes === null ? null : { ...attempt, ...changes, rev: attempt.rev + 1, updatedAt: options.now() };
    },
  };
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
      status: attempt.payinStatus ?? 'PROCESSING',
      money: { amount, currency },
      instrument,
      ...(attempt.cartPaymentId === undefined ? {} : { cartPaymentId: attempt.cartPaymentId }),
    };
  }
  if (attempt.state === 'not_sent') return { kind: 'refused', code: 'PROCESSOR_UNREACHABLE', field: null };
  return { kind: whenOpen, payinId, paymentMethodId };
}
