/**
 * Finds out what became of attempts that a crash, a lost answer or a slow processor left open, and follows up on approved
 * ones. It looks; what is owed back is all that it has sent. Decides when to look, and what an absent attempt means for the processor at hand
 * (exactly-once rule 5).
 */

import type { Chargeable } from '../core/chargeable-records.ts';
import type { Absence, Finding, Verdict } from '../core/processor.ts';
import { type Attempt, StoreUnavailable } from '../core/store.ts';
import { isSettled } from './attempt.ts';
import { bumpEpoch, completion, consume, isClaimedBy, type UpstreamMark } from './chargeable.ts';
import type { EngineContext } from './context.ts';
import { followUpsOf, isOpen } from './follow-up.ts';
import type { FollowUpOutcomes } from './follow-up-outcomes.ts';
import { type Asked, findOutcome, GIVE_UP_MS, nextLook } from './look.ts';
import { amendAttempt, amendChargeable } from './records.ts';
import { sentOf } from './sent.ts';
import { alarmOf, type Settler } from './settle.ts';
import type { RefreshSettlement } from './settlement.ts';
import type { TakeBack } from './take-back.ts';

const BATCH = 100;
const PURGE_BATCH = 1_000;

/** What finishes the work of processes that died. Any method: @throws {StoreUnavailable} */
export interface Reconciler {
  /** Looks once at what became of an open attempt. @returns the attempt as it stands then. */
  look(attempt: Attempt): Promise<Attempt>;
  /** As `look`, of a send that is open, one that waits for a person included. */
  ask(attempt: Attempt, chargeable: Chargeable): Promise<Asked>;
  /** The config, its pointer completed where the attempt that it names is over. */
  complete(chargeable: Chargeable): Promise<{ chargeable: Chargeable; holder: Attempt | null }>;
  /** One round over everything that is due, and over what may be purged. @returns how many attempts it looked at. */
  sweep(): Promise<number>;
}

/** The other stories that it is told with. */
export interface ReconcilerParts {
  readonly settler: Settler;
  readonly refreshSettlement: RefreshSettlement;
  readonly outcomes: FollowUpOutcomes;
  readonly takeBack: TakeBack;
}

