/** Authorize and capture, and partial authorization, by our own API. The sandbox's ledger is the oracle. */
import { expect } from 'chai';
import { systemClock } from '../../../src/core/clock.ts';
import type { Processor } from '../../../src/core/processor.ts';
import { createSandbox, memoryLedger } from '../../../src/processors/sandbox/index.ts';
import {
  bankPayin,
  type Client,
  cardPayin,
  clientOf,
  expectRefusal,
  newPayinConfig,
  type Payin,
  type PayinConfig,
  type PaymentMethod,
  payinConfigBody,
  paymentMethodConfigBody,
  type Reversed,
} from '../../support/api.ts';
import { reversalBody, settle } from '../../support/reversals.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { eachStore } from '../../support/stores.ts';
import { chargeBody, deliver } from '../../support/twilio.ts';

/** Of the sandbox's table. */
const SHORT_CARD = '4000000000000077';
const NOT_CAPTURED = 90_000_600;
const EXPIRING = 90_000_700;

eachStore('Authorize and capture by the API', (stores) => {
  let server: TestServer;
  let admin: Client;

  before(async () => {
    server = await startServer({ store: stores.store() });
    admin = clientOf(server);
  });
  after(() => server.close());

  const pathOf = ({ payin_id }: Payin, action = 'capture') => `/v1/payins/${payin_id}/${action}`;
  const capture = (payin: Payin, body: object = {}) => admin.post<Payin>(pathOf(payin), body);
  const refused = async (payin: Payin, body: object, status: number, code: string, field: string | null = null) =>
    expectRefusal(await admin.send('POST', pathOf(payin), body), status, code, field);
  const voided = (payin: Payin) => admin.post<Reversed>(pathOf(payin, 'void_or_refund'), reversalBody());
  const read = (payin: Payin) => admin.get<Payin>(`/v1/payins/${payin.payin_id}`);

  /** A payin of 10.00 USD that is AUTHORIZED, unless the changes of its config say otherwise. */
  async function authorized(changes: object = {}): Promise<Payin> {
    const config = await newPayinConfig(server, { processing_mode: 'AUTHORIZE', ...changes });
    return admin.post<Payin>('/v1/payins', cardPayin(config));
  }

  /** What came to the sandbox for the payin, in order. */
  async function done({ payin_config_id }: Payin) {
    await server.engine.background.idle();
    const entries = await server.ledger.of(payin_config_id ?? '');
    return entries.map(({ operation }) => `${operation?.kind} ${operation?.money?.amount}`);
  }

  describe('a payin whose config says AUTHORIZE', () => {
    it('is AUTHORIZED: its amount is reserved, and nothing is taken', async () => {
      const body = payinConfigBody(server.account.merchant.id, { processing_mode: 'AUTHORIZE' });
      const config = await admin.post<PayinConfig>('/v1/payin_configs', body);
      expect(config).to.include({ processing_mode: 'AUTHORIZE', allow_partial_authorization: false });
      const path = `/v1/payin_configs/${config.payin_config_id}`;
      expect(await admin.get(path)).to.deep.equal(config);

      const payin = await admin.post<Payin>('/v1/payins', cardPayin(config.payin_config_id));
      expect(payin).to.include({
        status: 'AUTHORIZED',
        amount: 1000,
        authorized_amount: 1000,
        captured_amount: 0,
        refundable_amount: 0,
        non_refundable_reason_code: null,
        is_partially_authorized: false,
        refusal_code: null,
        auth_code: 'SANDBX',
      });
      expect(payin.payin_config).to.include({ processing_mode: 'AUTHORIZE', amount: 1000 });
      expect(await read(payin)).to.deep.equal(payin);
      expect(await admin.get<PayinConfig>(path)).to.deep.include({ payin: { payin_id: payin.payin_id } });
      expect(await done(payin)).to.deep.equal(['authorize 1000']);
    });

    it('is so with a stored card, too', async () => {
      const platform = server.account.platform.id;
      const { payment_method_config_id } = await admin.post<{ payment_method_config_id: string }>(
        '/v1/payment_method_configs',
        paymentMethodConfigBody(platform),
      );
      const { payin_config_id: _payin, ...keyed } = cardPayin('');
      const method = await admin.post<PaymentMethod>('/v1/payment_methods', { payment_method_config_id, ...keyed });
      const payin_config_id = await newPayinConfig(server, { processing_mode: 'AUTHORIZE' });
      const path = `/v1/payment_methods/${method.payment_method_id}/payin`;
      const payin = await admin.post<Payin>(path, { payin_config_id });
      expect(payin).to.include({ status: 'AUTHORIZED', captured_amount: 0 });
      expect(await capture(payin)).to.include({ status: 'PROCESSING', captured_amount: 1000 });
      expect(await done(payin)).to.deep.equal(['authorize 1000', 'capture 1000']);
    });

    it('is charged at once from a bank account', async () => {
      const config = await newPayinConfig(server, { processing_mode: 'AUTHORIZE' });
      const payin = await admin.post<Payin>('/v1/payins', bankPayin(config));
      expect(payin).to.include({ status: 'PROCESSING', captured_amount: 1000, refundable_amount: 1000 });
      await refused(payin, {}, 400, 'NOT_CAPTURABLE', 'payin_id');
      expect(await done(payin)).to.deep.equal(['charge 1000']);
    });

    it('tells a provider that it is AUTHORIZED, in the same bytes after its capture', async () => {
      const config = await newPayinConfig(server, { processing_mode: 'AUTHORIZE' });
      const body = chargeBody(config, { transaction_id: `authorized for ${config}` });
      const first = await deliver(server, body);
      expect(first.body.parameters).to.include({ status: 'AUTHORIZED', amount: '10.00' });
      const payin = await admin.get<Payin>(`/v1/payins/${first.body.charge_id}`);
      await capture(payin, { amount: 400 });
      expect((await deliver(server, body)).text).to.equal(first.text);
      expect(await done(payin)).to.deep.equal(['authorize 1000', 'capture 400']);
    });
  });

  describe('a capture', () => {
    it('takes all of it where no amount is said', async () => {
      for (const body of [{}, { amount: 1000 }]) {
        const payin = await authorized();
        const captured = await capture(payin, body);
        expect(captured).to.include({ status: 'PROCESSING', captured_amount: 1000, refundable_amount: 1000 });
        expect(await read(payin)).to.deep.equal(captured);
        expect(await done(payin)).to.deep.equal(['authorize 1000', 'capture 1000']);
      }
    });

    it('takes all of it for zero, which the contract asks for and its schema forbids, and without a body', async () => {
      for (const body of ['{"amount": 0}', '{"amount": null, "metadata": null}', null]) {
        const payin = await authorized();
        const headers = { authorization: `Bearer ${server.adminKey}` };
        const response = await fetch(`${server.url}${pathOf(payin)}`, { method: 'POST', headers, body });
        expect(response.status, String(body)).to.equal(200);
        expect(await read(payin)).to.include({ captured_amount: 1000 });
      }
    });

    it('takes a part, once: the rest is let go, and what was taken is refunded', async () => {
      const payin = await authorized({ metadata: { order: 1, kept: true } });
      const captured = await capture(payin, { amount: 400, metadata: { order: 2 } });
      expect(captured).to.deep.include({
        status: 'PROCESSING',
        amount: 1000,
        authorized_amount: 1000,
        captured_amount: 400,
        refundable_amount: 400,
        is_partially_authorized: false,
        metadata: { order: 2, kept: true },
      });
      expect(await capture(payin, { amount: 400, metadata: { order: 3 } })).to.deep.equal(captured);
      for (const amount of [600, 0, 401])
        await refused(payin, amount === 0 ? {} : { amount }, 409, 'CONFLICT', 'amount');
      await settle(server, payin);
      expect(await read(payin)).to.include({ status: 'SUCCEEDED', refundable_amount: 400 });
      const path = pathOf(payin, 'void_or_refund');
      expectRefusal(await admin.send('POST', path, reversalBody({ amount: 401 })), 400, 'AMOUNT_ABOVE_BALANCE');
      expect(await voided(payin)).to.include({ type: 'REFUND', amount: 400 });
      expect(await read(payin)).to.include({ refundable_amount: 0, non_refundable_reason_code: 'FULLY_REFUNDED' });
      expect(await capture(payin, { amount: 400 })).to.include({ status: 'SUCCEEDED', captured_amount: 400 });
      expect(await done(payin)).to.deep.equal(['authorize 1000', 'capture 400', 'settle undefined', 'refund 400']);
    });

    it('is not made of more than was authorized', async () => {
      const payin = await authorized();
      await refused(payin, { amount: 1001 }, 400, 'AMOUNT_ABOVE_AUTHORIZED', 'amount');
      expect(await done(payin)).to.deep.equal(['authorize 1000']);
    });

    it('is made of an AUTHORIZED payin only', async () => {
      const [letGo, charged] = [await authorized(), await authorized({ processing_mode: 'AUTHORIZE_AND_CAPTURE' })];
      expect(await voided(letGo)).to.include({ type: 'VOID', payin_status: 'CANCELED', amount: 1000 });
      expect(await read(letGo)).to.include({ status: 'CANCELED', captured_amount: 0, refundable_amount: 0 });
      for (const payin of [letGo, charged]) await refused(payin, {}, 400, 'NOT_CAPTURABLE', 'payin_id');
      expect(await done(letGo)).to.deep.equal(['authorize 1000', 'void 1000']);
      for (const id of [`sbx_pyi_${'0'.repeat(27)}`, 'nothing']) {
        expectRefusal(await admin.send('POST', `/v1/payins/${id}/capture`, {}), 404, 'EntityNotFound');
      }
    });

    it('that was declined leaves the payin AUTHORIZED, says why, and may be tried again', async () => {
      const payin = await authorized({ amount: NOT_CAPTURED });
      const declined = await capture(payin);
      expect(declined).to.include({ status: 'AUTHORIZED', captured_amount: 0, refusal_code: 'PROCESSING_ERROR' });
      const captured = await capture(payin, { amount: NOT_CAPTURED - 1 });
      expect(captured).to.include({ status: 'PROCESSING', refusal_code: null, captured_amount: NOT_CAPTURED - 1 });
    });

    it('of an authorization that has expired makes the payin FAILED', async () => {
      const payin = await authorized({ amount: EXPIRING });
      const failed = await capture(payin, { amount: 100 });
      expect(failed).to.include({
        status: 'FAILED',
        refusal_code: 'AUTHORIZATION_EXPIRED',
        refusal_desc: 'Authorization expired',
        authorized_amount: EXPIRING,
        captured_amount: 0,
        refundable_amount: 0,
        non_refundable_reason_code: 'FAILED',
      });
      await refused(payin, { amount: 100 }, 400, 'NOT_CAPTURABLE', 'payin_id');
    });

    it('is told neither as made nor as failed while nobody knows, and keeps the payin from being voided', async () => {
      const ledger = memoryLedger();
      const processor: Processor = {
        ...createSandbox({ ledger, clock: systemClock }),
        capture: async () => ({ kind: 'unknown' }),
      };
      const doubtful = await startServer({ store: stores.store(), ledger, processor });
      const client = clientOf(doubtful);
      try {
        const config = await newPayinConfig(doubtful, { processing_mode: 'AUTHORIZE' });
        const payin = await client.post<Payin>('/v1/payins', cardPayin(config));
        const open = { status: 'AUTHORIZED', captured_amount: 0, refusal_code: null };
        expect(await client.post(pathOf(payin), {})).to.include(open);
        const reply = await client.send('POST', pathOf(payin, 'void_or_refund'), reversalBody());
        expectRefusal(reply, 409, 'PAYIN_BUSY', 'payin_id');
        expectRefusal(await client.send('POST', pathOf(payin), { amount: 1 }), 409, 'CONFLICT', 'amount');
      } finally {
        await doubtful.close();
      }
    });

    it('and a void, a hundred at once: one capture at most, and none of what was voided', async () => {
      const payin = await authorized();
      const replies = await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          i % 2 === 0
            ? admin.send('POST', pathOf(payin), {})
            : admin.send('POST', pathOf(payin, 'void_or_refund'), reversalBody()),
        ),
      );
      for (const { status } of replies) expect(status).to.be.oneOf([200, 400, 409]);
      // What was captured may be voided afterwards, never the other way round.
      expect(await done(payin)).to.be.deep.oneOf([
        ['authorize 1000', 'capture 1000'],
        ['authorize 1000', 'void 1000'],
        ['authorize 1000', 'capture 1000', 'void 1000'],
      ]);
    });

    it('needs the permission to update payins, and reaches only what the key reaches', async () => {
      const payin = await authorized();
      const keyWith = async (permissions: readonly string[], constraints: object = {}) => {
        const body = { platform_id: server.account.platform.id, statements: [{ permissions, constraints }] };
        return clientOf(server, (await admin.post<{ api_key: string }>('/v1/api_keys', body)).api_key);
      };
      for (const client of [clientOf(server, server.connectorKey), await keyWith(['payin:read', 'refund:create'])]) {
        expectRefusal(await client.send('POST', pathOf(payin), {}), 403, 'AuthForbidden');
      }
      const elsewhere = { merchant: { merchant_id: server.stranger.merchant.id } };
      const stranger = clientOf(server, server.stranger.adminKey.secret.reveal());
      for (const client of [await keyWith(['payin:update'], elsewhere), stranger]) {
        expectRefusal(await client.send('POST', pathOf(payin), {}), 404, 'EntityNotFound');
      }
      expect(await done(payin)).to.deep.equal(['authorize 1000']);
    });

    it('is refused where it is malformed or asks for what is not built, by its name', async () => {
      const payin = await authorized();
      for (const amount of [-1, 1.5, '100', 2 ** 53]) await refused(payin, { amount }, 400, 'RequestBody', 'amount');
      await refused(payin, { metadata: { card: '4111 1111 1111 1111' } }, 400, 'CARD_DATA_IN_TEXT', 'metadata');
      await refused(payin, { metadata: { text: 'x'.repeat(9_000) } }, 400, 'RequestBody', 'metadata');
      const split = { amount: 3, currency_code: 'USD', type: 'PLATFORM' };
      await refused(payin, { amount_splits: [split] }, 501, 'NOT_BUILT', 'amount_splits');
      expect(await done(payin)).to.deep.equal(['authorize 1000']);
    });
  });

  describe('partial authorization', () => {
    const partly = (changes: object = {}) => newPayinConfig(server, { allow_partial_authorization: true, ...changes });
    const short = (config: string) => admin.post<Payin>('/v1/payins', cardPayin(config, { card_number: SHORT_CARD }));

    it('charges less where the config allows it, and the payin tells no other amount as paid', async () => {
      const config = await partly();
      const shown = await admin.get<PayinConfig>(`/v1/payin_configs/${config}`);
      expect(shown).to.include({ allow_partial_authorization: true, processing_mode: 'AUTHORIZE_AND_CAPTURE' });
      const payin = await short(config);
      expect(payin).to.include({
        status: 'PROCESSING',
        amount: 500,
        is_partially_authorized: true,
        authorized_amount: 500,
        captured_amount: 500,
        refundable_amount: 500,
      });
      expect(payin.payin_config.amount).to.equal(1000);
      expect(await done(payin)).to.deep.equal(['charge 500']);
      expect(server.log.entries('payment').at(-1)).to.include({ payin_id: payin.payin_id, amount: 500 });
      expect(await voided(payin)).to.include({ type: 'VOID', amount: 500 });
    });

    it('declines elsewhere', async () => {
      const payin = await short(await newPayinConfig(server));
      expect(payin).to.include({
        status: 'FAILED',
        refusal_code: 'INSUFFICIENT_FUNDS',
        is_partially_authorized: false,
      });
    });

    it('of an authorization is what can be captured', async () => {
      const payin = await short(await partly({ processing_mode: 'AUTHORIZE' }));
      expect(payin).to.include({ status: 'AUTHORIZED', amount: 500, authorized_amount: 500, captured_amount: 0 });
      await refused(payin, { amount: 501 }, 400, 'AMOUNT_ABOVE_AUTHORIZED', 'amount');
      expect(await capture(payin)).to.include({ captured_amount: 500, is_partially_authorized: true });
      expect(await done(payin)).to.deep.equal(['authorize 500', 'capture 500']);
    });

    it('is what a provider is told, and told again', async () => {
      const config = await partly();
      const body = chargeBody(config, { transaction_id: `short of ${config}`, cardnumber: SHORT_CARD });
      const first = await deliver(server, body);
      expect(first.body.parameters).to.include({ amount: '5.00', status: 'PROCESSING' });
      expect((await deliver(server, body)).text).to.equal(first.text);
    });

    it('is not believed of a processor that was not asked for it', async () => {
      const ledger = memoryLedger();
      const sandbox = createSandbox({ ledger, clock: systemClock });
      const processor: Processor = { ...sandbox, charge: (order) => sandbox.charge({ ...order, partial: true }) };
      const odd = await startServer({ store: stores.store(), ledger, processor });
      try {
        const config = await newPayinConfig(odd);
        const body = cardPayin(config, { card_number: SHORT_CARD });
        const payin = await clientOf(odd).post<Payin>('/v1/payins', body);
        expect(payin).to.include({ status: 'PRESENTING', captured_amount: 0 });
        expect(odd.log.entries('alarm').map(({ alarm }) => alarm)).to.include('integrity_mismatch');
      } finally {
        await odd.close();
      }
    });
  });

  it('a config that says what is so anyway is the same as one that does not', async () => {
    const body = payinConfigBody(server.account.merchant.id);
    const config = await admin.post<PayinConfig>('/v1/payin_configs', body);
    const plain = { processing_mode: 'AUTHORIZE_AND_CAPTURE', allow_partial_authorization: false };
    expect(await admin.post('/v1/payin_configs', { ...body, ...plain })).to.deep.equal(config);
    for (const other of [{ processing_mode: 'AUTHORIZE' }, { allow_partial_authorization: true }]) {
      const reply = await admin.send('POST', '/v1/payin_configs', { ...body, ...other });
      expectRefusal(reply, 409, 'CONFLICT', 'idempotency_key');
    }
  });
});
