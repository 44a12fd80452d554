/**
 * One Tollbridge before another, which it calls as Rainforest: what is given back, kept and named goes through both. What a
 * call can come to is in the catalogue.
 */
import { expect } from 'chai';
import { systemClock } from '../../src/core/clock.ts';
import type { Processor } from '../../src/core/processor.ts';
import { settleCharges } from '../../src/processors/sandbox/settle.ts';
import { cardPayin, clientOf, newPayinConfig, type Payin, type PayinConfig, type Reversed } from '../support/api.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase, eachStore, type TestDatabase } from '../support/stores.ts';
import { bridgeTo } from '../support/worlds.ts';

eachStore('One Tollbridge before another', (stores) => {
  useRealSockets();
  let database: TestDatabase;
  let inner: TestServer;
  let outer: TestServer;
  let bridge: Processor;

  before(async () => {
    database = await createDatabase(stores.name);
    inner = await startServer({ store: await database.open() });
    bridge = await bridgeTo(inner, systemClock);
    outer = await startServer({ store: stores.store(), processor: bridge });
  });
  after(async () => {
    await outer.close();
    await bridge.close();
    await inner.close();
    await database.destroy();
  });

  const paid = (config: string) => clientOf(outer).post<Payin>('/v1/payins', cardPayin(config));
  const reverse = (payin: Payin, body: object) =>
    clientOf(outer).post<Reversed>(`/v1/payins/${payin.payin_id}/void_or_refund`, { reason: 'DUPLICATE', ...body });
  /** The payin behind one of the outer's. */
  async function behind({ payin_id }: Payin): Promise<Payin> {
    const attempt = await outer.store.find('attempts', 'payinId', `${payin_id}`);
    return clientOf(inner).get<Payin>(`/v1/payins/${attempt?.reference}`);
  }

  it('answers a ping of its keys', () => bridge.ping());

  it('tells behind for which config of ours a payin is, and that it came by telephone', async () => {
    const config = await newPayinConfig(outer);
    const payin = await behind(await paid(config));
    expect(payin.metadata).to.deep.equal({
      tollbridge_chargeable_id: config,
      tollbridge_channel: 'telephone_order',
    });
  });

  it('voids in both what has not settled, and a repeat voids nothing more', async () => {
    const payin = await paid(await newPayinConfig(outer));
    const body = { idempotency_key: `void-${payin.payin_id}` };
    const voided = await reverse(payin, body);
    expect(voided).to.include({ type: 'VOID', payin_status: 'CANCELED', amount: 1000 });
    expect(await reverse(payin, body)).to.deep.equal(voided);
    expect(await behind(payin)).to.include({ status: 'CANCELED', refundable_amount: 0 });
  });

  it('refunds in both what has settled, part by part, and never more than there was', async () => {
    const payin = await paid(await newPayinConfig(outer));
    const attempt = await inner.store.find('attempts', 'payinId', `${(await behind(payin)).payin_id}`);
    await settleCharges(inner.ledger, systemClock, attempt?.id ?? '');
    for (const [amount, left] of [
      [400, 600],
      [600, 0],
    ]) {
      const refund = await reverse(payin, { idempotency_key: `${amount}-${payin.payin_id}`, amount });
      expect(refund).to.include({ type: 'REFUND', refund_status: 'PROCESSING', amount });
      expect(await behind(payin)).to.include({ refundable_amount: left });
    }
    const { refunds } = await behind(payin);
    expect(refunds.map(({ amount }) => amount)).to.deep.equal([400, 600]);
  });

  it('charges through a config that was made behind, named by the platform', async () => {
    const made = await clientOf(inner).post<PayinConfig>('/v1/payin_configs', {
      merchant_id: inner.account.merchant.id,
      idempotency_key: 'made behind',
      amount: 1000,
      currency_code: 'USD',
    });
    const config = await newPayinConfig(outer, { upstream_config_id: made.payin_config_id });
    expect(await behind(await paid(config))).to.include({ payin_config_id: made.payin_config_id });
  });
});
