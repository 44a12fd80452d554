/**
 * The send: one processor call per claim, with a deadline of its own, that goes on when the delivery which started it
 * is gone. Decides what the engine makes of each outcome; a call that throws counts as maybe sent (exactly-once rule 3).
 */
import type { SendOutcome } from '../core/processor.ts';
import { type Attempt, StoreUnavailable } from '../core/store.ts';
import { attemptKey } from './attempt.ts';
import type { EngineContext } from './context.ts';
import { priceOf } from './price.ts';
import type { Claimed } from './reserve.ts';
import type { Routes } from './routes.ts';
import type { Settler } from './settle.ts';
import { LATE, within } from './wait.ts';

/** The sends of this process; what another process sends is seen through the store only. */
export interface Drive {
  /** Sends what was claimed. Never throws. */
  start(claimed: Claimed): void;
  /** The send of this attempt that this process has under way, as a promise of the attempt after it. */
  running(attemptId: string): Promise<Attempt> | undefined;
}

/**
 * Settles what a send was answered within the processor's deadline, else that it is not known; a verdict that comes after
 * all still counts.
 */
export async function settleInTime<R>(
  { clock, settings, background }: EngineContext,
  sending: Promise<SendOutcome>,
  settle: (outcome: SendOutcome) => Promise<R>,
): Promise<R> {
  const outcome = await within(clock, sending, settings.processorDeadlineMs);
  if (outcome !== LATE) return settle(outcome);
  background.run(sending.then((late) => (late.kind === 'approved' || late.kind === 'declined' ? settle(late) : null)));
  return settle({ kind: 'unknown' });
}

/** Each send is among the context's background work until its outcome is settled, late ones too. */
export function createDrive(context: EngineContext, routes: Routes, settler: Settler): Drive {
  const { processors, log, settings, background } = context;
  const inFlight = new Map<string, Promise<Attempt>>();

  function start(claimed: Claimed): void {
    const { id } = claimed.attempt;
    const settled = settleInTime(context, send(claimed), (outcome) => settle(claimed, outcome));
    inFlight.set(id, background.run(settled.finally(() => inFlight.delete(id))));
  }

  /** Never rejects: what a processor throws may have happened after the bytes left. */
  async function send({ attempt, chargeable, accepted, sendBy }: Claimed): Promise<SendOutcome> {
    const order = {
      attemptKey: attemptKey(attempt),
      chargeableId: chargeable.id,
      account: attempt.route.account,
      upstream: attempt.upstream,
      paymentMethodId: attempt.paymentMethodId,
      channel: 'telephone_order',
      billingContact: attempt.billingContact,
      deadline: Math.min(sendBy, (chargeable.active?.leaseUntil ?? 0) - settings.leaseSlackMs),
    } as const;
    const processor = processors.of(attempt.route.processor);
    if (processor === null) return { kind: 'not_sent' };
    try {
      const money = priceOf(chargeable, attempt.instrument.kind);
      if (attempt.payinId !== null && money !== null) {
        return await processor.charge({
          ...order,
          payinId: attempt.payinId,
          money,
          tender: accepted.tender,
          mode: attempt.mode ?? 'authorize_and_capture',
          partial: attempt.partial ?? false,
        });
      }
      if (accepted.tender.kind === 'stored') return { kind: 'not_sent' };
      return await processor.tokenize({ ...order, tender: accepted.tender });
    } catch {
      return { kind: 'unknown' };
    }
  }

  async function settle({ attempt, chargeable, code }: Claimed, given: SendOutcome): Promise<Attempt> {
    const outcome = settler.trusted(attempt, given);
    try {
      switch (outcome.kind) {
        case 'declined':
          if (routes.passesOn(attempt, chargeable, outcome.code)) {
            return await settler.passOn(attempt, chargeable, outcome.code);
          }
          return await settler.verdict(attempt, chargeable, outcome, code);
        case 'approved':
          return await settler.verdict(attempt, chargeable, outcome, code);
        case 'not_sent':
          return await settler.notSent(attempt, chargeable);
        case 'closed':
          return await settler.notSent(attempt, chargeable, 'closed');
        case 'unknown':
          return await settler.unknown(attempt);
      }
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      // The claim stands, and the reconciler finds it when its lease is over.
      log.event('store_error', { during: 'settle', reason: error.reason, attempt: attempt.id });
      return attempt;
    }
  }

  return { start, running: (attemptId) => inFlight.get(attemptId) };
}
