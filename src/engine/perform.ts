/**
 * How a capture, a void or a refund is done once: hold it in its payin, send it, settle and wait. Decides the order of
 * these and who may send: only the delivery that holds, never a rerun (exactly-once rule 10). What may be held is the
 * story's (capture.ts, reverse.ts), what an outcome means follow-up-outcomes.ts.
 */
import { randomUUID } from 'node:crypto';
import { Refused } from '../core/errors.ts';
import type { SendOutcome } from '../core/processor.ts';
import { type Attempt, StoreUnavailable } from '../core/store.ts';
import { type AttemptEvent, attemptKey } from './attempt.ts';
import type { EngineContext } from './context.ts';
import { settleInTime } from './drive.ts';
import { asItStands, type FollowUp, isOpen, loggedOf, type WantedFollowUp } from './follow-up.ts';
import type { FollowUpOutcomes } from './follow-up-outcomes.ts';
import type { Caller } from './join.ts';
import { amendAttempt } from './records.ts';
import { LATE, within } from './wait.ts';

/** What is to be done, as its story has it. */
export interface Task<F extends FollowUp> {
  readonly attempt: Attempt;
  /** Of the delivery that asks. */
  readonly owner: string;
  /** What this is a repeat of, or has held before; null where it is new. @throws {Refused} */
  find(current: Attempt): F | null;
  readonly hold: AttemptEvent;
}

/** A follow-up and its payin, as they stand when the caller's patience or the wait is over. */
export interface Performed<F extends FollowUp> {
  readonly attempt: Attempt;
  readonly followUp: F;
}

/** Since when and for how long somebody waits for the outcome, milliseconds. */
export interface Waiting {
  readonly receivedAt: number;
  readonly patience: { readonly deliveryMs: number };
}

/** Does follow-ups, each once however often it is asked for. */
export interface Perform {
  /** What captures and reversals alike are asked for with. */
  wantedBy(caller: Pick<Caller, 'adapter'>): Pick<WantedFollowUp, 'owner' | 'adapter' | 'leaseUntil'>;
  /**
   * @throws {Refused} what `find` and `hold` refuse, and `SERVICE_STOPPING`
   * @throws {StoreUnavailable} and then nothing was or will be sent for this request.
   */
  once<F extends FollowUp>(task: Task<F>, caller: Waiting): Promise<Performed<F>>;
  /** The story's own work, with its end written to the log. Null where there is no such payin. */
  logged<F extends FollowUp>(
    event: 'capture' | 'reversal',
    caller: Caller,
    work: Promise<Performed<F> | null>,
  ): Promise<Performed<F> | null>;
  /** From now on nothing new is held; repeats are still answered. */
  stop(): void;
}

/** Holds the table of follow-ups in flight in this process: one for each engine. */
export function createPerform(context: EngineContext, outcomes: FollowUpOutcomes): Perform {
  const { store, processors, clock, log, settings, background, transitions } = context;
  const inFlight = new Map<string, Promise<Attempt>>();
  let stopping = false;

  const wantedBy: Perform['wantedBy'] = ({ adapter }) => ({
    owner: randomUUID(),
    adapter,
    leaseUntil: clock.now() + settings.processorDeadlineMs + settings.leaseSlackMs,
  });

  /** The delivery that held sends; every other waits for it, or looks what became of it. */
  async function once<F extends FollowUp>(task: Task<F>, caller: Waiting): Promise<Performed<F>> {
    const { attempt, followUp } = await hold(task);
    if (!isOpen(followUp)) return { attempt, followUp };
    if (followUp.owner === task.owner) start(attempt, followUp);
    const working = inFlight.get(followUp.id) ?? look(attempt, followUp);
    const seen = await within(clock, working, caller.receivedAt + caller.patience.deliveryMs - clock.now());
    return seen === LATE ? { attempt, followUp } : { attempt: seen, followUp: asItStands(seen, followUp) };
  }

  /**
   * Holds the amount, durably, before anything is sent; or finds that it was held before. A hold whose answer was lost is
   * there when it is read.
   * @throws {StoreUnavailable} when it is not: it may still arrive, so nothing is sent and nothing is tried again.
   */
  async function hold<F extends FollowUp>({ attempt, find, hold: event }: Task<F>): Promise<Performed<F>> {
    const step = (current: Attempt) => {
      if (find(current) !== null) return null;
      if (stopping) throw new Refused('SERVICE_STOPPING');
      return transitions.apply(current, event);
    };
    const held = await amendAttempt(store, attempt, step).then(
      ({ record }) => record,
      (error: unknown) => {
        if (error instanceof StoreUnavailable) return store.get('attempts', attempt.id);
        throw error;
      },
    );
    const followUp = held === null ? null : find(held);
    if (held === null || followUp === null) throw new StoreUnavailable();
    return { attempt: held, followUp };
  }

  function start(attempt: Attempt, followUp: FollowUp): void {
    const { id } = followUp;
    inFlight.set(id, background.run(sendAndSettle(attempt, followUp).finally(() => inFlight.delete(id))));
  }

  async function sendAndSettle(attempt: Attempt, followUp: FollowUp): Promise<Attempt> {
    // Where the store does not take it now, it is made with the outcome.
    await unlessAway(outcomes.project(attempt, followUp), null);
    return settleInTime(context, send(attempt, followUp), (outcome) => outcomes.settle(attempt, followUp, outcome));
  }

  /** Never rejects: what a processor throws may have happened after the bytes left. */
  async function send(attempt: Attempt, followUp: FollowUp): Promise<SendOutcome> {
    const { payinId, chargeableId, route, upstream, reference, currency } = attempt;
    const { amount, dueAt } = followUp;
    const processor = processors.of(route.processor);
    if (processor === null || payinId === null || currency === null || dueAt === null) return { kind: 'not_sent' };
    const order = {
      attemptKey: attemptKey(attempt),
      reference,
      chargeableId,
      account: route.account,
      upstream,
      payinId,
      money: { amount, currency },
      deadline: dueAt - settings.leaseSlackMs,
    };
    try {
      return followUp.kind === 'capture'
        ? await processor.capture({ ...order, captureKey: followUp.id })
        : await processor.reverse({ ...order, kind: followUp.kind, reversalKey: followUp.id });
    } catch {
      return { kind: 'unknown' };
    }
  }

  const look = (attempt: Attempt, followUp: FollowUp) => unlessAway(outcomes.look(attempt, followUp), attempt);

  async function unlessAway<T, O>(work: Promise<T>, otherwise: O): Promise<T | O> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.event('store_error', { during: 'follow_up', reason: error.reason });
      return otherwise;
    }
  }

  const logged: Perform['logged'] = async (event, { requestId: request_id, adapter, receivedAt }, work) => {
    try {
      const performed = await work;
      if (performed === null) return null;
      const { attempt, followUp } = performed;
      log.event(event, {
        request_id,
        adapter,
        ...loggedOf(followUp),
        outcome: followUp.state,
        code: followUp.code,
        payin_id: attempt.payinId,
        merchant_id: attempt.merchantId,
        attempt: attempt.id,
        amount: followUp.amount,
        currency: attempt.currency,
        duration_ms: clock.now() - receivedAt,
      });
      return performed;
    } catch (error) {
      if (error instanceof Refused) {
        const { code, field } = error;
        log.event(event, { request_id, adapter, outcome: 'refused', code, field });
      }
      throw error;
    }
  };

  return {
    wantedBy,
    once,
    logged,
    stop() {
      stopping = true;
    },
  };
}
