/** What SignalWire's calls come to where they differ from Twilio's: amounts, parameters, statuses, keys, corrections. */
import { expect } from 'chai';
import { signalwire } from '../../adapters/signalwire/adapter.ts';
import { ERRORS } from '../../src/core/errors.ts';
import { fastClock } from '../support/clock.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import {
  api,
  chargesOf,
  DECLINED_VISA,
  type DeliveryOptions,
  deliver,
  payinConfig,
  paymentMethodConfig,
  VISA,
} from '../support/twilio.ts';

const PATH = '/vendor/signalwire/pay';
const MASTERCARD = '5555555555554444';

let calls = 0;

/** As SWML sends it. */
function swml(config: string, changes: object = {}): Record<string, unknown> {
  return {
    transaction_id: `signalwire-${++calls}`,
    method: 'credit-card',
    cardnumber: VISA,
    cvv: '123',
    postal_code: '94111',
    description: 'a pizza',
    chargeAmount: '10.00',
    token_type: 'reusable',
    expiry_month: '12',
    expiry_year: '38',
    currency_code: 'usd',
    parameters: [{ payin_config_id: config }, { order: 'A-17' }],
    ...changes,
  };
}

eachStore('SignalWire deliveries', (stores) => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ store: stores.store() });
  });
  after(() => server.close());

  const send = (body: unknown, options: DeliveryOptions = {}, to = server) =>
    deliver(to, body, { path: PATH, ...options });

  it('are charged, and the payin keeps what the document said', async () => {
    const config = await payinConfig(server);
    const body = swml(config);
    const reply = await send(body);
    expect(reply.status).to.equal(200);
    const { charge_id, confirmation_code, ...rest } = JSON.parse(reply.text);
    expect(rest).to.deep.equal({ error_code: null, error_message: null });
    expect(confirmation_code).to.match(/^[234679FKLMRW]{8}$/);
    const payin = await api(server, 'GET', `/v1/payins/${charge_id}`);
    expect(payin['metadata']).to.deep.equal({ order: 'A-17', description: 'a pizza' });
    expect((await send(body)).text).to.equal(reply.text);
    expect(await chargesOf(server, config)).to.have.length(1);
  });

  describe('parameters', () => {
    const shapes: Readonly<Record<string, (id: string) => object>> = {
      'as an object': (payin_config_id) => ({ parameters: { payin_config_id } }),
      'as one-pair objects': (payin_config_id) => ({ parameters: [{ order: '1' }, { payin_config_id }] }),
      'as names and values': (value) => ({ parameters: [{ name: 'payin_config_id', value }] }),
      'beside the other fields': (payin_config_id) => ({ payin_config_id, parameters: null }),
    };
    for (const [how, shape] of Object.entries(shapes)) {
      it(`are read ${how}`, async () => {
        const config = await payinConfig(server);
        expect((await send(swml(config, shape(config)))).status).to.equal(200);
      });
    }

    it('of another form are refused', async () => {
      for (const parameters of ['text', [['a', 'b']], [null], { a: {} }]) {
        expect((await send(swml('', { parameters }))).status).to.equal(422);
      }
    });
  });

  describe('an amount', () => {
    const json = (config: string, amount: string) =>
      JSON.stringify(swml(config, { chargeAmount: '@' })).replace('"@"', amount);

    for (const [written, minor] of [
      ['10.10', 1010],
      ['10', 1000],
      ['"10.1"', 1010],
      ['900719925474.09', 90071992547409],
    ] as const) {
      it(`written ${written} is exact`, async () => {
        const config = await payinConfig(server, { amount: minor });
        const { status, text } = await send(json(config, written));
        // The config's own upper bound may be below the last of them; it is never another amount.
        expect(JSON.parse(text).error_code).to.not.equal('AMOUNT_MISMATCH');
        expect(status).to.equal(200);
      });
    }

    it('that a number cannot hold exactly is refused and not rounded', async () => {
      const config = await payinConfig(server, { amount: 1100 });
      for (const written of ['10.999999999999999999', '11.000000000000000001', '1.1e1', '-11']) {
        const { status, body } = await send(json(config, written));
        expect(status, written).to.equal(422);
        expect(body.error_code).to.equal('INVALID_REQUEST');
      }
      expect(await chargesOf(server, config)).to.deep.equal([]);
    });

    it('of zero, absent, null or empty means a tokenize', async () => {
      for (const amount of [
        { chargeAmount: undefined, amount: 0 },
        { chargeAmount: undefined },
        { chargeAmount: null },
        { chargeAmount: '0.00' },
        { chargeAmount: '', amount: '' },
      ]) {
        const config = await paymentMethodConfig(server);
        const body = swml('', { ...amount, parameters: { payment_method_config_id: config } });
        const reply = await send(body);
        expect(reply.status, reply.text).to.equal(200);
        expect(reply.body.token_id).to.match(/^sbx_mtd_/);
      }
    });
  });

  describe('statuses', () => {
    it('are 402 for a decline, 422 for a refusal, 503 while nobody can say', async () => {
      const declined = await send(swml(await payinConfig(server), { cardnumber: DECLINED_VISA }));
      expect([declined.status, declined.body]).to.deep.equal([
        402,
        { charge_id: null, error_code: 'DECLINED', error_message: ERRORS.DECLINED.sentence },
      ]);
      const refused = await send(swml(await payinConfig(server), { chargeAmount: '9.99' }));
      expect([refused.status, refused.body.error_code]).to.deep.equal([422, 'AMOUNT_MISMATCH']);
      const slow = await startServer({ store: stores.store(), clock: fastClock(50) });
      const open = await send(
        swml(await payinConfig(slow, { amount: 900_002_00 }), { chargeAmount: '900002.00' }),
        {},
        slow,
      );
      expect([open.status, open.body.error_code]).to.deep.equal([503, 'PAYMENT_PENDING']);
      await slow.close();
    });

    it('are told with the key that the operation has, also where the body cannot be read', async () => {
      expect((await send('{"chargeAmount":')).body).to.have.property('charge_id', null);
      const token = await send(swml('', { chargeAmount: 0, parameters: {} }));
      expect([token.status, token.body.token_id]).to.deep.equal([422, null]);
    });

    it('are always 200 for a key that says so', async () => {
      const made = await api(server, 'POST', '/v1/api_keys', {
        platform_id: server.account.platform.id,
        statements: [{ permissions: ['payin:create'], constraints: {} }],
        reply_status: 'ALWAYS_200',
      });
      const password = String(made['api_key']);
      const declined = await send(swml(await payinConfig(server), { cardnumber: DECLINED_VISA }), { password });
      expect([declined.status, declined.body.error_code]).to.deep.equal([200, 'DECLINED']);
      const key = await api(server, 'GET', `/v1/api_keys/${made['api_key_id']}`);
      expect(key).to.include({ reply_status: 'ALWAYS_200' });
    });
  });

  describe('credentials', () => {
    const bare = { headers: { authorization: null } };

    it('may be the last segment of the path, which no log line holds', async () => {
      const config = await payinConfig(server);
      const reply = await send(swml(config), { ...bare, path: `${PATH}/${server.connectorKey}` });
      expect(reply.status).to.equal(200);
      expect(server.log.lines().join('\n')).to.not.include(server.connectorKey);
    });

    it('are refused where they are wrong, in the path, or missing', async () => {
      for (const path of [PATH, `${PATH}/`, `${PATH}/wrong`, `${PATH}/${server.connectorKey}/charge`]) {
        const { status } = await fetch(`${server.url}${path}`, { method: 'POST', body: '{}' });
        expect(status, path).to.be.oneOf([401, 404]);
      }
      const wrongHeader = { headers: { authorization: 'Basic eDp5' }, path: `${PATH}/${server.connectorKey}` };
      expect((await send(swml(''), wrongHeader)).status, 'a wrong header before a right path').to.equal(401);
    });
  });

  describe('a caller who tries again in the same call', () => {
    it('may pay with another card after a decline', async () => {
      const config = await payinConfig(server);
      const first = swml(config, { cardnumber: DECLINED_VISA });
      expect((await send(first)).status).to.equal(402);
      const second = { ...first, cardnumber: MASTERCARD };
      const approved = await send(second);
      expect(approved.status).to.equal(200);
      expect((await send(second)).text, 'its repeat').to.equal(approved.text);
      expect((await send(first)).status, "the declined card's repeat").to.equal(402);
      expect(await chargesOf(server, config)).to.have.length(2);
    });

    for (const [what, change] of Object.entries({
      'security code': { cvv: '124' },
      'expiry date': { expiry_year: '37' },
      'postal code': { postal_code: '94112' },
    })) {
      it(`may correct the ${what} of a declined card`, async () => {
        const config = await payinConfig(server);
        const first = swml(config, { cardnumber: DECLINED_VISA });
        await send(first);
        expect((await send(first)).status).to.equal(402);
        expect(await chargesOf(server, config), 'a repeat is not sent').to.have.length(1);
        expect((await send({ ...first, ...change })).status).to.equal(402);
        expect(await chargesOf(server, config), 'a correction is').to.have.length(2);
      });
    }

    it('is told the approval again, whatever else was keyed in', async () => {
      const config = await payinConfig(server);
      const first = swml(config);
      const approved = await send(first);
      for (const change of [{ cvv: '999' }, { expiry_year: '39' }, { postal_code: '10001' }]) {
        expect((await send({ ...first, ...change })).text).to.equal(approved.text);
      }
      const other = await send({ ...first, cardnumber: MASTERCARD });
      expect([other.status, other.body.error_code]).to.deep.equal([422, 'PAYIN_CONFIG_USED']);
      expect(await chargesOf(server, config)).to.have.length(1);
    });

    it('may not change the amount under the same transaction', async () => {
      const config = await payinConfig(server);
      const first = swml(config);
      await send(first);
      const changed = await send({ ...first, chargeAmount: '11.00' });
      expect([changed.status, changed.body.error_code]).to.deep.equal([422, 'TRANSACTION_CHANGED']);
    });
  });

  it('tell an operator what to type', () => {
    const { values } = signalwire.setup('https://pay.example.com');
    expect(Object.values(values)).to.deep.equal([
      'https://api_key:CONNECTOR_KEY@pay.example.com/vendor/signalwire/pay',
      'https://pay.example.com/vendor/signalwire/pay/CONNECTOR_KEY',
    ]);
  });
});
