/**
 * Answers of Stripe's that are about something else than was asked for: another object, another attempt's charge, live
 * mode for a key of test mode. None of them is told as an approval, and each approval among them raises the alarm.
 */
import { expect } from 'chai';
import type { Processor } from '../../src/core/processor.ts';
import type { Complaint } from '../../src/processors/complaint.ts';
import { cardPayin, clientOf, newPayinConfig, type Payin } from '../support/api.ts';
import { type Answered, type FakeStripe, startFakeStripe, stripeAt } from '../support/fake-stripe.ts';
import { card, chargeOrder, sentBy, tokenizeOrder, upstreamOrder } from '../support/orders.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import { VISA } from '../support/twilio.ts';

const MADE = /^POST \/v1\/payment_intents$/;
const MARKED = /^POST \/v1\/payment_intents\/\w+$/;
const CONFIRMED = /^POST \/v1\/payment_intents\/\w+\/confirm$/;
const CAPTURED = /^POST \/v1\/payment_intents\/\w+\/capture$/;
const READ = /^GET \/v1\/payment_intents\/\w+\?/;
const SET_UP = /^POST \/v1\/setup_intents\/\w+\/confirm$/;
const ASKED = /^GET \/v1\/payment_intents\/\w+$/;
const METHOD = /^POST \/v1\/payment_methods$/;

const withCharge = (change: object) => (intent: Answered) => ({
  ...intent,
  latest_charge: { ...Object(intent['latest_charge']), ...change },
});

