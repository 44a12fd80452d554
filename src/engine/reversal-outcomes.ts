/**
 * How the outcome of a reversal becomes the record, and what becomes of one that a crash or a lost answer left open. It
 * looks and never sends. Decides what each finding means: "absent" fails a reversal only where the processor closed its
 * key; what nobody knows keeps its hold (exactly-once rule 10).
 */
import type { Absence, Finding, SendOutcome } from '../core/processor.ts';
import type { Refund, Reversal } from '../core/reversal.ts';
import { type Attempt, StoreUnavailable } from '../core/store.ts';
import type { EngineContext } from './context.ts';
import { findOutcome, GIVE_UP_MS, nextLook } from './look.ts';
import { amendAttempt } from './records.ts';
import { changed, isOpen, type ReversalEvent, refundStatusOf, reversalOf } from './reversal.ts';
import { reversalSentOf } from './sent.ts';
import { alarmOf } from './settle.ts';

/** Writes the outcomes of reversals down. Whatever does not say otherwise: @throws {StoreUnavailable} */
export interface ReversalOutcomes {
  /** Records what the one send was answered. Never fails: what the store does not take, a look finds again. */
  settle(attempt: Attempt, reversal: Reversal, outcome: SendOutcome): Promise<Attempt>;
  /** Looks once what became of an open reversal. @returns the attempt as it stands then. */
  look(attempt: Attempt, reversal: Reversal): Promise<Attempt>;
  /** Makes the record by which a refund is found, or tells it the outcome; a void has none. */
  project(attempt: Attempt, reversal: Reversal): Promise<void>;
}

/** Why a reversal fails that was certainly not made, though nobody declined it. */
const NOT_MADE: ReversalEvent = { kind: 'failed', code: 'PROCESSING_ERROR' };

/** Keeps nothing between calls. */
export function createReversalOutcomes(context: EngineContext): ReversalOutcomes {
  const { store, processors, clock, log, settings, transitions } = context;

  async function settle(attempt: Attempt, reversal: Reversal, outcome: SendOutcome): Promise<Attempt> {
    const event = eventOf(trusted(attempt, reversal, outcome));
    try {
      return await write(attempt, reversal, event);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.event('store_error', { during: 'reverse', attempt: attempt.id });
      return transitions.apply(attempt, { kind: 'reversal', id: reversal.id, event }) ?? attempt;
    }
  }

  async function look(attempt: Attempt, reversal: Reversal): Promise<Attempt> {
    if (!isOpen(reversal) || reversal.dueAt === null) return attempt;
    const ownerMayLive = reversal.state === 'held' && clock.now() < reversal.dueAt;
    const processor = processors.of(attempt.route.processor);
    const absence = processor?.absence ?? 'unproven';
    const finding = await findOutcome(processor, reversalSentOf(attempt, reversal), ownerMayLive ? 'lookup' : absence);
    if (ownerMayLive && finding.kind !== 'approved' && finding.kind !== 'declined') return attempt;
    const event = eventFound(attempt, reversal, finding, absence);
    const seen = await write(attempt, reversal, event);
    const ids = { attempt: attempt.id, payin_id: attempt.payinId, refund_id: reversal.id };
    if (event.kind === 'manual') log.event('alarm', { ...ids, alarm: 'manual' });
    else log.event('reconcile', { ...ids, outcome: reversalOf(seen, reversal.id)?.state });
    return seen;
  }

  /** What the one send was answered: that nothing was sent is as certain as a no. */
  function eventOf(outcome: SendOutcome): ReversalEvent {
    switch (outcome.kind) {
      case 'approved':
        return { kind: 'done', authCode: outcome.checks.authCode };
      case 'declined':
        return { kind: 'failed', code: outcome.code };
      case 'not_sent':
      case 'closed':
        return NOT_MADE;
      case 'unknown':
        return { kind: 'unknown', dueAt: clock.now() };
    }
  }

  /** What a look found once the owner is gone. */
  function eventFound(attempt: Attempt, reversal: Reversal, finding: Finding, absence: Absence): ReversalEvent {
    const lookLater: ReversalEvent =
      clock.now() - reversal.createdAt >= GIVE_UP_MS
        ? { kind: 'manual' }
        : { kind: 'look_later', dueAt: nextLook(clock.now(), reversal.looks) };
    switch (finding.kind) {
      case 'approved':
      case 'declined': {
        const verdict = trusted(attempt, reversal, finding);
        return verdict.kind === 'unknown' ? { kind: 'manual' } : eventOf(verdict);
      }
      case 'absent':
        return absence === 'abandon' ? NOT_MADE : lookLater;
      case 'closed':
        return NOT_MADE;
      case 'open':
      case 'unavailable':
        return lookLater;
    }
  }

  /** A verdict about something else than was asked for is no verdict. */
  function trusted<O extends SendOutcome>(attempt: Attempt, reversal: Reversal, outcome: O): O | { kind: 'unknown' } {
    if (outcome.kind !== 'approved') return outcome;
    const rightMoney = outcome.money?.amount === reversal.amount && outcome.money.currency === attempt.currency;
    const rightPlace = outcome.chargeableId === attempt.chargeableId && outcome.account === attempt.route.account;
    if (rightMoney && rightPlace) return outcome;
    log.event('alarm', { ...alarmOf('integrity_mismatch', attempt), refund_id: reversal.id });
    return { kind: 'unknown' };
  }

  /** A refund's own record gets the outcome first: once the attempt has it, nobody comes back for it. */
  async function write(attempt: Attempt, reversal: Reversal, event: ReversalEvent): Promise<Attempt> {
    const after = changed(reversal, event, clock.now());
    if (after !== null && !isOpen(after)) await project(attempt, after);
    let cameAfterFailure = false;
    const { record, applied } = await amendAttempt(store, attempt, (current) => {
      cameAfterFailure = reversalOf(current, reversal.id)?.state === 'failed';
      return transitions.apply(current, { kind: 'reversal', id: reversal.id, event });
    });
    if (applied && cameAfterFailure) {
      log.event('alarm', { ...alarmOf('late_approval', attempt), refund_id: reversal.id });
    }
    return record;
  }

  async function project(attempt: Attempt, reversal: Reversal): Promise<void> {
    const wanted = refundOf(attempt, reversal);
    if (wanted === null) return;
    for (;;) {
      const stored = await store.get('refunds', reversal.id);
      if (stored !== null && (isOpen(reversal) || stored.status === wanted.status)) return;
      const record = { ...wanted, rev: stored === null ? 0 : stored.rev + 1 };
      const applied = await store.apply(
        stored === null ? { insert: 'refunds', record } : { replace: 'refunds', record },
      );
      if (applied === 1) return;
    }
  }

  function refundOf(attempt: Attempt, reversal: Reversal): Omit<Refund, 'rev'> | null {
    if (reversal.kind === 'void' || attempt.payinId === null) return null;
    return {
      id: reversal.id,
      attempt: attempt.id,
      payinId: attempt.payinId,
      platformId: attempt.platformId,
      merchantId: attempt.merchantId,
      status: refundStatusOf(reversal),
      amount: reversal.amount,
      createdAt: reversal.createdAt,
      updatedAt: reversal.updatedAt,
      expiresAt: isOpen(reversal) ? null : clock.now() + settings.attemptRetentionMs,
    };
  }

  return { settle, look, project };
}
