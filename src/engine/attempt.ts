/**
 * The life of an attempt: its states and the one function that changes them. Decides what may follow what, who may say
 * so (fence and generation), and what a repeat is answered from. Writes nothing.
 *
 * A verdict counts whoever brings it, over any state but approved; everything else needs the generation and the fence
 * that its author saw, so that a process that slept cannot undo what another found (exactly-once rules 4 and 5). A decline
 * counts for its own generation only: a later one may be with another processor.
 */

import type { DeclineCode } from '../core/errors.ts';
import { isCurrency } from '../core/money.ts';
import type { PayinStatus, PaymentResult } from '../core/payment.ts';
import type { Verdict } from '../core/processor.ts';
import type { Attempt, FrozenVerdict } from '../core/store.ts';
import { captureFor } from './authorization.ts';
import {
  capturesOf,
  changed,
  type FollowUp,
  type FollowUpEvent,
  followUpsOf,
  isOpen,
  reversalsOf,
  type WantedFollowUp,
} from './follow-up.ts';
import { holdFor, type WantedReversal } from './reversal.ts';
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
  /** @see FollowUpEvent */
  | { readonly kind: 'look_later'; readonly dueAt: number; readonly looks: number }
  | { readonly kind: 'manual'; readonly generation: number; readonly fence: number }
  | { readonly kind: 'told_unknown' }
  /** Before the reply that says so. */
  | { readonly kind: 'told_outcome' }
  | { readonly kind: 'settled' }
  | { readonly kind: 'hold_capture'; readonly wanted: WantedFollowUp }
  | { readonly kind: 'hold_reversal'; readonly wanted: WantedReversal }
  /** As `hold_reversal`, where the approval is owed back (take-back.ts). */
  | { readonly kind: 'take_back'; readonly wanted: WantedReversal }
  | { readonly kind: 'follow_up'; readonly id: string; readonly event: FollowUpEvent }
  | { readonly kind: 'conflict' };

/** The state machine of attempts, the only maker of a changed one. */
export interface Transitions {
  /**
   * The attempt after the event, or null where the event does not apply.
   * @throws {Refused} where something is to be held, as `captureFor` and `holdFor`
   */
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
          ...amountAfter(attempt, event.verdict),
          confirmationCode: attempt.confirmationCode ?? event.confirmationCode,
          payinStatus: statusAfter(attempt, event.verdict),
          fence: attempt.fence + 1,
          dueAt: isOwed(attempt, event.verdict) ? now() : settlingFrom(attempt, statusAfter(attempt, event.verdict)),
          looks: 0,
          expiresAt: expiry(),
        };
      case 'not_sent':
      case 'pass_on':
        if (attempt.state !== 'reserved' && attempt.state !== 'unknown' && attempt.state !== 'manual') return null;
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
        return attempt.dueAt === null || attempt.looks !== event.looks
          ? null
          : { dueAt: event.dueAt, looks: attempt.looks + 1 };
      case 'manual':
        if (attempt.state !== 'reserved' && attempt.state !== 'unknown') return null;
        if (attempt.generation !== event.generation || attempt.fence !== event.fence) return null;
        return { state: 'manual', dueAt: null };
      case 'told_unknown':
        return isSettled(attempt) || attempt.state === 'not_sent' || attempt.told !== null ? null : { told: 'unknown' };
      case 'told_outcome': {
        if (attempt.told === 'outcome' || isTakenBack(attempt)) return null;
        const told = { told: 'outcome' } as const;
        // Then nobody has to come back for it any more.
        const isLetOff = owesBack(attempt) && !owesBack({ ...attempt, ...told });
        return isLetOff ? followed(attempt, told) : told;
      }
      case 'conflict':
        return attempt.conflict ? null : { conflict: true, dueAt: now() };
      case 'settled':
        if (attempt.payinStatus !== 'PROCESSING' || followUpsOf(attempt).some(isOpen)) return null;
        return { payinStatus: 'SUCCEEDED', dueAt: owesBack(attempt) ? attempt.dueAt : null };
      case 'hold_capture':
        return followed(attempt, { captures: [...capturesOf(attempt), captureFor(attempt, event.wanted, now())] });
      case 'hold_reversal':
        return followed(attempt, { reversals: [...reversalsOf(attempt), holdFor(attempt, event.wanted, now())] });
      case 'take_back':
        if (!owesBack(attempt)) return null;
        return followed(attempt, { reversals: [...reversalsOf(attempt), holdFor(attempt, event.wanted, now())] });
      case 'follow_up':
        return changeFollowUp(attempt, event.id, event.event);
    }
  }

  /** When it is worth asking whether the payin has settled, now that it shows `status`; null where it is not. */
  function settlingFrom(before: Attempt, status: PayinStatus | null): number | null {
    const after = status === 'PROCESSING' ? settlesAfterMs(before.route.processor) : null;
    if (after === null) return null;
    return before.payinStatus === 'PROCESSING' ? now() : now() + after;
  }

  function changeFollowUp(attempt: Attempt, id: string, event: FollowUpEvent): Partial<Attempt> | null {
    const at = now();
    const step = <F extends FollowUp>(one: F): F => (one.id === id ? (changed(one, event, at) ?? one) : one);
    const before = followUpsOf(attempt).find((one) => one.id === id);
    const after = before === undefined ? undefined : step(before);
    if (after === undefined || after === before) return null;
    const changes =
      after.kind === 'capture'
        ? { captures: capturesOf(attempt).map(step) }
        : { reversals: reversalsOf(attempt).map(step) };
    return followed(attempt, { ...changes, ...consequencesOf(attempt, after) });
  }

  /** An attempt is looked at when the first of its open follow-ups is; with none open, to see whether it has settled. */
  function followed(attempt: Attempt, changes: Partial<Attempt>): Partial<Attempt> {
    const after = { ...attempt, ...changes };
    const open = followUpsOf(after).filter(isOpen);
    if (open.length === 0) {
      const dueAt = owesBack(after) ? now() + RETRY_MS : settlingFrom(attempt, after.payinStatus);
      return { ...changes, dueAt, expiresAt: expiry() };
    }
    const dues = open.flatMap(({ dueAt }) => dueAt ?? []);
    return { ...changes, dueAt: dues.length === 0 ? null : Math.min(...dues), expiresAt: null };
  }

  return {
    apply(attempt, event) {
      const changes = change(attempt, event);
      return changes === null ? null : { ...attempt, ...changes, rev: attempt.rev + 1, updatedAt: now() };
    },
  };
}

