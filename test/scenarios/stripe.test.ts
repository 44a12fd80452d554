/**
 * Payments by Stripe when the wire or a process fails in the middle: answers and orders that are lost at each step, orders
 * that arrive when their payment intent was canceled, keys that Stripe has forgotten. Whatever happens, its ledger has one
 * charge at most for a config, and nobody is told a no of a charge that was made.
 */
import { expect } from 'chai';
import type { Processor } from '../../src/core/processor.ts';
import {
  bankPayin,
  cardPayin,
  clientOf,
  newPayinConfig,
  type Payin,
  type PaymentMethod,
  type Reversed,
} from '../support/api.ts';
import { type FakeStripe, startFakeStripe, stripeAt } from '../support/fake-stripe.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { latch } from '../support/latch.ts';
import { card } from '../support/orders.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import { createBench, LEASE_MS } from '../support/reversing.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import { DECLINED_VISA, POOR_VISA, VISA } from '../support/twilio.ts';

const MASTERCARD = '5555555555554444';
/** How long a caller waits here, and, shorter, the engine for the processor. */
const PATIENCE_MS = 3_000;
const DEADLINE_MS = 1_200;
const MADE = /^POST \/v1\/payment_intents$/;
const METHOD = /^POST \/v1\/payment_methods$/;
const MARKED = /^POST \/v1\/payment_intents\/\w+$/;
const CONFIRMED = /^POST \/v1\/payment_intents\/\w+\/confirm$/;
const READ = /^GET \/v1\/payment_intents\/\w+\?/;
const CANCELED = /^POST \/v1\/payment_intents\/\w+\/cancel$/;
const REFUNDED = /^POST \/v1\/refunds$/;

