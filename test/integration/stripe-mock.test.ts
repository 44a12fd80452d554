/** Every kind of request that we make of Stripe is one that Stripe's own stand-in takes, which knows its OpenAPI. */
import { expect } from 'chai';
import type { Processor } from '../../src/core/processor.ts';
import { type FakeStripe, type SeenRequest, startFakeStripe, stripeAt } from '../support/fake-stripe.ts';
import {
  bankAccount,
  card,
  chargeOrder,
  reverseOrder,
  sentBy,
  tokenizeOrder,
  upstreamOrder,
  usd,
} from '../support/orders.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import { findStripeMock, STRIPE_MOCK_MISSING, startStripeMock } from '../support/stripe-mock.ts';
import { DECLINED_VISA, VISA } from '../support/twilio.ts';

describe('stripe-mock', () => {
  const path = findStripeMock();
  if (path === null) {
    it('takes every request', function skip() {
      process.stdout.write(`    ${STRIPE_MOCK_MISSING}\n`);
      this.skip();
    });
    return;
  }

  useRealSockets();
  let fake: FakeStripe;
  let stripe: Processor;
  let mock: Awaited<ReturnType<typeof startStripeMock>>;

  before(async () => {
    mock = await startStripeMock(path);
    fake = await startFakeStripe();
    stripe = stripeAt(fake.port);
    await doEverything();
  });
  after(async () => {
    await stripe?.close();
    await fake?.close();
    await mock?.close();
  });

  async function prepared<O extends Parameters<typeof upstreamOrder>[0]>(order: O): Promise<O> {
    const made = await stripe.prepare?.(upstreamOrder(order));
    return { ...order, upstream: made?.kind === 'ready' ? made.upstream : null };
  }

  /** Each thing that a processor does, with each tender, in an account of its own and in another's. */
  async function doEverything(): Promise<void> {
    await stripe.ping();
    for (const account of [null, 'acct_1']) {
      const paid = await prepared(chargeOrder({ account, tender: card(VISA) }));
      await stripe.charge(paid);
      fake.ledger(account ?? undefined).settle(paid.chargeableId);
      await stripe.settled(sentBy(paid));
      const refund = reverseOrder(paid, { money: usd('4.00') });
      await stripe.reverse(refund);
      await stripe.lookup(sentBy(refund));
      await stripe.abandon?.(sentBy(reverseOrder(paid)));

      const refused = await prepared(chargeOrder({ account, tender: card(DECLINED_VISA) }));
      await stripe.charge(refused);
      const given = { given: refused.upstream };
      await stripe.prepare?.(upstreamOrder(refused, given));
      await stripe.lookup(sentBy({ ...refused, attemptKey: 'another' }));
      await stripe.abandon?.(sentBy({ ...refused, attemptKey: 'another' }));
      await stripe.prepare?.(upstreamOrder(refused, { closed: refused.upstream }));

      const held = await prepared(chargeOrder({ account, tender: card(VISA), mode: 'authorize' }));
      await stripe.charge(held);
      await stripe.reverse(reverseOrder(held, { kind: 'void' }));
      const taken = await prepared(chargeOrder({ account, tender: card(VISA), mode: 'authorize' }));
      await stripe.charge(taken);
      await stripe.capture({ ...reverseOrder(taken), captureKey: `${taken.attemptKey}-capture`, money: usd('4.00') });

      const debit = await prepared(chargeOrder({ account, tender: bankAccount('000123456789', '110000000') }));
      await stripe.charge(debit);

      const kept = await prepared(tokenizeOrder({ account, tender: card(VISA) }));
      const outcome = await stripe.tokenize(kept);
      const token = outcome.kind === 'approved' ? (outcome.token ?? '') : '';
      await stripe.charge(await prepared(chargeOrder({ account, tender: { kind: 'stored', token } })));
      await stripe.abandon?.(sentBy(await prepared(tokenizeOrder({ account }))));
    }
  }

  it('takes every request that was made', async () => {
    for (const request of fake.requests) {
      const { status, text } = await replay(request);
      expect(status, `${request.method} ${request.path}\n${decodeURIComponent(request.body)}\n${text}`).to.equal(200);
    }
  });

  it('was asked each kind of request that there is', () => {
    const kinds = fake.requests.map(({ method, path: asked }) =>
      `${method} ${asked.split('?', 1)[0]}`.replace(/\/(?:pi|pm|seti)_\w+/, '/id'),
    );
    expect([...new Set(kinds)].sort()).to.deep.equal([
      'GET /v1/charges',
      'GET /v1/payment_intents',
      'GET /v1/payment_intents/id',
      'GET /v1/payment_methods/id',
      'GET /v1/refunds',
      'GET /v1/setup_intents/id',
      'POST /v1/customers',
      'POST /v1/payment_intents',
      'POST /v1/payment_intents/id',
      'POST /v1/payment_intents/id/cancel',
      'POST /v1/payment_intents/id/capture',
      'POST /v1/payment_intents/id/confirm',
      'POST /v1/payment_methods',
      'POST /v1/refunds',
      'POST /v1/setup_intents',
      'POST /v1/setup_intents/id',
      'POST /v1/setup_intents/id/cancel',
      'POST /v1/setup_intents/id/confirm',
    ]);
  });

  it('says no to what is none of it', async () => {
    const [made] = fake.requests.filter(({ method }) => method === 'POST');
    if (made === undefined) throw new Error('something was posted');
    expect((await replay({ ...made, body: `${made.body}&colour=green` })).status).to.equal(400);
  });

  async function replay({ method, path: asked, headers, body }: SeenRequest) {
    const kept = ['authorization', 'content-type', 'idempotency-key', 'stripe-account'];
    const response = await fetch(`${mock.url}${asked}`, {
      method,
      headers: Object.fromEntries(
        kept.flatMap((name) => (headers[name] === undefined ? [] : [[name, `${headers[name]}`]])),
      ),
      ...(method === 'GET' ? {} : { body: withoutSkip(body) }),
    });
    return { status: response.status, text: await response.text() };
  }
});

/** The one value that Stripe documents for some accounts and its OpenAPI does not list. */
function withoutSkip(body: string): string {
  const form = new URLSearchParams(body);
  form.delete('payment_method_options[us_bank_account][verification_method]');
  return form.toString();
}
