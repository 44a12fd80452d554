/**
 * Who asks: a provider with a caller's card, or a backend with a refund. Decides when it asks again and what it takes for
 * final: a provider takes any answer, a backend one that says yes or no. Remembers what it was told, for the oracle.
 */
import { Refused } from '../../src/core/errors.ts';
import type { PayinId } from '../../src/core/ids.ts';
import type { PaymentResult } from '../../src/core/payment.ts';
import type { Principal } from '../../src/core/principal.ts';
import { StoreUnavailable } from '../../src/core/store.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Reversed } from '../../src/engine/reverse.ts';
import { callerOf, chargeOf, type Plan, type ProcessName, type Refund } from './world.ts';

/**
 * `no`: declined or refused. `pending` and `unknown`: neither yes nor no. `away`: the store was not there, and nothing was
 * or will be sent for this request. `what` is the code, or what an approval names.
 */
export interface Reply {
  readonly said: 'yes' | 'no' | 'pending' | 'unknown' | 'away';
  readonly what: string;
}

interface Delivery {
  readonly to: ProcessName;
  /** How many deliveries came before it. */
  readonly nth: number;
  /** Whether what it asks for had been done when it came. */
  readonly afterwards: boolean;
}

const WEIGHT = { no: 0, away: 0, pending: 1, unknown: 1, yes: 2 } as const satisfies Record<Reply['said'], number>;

/** One asker through its deliveries. */
export class Client {
  readonly plan: Plan;
  /** Heard or not, what binds the engine: a yes, and a no to what had been done before. */
  told: readonly Reply[] = [];
  /** The answer that it takes for final. */
  heard: Reply | null = null;
  #delivered = 0;
  #standing: Delivery | null = null;

  constructor(plan: Plan) {
    this.plan = plan;
  }

  get #isImpatient(): boolean {
    return this.plan.kind === 'payment' && this.plan.impatient === true;
  }

  /** The process that its next delivery goes to, or null while it waits or is done. */
  next(): ProcessName | null {
    if (this.heard !== null || (this.#standing !== null && !this.#isImpatient)) return null;
    return this.plan.to[this.#delivered] ?? null;
  }

  /** Whether nobody answers it any more and it is about to ask again, which it does at once. */
  repeats(): boolean {
    return this.#delivered > 0 && this.#standing === null && this.next() !== null;
  }

  /** Sets out with the next delivery. */
  begin(to: ProcessName, afterwards: boolean): Delivery {
    const delivery = { to, nth: this.#delivered, afterwards };
    this.#delivered += 1;
    this.#standing = delivery;
    return delivery;
  }

  /** Nobody answers any more, or nobody answered in time. */
  hangUp(gone: (standing: Delivery) => boolean): void {
    if (this.#standing !== null && gone(this.#standing)) this.#standing = null;
  }

  /** Who has several deliveries out hears them all, and takes a no for final only where all of them say so. */
  hear(delivery: Delivery, reply: Reply): void {
    const { afterwards } = delivery;
    const known = this.told.some(({ said, what }) => said === reply.said && what === reply.what);
    if (!known && (reply.said === 'yes' || (reply.said === 'no' && afterwards))) this.told = [...this.told, reply];
    const isAwaited = this.#standing === delivery;
    if (isAwaited) this.#standing = null;
    const final = this.plan.kind === 'payment' || reply.said === 'yes' || reply.said === 'no';
    const counts = this.heard === null || WEIGHT[reply.said] > WEIGHT[this.heard.said];
    if ((isAwaited || this.#isImpatient) && final && counts) this.heard = reply;
  }

  digest(): string {
    return JSON.stringify([this.#delivered, this.#standing, this.heard, this.told]);
  }
}

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
  const caller = callerOf(principal, receivedAt, plan.kind, nth);
  if (plan.kind === 'payment') return replyOf(await engine.execute(chargeOf(configId, plan.name, plan.card), caller));
  try {
    if (payinId === null) throw new Error('a world of refunds begins with a payin');
    return refundReplyOf(await engine.reverse(refundOf(plan, payinId), caller));
  } catch (error) {
    if (error instanceof Refused) return { said: 'no', what: error.code };
    if (error instanceof StoreUnavailable) return { said: 'away', what: 'STORE_UNAVAILABLE' };
    throw error;
  }
}

const refundOf = ({ idempotencyKey, amount }: Refund, payinId: PayinId) =>
  ({ payinId, idempotencyKey, amount, item: null, reason: 'DUPLICATE', metadata: {} }) as const;

function replyOf(result: PaymentResult): Reply {
  switch (result.kind) {
    case 'approved':
      return { said: 'yes', what: JSON.stringify(result) };
    case 'declined':
      return { said: 'no', what: result.code };
    case 'refused':
      if (result.code === 'PAYMENT_PENDING') return { said: 'pending', what: result.code };
      return { said: result.code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'no', what: result.code };
    case 'pending':
    case 'unknown':
      return { said: result.kind, what: '' };
  }
}

function refundReplyOf(reversed: Reversed | null): Reply {
  if (reversed === null) return { said: 'no', what: 'PAYIN_NOT_FOUND' };
  const { state, id } = reversed.reversal;
  if (state === 'done') return { said: 'yes', what: id };
  return { said: state === 'failed' ? 'no' : 'unknown', what: id };
}