/** What takes late and second approvals back, in the place of an adapter's name. */
export const TAKE_BACK = 'take_back';
/** Until a reversal that failed is tried again. */
const RETRY_MS = 60_000;

const isTakenBack = (attempt: Attempt): boolean =>
  reversalsOf(attempt).some(({ adapter, state }) => adapter === TAKE_BACK && state !== 'failed');

/**
 * Whether the approval is to be given back: it came after its caller was told "unknown" and the merchant wants that, or it
 * is the second one of a config (exactly-once rules 4 and 8).
 */
export function owesBack(attempt: Attempt): boolean {
  const { state, payinStatus, told, reverseLate, conflict } = attempt;
  const hasMoney = payinStatus === 'AUTHORIZED' || payinStatus === 'PROCESSING' || payinStatus === 'SUCCEEDED';
  const isLate = told === 'unknown' && reverseLate === true;
  return state === 'approved' && hasMoney && (isLate || conflict) && !isTakenBack(attempt);
}

const isOwed = (attempt: Attempt, verdict: Verdict): boolean =>
  owesBack({ ...attempt, state: verdict.kind, payinStatus: statusAfter(attempt, verdict) });

/** What the payin shows after the verdict; null for a tokenize. */
function statusAfter(attempt: Attempt, verdict: Verdict): PayinStatus | null {
  if (attempt.payinId === null) return null;
  return verdict.kind === 'declined' ? 'FAILED' : approvedStatusOf(attempt);
}

const approvedStatusOf = ({ mode }: Attempt): PayinStatus => (mode === 'authorize' ? 'AUTHORIZED' : 'PROCESSING');

/** Where less was approved, that is the payin's amount from then on. */
function amountAfter({ amount }: Attempt, verdict: Verdict): Pick<Attempt, 'amount' | 'requested'> {
  const approved = verdict.kind === 'approved' ? (verdict.money?.amount ?? amount) : amount;
  return amount === null || approved === amount ? { amount } : { amount: approved, requested: amount };
}

/** What the new state of a follow-up changes of the payin. */
function consequencesOf({ payinStatus, metadata }: Attempt, followUp: FollowUp): Partial<Attempt> {
  const { kind, state, code } = followUp;
  const merged = () => mergeMetadata(metadata, followUp.metadata);
  if (kind === 'void' && state === 'done') return { payinStatus: 'CANCELED', metadata: merged() };
  if (kind === 'capture' && state === 'done') {
    // One that comes late, over a failure, does not undo what has happened since.
    const isFirst = payinStatus === 'AUTHORIZED' || payinStatus === 'FAILED';
    return { payinStatus: isFirst ? 'PROCESSING' : payinStatus, metadata: merged() };
  }
  return kind === 'capture' && code === 'AUTHORIZATION_EXPIRED' ? { payinStatus: 'FAILED' } : {};
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
      // A repeat gets the same bytes after it was captured, has settled or was voided, too.
      status: approvedStatusOf(attempt),
      money: { amount, currency },
      instrument,
      ...(attempt.cartPaymentId === undefined ? {} : { cartPaymentId: attempt.cartPaymentId }),
    };
  }
  if (attempt.state === 'not_sent') return { kind: 'refused', code: 'PROCESSOR_UNREACHABLE', field: null };
  return { kind: whenOpen, payinId, paymentMethodId };
}
