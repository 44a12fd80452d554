/**
 * Payments by Rainforest when the wire or a process fails in the middle: answers that are lost, orders that arrive late,
 * connections cut at any byte. Whatever happens, its ledger has one charge at most for a config, and nobody is told a no
 * of a charge that was made.
 */
import { expect } from 'chai';
import type { Processor } from '../../src/core/processor.ts';
import {
  cardPayin,
  clientOf,
  expectRefusal,
  newPayinConfig,
  type Payin,
  payinConfigBody,
  type Reversed,
} from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { type FakeRainforest, MERCHANT, rainforestAt, startFakeRainforest } from '../support/fake-rainforest.ts';
import { type Fault, startFaultProxy } from '../support/fault-proxy.ts';
import { latch } from '../support/latch.ts';
import { card } from '../support/orders.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import { createBench, LEASE_MS } from '../support/reversing.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import { DECLINED_VISA, VISA } from '../support/twilio.ts';

const MASTERCARD = '5555555555554444';
/** Milliseconds: for callers that get an outcome, and for those that get none and need not wait for it. */
const PATIENT = { apiPatienceMs: 15_000, processorDeadlineMs: 10_000 };
const HASTY = { apiPatienceMs: 400, processorDeadlineMs: 150 };
/** Cuts of a request, and of an answer; the transport's own tests have every byte. */
const CUTS = 7;
const PAYINS = /^\/v1\/payins$/;