/** Keeps nothing between calls: several processes may sweep one store at once. */
export function createReconciler(
  context: EngineContext,
  { settler, refreshSettlement, outcomes, takeBack }: ReconcilerParts,
): Reconciler {
  const { store, processors, clock, log, settings, transitions } = context;
  const configExpiry = () => clock.now() + settings.configRetentionMs;

  async function complete(chargeable: Chargeable): Promise<{ chargeable: Chargeable; holder: Attempt | null }> {
    let current = chargeable;
    for (;;) {
      if (current.active === null) return { chargeable: current, holder: null };
      const holder = await store.get('attempts', current.active.attempt);
      if (holder === null) return { chargeable: current, holder };
      const next = completion(current, holder, configExpiry());
      if (next === null) return { chargeable: current, holder };
      if (next !== 'again' && (await store.apply({ replace: 'chargeables', record: next })) === 1) {
        return { chargeable: next, holder: null };
      }
      const read = await store.get('chargeables', current.id);
      if (read === null) throw new StoreUnavailable();
      current = read;
    }
  }

  async function look(attempt: Attempt): Promise<Attempt> {
    const chargeable = await store.get('chargeables', attempt.chargeableId);
    if (attempt.state === 'approved') {
      if (chargeable !== null) await complete(chargeable);
      return followUp(attempt);
    }
    if (chargeable === null) return attempt;
    if (isSettled(attempt) || attempt.state === 'not_sent') {
      await complete(chargeable);
      return attempt;
    }
    if (attempt.state === 'manual') return attempt;
    if (attempt.state === 'reserved' && !isClaimedBy(chargeable, attempt))
      return expireReservation(attempt, chargeable);
    return (await ask(attempt, chargeable)).attempt;
  }

  /** What is left of an approved payin: whether it has settled or is owed back, and what became of its open captures and reversals. */
  async function followUp(attempt: Attempt): Promise<Attempt> {
    let current = await takeBack(await refreshSettlement(attempt));
    for (const one of followUpsOf(current)) {
      const due = isOpen(one) && one.dueAt !== null && one.dueAt <= clock.now();
      if (due) current = await outcomes.look(current, one);
    }
    return current;
  }

  /**
   * A reservation that nobody claimed. The bump comes first: it makes every claim that was prepared before fail, so
   * that `not_sent` is never written over a charge in flight.
   */
  async function expireReservation(attempt: Attempt, chargeable: Chargeable): Promise<Attempt> {
    if (clock.now() < attempt.leaseUntil) return attempt;
    if (chargeable.used === null) {
      const bumped = bumpEpoch(chargeable, chargeable.epoch);
      if (bumped === null) {
        await complete(chargeable);
        return postpone(attempt);
      }
      if ((await store.apply({ replace: 'chargeables', record: bumped })) === 0) return postpone(attempt);
    }
    const { generation, fence } = attempt;
    // Over `unknown` it would need the processor's word.
    const step = (current: Attempt) =>
      current.state === 'reserved' ? transitions.apply(current, { kind: 'not_sent', generation, fence }) : null;
    return (await amendAttempt(store, attempt, step)).record;
  }

  async function ask(attempt: Attempt, chargeable: Chargeable): Promise<Asked> {
    const ownerMayLive =
      attempt.state === 'reserved' && chargeable.active !== null && clock.now() < chargeable.active.leaseUntil;
    const processor = processors.of(attempt.route.processor);
    const absence = processor?.absence ?? 'unproven';
    if (absence === 'once' && chargeable.used !== null && chargeable.used !== attempt.id) {
      return { said: 'closed', attempt: await settleNotSent(attempt, chargeable) };
    }
    const finding = await findOutcome(processor, sentOf(attempt), ownerMayLive ? 'lookup' : absence);
    const isVerdict = finding.kind === 'approved' || finding.kind === 'declined';
    if (ownerMayLive && !isVerdict) return { said: finding.kind, attempt };
    return { said: finding.kind, attempt: await recordFound(attempt, chargeable, finding, absence) };
  }

  /** The owner of what is not decided is gone. */
  async function recordFound(
    attempt: Attempt,
    chargeable: Chargeable,
    finding: Finding,
    absence: Absence,
  ): Promise<Attempt> {
    switch (finding.kind) {
      case 'approved':
      case 'declined':
        return settleFound(attempt, chargeable, finding, absence);
      case 'closed':
        return settleNotSent(attempt, chargeable, 'closed');
      case 'absent':
        return giveUpAbsent(attempt, chargeable, absence);
      case 'open':
      case 'unavailable':
        return lookLater(attempt);
    }
  }

  async function settleFound(
    attempt: Attempt,
    chargeable: Chargeable,
    found: Verdict,
    absence: Absence,
  ): Promise<Attempt> {
    const verdict = settler.trusted(attempt, found);
    if (verdict.kind === 'unknown') return toPerson(attempt);
    if (verdict.kind === 'approved' && absence === 'once') {
      // A pointer that a crash has left behind would keep the success from everybody.
      const { used } = await takeSuccess(attempt, (await complete(chargeable)).chargeable);
      if (used === null) return lookLater(attempt);
      if (used !== attempt.id) return settleNotSent(attempt, chargeable);
    }
    const wantsCode = attempt.payinId !== null && verdict.kind === 'approved';
    const settled = await settler.verdict(
      attempt,
      chargeable,
      verdict,
      wantsCode ? settler.reserveCode(attempt) : Promise.resolve(null),
    );
    log.event('reconcile', { attempt: attempt.id, config_id: attempt.chargeableId, outcome: settled.state });
    return settled;
  }

  /**
   * The config, and in its `used` whose the one success of an upstream object is: two attempts with the same card may both
   * take it for theirs. Nobody's yet while another attempt holds the config, whose own answer may be on its way.
   */
  async function takeSuccess(attempt: Attempt, chargeable: Chargeable): Promise<Chargeable> {
    const step = (current: Chargeable) =>
      current.active === null || current.active.attempt === attempt.id
        ? consume(current, attempt.id, configExpiry())
        : null;
    return (await amendChargeable(store, chargeable, step)).record;
  }

  async function settleNotSent(attempt: Attempt, chargeable: Chargeable, mark?: UpstreamMark): Promise<Attempt> {
    const settled = await settler.notSent(attempt, chargeable, mark);
    log.event('reconcile', { attempt: attempt.id, config_id: attempt.chargeableId, outcome: settled.state });
    return settled;
  }

  /** The processor has never seen it and the owner is gone. */
  async function giveUpAbsent(attempt: Attempt, chargeable: Chargeable, absence: Absence): Promise<Attempt> {
    switch (absence) {
      case 'abandon':
        // To close the key of one attempt, an upstream object is closed for all.
        return settleNotSent(attempt, chargeable, attempt.upstream === null ? undefined : 'closed');
      case 'once': {
        // The upstream object can succeed once, whoever uses it: the config is free, the attempt stays open.
        const known = attempt.state === 'unknown' ? attempt : await settler.unknown(attempt);
        if (known.state !== 'unknown') return known;
        await settler.doubt(attempt, chargeable);
        return lookLater(known);
      }
      case 'unproven':
        return lookLater(attempt);
    }
  }

  async function lookLater(attempt: Attempt): Promise<Attempt> {
    if (clock.now() - attempt.createdAt >= GIVE_UP_MS) return toPerson(attempt);
    return postpone(attempt.state === 'reserved' ? await settler.unknown(attempt) : attempt);
  }

  async function postpone(attempt: Attempt): Promise<Attempt> {
    const { looks } = attempt;
    const dueAt = nextLook(clock.now(), looks);
    const step = (current: Attempt) => transitions.apply(current, { kind: 'look_later', dueAt, looks });
    return (await amendAttempt(store, attempt, step)).record;
  }

  async function toPerson(attempt: Attempt): Promise<Attempt> {
    const { generation, fence } = attempt;
    const step = (current: Attempt) => transitions.apply(current, { kind: 'manual', generation, fence });
    const { record, applied } = await amendAttempt(store, attempt, step);
    if (applied) log.event('alarm', alarmOf('manual', record));
    return record;
  }

  async function sweep(): Promise<number> {
    let looked = 0;
    for (;;) {
      const batch = await sweepBatch();
      looked += batch.looked;
      if (batch.looked < BATCH || batch.failed) break;
    }
    await store.purge(clock.now(), PURGE_BATCH);
    return looked;
  }

  /** Those that are due longest. What failed is still due: the next round comes back to it. */
  async function sweepBatch(): Promise<{ looked: number; failed: boolean }> {
    let failed = false;
    const due = await store.list('attempts', {
      where: [{ field: 'dueAt', is: 'between', from: 0, to: clock.now() + 1 }],
      sortBy: 'dueAt',
      order: 'asc',
      limit: BATCH,
    });
    for (const attempt of due) {
      try {
        const seen = await look(attempt);
        if (seen.dueAt === attempt.dueAt && seen.rev === attempt.rev) await postpone(attempt);
      } catch (error) {
        // One attempt that cannot be read must not keep the others waiting.
        failed = true;
        if (error instanceof StoreUnavailable)
          log.event('store_error', { during: 'reconcile', reason: error.reason, attempt: attempt.id });
        else log.event('defect', { error });
      }
    }
    return { looked: due.length, failed };
  }

  return { look, ask, complete, sweep };
}
