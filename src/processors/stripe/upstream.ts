/**
 * Stripe's intents, the objects that succeed once: every attempt of a chargeable goes through one of them, until it is
 * canceled. Decides which intent is taken and which is none; moves no money, so it may be asked again for as long as there
 * is time.
 */
import type Stripe from 'stripe';
import { sameMoney } from '../../core/money.ts';
import type { Prepared, UpstreamOrder } from '../../core/processor.ts';
import { type Call, type Data, isRefusedKey, type Reply, type StripeApi } from './api.ts';
import { MARKS } from './bodies.ts';
import { moneyIn } from './outcomes.ts';

const REFUSED: Prepared = { kind: 'refused' };
const UNAVAILABLE: Prepared = { kind: 'unavailable' };

/**
 * Prepares as `Processor.prepare`, and never rejects.
 * @param live whether the key is one of live mode: so must be what it makes.
 * @param types of the payment methods that are taken.
 */
export function createUpstream(
  api: StripeApi,
  live: boolean,
  types: readonly ('card' | 'us_bank_account')[],
): (order: UpstreamOrder) => Promise<Prepared> {
  const allowed_payment_method_types = [...types];

  async function prepare(order: UpstreamOrder): Promise<Prepared> {
    const { given, closed, money } = order;
    if (given !== null) return closed === null && money !== null ? take(given, order) : REFUSED;
    if (closed !== null) {
      const reply = await read(closed, order);
      if (reply.kind !== 'data') return notPrepared(reply);
      // In the place of one that succeeded, another would charge again.
      if (!isAsked(reply, closed, order) || reply.data.status !== 'canceled') return REFUSED;
    }
    return money === null ? makeSetup(order) : makePayment(order, money);
  }

  function read(id: string, order: UpstreamOrder): Promise<Reply<Intent>> {
    return api.insist<Intent>(callOf(order, null), (stripe, options) =>
      order.kind === 'charge'
        ? stripe.paymentIntents.retrieve(id, {}, options)
        : stripe.setupIntents.retrieve(id, {}, options),
    );
  }

  async function makePayment(order: UpstreamOrder, money: NonNullable<UpstreamOrder['money']>): Promise<Prepared> {
    const reply = await api.insist(callOf(order, keyOf(order)), (stripe, options) =>
      stripe.paymentIntents.create(
        {
          amount: money.amount,
          currency: money.currency.toLowerCase(),
          allowed_payment_method_types,
          // An approval whose capture is still to come would be half of one.
          capture_method: 'automatic',
          ...(order.mode === 'authorize' ? { payment_method_options: { card: { capture_method: 'manual' } } } : {}),
          metadata: { [MARKS.chargeable]: order.chargeableId },
        },
        options,
      ),
    );
    return prepared(reply, order, (intent) => hasTerms(intent, order));
  }

  /** What is kept belongs to a customer at Stripe: one for each method. */
  async function makeSetup(order: UpstreamOrder): Promise<Prepared> {
    const metadata = { [MARKS.chargeable]: order.chargeableId };
    const customer = await api.insist(callOf(order, `${keyOf(order)}/customer`), (stripe, options) =>
      stripe.customers.create({ metadata }, options),
    );
    if (customer.kind !== 'data') return notPrepared(customer);
    const reply = await api.insist(callOf(order, keyOf(order)), (stripe, options) =>
      stripe.setupIntents.create(
        { customer: customer.data.id, usage: 'off_session', allowed_payment_method_types, metadata },
        options,
      ),
    );
    return prepared(reply, order, () => true);
  }

  /** The platform's own: taken where it has the config's terms and no other config has it. */
  async function take(given: string, order: UpstreamOrder): Promise<Prepared> {
    const reply = await api.insist(callOf(order, null), (stripe, options) =>
      stripe.paymentIntents.retrieve(given, {}, options),
    );
    if (reply.kind !== 'data') return notPrepared(reply);
    const { data: intent } = reply;
    const taken = intent.metadata[MARKS.chargeable];
    const isNew = intent.status === 'requires_payment_method' || intent.status === 'requires_confirmation';
    if (!isNew || !isAsked(reply, given, order) || !hasTerms(intent, order)) return REFUSED;
    if (taken !== undefined) return taken === order.chargeableId ? { kind: 'ready', upstream: intent.id } : REFUSED;
    const metadata = { [MARKS.chargeable]: order.chargeableId };
    const marked = await api.insist(callOf(order, null), (stripe, options) =>
      stripe.paymentIntents.update(given, { metadata }, options),
    );
    return prepared(marked, order, (after) => after.id === given);
  }

  /** Whether it is that intent, of the account and of the mode, test or live, that was asked. */
  const isAsked = ({ data, account }: Data<Intent>, id: string, order: UpstreamOrder) =>
    data.id === id && data.livemode === live && account === order.account;

  /** What was made, or marked, for that chargeable. */
  function prepared<I extends Intent>(reply: Reply<I>, order: UpstreamOrder, isFit: (intent: I) => boolean): Prepared {
    if (reply.kind !== 'data') return notPrepared(reply);
    const { data: intent } = reply;
    const isOurs = isAsked(reply, intent.id, order) && intent.metadata?.[MARKS.chargeable] === order.chargeableId;
    return isOurs && isFit(intent) ? { kind: 'ready', upstream: intent.id } : REFUSED;
  }

  return prepare;
}

type Intent = Stripe.PaymentIntent | Stripe.SetupIntent;

/** Another object in the place of a closed one has another key, which everybody derives alike. */
const keyOf = ({ key, closed }: UpstreamOrder): string => (closed === null ? key : `${key}/${closed}`);

const callOf = ({ account, deadline }: UpstreamOrder, key: string | null): Call => ({ account, key, deadline });

/** Credentials that are not accepted can be mended in the settings; what a request itself is refused for cannot. */
function notPrepared(reply: Exclude<Reply<unknown>, Data<unknown>>): Prepared {
  return reply.kind === 'refused' && !isRefusedKey(reply) ? REFUSED : UNAVAILABLE;
}

function hasTerms(intent: Stripe.PaymentIntent, { money, mode }: UpstreamOrder): boolean {
  const has = moneyIn(intent.amount, intent.currency);
  const isManual =
    intent.capture_method === 'manual' || intent.payment_method_options?.card?.capture_method === 'manual';
  return money !== null && has !== null && sameMoney(money, has) && isManual === (mode === 'authorize');
}
