/**
 * One reversal, told from its start to its answer: find the payin and whether it has settled, answer a repeat, hold the
 * amount, send once, settle and wait. Decides the order of these and who may send: only the delivery that holds, never a
 * rerun (exactly-once rule 10). What may be held is reversal.ts, what an outcome means reversal-outcomes.ts.
 */
import { randomUUID } from 'node:crypto';
import { Refused } from '../core/errors.ts';
import { isId, type RefundId } from '../core/ids.ts';
import type { Metadata } from '../core/payment.ts';
import type { SendOutcome } from '../core/processor.ts';
import type { Reversal, ReversalReason } from '../core/reversal.ts';
import { type Attempt, StoreUnavailable } from '../core/store.ts';
import { attemptKey } from './attempt.ts';
import type { EngineContext } from './context.ts';
import { settleInTime } from './drive.ts';
import { type IdempotentRequest, idFor, idKnownFor } from './idempotency.ts';
import type { Caller } from './join.ts';
import { findPayin } from './payins.ts';
import { amendAttempt } from './records.ts';
import { type Item, isOpen, repeatedBy, reversalOf, type Wanted } from './reversal.ts';
import type { ReversalOutcomes } from './reversal-outcomes.ts';
import type { RefreshSettlement } from './settlement.ts';
import { LATE, within } from './wait.ts';

/** What is asked for. Whether it is a void or a refund follows from the state of the payin. */
export interface ReversalRequest {
  readonly payinId: string;
  /**
   * Counts per merchant: the same key with the same content is a repeat, whatever became of the first. Without a key the
   * same item and amount within ten minutes is one.
   */
  readonly idempotencyKey: string | null;
  /** Minor units, at least 1; null for all that is left of the item, or of the payin. */
  readonly amount: number | null;
  /** Makes the amount a check: refused (`AMOUNT_MISMATCH`) unless it is all that is left. */
  readonly allThatIsLeft?: boolean;
  /** The part of the payin that is given back; null for the payin as a whole. */
  readonly item: Item | null;
  readonly reason: ReversalReason;
  /** Laid over the payin's: on the payin itself by a void, on the refund by a refund. */
  readonly metadata: Metadata;
}

/** A reversal and its payin, as they stand when the caller's patience or the wait is over. */
export interface Reversed {
  readonly attempt: Attempt;
  readonly reversal: Reversal;
}

/** Gives payins back, each amount exactly once however often it is asked for. */
export interface Reversals {
  /**
   * Null where there is no such payin within the reach of `refund:create`. A reversal that the processor declined, or whose
   * outcome is still out, is an answer, not an error.
   * @throws {Refused} `FORBIDDEN`, `NOT_REVERSIBLE`, `AMOUNT_ABOVE_BALANCE`, `AMOUNT_MISMATCH`, `PARTIAL_VOID`, `CONFLICT`,
   *   `INVALID_REQUEST`, `CARD_DATA_IN_TEXT`, `TOO_MANY_ATTEMPTS`, `SERVICE_STOPPING`
   * @throws {StoreUnavailable} and then nothing was or will be sent for this request.
   */
  reverse(request: ReversalRequest, caller: Caller): Promise<Reversed | null>;
  /** From now on nothing new is held; repeats are still answered. */
  stop(): void;
}

const isRefundId = (id: string): id is RefundId => isId('rfd', id);

