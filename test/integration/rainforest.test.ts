/** Rainforest against a fake of its own on real sockets: the contract of every processor, and what only it has. */
import { expect } from 'chai';
import { systemClock } from '../../src/core/clock.ts';
import type { CaptureOrder, ChargeOrder, Processor } from '../../src/core/processor.ts';
import { Secret } from '../../src/core/secret.ts';
import { openRainforest } from '../../src/processors/rainforest/open.ts';
import { describeProcessor } from '../contract/processor.ts';
import {
  CONFIG_KEY,
  type FakeRainforest,
  MERCHANT,
  PAYIN_KEY,
  PLATFORM,
  rainforestAt,
  startFakeRainforest,
} from '../support/fake-rainforest.ts';
import { card, chargeOrder, upstreamOrder, usd } from '../support/orders.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import { DECLINED_VISA, POOR_VISA, VISA } from '../support/twilio.ts';

describe('Rainforest, faked', () => {
  useRealSockets();

  describeProcessor(async () => {
    const fake = await startFakeRainforest();
    const [processor, sibling] = [rainforestAt(fake.port), rainforestAt(fake.port)];
    return {
      processor,
      sibling,
      money: usd('10.00'),
      approves: card(VISA),
      declines: card(DECLINED_VISA),
      charges: async (chargeableId) =>
        fake.ledger.payinsOf(chargeableId).filter(({ status, authorized }) => status !== 'FAILED' && !authorized)
          .length,
      captured: async (chargeableId) =>
        fake.ledger.payinsOf(chargeableId).flatMap((one) => (one.authorized && one.captured > 0 ? [one.captured] : [])),
      givenBack: async (chargeableId) => fake.ledger.givenBack(chargeableId),
      settle: async ({ chargeableId }) => fake.ledger.settle(chargeableId),
      async close() {
        await Promise.all([processor.close(), sibling.close()]);
        await closeWithoutFault(fake);
      },
    };
  }, 'once');

  describe('and its ledger', () => {
    let fake: FakeRainforest;
    let processor: Processor;
    before(async () => {
      fake = await startFakeRainforest();
      processor = rainforestAt(fake.port);
    });
    after(async () => {
      await processor.close();
      await closeWithoutFault(fake);
    });

    async function prepared(changes: Partial<ChargeOrder> = {}, given: string | null = null): Promise<ChargeOrder> {
      const order = chargeOrder({ tender: card(VISA), ...changes });
      const ready = await processor.prepare?.(upstreamOrder(order, { given }));
      if (ready?.kind !== 'ready') throw new Error('no config');
      return { ...order, upstream: ready.upstream };
    }

    async function authorized(): Promise<CaptureOrder> {
      const order = await prepared({ mode: 'authorize' });
      const outcome = await processor.charge(order);
      if (outcome.kind !== 'approved') throw new Error('not authorized');
      const { attemptKey, chargeableId, account, upstream, payinId, deadline } = order;
      const about = { attemptKey, chargeableId, account, upstream, payinId, deadline };
      return { ...about, reference: outcome.reference, money: usd('4.00'), captureKey: attemptKey };
    }

    it('reserve first and capture a part of it, once', async () => {
      const order = await authorized();
      expect(fake.ledger.payinsOf(order.chargeableId)).to.deep.equal([
        { status: 'AUTHORIZED', amount: 1000, captured: 0, authorized: true },
      ]);
      expect(await processor.capture(order)).to.deep.include({ kind: 'approved', money: usd('4.00') });
      const other = { ...order, captureKey: 'another' };
      expect(await processor.capture(other)).to.deep.equal({ kind: 'closed' });
      expect(fake.ledger.payinsOf(order.chargeableId)).to.deep.equal([
        { status: 'PROCESSING', amount: 1000, captured: 400, authorized: true },
      ]);
    });

    it('capture no more than was reserved', async () => {
      const order = await authorized();
      expect(await processor.capture({ ...order, money: usd('10.01') })).to.deep.equal({ kind: 'not_sent' });
    });

    it('count what was authorized of a part, and decline where no part was asked for', async () => {
      const part = await prepared({ tender: card(POOR_VISA), partial: true });
      expect(await processor.charge(part)).to.deep.include({ kind: 'approved', money: usd('5.00') });
      const whole = await prepared({ tender: card(POOR_VISA) });
      expect(await processor.charge(whole)).to.include({ kind: 'declined', code: 'INSUFFICIENT_FUNDS' });
    });

    it('charge through a config that the platform has made itself, and through it once', async () => {
      const made = { merchant_id: MERCHANT, amount: 1000, currency_code: 'USD', idempotency_key: 'their own' };
      const given = String(fake.ledger.createConfig(made)['payin_config_id']);
      const order = await prepared({}, given);
      expect(order.upstream).to.equal(given);
      expect((await processor.charge(order)).kind).to.equal('approved');
      const late = upstreamOrder(chargeOrder(), { given });
      expect(await processor.prepare?.(late)).to.deep.equal({ kind: 'refused' });
    });

    it('dedupe nothing but what is documented: a config that was declined takes the same card again', async () => {
      const order = await prepared({ tender: card(DECLINED_VISA) });
      await processor.charge(order);
      await processor.charge(order);
      expect(fake.ledger.payinsOf(order.chargeableId)).to.have.lengthOf(2);
    });

    it('take each key for its own objects only', async () => {
      const swapped = openRainforest(
        {
          environment: 'sandbox',
          configKey: new Secret(PAYIN_KEY),
          payinKey: new Secret(CONFIG_KEY),
          platformId: PLATFORM,
          merchantId: MERCHANT,
          url: `http://127.0.0.1:${fake.port}`,
        },
        systemClock,
        () => {},
      );
      const order = await prepared();
      expect(await swapped?.prepare?.(upstreamOrder(order))).to.deep.equal({ kind: 'unavailable' });
      expect(await swapped?.charge(order)).to.deep.equal({ kind: 'not_sent' });
      await swapped?.close();
    });
  });
});

/** Whatever was said on the wire was in the contract. */
async function closeWithoutFault(fake: FakeRainforest): Promise<void> {
  await fake.close();
  expect(fake.faults).to.deep.equal([]);
}
