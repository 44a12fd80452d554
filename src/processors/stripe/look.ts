/**
 * Looks up at Stripe what became of a send; changes nothing. Decides what is read for it: the intent that the send went
 * through, by its id, and in that, by our marks, what the send has left.
 */
import type Stripe from 'stripe';
import type { Clock } from '../../core/clock.ts';
import type { Finding, Sent } from '../../core/processor.ts';
import type { Call, Data, StripeApi } from './api.ts';
import {
  ABSENT,
  type Answer,
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
  /** The payment intent with its newest charge; null where it cannot be read, or another was answered. */
  payment(at: Whereabouts): Promise<Payment | null>;
  /** What was answered to a request about the intent there. */
  answer<I extends Stripe.PaymentIntent | Stripe.SetupIntent>(reply: Data<I>, at: Whereabouts): Answer<I>;
  /** A request that may be made now. */
  call(at: Pick<Whereabouts, 'account'>, key?: string): Call;
}

/** Keeps nothing between calls. @param live whether the key is one of live mode: so must be all that it is answered. */
export function createLooks(api: StripeApi, clock: Clock, live: boolean): Looks {
  const call: Looks['call'] = ({ account }, key) => ({ account, key: key ?? null, deadline: clock.now() + LOOK_MS });

  const answer: Looks['answer'] = ({ data: intent, account: told }, { upstream, account }) => ({
    intent,
    account,
    isAsked: intent.id === upstream && intent.livemode === live && told === account,
  });

  async function find(at: Whereabouts, { kind, key }: Which): Promise<Finding> {
    if (at.upstream === null) return ABSENT;
    if (kind === 'tokenize') return findSetup(at, at.upstream, key);
    const paid = await read(at);
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
    const paid = await read(at);
    return paid?.isAsked === true ? paid : null;
  }

  async function read(at: Whereabouts): Promise<Payment | null> {
    const { upstream } = at;
    if (upstream === null) return null;
    const reply = await api.ask(call(at), (stripe, options) =>
      stripe.paymentIntents.retrieve(upstream, { expand: ['latest_charge.balance_transaction'] }, options),
    );
    return reply.kind === 'data' ? answer(reply, at) : null;
  }

  async function findCharge(at: Whereabouts, paid: Payment, key: string): Promise<Finding> {
    if (paid.intent.latest_charge === null) return chargeFinding(paid, null);
    const newest = newestCharge(paid.intent);
    if (newest !== null && isMadeBy(newest, key)) return chargeFinding(paid, newest);
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
    return reply.kind === 'data' ? setupFinding(answer(reply, at), key) : UNAVAILABLE;
  }

  async function listed<T>(
    at: Whereabouts,
    ask: (stripe: Stripe, options: Stripe.RequestOptions) => Promise<Stripe.Response<Stripe.ApiList<T>>>,
  ): Promise<readonly T[] | null> {
    const reply = await api.ask(call(at), ask);
    return reply.kind === 'data' ? reply.data.data : null;
  }

  return { find, payment, answer, call };
}
