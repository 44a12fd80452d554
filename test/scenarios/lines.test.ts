/** A line without a config: the caller keys in the amount, and the key may make configs for its one merchant. */
import { expect } from 'chai';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import { api, chargeBody, deliver, tokenizeBody, VISA } from '../support/twilio.ts';

const MASTERCARD = '5555555555554444';
/** As the generic form has it. */
const CARD = { number: VISA, expiry_month: '08', expiry_year: '30', security_code: '123' };

eachStore('A line without a config', (stores) => {
  let server: TestServer;
  let password: string;
  let calls = 0;

  async function keyWith(permissions: readonly string[], constraints: object): Promise<string> {
    const made = await api(server, 'POST', '/v1/api_keys', {
      platform_id: server.account.platform.id,
      statements: [{ permissions, constraints }],
    });
    return String(made['api_key']);
  }

  const merchantId = () => server.account.merchant.id;
  const limit = (amount: number | null) => api(server, 'PUT', `/v1/merchants/${merchantId()}/line_limit`, { amount });
  const call = (changes: object = {}) =>
    chargeBody('', { transaction_id: `line-${++calls}`, parameters: { appeal: 'spring' }, ...changes });
  const charges = async () => {
    await server.engine.background.idle();
    return (await server.ledger.list()).length;
  };

  before(async () => {
    server = await startServer({ store: stores.store() });
    password = await keyWith(['payin_config:create', 'payin:create', 'payment_method:create'], {
      merchant: { merchant_id: merchantId() },
    });
    await limit(50_000);
  });
  after(() => server.close());

  it('charges what was keyed in, once for all deliveries of a transaction', async () => {
    const body = call({ amount: '25.00' });
    const before = await charges();
    const replies = await Promise.all(Array.from({ length: 6 }, () => deliver(server, body, { password })));
    expect(new Set(replies.map(({ text }) => text)).size).to.equal(1);
    expect(replies[0]?.body.error_code).to.equal(null);
    expect(await charges()).to.equal(before + 1);
    const payin = await api(server, 'GET', `/v1/payins/${replies[0]?.body.charge_id}`);
    expect(payin).to.include({ amount: 2500, merchant_id: merchantId() });
    expect(payin['metadata']).to.deep.equal({ appeal: 'spring', description: 'pizza' });
  });

  it('refuses another amount or another card under the same transaction', async () => {
    const body = call({ amount: '25.00' });
    await deliver(server, body, { password });
    const before = await charges();
    for (const change of [{ amount: '26.00' }, { cardnumber: MASTERCARD }]) {
      expect((await deliver(server, { ...body, ...change }, { password })).body.error_code).to.equal(
        'TRANSACTION_CHANGED',
      );
    }
    expect(await charges()).to.equal(before);
  });

  it('charges again in another call: only the transaction tells two payments apart', async () => {
    for (const body of [call({ amount: '30.00', cardnumber: VISA }), call({ amount: '30.00', cardnumber: VISA })]) {
      expect((await deliver(server, body, { password })).body.error_code).to.equal(null);
    }
  });

  it('takes the generic form, too, where the key may make configs', async () => {
    const post = (body: object, key: string) =>
      deliver(
        server,
        { transaction_id: `line-${++calls}`, currency: 'USD', card: CARD, ...body },
        {
          path: '/vendor/generic/charge',
          password: key,
        },
      );
    const before = await charges();
    expect((await post({ amount: 2500 }, password)).body).to.include({ status: 'approved', amount: 2500 });
    expect((await post({ amount: 50_001 }, password)).body.error_code).to.equal('AMOUNT_ABOVE_LIMIT');
    expect((await post({ amount: 2500 }, server.connectorKey)).body).to.include({
      status: 'refused',
      error_code: 'INVALID_REQUEST',
      error_field: 'payin_config_id',
    });
    const again = { transaction_id: 'line-generic', amount: 2500 };
    const [first, second] = [await post(again, password), await post(again, password)];
    expect(second.text).to.equal(first.text);
    expect((await post({ ...again, amount: 2600 }, password)).body.error_code).to.equal('TRANSACTION_CHANGED');
    expect(await charges()).to.equal(before + 2);
  });

  describe('refuses before anything is sent', () => {
    const refusals: Readonly<Record<string, readonly [string, object]>> = {
      'an amount above the limit': ['AMOUNT_ABOVE_LIMIT', { amount: '500.01' }],
      'an amount of nothing': ['INVALID_REQUEST', { amount: '0.00' }],
      'no amount': ['INVALID_REQUEST', { amount: null }],
      'another currency': ['CURRENCY_MISMATCH', { currency_code: 'JPY', amount: '100' }],
    };
    for (const [what, [code, changes]] of Object.entries(refusals)) {
      it(what, async () => {
        const before = await charges();
        expect((await deliver(server, call(changes), { password })).body.error_code).to.equal(code);
        expect(await charges()).to.equal(before);
      });
    }

    it('a key that may not make configs, or for more than one merchant', async () => {
      const wide = await keyWith(['payin_config:create', 'payin:create'], {
        platform: { platform_id: server.account.platform.id },
      });
      for (const key of [server.connectorKey, wide]) {
        expect((await deliver(server, call(), { password: key })).body.error_code).to.equal('INVALID_REQUEST');
      }
    });

    it('a key that may make configs and not charge', async () => {
      const weak = await keyWith(['payin_config:create'], { merchant: { merchant_id: merchantId() } });
      expect((await deliver(server, call(), { password: weak })).body.error_code).to.equal('FORBIDDEN');
    });

    it('a tokenize', async () => {
      const body = tokenizeBody('', { parameters: {} });
      expect((await deliver(server, body, { password })).body.error_code).to.equal('INVALID_REQUEST');
    });

    it('everything once the limit is taken away', async () => {
      await limit(null);
      expect((await deliver(server, call(), { password })).body.error_code).to.equal('INVALID_REQUEST');
    });
  });
});
