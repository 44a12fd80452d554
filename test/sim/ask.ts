/**
 * How a process is asked for what a plan wants, and what its answer says to whoever asked. Decides what of an answer is a
 * yes and what is a no; what is made of it is client.ts and the oracle's.
 */
import { Refused } from '../../src/core/errors.ts';
import type { PayinId } from '../../src/core/ids.ts';
import type { PaymentResult } from '../../src/core/payment.ts';
import type { Principal } from '../../src/core/principal.ts';
import { Secret } from '../../src/core/secret.ts';
import { type Attempt, StoreUnavailable } from '../../src/core/store.ts';
import { refusalOf } from '../../src/engine/authorization.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { capturesOf } from '../../src/engine/follow-up.ts';
import type { Reversed } from '../../src/engine/reverse.ts';
import { card } from '../support/orders.ts';
import type { Reply } from './client.ts';
import { type Capture, type Payment, type Plan, PRICE, type Reversal, TIMES } from './world.ts';

/** What a process is asked, at that time of its clock. */
export interface Question {
  readonly principal: Principal;
  readonly configId: string;
  readonly payinId: PayinId | null;
  readonly receivedAt: number;
  readonly nth: number;
}

/** @throws for a defect only */
export async function ask(
  engine: Engine,
  plan: Plan,
  { principal, configId, payinId, receivedAt, nth }: Question,
): Promise<Reply> {
  const caller = callerOf(principal, receivedAt, plan, nth);
  if (plan.kind === 'payment') return replyOf(await engine.execute(chargeOf(configId, plan), caller), isProvider(plan));
  if (payinId === null) throw new Error('only a payin is captured or given back');
  try {
    return plan.kind === 'capture'
      ? captureReplyOf(await engine.capture(captureOf(plan, payinId), caller), plan)
      : reversalReplyOf(await engine.reverse(reversalOf(plan, payinId), caller));
  } catch (error) {
    if (error instanceof Refused) return { said: 'no', what: error.code };
    if (error instanceof StoreUnavailable) return { said: 'away', what: 'STORE_UNAVAILABLE' };
    throw error;
  }
}

export const chargeOf = (configId: string, { name, card: number }: Payment) =>
  ({
    kind: 'charge',
    source: 'IVR',
    configId,
    transactionId: name,
    money: { amount: PRICE, currency: 'USD' },
    tender: { ...card(number), securityCode: new Secret('123') },
    billingContact: {},
    metadata: {},
  }) as const;

const captureOf = ({ amount }: Capture, payinId: PayinId) => ({ payinId, amount, metadata: {} });

const reversalOf = ({ idempotencyKey, amount }: Reversal, payinId: PayinId) =>
  ({ payinId, idempotencyKey, amount, item: null, reason: 'DUPLICATE', metadata: {} }) as const;

/** Whether it repeats on silence and takes any answer for the last. */
export const isProvider = (plan: Plan): boolean => plan.kind === 'payment' && plan.manner !== 'backend';

/** @param nth how many deliveries of it came before: each is given up at a time of its own. */
export const callerOf = (principal: Principal, receivedAt: number, plan: Plan, nth: number) =>
  ({
    principal,
    adapter: 'simulated',
    patience: {
      deliveryMs: isProvider(plan) ? TIMES.deliveryMs : plan.kind === 'payment' ? TIMES.paymentMs : TIMES.backendMs,
      totalMs: TIMES.totalMs + nth * TIMES.apartMs,
      repeatsOnSilence: isProvider(plan),
    },
    tenders: 'one',
    receivedAt,
    requestId: 'request',
  }) as const;

/** That the store is away is a no only for who takes any answer for the last. */
function replyOf(result: PaymentResult, isLast: boolean): Reply {
  switch (result.kind) {
    case 'approved':
      return { said: 'yes', what: JSON.stringify(result) };
    case 'declined':
      return { said: 'no', what: result.code };
    case 'refused':
      if (result.code === 'PAYMENT_PENDING') return { said: 'pending', what: result.code };
      if (result.code === 'STORE_UNAVAILABLE' && !isLast) return { said: 'away', what: result.code };
      return { said: result.code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'no', what: result.code };
    case 'pending':
    case 'unknown':
      return { said: result.kind, what: '' };
  }
}

/** Told by the payin: how much was captured of it; else that it was voided, or why its last capture failed. */
function captureReplyOf(attempt: Attempt | null, { amount }: Capture): Reply {
  if (attempt === null) return { said: 'no', what: 'PAYIN_NOT_FOUND' };
  const done = capturesOf(attempt).find(({ state }) => state === 'done');
  if (done !== undefined) return done.amount === amount ? { said: 'yes', what: done.id } : { said: 'no', what: '' };
  const failed = refusalOf(attempt) !== null || attempt.payinStatus === 'CANCELED';
  return { said: failed ? 'no' : 'unknown', what: capturesOf(attempt).at(-1)?.id ?? '' };
}

function reversalReplyOf(reversed: Reversed | null): Reply {
  if (reversed === null) return { said: 'no', what: 'PAYIN_NOT_FOUND' };
  const { state, id } = reversed.reversal;
  if (state === 'done') return { said: 'yes', what: id };
  return { said: state === 'failed' ? 'no' : 'unknown', what: id };
}
