/** Stripe's own library on our transport, in front of a server on loopback. */
import { expect } from 'chai';
import Stripe from 'stripe';
import { systemClock } from '../../src/core/clock.ts';
import { Secret } from '../../src/core/secret.ts';
import { stripeFor, unanswered } from '../../src/processors/stripe/client.ts';
import { openTransport, TRANSPORT_LIMITS } from '../../src/processors/transport.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import { type Handler, startWitness, type Witness } from '../support/witness.ts';

const KEY = 'sk_test_of_tests';

describe("Stripe's library on our transport", () => {
  let witness: Witness;
  let answer: Handler;

  useRealSockets();

  before(async () => {
    witness = await startWitness(null, (incoming, outgoing) => answer(incoming, outgoing));
  });
  after(() => witness.close());

  const requests = () => witness.connections.reduce((sum, connection) => sum + connection.requests, 0);

  /** One payment, and what was thrown where it failed. */
  async function pay(deadline = systemClock.now() + 60_000): Promise<Stripe.PaymentIntent | { error: unknown }> {
    const origin = `http://127.0.0.1:${witness.port}`;
    const transport = openTransport({ origin, plainLoopback: true, limits: TRANSPORT_LIMITS, clock: systemClock });
    const stripe = stripeFor({ merchant: null, deadline }, transport, new Secret(KEY));
    try {
      return await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, { idempotencyKey: 'cfg_1' });
    } catch (error) {
      return { error };
    } finally {
      transport.close();
    }
  }

  it('asks with its key and the idempotency key, and reads the answer', async () => {
    let seen: unknown;
    answer = ({ method, url, headers }, outgoing) => {
      seen = [method, url, headers.authorization, headers['idempotency-key'], headers['x-stripe-client-telemetry']];
      outgoing.writeHead(200, { 'Request-Id': 'req_1' }).end('{"id":"pi_1","object":"payment_intent","amount":1000}');
    };
    const intent = await pay();
    expect(intent).to.deep.include({ id: 'pi_1', amount: 1000 });
    expect(intent).to.have.nested.property('lastResponse.requestId', 'req_1');
    expect(seen).to.deep.equal(['POST', '/v1/payment_intents', `Bearer ${KEY}`, 'cfg_1', undefined]);
  });

  it('raises a decline as the library does', async () => {
    answer = (_incoming, outgoing) =>
      outgoing.writeHead(402).end('{"error":{"type":"card_error","code":"card_declined","decline_code":"lost_card"}}');
    const { error } = (await pay()) as { error: unknown };
    expect(error).to.be.instanceOf(Stripe.errors.StripeCardError).and.to.have.property('decline_code', 'lost_card');
    expect(unanswered(error)).to.equal(null);
  });

  it('says "not sent" from the deadline on, and asks nothing', async () => {
    const before = requests();
    const { error } = (await pay(systemClock.now())) as { error: unknown };
    expect(unanswered(error)).to.deep.equal({ kind: 'not_sent', reason: 'deadline' });
    expect(requests()).to.equal(before);
  });

  const failures: readonly [string, Handler, unknown][] = [
    [
      'a connection that is cut',
      ({ socket }) => socket.resetAndDestroy(),
      { kind: 'maybe_sent', reason: 'answer_cut' },
    ],
    [
      'an answer that is no JSON',
      (_incoming, outgoing) => outgoing.writeHead(200).end('<html>4111111111111111</html>'),
      { kind: 'maybe_sent', reason: 'answer_malformed' },
    ],
    ['an error of its own', (_incoming, outgoing) => outgoing.writeHead(500).end('{"error":{}}'), null],
    ['a conflict', (_incoming, outgoing) => outgoing.writeHead(409).end('{"error":{}}'), null],
  ];
  for (const [name, handler, told] of failures) {
    it(`repeats nothing after ${name}, and tells nothing of it`, async () => {
      answer = handler;
      const before = requests();
      const { error } = (await pay()) as { error: unknown };
      expect(unanswered(error)).to.deep.equal(told);
      expect(requests()).to.equal(before + 1);
      expect(`${error} ${JSON.stringify(error)}`).to.not.match(/4111|sk_test/);
    });
  }
});
