/**
 * One charge or tokenize, told from its start to its answer: find the config, then the attempt; answer from it, or
 * reserve, claim, send, settle and wait. Decides the order of these and who answers a repeat; each step's own rules are
 * in the file of its name (exactly-once, "One charge").
 */

import type { Chargeable } from '../core/chargeable-records.ts';
import { Refused } from '../core/errors.ts';
import { randomText } from '../core/ids.ts';
import { type Command, type PaymentResult, refusal } from '../core/payment.ts';
import { type Attempt, StoreUnavailable } from '../core/store.ts';
import { type Belonging, createFindBelonging } from './belonging.ts';
import type { Configs } from './configs.ts';
import type { EngineContext } from './context.ts';
import { createDrive } from './drive.ts';
import { type Answer, type Caller, createJoin } from './join.ts';
import { createOpenLine } from './lines.ts';
import type { Reconciler } from './reconcile.ts';
import { createReserve, mayOpen } from './reserve.ts';
import { createRoutes } from './routes.ts';
import type { Settler } from './settle.ts';
import type { CheckSignature } from './signing-keys.ts';
import { findChargeable } from './terms.ts';
import { whileAway } from './wait.ts';

const NONCE_DIGITS = '0123456789abcdefghijklmnopqrstuv';

/** Charges and tokenizes, each exactly once however often it is asked for. */
export interface Pay {
  /**
   * The result of a command; what a caller can do wrong is a refusal.
   * @throws only for a defect, and never after something may have been sent.
   */
  execute(command: Command, caller: Caller): Promise<PaymentResult>;
  /** As `execute`, with the attempt behind the result: for callers that show the payin itself. */
  answer(command: Command, caller: Caller): Promise<Answer>;
  /** From now on nothing new is reserved; repeats are still answered. */
  stop(): void;
}

/** The other stories that paying is told with. */
export interface PayParts {
  readonly settler: Settler;
  readonly reconciler: Reconciler;
  readonly configs: Configs;
  readonly checkSignature: CheckSignature;
}

/** Holds the table of sends in flight, by which deliveries in this process find each other: one for each engine. */
export function createPay(context: EngineContext, { settler, reconciler, configs, checkSignature }: PayParts): Pay {
  const { store, clock, log } = context;
  const routes = createRoutes(context);
  const drive = createDrive(context, routes, settler);
  const reserve = createReserve(context, routes, settler, reconciler);
  const join = createJoin(context, routes, drive, reconciler);
  const findBelonging = createFindBelonging(context);
  const openLine = createOpenLine(context, configs, checkSignature);

  async function answer(command: Command, caller: Caller): Promise<Answer> {
    const answered = await payOrRefuse(command, caller);
    const { result, attempt, via } = answered;
    log.event('payment', {
      request_id: caller.requestId,
      adapter: caller.adapter,
      command: command.kind,
      outcome: result.kind,
      via: attempt === null ? null : via,
      duration_ms: clock.now() - caller.receivedAt,
      code: 'code' in result ? result.code : null,
      field: 'field' in result ? result.field : null,
      ...(attempt === null ? { config_id: command.configId, transaction: command.transactionId } : factsOf(attempt)),
    });
    return answered;
  }

  async function payOrRefuse(command: Command, caller: Caller): Promise<Answer> {
    try {
      return await pay(command, caller);
    } catch (error) {
      if (error instanceof Refused) return { result: refusal(error.code, error.field), attempt: null, via: 'send' };
      if (!(error instanceof StoreUnavailable)) throw error;
      log.event('store_error', { during: 'pay', reason: error.reason });
      return { result: refusal('STORE_UNAVAILABLE'), attempt: null, via: 'send' };
    }
  }

  /** Starts over whenever another delivery or process was faster. */
  async function pay(command: Command, caller: Caller): Promise<Answer> {
    const nonce = randomText(NONCE_DIGITS, 26);
    // An attempt that is to be sent once more stays this delivery's, whatever epoch the config is in by then.
    let known: string | null = null;
    for (;;) {
      const standing = await readStanding(command, caller, known);
      if (standing === 'away') return { result: UNKNOWN, attempt: null, via: 'repeat' };
      const { chargeable, attemptId, existing } = standing;
      if (existing !== null && !mayOpen(existing, chargeable, nonce, clock.now())) {
        const answered = await join(existing, chargeable, caller, 'repeat');
        if (answered !== 'again') return answered;
        known = existing.id;
        continue;
      }
      const claimed = await reserve.open({ command, caller, attemptId, existing, nonce }, chargeable);
      if (claimed === null) continue;
      drive.start(claimed);
      const answered = await join(claimed.attempt, claimed.chargeable, caller, 'send');
      if (answered !== 'again') return answered;
      known = claimed.attempt.id;
    }
  }

  async function findConfig(command: Command, caller: Caller): Promise<Chargeable> {
    if (command.kind === 'charge' && command.configId === null) return openLine(command, caller);
    const chargeable = await findChargeable(context, command, caller.principal);
    await checkSignature(caller, chargeable.merchantId);
    return chargeable;
  }

  /**
   * Step 0: the config, then the attempt. Where any answer is final and this may be a repeat of something sent, a store
   * that is away is waited for; `'away'` when it did not come back.
   */
  async function readStanding(command: Command, caller: Caller, known: string | null): Promise<Standing | 'away'> {
    const { repeatsOnSilence, totalMs } = caller.patience;
    const read = async () => {
      const found = await findConfig(command, caller);
      // The epoch stands for the transaction id that is missing: a pointer that was left behind would keep it back.
      const { chargeable } = command.transactionId === null ? await reconciler.complete(found) : { chargeable: found };
      const existing = known === null ? null : await store.get('attempts', known);
      if (existing !== null) return { chargeable, attemptId: existing.id, existing };
      return { chargeable, ...(await findBelonging(command, caller, chargeable)) };
    };
    if (!repeatsOnSilence) return read();
    return whileAway(clock, caller.receivedAt + totalMs, read).catch((error: unknown) => {
      if (error instanceof StoreUnavailable) return 'away';
      throw error;
    });
  }

  return {
    execute: async (command, caller) => (await answer(command, caller)).result,
    answer,
    stop: reserve.stop,
  };
}

/** What step 0 read. */
interface Standing extends Belonging {
  readonly chargeable: Chargeable;
}

const UNKNOWN: PaymentResult = { kind: 'unknown', payinId: null, paymentMethodId: null };

/** What the log may say of an attempt. */
function factsOf(attempt: Attempt) {
  return {
    attempt: attempt.id,
    generation: attempt.generation,
    config_id: attempt.chargeableId,
    payin_id: attempt.payinId,
    merchant_id: attempt.merchantId,
    transaction: attempt.transactionId,
    amount: attempt.amount,
    currency: attempt.currency,
  };
}