/** Holds the table of reversals in flight in this process: one for each engine. */
export function createReversals(
  context: EngineContext,
  refreshSettlement: RefreshSettlement,
  outcomes: ReversalOutcomes,
): Reversals {
  const { store, processors, clock, ids, log, settings, background, transitions } = context;
  const inFlight = new Map<RefundId, Promise<Attempt>>();
  let stopping = false;

  async function reverse(request: ReversalRequest, caller: Caller): Promise<Reversed | null> {
    try {
      const reversed = await reverseOnce(request, caller);
      if (reversed !== null) tell(caller, reversed);
      return reversed;
    } catch (error) {
      if (error instanceof Refused) {
        const { code, field } = error;
        log.event('reversal', {
          request_id: caller.requestId,
          adapter: caller.adapter,
          outcome: 'refused',
          code,
          field,
        });
      }
      throw error;
    }
  }

  async function reverseOnce(request: ReversalRequest, caller: Caller): Promise<Reversed | null> {
    const payin = await findPayin(context, caller.principal, request.payinId, 'refund:create');
    if (payin === null) return null;
    const wanted: Wanted = {
      ...request,
      id: ids.make('rfd'),
      owner: randomUUID(),
      adapter: caller.adapter,
      leaseUntil: clock.now() + settings.processorDeadlineMs + settings.leaseSlackMs,
    };
    return request.idempotencyKey === null
      ? reverseUnkeyed(payin, wanted, caller)
      : reverseKeyed(payin, wanted, caller, request, request.idempotencyKey);
  }

  async function reverseUnkeyed(payin: Attempt, wanted: Wanted, caller: Caller): Promise<Reversed> {
    const attempt = await refreshSettlement(payin);
    return answer(await hold(attempt, wanted, (current) => repeatedBy(current, wanted, clock.now())), wanted, caller);
  }

  /** What cannot be held is refused before the key is used up; a key that is known is looked for in the payin first. */
  async function reverseKeyed(
    payin: Attempt,
    fresh: Wanted,
    caller: Caller,
    { payinId, amount, item, reason, metadata }: ReversalRequest,
    key: string,
  ): Promise<Reversed> {
    const keyed: IdempotentRequest<RefundId> = {
      scope: [payin.merchantId ?? payin.platformId, 'reversals'],
      key,
      content: { payinId, amount, item, reason, metadata },
      makes: fresh.id,
    };
    const known = await idKnownFor(context, keyed, isRefundId);
    // Whoever made the key known may have held since the payin was read.
    const current = known === null ? payin : ((await store.get('attempts', payin.id)) ?? payin);
    const attempt = await refreshSettlement(current);
    if (known === null) transitions.apply(attempt, { kind: 'hold', wanted: fresh });
    const wanted = { ...fresh, id: known ?? (await idFor(context, keyed, isRefundId)) };
    return answer(await hold(attempt, wanted, (current) => reversalOf(current, wanted.id)), wanted, caller);
  }

  /**
   * Holds the amount, durably, before anything is sent; or finds that it was held before. A hold whose answer was lost is
   * there when it is read.
   * @throws {StoreUnavailable} when it is not: it may still arrive, so nothing is sent and nothing is tried again.
   */
  async function hold(
    attempt: Attempt,
    wanted: Wanted,
    find: (current: Attempt) => Reversal | null,
  ): Promise<Reversed> {
    const step = (current: Attempt) => {
      if (find(current) !== null) return null;
      if (stopping) throw new Refused('SERVICE_STOPPING');
      return transitions.apply(current, { kind: 'hold', wanted });
    };
    const held = await amendAttempt(store, attempt, step).then(
      ({ record }) => record,
      (error: unknown) => {
        if (error instanceof StoreUnavailable) return store.get('attempts', attempt.id);
        throw error;
      },
    );
    const reversal = held === null ? null : find(held);
    if (held === null || reversal === null) throw new StoreUnavailable();
    return { attempt: held, reversal };
  }

  /** The delivery that held sends; every other waits for it, or looks what became of it. */
  async function answer({ attempt, reversal }: Reversed, wanted: Wanted, caller: Caller): Promise<Reversed> {
    if (!isOpen(reversal)) return { attempt, reversal };
    if (reversal.owner === wanted.owner) start(attempt, reversal);
    const working = inFlight.get(reversal.id) ?? look(attempt, reversal);
    const seen = await within(clock, working, caller.receivedAt + caller.patience.deliveryMs - clock.now());
    if (seen === LATE) return { attempt, reversal };
    return { attempt: seen, reversal: reversalOf(seen, reversal.id) ?? reversal };
  }

  function start(attempt: Attempt, reversal: Reversal): void {
    const { id } = reversal;
    inFlight.set(id, background.run(sendAndSettle(attempt, reversal).finally(() => inFlight.delete(id))));
  }

  async function sendAndSettle(attempt: Attempt, reversal: Reversal): Promise<Attempt> {
    // Where the store does not take it now, it is made with the outcome.
    await unlessAway(outcomes.project(attempt, reversal), null);
    return settleInTime(context, send(attempt, reversal), (outcome) => outcomes.settle(attempt, reversal, outcome));
  }

  /** Never rejects: what a processor throws may have happened after the bytes left. */
  async function send(attempt: Attempt, { id, kind, amount, dueAt }: Reversal): Promise<SendOutcome> {
    const { payinId, chargeableId, route, upstream, reference, currency } = attempt;
    const processor = processors.of(route.processor);
    if (processor === null || payinId === null || currency === null || dueAt === null) return { kind: 'not_sent' };
    const money = { amount, currency };
    const deadline = dueAt - settings.leaseSlackMs;
    const order = {
      kind,
      reversalKey: id,
      attemptKey: attemptKey(attempt),
      reference,
      chargeableId,
      account: route.account,
      upstream,
      payinId,
      money,
      deadline,
    };
    try {
      return await processor.reverse(order);
    } catch {
      return { kind: 'unknown' };
    }
  }

  const look = (attempt: Attempt, reversal: Reversal) => unlessAway(outcomes.look(attempt, reversal), attempt);

  async function unlessAway<T, O>(work: Promise<T>, otherwise: O): Promise<T | O> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.event('store_error', { during: 'reverse' });
      return otherwise;
    }
  }

  function tell({ requestId, adapter, receivedAt }: Caller, { attempt, reversal }: Reversed): void {
    log.event('reversal', {
      request_id: requestId,
      adapter,
      kind: reversal.kind,
      outcome: reversal.state,
      code: reversal.code,
      refund_id: reversal.id,
      payin_id: attempt.payinId,
      merchant_id: attempt.merchantId,
      attempt: attempt.id,
      amount: reversal.amount,
      currency: attempt.currency,
      duration_ms: clock.now() - receivedAt,
    });
  }

  return {
    reverse,
    stop() {
      stopping = true;
    },
  };
}
