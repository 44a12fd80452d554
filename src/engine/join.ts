/**
 * Waiting for an outcome. Decides how long a delivery is held and what it is told when its patience ends: a provider
 * that repeats on silence is kept waiting through all its repeats, any other hears "pending" (exactly-once rules 3 and 7).
 */
import type { Patience } from '../core/adapter.ts';
import type { Chargeable } from '../core/chargeable-records.ts';
import { pause } from '../core/clock.ts';
import type { PaymentResult } from '../core/payment.ts';
import type { Principal } from '../core/principal.ts';
import type { Secret } from '../core/secret.ts';
import { type Attempt, StoreUnavailable } from '../core/store.ts';
import { isSettled, resultOf } from './attempt.ts';
import { isClaimedBy } from './chargeable.ts';
import type { EngineContext } from './context.ts';
import type { Drive } from './drive.ts';
import type { Reconciler } from './reconcile.ts';
import { amendAttempt } from './records.ts';
import type { Routes } from './routes.ts';
import { LATE, whileAway, within } from './wait.ts';

/** Who asks, through what, since when. */
export interface Caller {
  readonly principal: Principal;
  /** The adapter's name, part of the dedupe key. */
  readonly adapter: string;
  readonly patience: Patience;
  /** Whether a transaction of this adapter may bring several tenders. */
  readonly tenders: 'one' | 'many';
  /** Whether this delivery was signed with the key; absent where its adapter knows no signature. */
  readonly isSignedBy?: (key: Secret<string>) => boolean;
  /** When this delivery arrived. */
  readonly receivedAt: number;
  readonly requestId: string;
}

/** What a delivery is told. `attempt` is null where none was made. */
export interface Answer {
  readonly result: PaymentResult;
  readonly attempt: Attempt | null;
  /** Whether this delivery sent it, or found it. */
  readonly via: 'send' | 'repeat';
}

/**
 * Waits as long as the caller's patience allows.
 * @returns `'again'` where the attempt turns out to be free to drive. A delivery that has sent is told that nothing was
 *   sent and leaves it to a repeat to send again, unless it is the second processor's turn.
 */
export type Join = (
  attempt: Attempt,
  chargeable: Chargeable,
  caller: Caller,
  via: Answer['via'],
) => Promise<Answer | 'again'>;

/** Milliseconds between reads of an attempt that another process drives. */
const POLL_GAPS = [20, 50, 100, 250, 500, 1_000] as const;
/** Once the gaps have grown to this, a waiting delivery asks the processor too. */
const ASK_FROM_GAP = 1_000;
/** How long past the patience the store is tried for what has to be on record before it is told: an answer may be lost. */
const LAST_WORD_MS = 100;

/** Sends of this process are waited for as promises, those of others by reading the attempt again. */
export function createJoin(context: EngineContext, routes: Routes, drive: Drive, reconciler: Reconciler): Join {
  const { store, clock, transitions } = context;

  async function join(
    found: Attempt,
    chargeable: Chargeable,
    caller: Caller,
    via: Answer['via'],
  ): Promise<Answer | 'again'> {
    const { repeatsOnSilence, totalMs, deliveryMs } = caller.patience;
    const until = repeatsOnSilence ? found.createdAt + totalMs : caller.receivedAt + deliveryMs;
    const claimed = isClaimedBy(chargeable, found);
    let attempt = found;
    for (let round = 0; ; round++) {
      const driven = drive.running(attempt.id);
      if (isSettled(attempt)) return tell(attempt, via, until);
      if (attempt.state === 'not_sent') {
        return via === 'send' && !routes.goesOn(attempt, chargeable) ? answerFrom(attempt, via) : 'again';
      }
      if (attempt.state === 'reserved' && !claimed && clock.now() >= attempt.leaseUntil) return 'again';
      const left = until - clock.now();
      if (left <= 0) return giveUp(attempt, caller, via, until);
      if (driven !== undefined) {
        const outcome = await within(clock, driven, left);
        if (outcome === LATE) continue;
        if (outcome.state === 'not_sent') {
          return routes.goesOn(outcome, chargeable) ? 'again' : answerFrom(outcome, via);
        }
        attempt = outcome;
      } else {
        attempt = await poll(attempt, round, left);
      }
    }
  }

  async function poll(attempt: Attempt, round: number, left: number): Promise<Attempt> {
    const gap = POLL_GAPS[Math.min(round, POLL_GAPS.length - 1)] ?? ASK_FROM_GAP;
    await pause(clock, Math.min(gap, left));
    try {
      const current = (await store.get('attempts', attempt.id)) ?? attempt;
      const due = current.state === 'unknown' && current.dueAt !== null && current.dueAt <= clock.now();
      if (!due && (gap < ASK_FROM_GAP || current.state !== 'reserved')) return current;
      // A processor may take longer to say what it knows than the caller listens.
      const seen = await within(clock, reconciler.look(current), left - gap);
      return seen === LATE ? current : seen;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return attempt;
    }
  }

  /** The patience is over. That the caller heard "unknown" is on record before it is said. */
  async function giveUp(attempt: Attempt, caller: Caller, via: Answer['via'], until: number): Promise<Answer> {
    const unknown = caller.patience.repeatsOnSilence || attempt.state === 'unknown' || attempt.state === 'manual';
    if (!unknown) return answerFrom(attempt, via);
    try {
      const record = await onRecord(attempt, 'told_unknown', until);
      return isSettled(record)
        ? tell(record, via, until)
        : { result: resultOf(record, 'unknown'), attempt: record, via };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return { result: resultOf(attempt, 'unknown'), attempt, via };
    }
  }

  /**
   * The outcome; that it was told is on record before it is, where the approval could be given back for not having been.
   * Who comes after it was given back hears what was heard before: that nobody knows.
   */
  async function tell(attempt: Attempt, via: Answer['via'], until: number): Promise<Answer> {
    if (attempt.state !== 'approved' || attempt.reverseLate !== true) return answerFrom(attempt, via);
    const record = await onRecord(attempt, 'told_outcome', until).catch((error: unknown) => {
      if (error instanceof StoreUnavailable) return attempt;
      throw error;
    });
    if (record.told === 'outcome') return answerFrom(record, via);
    const { payinId, paymentMethodId } = record;
    return { result: { kind: 'unknown', payinId, paymentMethodId }, attempt: record, via };
  }

  /** The attempt, with what is about to be told in it; the patience goes until `until`. @throws {StoreUnavailable} */
  async function onRecord(attempt: Attempt, kind: 'told_unknown' | 'told_outcome', until: number): Promise<Attempt> {
    const step = (current: Attempt) => transitions.apply(current, { kind });
    const atLeast = clock.now() + LAST_WORD_MS;
    return (await whileAway(clock, Math.max(until, atLeast), () => amendAttempt(store, attempt, step))).record;
  }

  return join;
}

function answerFrom(attempt: Attempt, via: Answer['via']): Answer {
  return { result: resultOf(attempt, 'pending'), attempt, via };
}
