/**
 * Looks up at Stripe what became of a send; changes nothing. Decides what is read for it: the intent that the send went
 * through, by its id, and in that, by our marks, what the send has left.
 */
import type Stripe from 'stripe';
import type { Clock } from '../../core/clock.ts';
import type { Finding, Sent } from '../../core/processor.ts';
import type { Call, StripeApi } from './api.ts';
import {
  ABSENT,
  captureFinding,
  chargeFinding,
  isMadeBy,
  newestCharge,
  type Payment,
  reversalFinding,
  setupFinding,
  UNAVAILABLE,
} from './outcomes.ts';

/** Milliseconds that a look may wait for its turn. */
const LOOK_MS = 10_000;
/** The most that Stripe lists at once; an intent has fewer charges, and fewer refunds. */
const ALL = 100;

/** Where a send went. */
export type Whereabouts = Pick<Sent, 'account' | 'upstream'>;
/** Which send it was. */
export type Which = Pick<Sent, 'kind' | 'key'>;

/** Questions. None rejects. */
export interface Looks {
  /** As `Processor.lookup`. */
  find(at: Whereabouts, which: Which): Promise<Finding>;
  /** The payment intent with its newest charge; null where it cannot be read. */
  payment(at: Whereabouts): Promise<Payment | null>;
  /** A request that may be made now. */
  call(at: Pick<Whereabouts, 'account'>, key?: string): Call;
}

/** Keeps nothing between calls. */
export function createLooks(api: StripeApi, clock: Clock): Looks {
  const call: Looks['call'] = ({ account }, key) => ({ account, key: key ?? null, deadline: clock.now() + LOOK_MS });

  async function find(at: Whereabouts, { kind, key }: Which): Promise<Finding> {
    if (at.upstream === null) return ABSENT;
    if (kind === 'tokenize') return findSetup(at, at.upstream, key);
    const paid = await payment(at);
    if (paid === null) return UNAVAILABLE;
    switch (kind) {
      case 'charge':
        return findCharge(at, paid, key);
      case 'capture':
        return captureFinding(paid, key);
      case 'void':
      case 'refund':
        return findReversal(at, paid, { kind, key });
    }
  }

  async function payment(at: Whereabouts): Promise<Payment | null> {
    const { upstream } = at;
    if (upstream === null) return null;
    const reply = await api.ask(call(at), (stripe, options) =>
      stripe.paymentIntents.retrieve(upstream, { expand: ['latest_charge.balance_transaction'] }, options),
    );
    return reply.kind === 'data' ? { intent: reply.data, account: reply.account } : null;
  }

  async function findCharge(at: Whereabouts, paid: Payment, key: string): Promise<Finding> {
    const newest = newestCharge(paid.intent);
    if (newest === null || isMadeBy(newest, key)) return chargeFinding(paid, newest);
    const charges = await listed(at, (stripe, options) =>
      stripe.charges.list({ payment_intent: paid.intent.id, limit: ALL }, options),
    );
    return charges === null ? UNAVAILABLE : chargeFinding(paid, charges.find((one) => isMadeBy(one, key)) ?? null);
  }

  async function findReversal(at: Whereabouts, paid: Payment, which: Which): Promise<Finding> {
    const refunds = await listed(at, (stripe, options) =>
      stripe.refunds.list({ payment_intent: paid.intent.id, limit: ALL }, options),
    );
    return refunds === null ? UNAVAILABLE : reversalFinding(paid, refunds, which);
  }

  async function findSetup(at: Whereabouts, upstream: string, key: string): Promise<Finding> {
    const reply = await api.ask(call(at), (stripe, options) =>
      stripe.setupIntents.retrieve(upstream, { expand: ['payment_method'] }, options),
    );
    return reply.kind === 'data' ? setupFinding(reply.data, reply.account, key) : UNAVAILABLE;
  }

  async function listed<T>(
    at: Whereabouts,
    ask: (stripe: Stripe, options: Stripe.RequestOptions) => Promise<Stripe.Response<Stripe.ApiList<T>>>,
  ): Promise<readonly T[] | null> {
    const reply = await api.ask(call(at), ask);
    return reply.kind === 'data' ? reply.data.data : null;
  }

  return { find, payment, call };
}
