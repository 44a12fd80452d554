/** Voids and refunds by our own API: whole and in part, once each, and every refusal. The sandbox's ledger is the oracle. */
import { expect } from 'chai';
import { systemClock } from '../../../src/core/clock.ts';
import type { Processor } from '../../../src/core/processor.ts';
import { createSandbox, memoryLedger } from '../../../src/processors/sandbox/index.ts';
import {
  type Client,
  cardPayin,
  clientOf,
  DECLINED_VISA,
  expectRefusal,
  newPayinConfig,
  type Page,
  type Payin,
  type Refund,
  type Reversed,
} from '../../support/api.ts';
import { contract } from '../../support/rainforest.ts';
import { givenBack, paid, reversalBody, settle, settledPayin, sumOf } from '../../support/reversals.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { eachStore } from '../../support/stores.ts';
import { chargeBody, deliver } from '../../support/twilio.ts';

/** Of the sandbox's table: a void or a refund of this amount is declined. */
const DECLINED = 90_000_600;
const RICH = { amount: 200_000_000 };

eachStore('Reversals by the API', (stores) => {
  let server: TestServer;
  let admin: Client;

  before(async () => {
    server = await startServer({ store: stores.store() });
    admin = clientOf(server);
  });
  after(() => server.close());

  const pathOf = (payin: Payin) => `/v1/payins/${payin.payin_id}/void_or_refund`;
  const reverse = (payin: Payin, changes: object = {}) => admin.post<Reversed>(pathOf(payin), reversalBody(changes));
  const refused = async (payin: Payin, changes: object, status: number, code: string, field: string | null = null) =>
    expectRefusal(await admin.send('POST', pathOf(payin), reversalBody(changes)), status, code, field);
  const read = (payin: Payin) => admin.get<Payin>(`/v1/payins/${payin.payin_id}`);

  describe('of a payin that is PROCESSING', () => {
    it('void it as a whole', async () => {
      const payin = await paid(server, { metadata: { order: 1, kept: true } });
      const reversed = await reverse(payin, { metadata: { order: 2 } });
      expect(reversed).to.include({
        type: 'VOID',
        payin_id: payin.payin_id,
        payin_status: 'CANCELED',
        amount: 1000,
        currency_code: 'USD',
        reason: 'REQUESTED_BY_CUSTOMER',
        refund_id: null,
        refund_status: null,
        refusal_code: null,
      });
      const after = await read(payin);
      expect(after).to.deep.include({ status: 'CANCELED', refundable_amount: 0, has_refunds: false, refunds: [] });
      expect(after).to.deep.include({ non_refundable_reason_code: 'VOIDED', metadata: { order: 2, kept: true } });
      expect(await givenBack(server, payin)).to.deep.equal([{ kind: 'void', amount: 1000 }]);
    });

    it('take its own amount, and no part of it', async () => {
      const payin = await paid(server);
      await refused(payin, { amount: 999 }, 400, 'PARTIAL_VOID', 'amount');
      await refused(payin, { amount: 1001 }, 400, 'AMOUNT_ABOVE_BALANCE', 'amount');
      expect(await reverse(payin, { amount: 1000 })).to.include({ type: 'VOID', payin_status: 'CANCELED' });
      await refused(payin, {}, 400, 'NOT_REVERSIBLE', 'payin_id');
      expect(await givenBack(server, payin)).to.have.lengthOf(1);
    });

    it('tell a void that the processor declined, and leave the payin as it was', async () => {
      const payin = await paid(server, { amount: DECLINED });
      const reversed = await reverse(payin);
      expect(reversed).to.include({ type: 'VOID', payin_status: null, refusal_code: 'PROCESSING_ERROR' });
      expect(await read(payin)).to.include({ status: 'PROCESSING', refundable_amount: DECLINED });
      expect(await givenBack(server, payin)).to.deep.equal([]);
    });
  });

  describe('of a payin that has SUCCEEDED', () => {
    it('refund it as a whole', async () => {
      const payin = await settledPayin(server);
      expect(await read(payin)).to.include({ status: 'SUCCEEDED', refundable_amount: 1000 });
      const reversed = await reverse(payin, { amount: 0, metadata: { why: 'late' } });
      expect(reversed).to.deep.include({
        type: 'REFUND',
        payin_status: 'SUCCEEDED',
        refund_status: 'PROCESSING',
        amount: 1000,
        refusal_code: null,
        auth_code: 'SANDBX',
        metadata: { why: 'late' },
        source: 'API_DIRECT',
      });
      const refund = await admin.get<Refund>(`/v1/refunds/${reversed.refund_id}`);
      expect(refund).to.include({ status: 'SUCCEEDED', amount: 1000, payin_id: payin.payin_id });
      expect(refund).to.include({ reason: 'Requested by customer', merchant_id: payin.merchant_id });
      expect(await read(payin)).to.deep.include({
        status: 'SUCCEEDED',
        refundable_amount: 0,
        non_refundable_reason_code: 'FULLY_REFUNDED',
        has_refunds: true,
        refunds: [refund],
        metadata: {},
      });
      await refused(payin, {}, 400, 'AMOUNT_ABOVE_BALANCE', 'amount');
      expect(await givenBack(server, payin)).to.deep.equal([{ kind: 'refund', amount: 1000 }]);
    });

    it('refund parts of it, and at last what is left', async () => {
      const payin = await settledPayin(server);
      await reverse(payin, { amount: 300 });
      expect(await read(payin)).to.include({ refundable_amount: 700, non_refundable_reason_code: null });
      await refused(payin, { amount: 701 }, 400, 'AMOUNT_ABOVE_BALANCE', 'amount');
      await reverse(payin, { amount: 200 });
      expect(await reverse(payin)).to.include({ amount: 500 });
      expect((await read(payin)).refunds.map(({ amount }) => amount)).to.deep.equal([300, 200, 500]);
      expect(sumOf(await givenBack(server, payin))).to.equal(1000);
    });

    it('give the amount back to the balance where the processor declines', async () => {
      const payin = await settledPayin(server, RICH);
      const reversed = await reverse(payin, { amount: DECLINED });
      expect(reversed).to.include({ refund_status: 'FAILED', refusal_code: 'PROCESSING_ERROR', auth_code: null });
      const refund = await admin.get<Refund>(`/v1/refunds/${reversed.refund_id}`);
      expect(refund).to.include({ status: 'FAILED', refusal_desc: 'Processing error' });
      expect(await read(payin)).to.include({ refundable_amount: RICH.amount });
      expect(await reverse(payin)).to.include({ amount: RICH.amount, refund_status: 'PROCESSING' });
      expect(sumOf(await givenBack(server, payin))).to.equal(RICH.amount);
    });

    it('never give more back than was charged, a hundred at once', async () => {
      const payin = await settledPayin(server);
      const replies = await Promise.all(
        Array.from({ length: 100 }, () => admin.send('POST', pathOf(payin), reversalBody({ amount: 30 }))),
      );
      const done = replies.filter(({ status }) => status === 200);
      expect(done).to.have.lengthOf(33);
      for (const reply of replies)
        if (reply.status !== 200) expectRefusal(reply, 400, 'AMOUNT_ABOVE_BALANCE', 'amount');
      expect(sumOf(await givenBack(server, payin))).to.equal(990);
      expect(await read(payin)).to.include({ refundable_amount: 10 });
    });
  });

  describe('with a key that was used before', () => {
    it('give the first answer again, however often and whatever has happened since', async () => {
      const payin = await settledPayin(server);
      const body = reversalBody({ amount: 400 });
      const once = () => admin.post<Reversed>(pathOf(payin), body);
      const replies = await Promise.all(Array.from({ length: 20 }, once));
      await reverse(payin);
      for (const reply of [...replies, await once()]) expect(reply).to.deep.equal(replies[0]);
      expect(await givenBack(server, payin)).to.have.deep.members([
        { kind: 'refund', amount: 400 },
        { kind: 'refund', amount: 600 },
      ]);
    });

    it('give a void again, and a decline', async () => {
      const payin = await paid(server);
      const body = reversalBody();
      const first = await admin.post<Reversed>(pathOf(payin), body);
      expect(await admin.post<Reversed>(pathOf(payin), body)).to.deep.equal(first);
      const declined = await settledPayin(server, RICH);
      const asked = reversalBody({ amount: DECLINED });
      const no = await admin.post<Reversed>(pathOf(declined), asked);
      expect(await admin.post<Reversed>(pathOf(declined), asked)).to.deep.equal(no);
      expect(await read(declined))
        .to.have.property('refunds')
        .with.lengthOf(1);
    });

    it('refuse other content, also for another payin', async () => {
      const payin = await settledPayin(server);
      const body = reversalBody({ amount: 100 });
      await admin.post<Reversed>(pathOf(payin), body);
      for (const other of [{ amount: 101 }, { reason: 'DUPLICATE' }, { metadata: { a: 1 } }]) {
        expectRefusal(
          await admin.send('POST', pathOf(payin), { ...body, ...other }),
          409,
          'CONFLICT',
          'idempotency_key',
        );
      }
      const reply = await admin.send('POST', pathOf(await settledPayin(server)), body);
      expectRefusal(reply, 409, 'CONFLICT', 'idempotency_key');
      expect(await givenBack(server, payin)).to.have.lengthOf(1);
    });

    it('keep nothing of a request that was refused: the key may be used with what is right', async () => {
      const payin = await settledPayin(server);
      const body = reversalBody({ amount: 5000 });
      expectRefusal(await admin.send('POST', pathOf(payin), body), 400, 'AMOUNT_ABOVE_BALANCE');
      expect(await admin.post<Reversed>(pathOf(payin), { ...body, amount: 500 })).to.include({ amount: 500 });
    });
  });

  it('are told neither as made nor as failed while nobody knows', async () => {
    const ledger = memoryLedger();
    const sandbox = createSandbox({ ledger, clock: systemClock });
    const processor: Processor = { ...sandbox, reverse: async () => ({ kind: 'unknown' }) };
    const doubtful = await startServer({ store: stores.store(), ledger, processor });
    const client = clientOf(doubtful);
    try {
      const [voided, refunded] = [await paid(doubtful), await settledPayin(doubtful)];
      const told = await client.post<Reversed>(pathOf(voided), reversalBody());
      expect(told).to.include({ type: 'VOID', payin_status: null, refusal_code: null });
      const held = { status: 'PROCESSING', refundable_amount: 0, non_refundable_reason_code: null };
      expect(await client.get<Payin>(`/v1/payins/${voided.payin_id}`)).to.include(held);

      const refund = await client.post<Reversed>(pathOf(refunded), reversalBody({ amount: 400 }));
      expect(refund).to.include({ refund_status: 'PROCESSING', auth_code: null, refusal_code: null });
      expect(await client.get<Refund>(`/v1/refunds/${refund.refund_id}`)).to.include({ status: 'PROCESSING' });
      const left = await client.send('POST', pathOf(refunded), reversalBody({ amount: 601 }));
      expectRefusal(left, 400, 'AMOUNT_ABOVE_BALANCE', 'amount');
    } finally {
      await doubtful.close();
    }
  });

  it('refuse a payin that took nothing, and one that is nowhere', async () => {
    const config = await newPayinConfig(server);
    const declined = await admin.post<Payin>('/v1/payins', cardPayin(config, { card_number: DECLINED_VISA }));
    await refused(declined, {}, 400, 'NOT_REVERSIBLE', 'payin_id');
    for (const id of [`sbx_pyi_${'0'.repeat(27)}`, 'nothing']) {
      const reply = await admin.send('POST', `/v1/payins/${id}/void_or_refund`, reversalBody());
      expectRefusal(reply, 404, 'EntityNotFound');
      expectRefusal(await admin.send('GET', `/v1/refunds/${id}`), 404, 'EntityNotFound');
    }
  });

  it('refuse what is malformed or not built, by its name', async () => {
    const payin = await settledPayin(server);
    for (const amount of [-1, 1.5, '100', 2 ** 53]) await refused(payin, { amount }, 400, 'RequestBody', 'amount');
    await refused(payin, { reason: 'BECAUSE' }, 400, 'RequestBody', 'reason');
    await refused(payin, { idempotency_key: '' }, 400, 'RequestBody', 'idempotency_key');
    await refused(payin, { metadata: { card: '4111 1111 1111 1111' } }, 400, 'CARD_DATA_IN_TEXT', 'metadata');
    await refused(payin, { metadata: { text: 'x'.repeat(9_000) } }, 400, 'RequestBody', 'metadata');
    const split = { amount: 3, currency_code: 'USD', type: 'PLATFORM' };
    await refused(payin, { amount_splits: [split] }, 501, 'NOT_BUILT', 'amount_splits');
    await refused(payin, { merchant_billing: { fee: -1 } }, 501, 'NOT_BUILT', 'merchant_billing');
    const fees = { payin_billing_fees_reversal_config: { on_full_refund: true } };
    await refused(payin, fees, 501, 'NOT_BUILT', 'payin_billing_fees_reversal_config');
    expect(await givenBack(server, payin)).to.deep.equal([]);
  });

  it('need the permission for refunds, and reach only what the key reaches', async () => {
    const payin = await settledPayin(server);
    const { refund_id } = await reverse(payin, { amount: 100 });
    const keyWith = async (permissions: readonly string[], constraints: object = {}) => {
      const body = { platform_id: server.account.platform.id, statements: [{ permissions, constraints }] };
      return clientOf(server, (await admin.post<{ api_key: string }>('/v1/api_keys', body)).api_key);
    };
    const reader = await keyWith(['payin:read', 'payin:create', 'payin:update', 'refund:read']);
    expectRefusal(await reader.send('POST', pathOf(payin), reversalBody()), 403, 'AuthForbidden');
    expect(await reader.get<Refund>(`/v1/refunds/${refund_id}`)).to.include({ amount: 100 });
    const maker = await keyWith(['refund:create']);
    expectRefusal(await maker.send('GET', `/v1/refunds/${refund_id}`), 403, 'AuthForbidden');
    expectRefusal(await maker.send('GET', '/v1/refunds'), 403, 'AuthForbidden');
    expect(await maker.post<Reversed>(pathOf(payin), reversalBody({ amount: 1 }))).to.include({ amount: 1 });
    const elsewhere = { merchant: { merchant_id: server.stranger.merchant.id } };
    const bound = await keyWith(['refund:create', 'refund:read'], elsewhere);
    expectRefusal(await bound.send('POST', pathOf(payin), reversalBody()), 404, 'EntityNotFound');
    const stranger = clientOf(server, server.stranger.adminKey.secret.reveal());
    for (const client of [bound, stranger]) {
      expectRefusal(await client.send('GET', `/v1/refunds/${refund_id}`), 404, 'EntityNotFound');
      expect((await client.get<Page<Refund>>('/v1/refunds')).results).to.deep.equal([]);
    }
  });

  it('are listed by payin, merchant, status and time, page by page', async () => {
    const payin = await settledPayin(server, RICH);
    const amounts = [100, 200, DECLINED];
    for (const amount of amounts) await reverse(payin, { amount });
    const list = (query: string) => admin.get<Page<Refund>>(`/v1/refunds?payin_id=${payin.payin_id}&${query}`);
    const amountsOf = ({ results }: Page<Refund>) => results.map(({ amount }) => amount);
    expect(amountsOf(await list('sort_by=amount&sort_order=asc'))).to.deep.equal(amounts);
    expect(amountsOf(await list('status=FAILED'))).to.deep.equal([DECLINED]);
    expect(amountsOf(await list('status=SUCCEEDED&sort_by=amount'))).to.deep.equal([200, 100]);
    expect(amountsOf(await list(`merchant_id=${server.stranger.merchant.id}`))).to.deep.equal([]);
    expect(amountsOf(await list('created_at.end=2020-01-01T00:00:00Z'))).to.deep.equal([]);
    const first = await list('limit=2&sort_by=amount&sort_order=asc');
    expect(first).to.include({ total_results: 3 });
    const second = await list(`limit=2&sort_by=amount&sort_order=asc&start_key=${first.last_key}`);
    expect([...amountsOf(first), ...amountsOf(second)]).to.deep.equal(amounts);
    expectRefusal(await admin.send('GET', '/v1/refunds?status=GONE'), 400, 'RequestBody', 'status');
    for (const refund of first.results) {
      const reply = { status: 'SUCCESS', data: refund, errors: null };
      if (contract !== null) expect(contract.faultOfReply('GET', '/v1/refunds/any', 200, reply)).to.equal(null);
    }
  });

  it('do not change what a provider is told of the payment', async () => {
    const body = chargeBody(await newPayinConfig(server), { transaction_id: 'a call that is reversed' });
    const first = await deliver(server, body);
    const payin = await admin.get<Payin>(`/v1/payins/${first.body.charge_id}`);
    await settle(server, payin);
    expect(await read(payin)).to.include({ status: 'SUCCEEDED' });
    expect((await deliver(server, body)).text).to.equal(first.text);
    await reverse(payin);
    expect((await deliver(server, body)).text).to.equal(first.text);
  });
});
