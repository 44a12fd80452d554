/**
 * What is said to Stripe and made of its answers, request by request: intents that are made, taken and refused, cards that
 * are reserved and captured, answers that are no verdict.
 */
import { expect } from 'chai';
import { systemClock } from '../../src/core/clock.ts';
import type {
  CaptureOrder,
  ChargeOrder,
  Processor,
  SendOutcome,
  Sent,
  UpstreamOrder,
} from '../../src/core/processor.ts';
import { hastyClock } from '../support/clock.ts';
import { type FakeStripe, STRIPE_KEY, startFakeStripe, stripeAt } from '../support/fake-stripe.ts';
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
import { DECLINED_VISA, POOR_VISA, VISA } from '../support/twilio.ts';

const CONFIRMED = /confirm$/;

describe("Stripe's wire", () => {
  useRealSockets();
  let fake: FakeStripe;
  let stripe: Processor;

  before(async () => {
    fake = await startFakeStripe();
    stripe = stripeAt(fake.port, hastyClock(50));
  });
  after(async () => {
    await stripe.close();
    await fake.close();
    expect(fake.faults).to.deep.equal([]);
  });

  const prepare = (order: ChargeOrder, changes: Partial<UpstreamOrder> = {}) =>
    stripe.prepare?.(upstreamOrder(order, changes));

  async function ready(changes: Partial<ChargeOrder> = {}): Promise<ChargeOrder> {
    const order = chargeOrder({ tender: card(VISA), ...changes });
    const prepared = await prepare(order);
    if (prepared?.kind !== 'ready') throw new Error('there is no payment intent');
    return { ...order, upstream: prepared.upstream };
  }

  /** The requests that were made meanwhile, without those that only read. */
  async function said<T>(work: () => Promise<T>): Promise<[T, readonly string[], readonly URLSearchParams[]]> {
    const from = fake.requests.length;
    const result = await work();
    const made = fake.requests.slice(from).filter(({ method }) => method === 'POST');
    return [result, made.map(({ path }) => path), made.map(({ body }) => new URLSearchParams(body))];
  }

  const intentOf = ({ chargeableId }: ChargeOrder) => fake.ledger().intentsOf(chargeableId);

  it('charges by three requests, and only the last moves money', async () => {
    const order = await ready();
    const [outcome, paths, bodies] = await said(() => stripe.charge(order));
    const intent = `/v1/payment_intents/${order.upstream}`;
    expect(paths).to.deep.equal(['/v1/payment_methods', intent, `${intent}/confirm`]);
    expect(Object.fromEntries(bodies[2] ?? [])).to.include({
      'payment_method_options[card][moto]': 'true',
      error_on_requires_action: 'true',
    });
    const confirm = fake.requests.at(-1);
    expect(confirm?.headers).to.include({ 'idempotency-key': order.attemptKey, authorization: `Bearer ${STRIPE_KEY}` });
    expect(confirm?.headers).to.not.have.any.keys('stripe-account', 'x-stripe-client-telemetry');
    expect(outcome).to.deep.include({
      kind: 'approved',
      checks: { authCode: 'A1B2C3', avs: 'Y', securityCode: 'M' },
      token: null,
    });
  });

  it('sends the contact that an issuer checks, the postal code of the card first', async () => {
    const billingContact = { name: 'Jane Smith', postal_code: '30305', address_line_1: '1 Main St', phone: '555' };
    const order = await ready({ billingContact });
    const [, , bodies] = await said(() => stripe.charge(order));
    const sent = Object.fromEntries(bodies[0] ?? []);
    expect(Object.keys(sent).filter((name) => name.startsWith('billing_details'))).to.deep.equal([
      'billing_details[name]',
      'billing_details[address][line1]',
      'billing_details[address][postal_code]',
    ]);
    expect(sent['billing_details[address][postal_code]']).to.equal('94107');
  });

  it("asks in the connected account that the merchant's routing names", async () => {
    const order = await ready({ account: 'acct_1' });
    expect(await stripe.charge(order)).to.deep.include({ kind: 'approved', account: 'acct_1' });
    expect(fake.ledger('acct_1').chargesOf(order.chargeableId)).to.have.lengthOf(1);
    expect(fake.ledger().chargesOf(order.chargeableId)).to.deep.equal([]);
    expect(await stripe.lookup(sentBy(order))).to.deep.include({ kind: 'approved', account: 'acct_1' });
    expect(await stripe.lookup(sentBy({ ...order, account: null }))).to.deep.equal({ kind: 'unavailable' });
  });

  it('tells of a payment intent what it says, not what was asked', async () => {
    const order = await ready();
    const outcome = await stripe.charge({ ...order, money: usd('99.00'), chargeableId: 'another' });
    expect(outcome).to.deep.include({ kind: 'approved', money: order.money, chargeableId: order.chargeableId });
  });

  describe('a payment intent', () => {
    it('is the same one for the same key, whoever asks', async () => {
      const order = chargeOrder();
      const first = await prepare(order);
      const sibling = stripeAt(fake.port);
      expect(await sibling.prepare?.(upstreamOrder(order))).to.deep.equal(first);
      await sibling.close();
    });

    it('is made again in the place of a canceled one, and of no other', async () => {
      const order = await ready();
      const closed = order.upstream;
      expect(await prepare(order, { closed })).to.deep.equal({ kind: 'refused' });
      expect((await stripe.abandon?.(sentBy(order)))?.kind).to.equal('closed');
      const other = await prepare(order, { closed });
      expect(other).to.include({ kind: 'ready' }).and.not.include({ upstream: closed });
      expect(await prepare(order, { closed })).to.deep.equal(other);
      expect(await prepare(order, { closed: 'pi_none' })).to.deep.equal({ kind: 'refused' });
    });

    const given: readonly [string, Partial<UpstreamOrder>, Readonly<Record<string, string>>, boolean][] = [
      ['with the terms of the config', {}, {}, true],
      ['of another amount', {}, { amount: '999' }, false],
      ['of another currency', {}, { currency: 'eur' }, false],
      ['that reserves for a config that charges', {}, { capture_method: 'manual' }, false],
      ['that reserves for a config that reserves', { mode: 'authorize' }, { capture_method: 'manual' }, true],
      ['that charges for a config that reserves', { mode: 'authorize' }, {}, false],
      ['of another config', {}, { tollbridge_chargeable: 'another' }, false],
    ];
    for (const [title, changes, terms, good] of given) {
      it(`of the platform's own ${title} is ${good ? 'taken' : 'refused'}`, async () => {
        const { tollbridge_chargeable, ...rest } = terms;
        const made = fake.ledger().createPayment({
          amount: '1000',
          currency: 'usd',
          allowed_payment_method_types: { 0: 'card' },
          metadata: tollbridge_chargeable === undefined ? {} : { tollbridge_chargeable },
          ...rest,
        });
        const id = 'id' in made ? String(made.id) : '';
        const order = chargeOrder({ tender: card(VISA) });
        const prepared = await prepare(order, { given: id, ...changes });
        expect(prepared).to.deep.equal(good ? { kind: 'ready', upstream: id } : { kind: 'refused' });
        if (!good) return;
        expect(await prepare(order, { given: id, ...changes })).to.deep.equal(prepared);
        expect(await prepare(chargeOrder(), { given: id, ...changes })).to.deep.equal({ kind: 'refused' });
        const outcome = await stripe.charge({ ...order, upstream: id });
        expect(outcome).to.deep.include({ kind: 'approved', chargeableId: order.chargeableId });
        expect(await prepare(order, { given: id, ...changes })).to.deep.equal({ kind: 'refused' });
      });
    }

    it('is not to be had for now where Stripe does not answer', async () => {
      const order = chargeOrder();
      fake.answer(/^POST \/v1\/payment_intents$/, 500, '{"error":{"type":"api_error"}}');
      const soon = { deadline: systemClock.now() + 40 };
      expect(await prepare(order, soon)).to.deep.equal({ kind: 'unavailable' });
    });
  });

  describe('a card that is reserved', () => {
    async function reserved(): Promise<[ChargeOrder, SendOutcome]> {
      const order = await ready({ mode: 'authorize' });
      return [order, await stripe.charge(order)];
    }

    const captureOf = (order: ChargeOrder, amount: string): CaptureOrder => {
      const { attemptKey, chargeableId, account, upstream, payinId, deadline } = order;
      const key = `${attemptKey}-capture`;
      const about = { attemptKey, chargeableId, account, upstream, payinId, deadline, reference: null };
      return { ...about, money: usd(amount), captureKey: key };
    };
    const sentCapture = (order: CaptureOrder): Sent => ({
      ...sentBy(chargeOrder({ ...order, tender: card(VISA) })),
      kind: 'capture',
      key: order.captureKey,
      charge: { key: order.attemptKey, reference: null },
    });

    it('has nothing captured', async () => {
      const [order, outcome] = await reserved();
      expect(outcome).to.deep.include({ kind: 'approved', money: order.money });
      expect(intentOf(order)[0]).to.include({ status: 'requires_capture' });
    });

    it('is captured once, in part too, and the charge still tells what was reserved', async () => {
      const [order, outcome] = await reserved();
      const capture = captureOf(order, '4.00');
      expect(await stripe.lookup(sentCapture(capture))).to.deep.equal({ kind: 'absent' });
      const captured = await stripe.capture(capture);
      expect(captured).to.deep.include({ kind: 'approved', money: usd('4.00'), chargeableId: order.chargeableId });
      expect(await stripe.capture(capture)).to.deep.equal(captured);
      expect(await stripe.lookup(sentCapture(capture))).to.deep.equal(captured);
      expect(await stripe.capture({ ...capture, captureKey: 'another' })).to.deep.equal({ kind: 'closed' });
      expect(await stripe.lookup(sentBy(order))).to.deep.equal(outcome);
      expect(fake.ledger().chargesOf(order.chargeableId)[0]).to.include({ captured: 400 });
    });

    it('is not captured under a key that was abandoned', async () => {
      const [order] = await reserved();
      const capture = captureOf(order, '4.00');
      expect(await stripe.abandon?.(sentCapture(capture))).to.deep.equal({ kind: 'absent' });
      expect(await stripe.capture(capture)).to.deep.equal({ kind: 'unknown' });
      expect(intentOf(order)[0]).to.include({ status: 'requires_capture' });
    });

    it('is let go by a void', async () => {
      const [order] = await reserved();
      const voiding = reverseOrder(order, { kind: 'void' });
      const outcome = await stripe.reverse(voiding);
      expect(outcome).to.deep.include({ kind: 'approved', money: order.money, chargeableId: order.chargeableId });
      expect(intentOf(order)[0]).to.include({ status: 'canceled' });
      expect(await stripe.lookup(sentBy(voiding))).to.deep.equal(outcome);
      expect(await stripe.lookup(sentBy(order))).to.deep.equal({ kind: 'open' });
    });

    it('stays reserved when its attempt is abandoned too late', async () => {
      const [order, outcome] = await reserved();
      expect(await stripe.abandon?.(sentBy(order))).to.deep.equal(outcome);
      expect(intentOf(order)[0]).to.include({ status: 'requires_capture' });
    });

    it('stays reserved where the order arrives between the look and the cancel of its abandoning', async () => {
      const order = await ready({ mode: 'authorize' });
      const held = fake.hold(/^POST \/v1\/payment_intents\/\w+$/);
      const abandoning = stripe.abandon?.(sentBy(order));
      await held.arrived;
      const outcome = await stripe.charge(order);
      held.release();
      expect(await abandoning).to.deep.equal(outcome);
      expect(intentOf(order)[0]).to.include({ status: 'requires_capture' });
    });
  });

  describe('a bank account', () => {
    it('is debited by a mandate that was given by telephone, also where a card would be reserved', async () => {
      const order = await ready({ tender: bankAccount('000123456789', '110000000'), mode: 'authorize' });
      const [outcome, , bodies] = await said(() => stripe.charge(order));
      expect(outcome).to.deep.include({ kind: 'approved', money: order.money });
      expect(Object.fromEntries(bodies[0] ?? [])).to.include({
        type: 'us_bank_account',
        'us_bank_account[account_type]': 'checking',
        'us_bank_account[account_holder_type]': 'individual',
        'billing_details[name]': 'Test Caller',
      });
      expect(Object.fromEntries(bodies[2] ?? [])).to.include({
        'mandate_data[customer_acceptance][type]': 'offline',
        'payment_method_options[us_bank_account][verification_method]': 'skip',
      });
      expect(await stripe.lookup(sentBy(order))).to.deep.equal(outcome);
    });

    it('whose holder has no name is not sent', async () => {
      const tender = { ...bankAccount('000123456789', '110000000'), holderName: null };
      const order = await ready({ tender, billingContact: {} });
      expect(await stripe.charge(order)).to.deep.equal({ kind: 'not_sent' });
    });
  });

  describe('a stored method', () => {
    async function kept(changes = {}): Promise<string> {
      const order = tokenizeOrder({ tender: card(VISA), ...changes });
      const prepared = await stripe.prepare?.(upstreamOrder(order));
      if (prepared?.kind !== 'ready') throw new Error('there is no setup intent');
      const outcome = await stripe.tokenize({ ...order, upstream: prepared.upstream });
      return outcome.kind === 'approved' ? (outcome.token ?? '') : '';
    }

    it('is the payment method of a customer of its own, and is charged for the customer', async () => {
      const token = await kept();
      expect(token).to.match(/^pm_/);
      const order = await ready({ tender: { kind: 'stored', token } });
      const [outcome, , bodies] = await said(() => stripe.charge(order));
      expect(outcome).to.include({ kind: 'approved' });
      expect(bodies[0]?.get('customer')).to.match(/^cus_/);
      expect(bodies[1]?.get('payment_method')).to.equal(token);
    });

    it('that nobody keeps, or another account, is declined', async () => {
      const charged = await ready();
      await stripe.charge(charged);
      const [, , bodies] = await said(async () => stripe.charge(await ready()));
      const used = bodies.at(-1)?.get('payment_method') ?? '';
      for (const token of ['pm_none', used, await kept({ account: 'acct_2' })]) {
        const order = await ready({ tender: { kind: 'stored', token } });
        expect(await stripe.charge(order)).to.deep.include({ kind: 'declined', code: 'UNEXPECTED_PAYIN_TOKEN' });
      }
    });

    it('is not kept under a key that was abandoned', async () => {
      const order = tokenizeOrder({ tender: card(VISA) });
      const prepared = await stripe.prepare?.(upstreamOrder(order));
      const upstream = prepared?.kind === 'ready' ? prepared.upstream : '';
      const asked = { ...order, upstream };
      expect(await stripe.abandon?.(sentBy(asked))).to.deep.equal({ kind: 'closed' });
      expect(await stripe.tokenize(asked)).to.deep.equal({ kind: 'closed' });
    });

    it('is another for another attempt', async () => {
      const order = tokenizeOrder({ tender: card(POOR_VISA) });
      const prepared = await stripe.prepare?.(upstreamOrder(order));
      const asked = { ...order, upstream: prepared?.kind === 'ready' ? prepared.upstream : '' };
      const refused = await stripe.tokenize(asked);
      expect(refused).to.include({ kind: 'declined', code: 'INSUFFICIENT_FUNDS' });
      const next = { ...asked, attemptKey: `${asked.attemptKey}-next`, tender: card(VISA) };
      expect(await stripe.lookup(sentBy(next))).to.deep.equal({ kind: 'absent' });
      expect(await stripe.tokenize(next)).to.include({ kind: 'approved' });
      expect(await stripe.lookup(sentBy(asked))).to.deep.equal({ kind: 'closed' });
    });
  });

  it('finds the decline of an earlier attempt among the charges of a payment intent', async () => {
    const order = await ready({ tender: card(DECLINED_VISA) });
    const refused = await stripe.charge(order);
    const next = { ...order, attemptKey: `${order.attemptKey}-next`, tender: card(VISA) };
    expect(await stripe.lookup(sentBy(next))).to.deep.equal({ kind: 'absent' });
    expect(await stripe.charge(next)).to.include({ kind: 'approved' });
    expect(await stripe.lookup(sentBy(order))).to.deep.equal(refused);
    expect(await stripe.lookup(sentBy({ ...order, attemptKey: 'third' }))).to.deep.equal({ kind: 'closed' });
  });

  const error = (type: string, more: object = {}) => JSON.stringify({ error: { type, ...more } });

  describe('an answer to the confirm', () => {
    const answers: readonly [string, number, string, SendOutcome['kind']][] = [
      ['that is a defect of Stripe', 500, error('api_error'), 'unknown'],
      ['from something in between', 502, '<html>Bad gateway</html>', 'unknown'],
      ['that is no object', 200, '"approved"', 'unknown'],
      ['that is an object of nothing', 200, 'null', 'unknown'],
      ['without an error in a status of one', 500, '{"id":"pi_1","status":"succeeded"}', 'unknown'],
      ['whose status nobody knows', 200, '{"id":"pi_1","status":"prosperous","latest_charge":null}', 'unknown'],
      ['that the account may not do this', 403, error('invalid_request_error'), 'not_sent'],
      ['that the key is none', 401, error('invalid_request_error'), 'not_sent'],
      ['that there is no such intent', 404, error('invalid_request_error', { code: 'resource_missing' }), 'not_sent'],
      ['that something is missing', 400, error('invalid_request_error', { code: 'parameter_missing' }), 'not_sent'],
      ['that is a refusal to read card numbers', 402, error('invalid_request_error'), 'not_sent'],
      ['that the key was used for another request', 400, error('idempotency_error'), 'unknown'],
      ['that is a no without a charge', 402, error('card_error', { code: 'card_declined' }), 'declined'],
      [
        'that the issuer wants more',
        400,
        error('invalid_request_error', { code: 'payment_intent_action_required' }),
        'declined',
      ],
    ];
    for (const [title, status, body, kind] of answers) {
      it(`${title} is ${kind.replace('_', ' ')}`, async () => {
        const order = await ready();
        fake.answer(CONFIRMED, status, body);
        expect((await stripe.charge(order)).kind).to.equal(kind);
        expect(fake.ledger().chargesOf(order.chargeableId)).to.deep.equal([]);
      });
    }

    for (const [status, code] of [
      [409, 'idempotency_key_in_use'],
      [429, 'rate_limit'],
      [429, 'lock_timeout'],
    ] as const) {
      it(`that it has to wait (${code}) is asked again under the same key, for as long as there is time`, async () => {
        const order = await ready();
        fake.answer(CONFIRMED, status, error('invalid_request_error', { code }));
        fake.answer(CONFIRMED, status, error('invalid_request_error', { code }));
        expect(await stripe.charge(order)).to.include({ kind: 'approved' });
        const late = await ready();
        fake.answer(CONFIRMED, status, error('invalid_request_error', { code }));
        const outcome = await stripe.charge({ ...late, deadline: systemClock.now() + 30 });
        expect(outcome.kind).to.be.oneOf(['unknown', 'not_sent']);
        expect(fake.ledger().chargesOf(late.chargeableId)).to.deep.equal([]);
      });
    }
  });

  it('declines a card that Stripe cannot even keep, and asks no issuer', async () => {
    const order = await ready();
    fake.answer(/^POST \/v1\/payment_methods$/, 402, error('card_error', { code: 'incorrect_number' }));
    const [outcome, paths] = await said(() => stripe.charge(order));
    expect(outcome).to.include({ kind: 'declined', code: 'NO_CARD_NUMBER_ON_FILE_WITH_ISSUER' });
    expect(paths).to.deep.equal(['/v1/payment_methods']);
  });
});
