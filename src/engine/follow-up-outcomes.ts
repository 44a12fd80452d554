/**
 * How the outcome of a capture, a void or a refund becomes the record, and what becomes of one that a crash or a lost
 * answer left open. It looks and never sends. Decides what each finding means: "absent" fails a follow-up only where the
 * processor closed its key; what nobody knows keeps its hold (exactly-once rule 10).
 */
import type { Absence, Finding, SendOutcome } from '../core/processor.ts';
import type { Refund } from '../core/reversal.ts';
import { type Attempt, StoreUnavailable } from '../core/store.ts';
import type { EngineContext } from './context.ts';
import { asItStands, changed, type FollowUp, type FollowUpEvent, isOpen, loggedOf } from './follow-up.ts';
import { type Asked, findOutcome, GIVE_UP_MS, nextLook } from './look.ts';
import { amendAttempt } from './records.ts';
import { refundStatusOf } from './reversal.ts';
import { followUpSentOf } from './sent.ts';
import { alarmOf } from './settle.ts';

/** Writes the outcomes of follow-ups down. Whatever does not say otherwise: @throws {StoreUnavailable} */
export interface FollowUpOutcomes {
  /** Records what the one send was answered. Never fails: what the store does not take, a look finds again. */
  settle(attempt: Attempt, followUp: FollowUp, outcome: SendOutcome): Promise<Attempt>;
  /** Looks once what became of a follow-up that is due some time. @returns the attempt as it stands then. */
  look(attempt: Attempt, followUp: FollowUp): Promise<Attempt>;
  /** As `look`, of one that waits for a person, too. */
  ask(attempt: Attempt, followUp: FollowUp): Promise<Asked>;
  /** Makes the record by which a refund is found, or tells it the outcome; nothing else has one. */
  project(attempt: Attempt, followUp: FollowUp): Promise<void>;
}

/** Why a follow-up fails that was certainly not made, though nobody declined it. */
const NOT_MADE: FollowUpEvent = { kind: 'failed', code: 'PROCESSING_ERROR' };

/** Keeps nothing between calls. */
export function createFollowUpOutcomes(context: EngineContext): FollowUpOutcomes {
  const { store, processors, clock, log, settings, transitions } = context;

  async function settle(attempt: Attempt, followUp: FollowUp, outcome: SendOutcome): Promise<Attempt> {
    const event = eventOf(trusted(attempt, followUp, outcome));
    try {
      return await write(attempt, followUp, event);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.event('store_error', { during: 'follow_up', reason: error.reason, attempt: attempt.id });
      return transitions.apply(attempt, { kind: 'follow_up', id: followUp.id, event }) ?? attempt;
    }
  }

  async function look(attempt: Attempt, followUp: FollowUp): Promise<Attempt> {
    return !isOpen(followUp) || followUp.dueAt === null ? attempt : (await ask(attempt, followUp)).attempt;
  }

  async function ask(attempt: Attempt, followUp: FollowUp): Promise<Asked> {
    const ownerMayLive = followUp.state === 'held' && followUp.dueAt !== null && clock.now() < followUp.dueAt;
    const processor = processors.of(attempt.route.processor);
    const absence = processor?.absence ?? 'unproven';
    const finding = await findOutcome(processor, followUpSentOf(attempt, followUp), ownerMayLive ? 'lookup' : absence);
    const said = finding.kind;
    if (ownerMayLive && said !== 'approved' && said !== 'declined') return { said, attempt };
    const event = eventFound(attempt, followUp, finding, absence);
    const seen = await write(attempt, followUp, event);
    const ids = { attempt: attempt.id, payin_id: attempt.payinId, ...loggedOf(followUp) };
    if (event.kind === 'manual') log.event('alarm', { ...ids, alarm: 'manual' });
    else log.event('reconcile', { ...ids, outcome: asItStands(seen, followUp).state });
    return { said, attempt: seen };
  }

  /** What the one send was answered: that nothing was sent is as certain as a no. */
  function eventOf(outcome: SendOutcome): FollowUpEvent {
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
  function eventFound(attempt: Attempt, followUp: FollowUp, finding: Finding, absence: Absence): FollowUpEvent {
    const lookLater: FollowUpEvent =
      clock.now() - followUp.createdAt >= GIVE_UP_MS
        ? { kind: 'manual' }
        : { kind: 'look_later', dueAt: nextLook(clock.now(), followUp.looks), looks: followUp.looks };
    switch (finding.kind) {
      case 'approved':
      case 'declined': {
        const verdict = trusted(attempt, followUp, finding);
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
  function trusted<O extends SendOutcome>(attempt: Attempt, followUp: FollowUp, outcome: O): O | { kind: 'unknown' } {
    if (outcome.kind !== 'approved') return outcome;
    const rightMoney = outcome.money?.amount === followUp.amount && outcome.money.currency === attempt.currency;
    const rightPlace = outcome.chargeableId === attempt.chargeableId && outcome.account === attempt.route.account;
    if (rightMoney && rightPlace) return outcome;
    log.event('alarm', { ...alarmOf('integrity_mismatch', attempt), ...loggedOf(followUp) });
    return { kind: 'unknown' };
  }

  /** A refund's own record gets the outcome first: once the attempt has it, nobody comes back for it. */
  async function write(attempt: Attempt, followUp: FollowUp, event: FollowUpEvent): Promise<Attempt> {
    const after = changed(followUp, event, clock.now());
    if (after !== null && !isOpen(after)) await project(attempt, after);
    let cameAfterFailure = false;
    const { record, applied } = await amendAttempt(store, attempt, (current) => {
      cameAfterFailure = asItStands(current, followUp).state === 'failed';
      return transitions.apply(current, { kind: 'follow_up', id: followUp.id, event });
    });
    if (applied && cameAfterFailure) {
      log.event('alarm', { ...alarmOf('late_approval', attempt), ...loggedOf(followUp) });
    }
    return record;
  }

  async function project(attempt: Attempt, followUp: FollowUp): Promise<void> {
    const wanted = refundOf(attempt, followUp);
    if (wanted === null) return;
    for (;;) {
      const stored = await store.get('refunds', followUp.id);
      if (stored !== null && (isOpen(followUp) || stored.status === wanted.status)) return;
      const record = { ...wanted, rev: stored === null ? 0 : stored.rev + 1 };
      const applied = await store.apply(
        stored === null ? { insert: 'refunds', record } : { replace: 'refunds', record },
      );
      if (applied === 1) return;
    }
  }

  function refundOf(attempt: Attempt, followUp: FollowUp): Omit<Refund, 'rev'> | null {
    if (followUp.kind === 'capture' || followUp.kind === 'void' || attempt.payinId === null) return null;
    return {
      id: followUp.id,
      attempt: attempt.id,
      payinId: attempt.payinId,
      platformId: attempt.platformId,
      merchantId: attempt.merchantId,
      status: refundStatusOf(followUp),
      amount: followUp.amount,
      createdAt: followUp.createdAt,
      updatedAt: followUp.updatedAt,
      expiresAt: isOpen(followUp) ? null : clock.now() + settings.attemptRetentionMs,
    };
  }

  return { settle, look, ask, project };
}