eachStore('Stripe in doubt', (stores) => {
  useRealSockets();
  let fake: FakeStripe;
  let stripe: Processor;
  let server: TestServer;

  before(async () => {
    fake = await startFakeStripe();
    stripe = stripeAt(fake.port);
    server = await serve(stripe);
  });
  after(async () => {
    await server.close();
    await stripe.close();
    await fake.close();
    expect(fake.faults).to.deep.equal([]);
  });

  const serve = (processor: Processor, apiPatienceMs = PATIENCE_MS) =>
    startServer({
      store: stores.store(),
      processor,
      apiPatienceMs,
      settings: { processorDeadlineMs: DEADLINE_MS, leaseSlackMs: 50 },
    });

  /** What a payment with that card is told: the payin's status, or the code of the refusal. */
  const pay = (config: string, card_number: string, by = server) => send(cardPayin(config, { card_number }), by);

  async function send(body: object, by = server): Promise<string> {
    const reply = await clientOf(by, server.adminKey).send('POST', '/v1/payins', body);
    const { data }: { data: Payin | null } = JSON.parse(reply.text);
    return data?.status ?? reply.errors?.[0]?.code ?? 'nothing';
  }

  const charges = (config: string) => fake.ledger().chargesOf(config).length;
  const intents = (config: string) =>
    fake
      .ledger()
      .intentsOf(config)
      .map(({ status }) => status);

  const attemptsOf = (config: string) =>
    stores.store().list('attempts', {
      where: [{ field: 'chargeableId', is: 'in', values: [config] }],
      sortBy: 'createdAt',
      order: 'asc',
      limit: 100,
    });

  /** The states of the attempts of a config, oldest first, once the reconciler has looked at them. */
  async function statesOf(config: string): Promise<readonly string[]> {
    await server.engine.background.idle();
    for (const attempt of await attemptsOf(config)) await server.engine.reconciler.look(attempt);
    return (await attemptsOf(config)).map(({ state }) => state);
  }

  it('charges a card as an order by telephone, under the key of the attempt', async () => {
    const config = await newPayinConfig(server);
    expect(await pay(config, VISA)).to.equal('PROCESSING');
    const [charge] = fake.ledger().chargesOf(config);
    expect(charge).to.include({ moto: true, captured: 1000 });
    const [attempt] = await attemptsOf(config);
    expect(charge?.metadata).to.deep.equal({ tollbridge_chargeable: config, tollbridge_attempt: attempt?.id });
    expect(attempt).to.include({ upstream: charge?.intent.id, reference: charge?.id });
  });

  it('keeps nothing of a card that was only charged, and does not call it failed', async () => {
    const client = clientOf(server);
    const { payment_method_id } = await client.post<Payin>('/v1/payins', cardPayin(await newPayinConfig(server)));
    const method = await client.get<PaymentMethod>(`/v1/payment_methods/${payment_method_id}`);
    expect(method).to.include({ status: 'DEACTIVATED' });
    const again = await client.send('POST', `/v1/payment_methods/${payment_method_id}/payin`, {
      payin_config_id: await newPayinConfig(server),
    });
    expect(again.errors?.[0]).to.include({ code: 'PAYMENT_METHOD_NOT_AVAILABLE' });
  });

  it('goes through one payment intent until one card is approved', async () => {
    const config = await newPayinConfig(server);
    for (const [number, told] of [
      [DECLINED_VISA, 'FAILED'],
      [POOR_VISA, 'FAILED'],
      [VISA, 'PROCESSING'],
      [MASTERCARD, 'PAYIN_CONFIG_USED'],
    ] as const)
      expect(await pay(config, number)).to.equal(told);
    expect(intents(config)).to.deep.equal(['succeeded']);
    expect(charges(config)).to.equal(1);
    const codes = (await attemptsOf(config)).map(({ verdict }) => (verdict?.kind === 'declined' ? verdict.code : null));
    expect(codes).to.deep.equal(['DECLINED', 'INSUFFICIENT_FUNDS', null]);
  });

  for (const when of ['before', 'after'] as const) {
    for (const [step, line] of Object.entries({ intent: MADE, method: METHOD, mark: MARKED })) {
      it(`charges once, and says so, where the connection is cut ${when} the ${step} was made`, async () => {
        const config = await newPayinConfig(server);
        fake.cut(line, when);
        expect(await pay(config, VISA)).to.equal('PROCESSING');
        expect(intents(config)).to.deep.equal(['succeeded']);
        expect(charges(config)).to.equal(1);
      });
    }
  }

  it('tells an approval whose answer was lost', async () => {
    const config = await newPayinConfig(server);
    fake.cut(CONFIRMED, 'after');
    expect(await pay(config, VISA)).to.equal('PROCESSING');
    expect(await statesOf(config)).to.deep.equal(['approved']);
    expect(charges(config)).to.equal(1);
  });

  it('tells a decline whose answer was lost, and the same payment intent takes the next card', async () => {
    const config = await newPayinConfig(server);
    fake.cut(CONFIRMED, 'after');
    expect(await pay(config, POOR_VISA)).to.equal('FAILED');
    expect(await pay(config, VISA)).to.equal('PROCESSING');
    expect(intents(config)).to.deep.equal(['succeeded']);
    expect(charges(config)).to.equal(1);
  });

  it('cancels the payment intent of an order that never arrived, and the next card goes through another', async () => {
    const config = await newPayinConfig(server);
    fake.cut(CONFIRMED, 'before');
    expect(await pay(config, VISA)).to.equal('PROCESSOR_UNREACHABLE');
    expect(intents(config)).to.deep.equal(['canceled']);
    expect(await pay(config, MASTERCARD)).to.equal('PROCESSING');
    expect(await statesOf(config)).to.deep.equal(['not_sent', 'approved']);
    expect(intents(config)).to.deep.equal(['canceled', 'succeeded']);
    expect(charges(config)).to.equal(1);
  });

  for (const [step, line] of Object.entries({ look: READ, bar: MARKED, cancel: CANCELED })) {
    for (const when of ['before', 'after'] as const) {
      it(`frees a config in the end where the connection is cut ${when} the ${step} of its abandoning`, async () => {
        const config = await newPayinConfig(server);
        const lost = await serve({ ...stripe, charge: async () => ({ kind: 'unknown' }), abandon: outOfReach }, 500);
        expect(await pay(config, VISA, lost)).to.equal('PRESENTING');
        fake.cut(line, when);
        await statesOf(config);
        expect(await statesOf(config)).to.deep.equal(['not_sent']);
        expect(await pay(config, MASTERCARD)).to.equal('PROCESSING');
        expect(intents(config)).to.deep.equal(['canceled', 'succeeded']);
        expect(charges(config)).to.equal(1);
        await lost.close();
      });
    }
  }

  for (const forgotten of [false, true]) {
    const title = forgotten ? ', and Stripe has forgotten its key' : '';
    it(`charges nothing by an order that arrives when its attempt was given up${title}`, async () => {
      const config = await newPayinConfig(server);
      const held = fake.hold(CONFIRMED);
      const told = pay(config, VISA);
      await held.arrived;
      expect(await told).to.equal('PROCESSOR_UNREACHABLE');
      if (forgotten) fake.prune();
      expect(await pay(config, MASTERCARD)).to.equal('PROCESSING');
      held.release();
      expect(await statesOf(config)).to.deep.equal(['not_sent', 'approved']);
      expect(charges(config)).to.equal(1);
    });
  }

  it('tells whose charge it is where the mark of an attempt arrives after the next card was charged', async () => {
    const config = await newPayinConfig(server);
    const mark = fake.hold(MARKED);
    const told = pay(config, VISA);
    await mark.arrived;
    expect(await told).to.equal('PROCESSOR_UNREACHABLE');
    const late = fake.hold(CONFIRMED, 'lost');
    const next = pay(config, MASTERCARD);
    await late.arrived;
    mark.release();
    late.release();
    await next;
    expect(await statesOf(config)).to.deep.equal(['not_sent', 'approved']);
    expect(charges(config)).to.equal(1);
  });

  it('refuses to charge through another payment intent where the first has succeeded after all', async () => {
    const config = await newPayinConfig(server);
    const held = fake.hold(CONFIRMED);
    const told = pay(config, VISA);
    await held.arrived;
    const [intent] = fake.ledger().intentsOf(config);
    held.release();
    expect(await told).to.equal('PROCESSING');
    const prepared = await stripe.prepare?.({
      kind: 'charge',
      chargeableId: config,
      key: config,
      account: null,
      money: { amount: 1000, currency: 'USD' },
      mode: 'authorize_and_capture',
      partial: false,
      given: null,
      closed: intent?.id ?? '',
      deadline: Date.now() + 5_000,
    });
    expect(prepared).to.deep.equal({ kind: 'refused' });
    expect(charges(config)).to.equal(1);
  });

  it('sends nothing from a process that wakes between its claim and its send when its attempt was given up', async () => {
    const bench = await createBench(stores.store());
    const clocked = stripeAt(fake.port, bench.clock);
    const [asleep, woken] = [latch(), latch()];
    const sleeping: Processor = {
      ...clocked,
      async charge(order) {
        asleep.open();
        await woken.opened;
        // Its clock stood still while it slept.
        return stripe.charge({ ...order, deadline: Date.now() + 60_000 });
      },
    };
    const first = await bench.engine({ processor: sleeping });
    const second = await bench.engine({ processor: clocked });
    const { id } = await bench.config();
    const told = bench.charge(first, id, { tender: card(VISA), transactionId: `crash-${id}` });
    await asleep.opened;
    await bench.clock.advance(LEASE_MS);
    await second.reconciler.sweep();
    expect((await told).kind).to.be.oneOf(['pending', 'unknown']);
    expect(await bench.charge(second, id, { tender: card(MASTERCARD) })).to.include({ kind: 'approved' });
    woken.open();
    await first.background.idle();
    await second.reconciler.sweep();
    expect((await attemptsOf(id)).map(({ state }) => state)).to.have.members(['not_sent', 'approved']);
    expect(charges(id)).to.equal(1);
    await clocked.close();
  });

  it('charges a bank account, and calls it accepted', async () => {
    const config = await newPayinConfig(server);
    expect(await send(bankPayin(config, { account_holder_name: 'Jane Smith' }))).to.equal('PROCESSING');
    expect(intents(config)).to.deep.equal(['processing']);
    expect(charges(config)).to.equal(1);
  });

  it('keeps a card by a setup intent, and charges it later', async () => {
    const client = clientOf(server);
    const { payment_method_config_id } = await client.post<{ payment_method_config_id: string }>(
      '/v1/payment_method_configs',
      { platform_id: server.account.platform.id, idempotency_key: 'kept' },
    );
    const kept = await client.post<PaymentMethod>('/v1/payment_methods', {
      payment_method_config_id,
      method_type: 'CARD',
      card: { card_number: VISA, exp_month: 12, exp_year: 2030, cvc: '123' },
      billing_contact: { name: 'Jane Smith', postal_code: '30305' },
    });
    expect(kept).to.include({ status: 'ACTIVE' });
    const config = await newPayinConfig(server);
    const path = `/v1/payment_methods/${kept.payment_method_id}/payin`;
    expect(await client.post<Payin>(path, { payin_config_id: config })).to.include({ status: 'PROCESSING' });
    expect(charges(config)).to.equal(1);
  });

  describe('a reversal', () => {
    /** An approved payin of ten dollars. */
    async function paid(settled: boolean): Promise<{ readonly config: string; readonly path: string }> {
      const config = await newPayinConfig(server);
      expect(await pay(config, VISA)).to.equal('PROCESSING');
      if (settled) fake.ledger().settle(config);
      const [attempt] = await attemptsOf(config);
      return { config, path: `/v1/payins/${attempt?.payinId}/void_or_refund` };
    }

    const reverse = (path: string, key: string, amount?: number) =>
      clientOf(server).post<Reversed>(path, {
        idempotency_key: key,
        reason: 'DUPLICATE',
        ...(amount === undefined ? {} : { amount }),
      });

    it('is a refund where the payment has settled, as often as something is left', async () => {
      const { config, path } = await paid(true);
      expect(await reverse(path, `${config}-1`, 400)).to.include({ type: 'REFUND', refund_status: 'PROCESSING' });
      expect(await reverse(path, `${config}-2`)).to.include({ type: 'REFUND', refund_status: 'PROCESSING' });
      expect(fake.ledger().givenBack(config)).to.deep.equal([400, 600]);
    });

    it('is a void of all of it before', async () => {
      const { config, path } = await paid(false);
      expect(await reverse(path, config)).to.include({ type: 'VOID', payin_status: 'CANCELED', amount: 1000 });
      expect(fake.ledger().givenBack(config)).to.deep.equal([1000]);
    });

    it('is found by its key where the answer was lost', async () => {
      const { config, path } = await paid(true);
      fake.cut(REFUNDED, 'after');
      await reverse(path, config, 400);
      await server.engine.background.idle();
      await server.engine.reconciler.sweep();
      const [attempt] = await attemptsOf(config);
      expect(attempt?.reversals?.map(({ state }) => state)).to.deep.equal(['done']);
      expect(fake.ledger().givenBack(config)).to.deep.equal([400]);
    });

    it('that never arrived fails, and does nothing when it arrives after all', async () => {
      const { config, path } = await paid(true);
      const held = fake.hold(REFUNDED);
      const told = reverse(path, config, 400);
      await held.arrived;
      await told;
      const [attempt] = await attemptsOf(config);
      if (attempt === undefined) throw new Error('there is an attempt');
      await server.engine.reconciler.look(attempt);
      expect(await reverse(path, config, 400)).to.include({ refund_status: 'FAILED' });
      held.release();
      await server.engine.background.idle();
      expect(fake.ledger().givenBack(config)).to.deep.equal([]);
      expect(await reverse(path, `${config}-again`, 400)).to.include({ refund_status: 'PROCESSING' });
    });
  });

  for (const on of ['request', 'response'] as const) {
    it(`charges once at most, and says so, wherever the ${on}s of a charge are cut`, async () => {
      let cutAt = 0;
      for (let at = 0; at < 12_000; at += 610) {
        const proxy = await startFaultProxy(fake.port, { on, at, harm: at % 20 === 0 ? 'reset' : 'end' });
        const broken = stripeAt(proxy.port);
        const cut = await serve({ ...stripe, charge: broken.charge });
        const config = await newPayinConfig(server);
        const told = await pay(config, VISA, cut);
        const second = await pay(config, MASTERCARD);
        expect(charges(config), `${at}: ${told}, ${second}`).to.equal(1);
        const states = await statesOf(config);
        expect(states.filter((state) => state === 'approved')).to.have.lengthOf(1);
        expect(told).to.be.oneOf(['PROCESSING', 'PRESENTING', 'PROCESSOR_UNREACHABLE']);
        expect(second).to.equal(told === 'PROCESSING' ? 'PAYIN_CONFIG_USED' : 'PROCESSING');
        const untouched = proxy.passed[on] <= at;
        await cut.engine.background.idle();
        await cut.close();
        await broken.close();
        await proxy.close();
        if (untouched) break;
        cutAt = at;
      }
      expect(cutAt).to.be.above(300);
    });
  }
});

/** Whoever has sent is gone, and nobody has looked yet. */
const outOfReach: NonNullable<Processor['abandon']> = async () => ({ kind: 'unavailable' });