eachStore('An answer of Stripe', (stores) => {
  useRealSockets();
  let fake: FakeStripe;
  let stripe: Processor;
  let server: TestServer;
  const complaints: Complaint[] = [];

  before(async () => {
    fake = await startFakeStripe();
    stripe = stripeAt(fake.port, undefined, (complaint) => complaints.push(complaint));
    server = await startServer({
      store: stores.store(),
      processor: stripe,
      apiPatienceMs: 300,
      settings: { processorDeadlineMs: 1_200, leaseSlackMs: 50 },
    });
  });
  after(async () => {
    await server.close();
    await stripe.close();
    await fake.close();
    expect(fake.faults).to.deep.equal([]);
  });

  /** The status of the payin of a payment, or the code of the refusal. */
  async function pay(config: string): Promise<string> {
    const body = cardPayin(config, { card_number: VISA });
    const reply = await clientOf(server).send('POST', '/v1/payins', body);
    const { data }: { data: Payin | null } = JSON.parse(reply.text);
    return data?.status ?? reply.errors?.[0]?.code ?? 'nothing';
  }

  /** As `pay`, once it was sent: on a busy machine the patience may be over before. */
  async function send(config: string): Promise<string> {
    for (;;) {
      const told = await pay(config);
      if (told !== 'PROCESSOR_UNREACHABLE') return told;
    }
  }

  /** The latest. */
  async function attemptOf(config: string) {
    const where = [{ field: 'chargeableId', is: 'in', values: [config] }] as const;
    const [attempt] = await stores.store().list('attempts', { where, sortBy: 'createdAt', order: 'desc', limit: 1 });
    if (attempt === undefined) throw new Error('there is no attempt');
    return attempt;
  }

  async function settled(config: string): Promise<string> {
    await server.engine.background.idle();
    return (await server.engine.reconciler.look(await attemptOf(config))).state;
  }

  async function alarmsOf(config: string) {
    await server.engine.background.idle();
    const alarms = server.log.entries('alarm').filter(({ config_id }) => config_id === config);
    return alarms.map(({ alarm }) => alarm);
  }

  const confirms = (from: number) =>
    fake.requests.slice(from).filter(({ method, path }) => CONFIRMED.test(`${method} ${path}`)).length;

  const forged: Readonly<Record<string, (intent: Answered) => object>> = {
    'names another payment intent': (intent) => ({ ...intent, id: 'pi_other' }),
    'is of live mode, to a key of test mode': (intent) => ({ ...intent, livemode: true }),
    'does not say its mode': ({ livemode: _mode, ...intent }) => intent,
    'has a charge without our mark': withCharge({ metadata: {} }),
    'has a charge without any metadata': withCharge({ metadata: undefined }),
    'has the charge of another attempt': withCharge({ metadata: { tollbridge_attempt: 'another' } }),
  };
  for (const [title, change] of Object.entries(forged)) {
    it(`to the confirm that ${title} is no approval, and raises the alarm`, async () => {
      const config = await newPayinConfig(server);
      fake.alter(CONFIRMED, change);
      // The look-ups that would find what was really charged are lost.
      fake.cut(READ, 'before');
      expect(await send(config)).to.equal('PRESENTING');
      expect(await alarmsOf(config)).to.deep.equal(['integrity_mismatch']);
      expect(await settled(config)).to.equal('approved');
    });
  }

  it('to the confirm that does not show its charge is not taken for a charge that was not made', async () => {
    for (const latest_charge of ['ch_1', null]) {
      const config = await newPayinConfig(server);
      fake.alter(CONFIRMED, (intent) => ({ ...intent, latest_charge }));
      fake.cut(READ, 'before');
      expect(await send(config)).to.equal('PRESENTING');
      expect(await settled(config)).to.equal('approved');
    }
  });

  const looked: Readonly<Record<string, (intent: Answered) => object>> = {
    'names another payment intent': (intent) => ({ ...intent, id: 'pi_other' }),
    'is of live mode': (intent) => ({ ...intent, livemode: true }),
  };
  for (const [title, change] of Object.entries(looked)) {
    it(`to a look-up that ${title} is no approval either, and a person's`, async () => {
      const config = await newPayinConfig(server);
      fake.cut(CONFIRMED, 'after');
      fake.alter(READ, change);
      expect(await send(config)).to.equal('PRESENTING');
      expect(await attemptOf(config)).to.include({ state: 'manual' });
      expect(await alarmsOf(config)).to.deep.equal(['integrity_mismatch', 'manual']);
    });

    it(`to a look-up that ${title} says nothing of an order that never arrived`, async () => {
      const order = chargeOrder();
      const prepared = await stripe.prepare?.(upstreamOrder(order));
      const sent = sentBy({ ...order, upstream: prepared?.kind === 'ready' ? prepared.upstream : null });
      fake.alter(READ, (intent) => change({ ...intent, status: 'canceled' }));
      expect(await stripe.abandon?.(sent)).to.deep.equal({ kind: 'open' });
    });

    it(`to a capture that ${title} is no capture`, async () => {
      const config = await newPayinConfig(server, { processing_mode: 'AUTHORIZE' });
      expect(await pay(config)).to.equal('AUTHORIZED');
      fake.alter(CAPTURED, change);
      const path = `/v1/payins/${(await attemptOf(config)).payinId}/capture`;
      await clientOf(server).post<Payin>(path, { amount: 400 });
      await server.engine.background.idle();
      expect(server.log.entries('alarm').at(-1)).to.include({ alarm: 'integrity_mismatch', kind: 'capture' });
    });

    it(`to the confirm of a setup intent that ${title} keeps no card`, async () => {
      const order = tokenizeOrder({ tender: card(VISA) });
      const prepared = await stripe.prepare?.(upstreamOrder(order));
      fake.alter(SET_UP, change);
      const upstream = prepared?.kind === 'ready' ? prepared.upstream : null;
      expect(await stripe.tokenize({ ...order, upstream })).to.deep.include({ kind: 'approved', chargeableId: '' });
    });

    it(`that is to say what has become of a closed payment intent and ${title} lets none be made in its place`, async () => {
      const order = chargeOrder();
      const prepared = await stripe.prepare?.(upstreamOrder(order));
      const closed = prepared?.kind === 'ready' ? prepared.upstream : null;
      fake.alter(ASKED, (intent) => change({ ...intent, status: 'canceled' }));
      expect(await stripe.prepare?.(upstreamOrder(order, { closed }))).to.deep.equal({ kind: 'refused' });
    });
  }

  it('that makes a payment intent of live mode gives none that is charged', async () => {
    const config = await newPayinConfig(server);
    fake.alter(MADE, (intent) => ({ ...intent, livemode: true }));
    expect(await pay(config)).to.equal('UPSTREAM_NOT_USABLE');
  });

  for (const status of ['succeeded', 'processing', 'requires_capture', 'canceled', 'prosperous']) {
    it(`to the mark that says ${status} keeps the confirm from being sent`, async () => {
      const config = await newPayinConfig(server);
      const from = fake.requests.length;
      fake.alter(MARKED, (intent) => ({ ...intent, status }));
      expect(await pay(config)).to.be.oneOf(['PRESENTING', 'PROCESSOR_UNREACHABLE']);
      expect(confirms(from)).to.equal(0);
      expect(fake.ledger().chargesOf(config)).to.deep.equal([]);
    });
  }

  it('to the mark that is about another payment intent keeps the confirm from being sent', async () => {
    const config = await newPayinConfig(server);
    const from = fake.requests.length;
    fake.alter(MARKED, (intent) => ({ ...intent, id: 'pi_other' }));
    expect(await pay(config)).to.be.oneOf(['PRESENTING', 'PROCESSOR_UNREACHABLE']);
    expect(confirms(from)).to.equal(0);
  });

  it('to the mark of a payment intent that was canceled closes it, without a confirm', async () => {
    const config = await newPayinConfig(server);
    const held = fake.hold(METHOD);
    const from = fake.requests.length;
    const paying = pay(config);
    await held.arrived;
    fake.ledger().cancel(fake.ledger().intentsOf(config)[0]?.id ?? '');
    held.release();
    expect(await paying).to.equal('PROCESSOR_UNREACHABLE');
    expect(confirms(from)).to.equal(0);
    expect(await pay(config)).to.equal('PROCESSING');
    expect(fake.ledger().chargesOf(config)).to.have.lengthOf(1);
  });

  for (const status of [401, 403]) {
    for (const [step, line] of [
      ['makes a payment intent', MADE],
      ['confirms it', CONFIRMED],
    ] as const) {
      it(`that the key may not do this (${status}) where it ${step} is a complaint, not a fault of the config`, async () => {
        complaints.length = 0;
        fake.answer(line, status, '{"error":{"type":"invalid_request_error"}}');
        const config = await newPayinConfig(server);
        expect(await pay(config)).to.equal('PROCESSOR_UNREACHABLE');
        const complaint = { kind: 'credentials_refused', setting: 'STRIPE_SECRET_KEY', account: null };
        expect(complaints).to.deep.equal([complaint]);
        expect(await pay(config)).to.equal('PROCESSING');
      });
    }
  }
});