eachStore('Rainforest in doubt', (stores) => {
  useRealSockets();
  let fake: FakeRainforest;
  let rainforest: Processor;
  let server: TestServer;
  let hasty: TestServer;
  let cut: TestServer;
  let throughProxy: Processor['charge'];
  const servers: TestServer[] = [];

  before(async () => {
    fake = await startFakeRainforest();
    rainforest = rainforestAt(fake.port);
    server = await serve(rainforest);
    hasty = await serve(rainforest, HASTY);
    cut = await serve({ ...rainforest, charge: (order) => throughProxy(order) }, HASTY);
  });
  after(async () => {
    await Promise.all(servers.map((one) => one.close()));
    await rainforest.close();
    await fake.close();
    expect(fake.faults).to.deep.equal([]);
  });

  async function serve(processor: Processor, { apiPatienceMs, processorDeadlineMs } = PATIENT): Promise<TestServer> {
    const settings = { processorDeadlineMs, leaseSlackMs: 50 };
    const started = await startServer({ store: stores.store(), processor, apiPatienceMs, settings });
    servers.push(started);
    return started;
  }

  /** What a payment with that card is told: the payin's status, or the code of the refusal. */
  async function pay(config: string, card_number: string, by = server): Promise<string> {
    const reply = await clientOf(by, server.adminKey).send('POST', '/v1/payins', cardPayin(config, { card_number }));
    const { data }: { data: Payin | null } = JSON.parse(reply.text);
    return data?.status ?? reply.errors?.[0]?.code ?? 'nothing';
  }

  const charges = (config: string) =>
    fake.ledger.payinsOf(config).filter(({ status }) => status !== 'FAILED' && status !== 'CANCELED').length;

  /** The states of the attempts of a config, oldest first, once the reconciler has looked at them. */
  async function statesOf(config: string): Promise<readonly string[]> {
    await Promise.all(servers.map(({ engine }) => engine.background.idle()));
    for (const attempt of await attemptsOf(config)) await server.engine.reconciler.look(attempt);
    return (await attemptsOf(config)).map(({ state }) => state);
  }

  const attemptsOf = (config: string) =>
    stores.store().list('attempts', {
      where: [{ field: 'chargeableId', is: 'in', values: [config] }],
      sortBy: 'createdAt',
      order: 'asc',
      limit: 100,
    });

  it('tells an approval whose answer was lost', async () => {
    const config = await newPayinConfig(server);
    fake.loseAnswer(PAYINS);
    expect(await pay(config, VISA)).to.equal('PROCESSING');
    expect(await statesOf(config)).to.deep.equal(['approved']);
    expect(charges(config)).to.equal(1);
  });

  it('answers a caller in time while nobody says what became of the charge', async () => {
    const config = await newPayinConfig(server);
    const lookup: Processor['lookup'] = () => new Promise(() => {});
    const silent = await serve({ ...rainforest, charge: async () => ({ kind: 'unknown' }), lookup }, HASTY);
    expect(await pay(config, VISA, silent)).to.equal('PRESENTING');
    expect(await pay(config, MASTERCARD)).to.equal('OUTCOME_UNKNOWN');
    expect(charges(config)).to.equal(0);
  });

  it('frees the config of an order that never arrived, for another card; the first was not sent then', async () => {
    const config = await newPayinConfig(server);
    const lost = await serve({ ...rainforest, charge: async () => ({ kind: 'unknown' }) }, HASTY);
    expect(await pay(config, VISA, lost)).to.equal('PRESENTING');
    expect(await statesOf(config)).to.deep.equal(['unknown']);
    expect(await pay(config, MASTERCARD)).to.equal('PROCESSING');
    expect(await statesOf(config)).to.deep.equal(['not_sent', 'approved']);
    expect(charges(config)).to.equal(1);
  });

  it('takes a decline whose answer was lost for no verdict: the next card decides', async () => {
    const config = await newPayinConfig(server);
    fake.loseAnswer(PAYINS);
    expect(await pay(config, DECLINED_VISA, hasty)).to.equal('PRESENTING');
    expect(await pay(config, VISA)).to.equal('PROCESSING');
    expect(await statesOf(config)).to.deep.equal(['not_sent', 'approved']);
    expect(charges(config)).to.equal(1);
  });

  it('charges once where an order arrives after another card has paid', async () => {
    const config = await newPayinConfig(server);
    const held = fake.hold(PAYINS);
    expect(await pay(config, VISA, hasty)).to.equal('PRESENTING');
    await held.arrived;
    expect(await pay(config, MASTERCARD)).to.equal('PROCESSING');
    held.release();
    expect(await statesOf(config)).to.deep.equal(['not_sent', 'approved']);
    expect(charges(config)).to.equal(1);
    expect(await pay(config, VISA)).to.equal('PAYIN_CONFIG_USED');
  });

  it('reports an approval that arrives after another card was declined', async () => {
    const config = await newPayinConfig(server);
    const held = fake.hold(PAYINS);
    expect(await pay(config, VISA, hasty)).to.equal('PRESENTING');
    await held.arrived;
    expect(await pay(config, DECLINED_VISA)).to.equal('FAILED');
    held.release();
    expect(await statesOf(config)).to.deep.equal(['approved', 'declined']);
    expect(charges(config)).to.equal(1);
    expect(await pay(config, MASTERCARD)).to.equal('PAYIN_CONFIG_USED');
  });

  it('charges nothing for a third card where the first of two was approved late and nobody has heard of it', async () => {
    // Even where another config were to be had in the place of the one that is used up.
    const prepare: Processor['prepare'] = async ({ closed, ...order }) => {
      const wanted = { ...order, key: `${order.key}${closed ?? ''}`, closed: null };
      return (await rainforest.prepare?.(wanted)) ?? { kind: 'unavailable' };
    };
    const eager = await serve({ ...rainforest, prepare });
    const first = await serve({ ...rainforest, prepare }, HASTY);
    const config = await newPayinConfig(server);
    const held = fake.hold(PAYINS);
    expect(await pay(config, VISA, first)).to.equal('PRESENTING');
    await held.arrived;
    // The answer is lost with the process that asked.
    fake.loseAnswer(PAYINS);
    held.release();
    await first.engine.background.idle();
    // Until somebody has looked, the first attempt still holds the config.
    await eventually(async () => {
      expect(await pay(config, MASTERCARD, eager)).to.equal('PROCESSOR_UNREACHABLE');
    }, 10_000);
    expect(await pay(config, MASTERCARD, eager)).to.equal('OUTCOME_UNKNOWN');
    expect(await statesOf(config)).to.deep.equal(['approved', 'not_sent']);
    expect(await pay(config, MASTERCARD, eager)).to.equal('PAYIN_CONFIG_USED');
    expect(charges(config)).to.equal(1);
  });

  it('leaves the success to the attempt whose answer is on its way, though an earlier one had the same card', async () => {
    const config = await newPayinConfig(server);
    const lost = await serve({ ...rainforest, charge: async () => ({ kind: 'unknown' }) }, HASTY);
    expect(await pay(config, VISA, lost)).to.equal('PRESENTING');
    const looked = await serve({
      ...rainforest,
      async charge(order) {
        const outcome = await rainforest.charge(order);
        const [first] = await attemptsOf(config);
        if (first !== undefined) await server.engine.reconciler.look(first);
        return outcome;
      },
    });
    expect(await pay(config, VISA, looked)).to.equal('PROCESSING');
    expect(await statesOf(config)).to.deep.equal(['not_sent', 'approved']);
    expect((await attemptsOf(config)).map(({ conflict }) => conflict)).to.deep.equal([false, false]);
    expect(charges(config)).to.equal(1);
  });

  it('is one approval where the same card was sent twice, whichever of the two it was', async () => {
    const config = await newPayinConfig(server);
    const held = fake.hold(PAYINS);
    expect(await pay(config, VISA, hasty)).to.equal('PRESENTING');
    await held.arrived;
    fake.loseAnswer(PAYINS);
    expect(await pay(config, VISA)).to.equal('PROCESSING');
    held.release();
    expect([...(await statesOf(config))].sort()).to.deep.equal(['approved', 'not_sent']);
    expect(charges(config)).to.equal(1);
  });

  it('knows whose the one success is, though a crash has left the config as held by it', async () => {
    const config = await newPayinConfig(server);
    const lost = await serve({ ...rainforest, charge: async () => ({ kind: 'unknown' }) }, HASTY);
    expect(await pay(config, VISA, lost)).to.equal('PRESENTING');
    expect(await statesOf(config)).to.deep.equal(['unknown']);
    const held = fake.hold(PAYINS);
    const paying = pay(config, VISA);
    await held.arrived;
    const before = await stores.store().get('chargeables', config);
    held.release();
    expect(await paying).to.equal('PROCESSING');
    const after = await stores.store().get('chargeables', config);
    if (before === null || after === null) throw new Error('the config is there');
    await stores.store().apply({ replace: 'chargeables', record: { ...before, rev: after.rev + 1 } });
    expect(await statesOf(config)).to.deep.equal(['not_sent', 'approved']);
  });

  it('lets one config name an object of the processor, and no other', async () => {
    const given = fake.ledger.createConfig({
      merchant_id: MERCHANT,
      amount: 1000,
      currency_code: 'USD',
      idempotency_key: 'theirs',
    });
    const upstream_config_id = String(given['payin_config_id']);
    const idempotency_key = 'ours';
    const config = await newPayinConfig(server, { upstream_config_id, idempotency_key });
    expect(await newPayinConfig(server, { upstream_config_id, idempotency_key })).to.equal(config);
    const body = payinConfigBody(server.account.merchant.id, { upstream_config_id });
    expectRefusal(
      await clientOf(server).send('POST', '/v1/payin_configs', body),
      409,
      'CONFLICT',
      'upstream_config_id',
    );
    expect(await pay(config, VISA)).to.equal('PROCESSING');
  });

  it('sends nothing from a process that wakes between its claim and its send when its time is over', async () => {
    const bench = await createBench(stores.store());
    const clocked = rainforestAt(fake.port, bench.clock);
    const [asleep, woken] = [latch(), latch()];
    const sleeping: Processor = {
      ...clocked,
      async charge(order) {
        asleep.open();
        await woken.opened;
        return clocked.charge(order);
      },
    };
    const first = await bench.engine({ processor: sleeping });
    const second = await bench.engine({ processor: clocked });
    const { id } = await bench.config();
    const paying = { tender: card(VISA), transactionId: `crash-${id}` };
    const told = bench.charge(first, id, paying);
    await asleep.opened;
    await bench.clock.advance(LEASE_MS);
    await second.reconciler.sweep();
    expect((await told).kind).to.be.oneOf(['pending', 'unknown']);
    expect(await bench.charge(second, id, { tender: card(MASTERCARD) })).to.include({ kind: 'approved' });
    woken.open();
    await first.background.idle();
    await bench.clock.advance(LEASE_MS);
    await second.reconciler.sweep();
    expect((await attemptsOf(id)).map(({ state }) => state)).to.have.members(['not_sent', 'approved']);
    expect(charges(id)).to.equal(1);
    await clocked.close();
  });

  it('gives back once where the answer was lost, and finds it by its key', async () => {
    const config = await newPayinConfig(server);
    expect(await pay(config, VISA)).to.equal('PROCESSING');
    fake.ledger.settle(config);
    const [attempt] = await attemptsOf(config);
    fake.loseAnswer(/void_or_refund$/);
    const body = { idempotency_key: config, reason: 'DUPLICATE', amount: 400 };
    const path = `/v1/payins/${attempt?.payinId}/void_or_refund`;
    const client = clientOf(server);
    expect(await client.post<Reversed>(path, body)).to.include({ type: 'REFUND', refund_status: 'PROCESSING' });
    await server.engine.background.idle();
    await server.engine.reconciler.sweep();
    const again = await client.post<Reversed>(path, body);
    expect(again).to.include({ refund_status: 'PROCESSING', auth_code: 'FAKE02' });
    expect(fake.ledger.givenBack(config)).to.deep.equal([400]);
  });

  it('voids what has not settled', async () => {
    const config = await newPayinConfig(server);
    await pay(config, VISA);
    const [attempt] = await attemptsOf(config);
    const body = { idempotency_key: config, reason: 'DUPLICATE' };
    const voided = await clientOf(server).post<Reversed>(`/v1/payins/${attempt?.payinId}/void_or_refund`, body);
    expect(voided).to.include({ type: 'VOID', payin_status: 'CANCELED', amount: 1000 });
    expect(fake.ledger.givenBack(config)).to.deep.equal([1000]);
  });

  /** A payment whose charge goes by a proxy that harms it so. */
  async function payBy(config: string, fault: Fault | null) {
    const proxy = await startFaultProxy(fake.port, fault);
    const broken = rainforestAt(proxy.port);
    throughProxy = broken.charge;
    const told = await pay(config, VISA, cut);
    await cut.engine.background.idle();
    await broken.close();
    await proxy.close();
    return { told, passed: proxy.passed };
  }

  for (const on of ['request', 'response'] as const) {
    it(`charges once at most, and says so, wherever the ${on} of a charge is cut`, async () => {
      const { passed } = await payBy(await newPayinConfig(server), null);
      expect(passed[on]).to.be.above(400);
      const step = Math.ceil(passed[on] / CUTS);
      for (let at = 0; at < passed[on]; at += step) {
        const config = await newPayinConfig(server);
        const { told } = await payBy(config, { on, at, harm: at % 2 === 0 ? 'reset' : 'end' });
        const second = await pay(config, MASTERCARD);
        expect(charges(config), `${at}: ${told}, ${second}`).to.equal(1);
        const states = await statesOf(config);
        expect(
          states.filter((state) => state === 'approved'),
          `${at}`,
        ).to.have.lengthOf(1);
        if (told === 'PROCESSING') expect(states[0]).to.equal('approved');
        else expect(told).to.be.oneOf(['PRESENTING', 'PROCESSOR_UNREACHABLE']);
      }
    });
  }
});
