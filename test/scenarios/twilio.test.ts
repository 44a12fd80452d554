/** What a caller's payment comes to, told as Twilio's deliveries, on every store. */
import { expect } from 'chai';
import type { Processor } from '../../src/core/processor.ts';
import { AMOUNTS } from '../../src/processors/sandbox/outcomes.ts';
import { fastClock } from '../support/clock.ts';
import { type ServerParts, startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import {
  api,
  chargeBody,
  chargesOf,
  DECLINED_VISA,
  deliver,
  POOR_VISA,
  payinConfig,
  paymentMethodConfig,
  tokenizeBody,
  VISA,
} from '../support/twilio.ts';

/** Waits of seconds pass in a twentieth of them. */
const SPEED = 20;

const priceOf = (manner: string, ms?: number) => {
  const row = AMOUNTS.find(
    (amount) => amount.manner.kind === manner && (ms === undefined || Reflect.get(amount.manner, 'ms') === ms),
  );
  if (row === undefined) throw new Error(`no such sandbox amount: ${manner}`);
  return row.money.amount;
};
const decimal = (cents: number) => (cents / 100).toFixed(2);

eachStore('Twilio deliveries', (stores) => {
  let server: TestServer;

  const start = async (parts: Omit<ServerParts, 'store'> = {}) => {
    await server?.close();
    server = await startServer({ store: stores.store(), ...parts });
  };
  before(() => start());
  after(() => server.close());

  describe('a charge', () => {
    it('is approved, and the payin is found by transaction and by confirmation code', async () => {
      const config = await payinConfig(server, { metadata: { order: 'A-17' } });
      const { status, body } = await deliver(server, chargeBody(config, { transaction_id: 'approved-1' }));
      expect(status).to.equal(200);
      expect(Object.keys(body)).to.deep.equal(['charge_id', 'error_code', 'error_message', 'parameters']);
      expect(body.charge_id).to.match(/^sbx_pyi_[0-9A-Za-z]{27}$/);
      expect(body.error_code).to.equal(null);
      expect(body.error_message).to.equal(null);
      const { confirmation_code, ...parameters } = body.parameters;
      expect(parameters).to.deep.equal({
        payin_id: body.charge_id,
        status: 'PROCESSING',
        amount: '10.00',
        last_4: '1111',
        brand: 'visa',
      });
      expect(confirmation_code).to.match(/^[234679FKLMRW]{8}$/);

      for (const query of ['transaction_id=approved-1', `confirmation_code=${confirmation_code}`]) {
        const { results } = (await api(server, 'GET', `/v1/payins?${query}`)) as { results: Record<string, unknown>[] };
        expect(results).to.have.length(1);
        expect(results[0]).to.include({ payin_id: body.charge_id, status: 'PROCESSING', source: 'IVR', amount: 1000 });
        expect(results[0]?.['metadata']).to.deep.equal({ order: 'A-17', description: 'pizza' });
      }
      expect(await chargesOf(server, config)).to.have.length(1);
    });

    it('is charged once by six deliveries at the same time, and answered with the same bytes', async () => {
      const config = await payinConfig(server);
      const body = chargeBody(config, { transaction_id: 'six-at-once' });
      const replies = await Promise.all(Array.from({ length: 6 }, () => deliver(server, body)));
      expect(new Set(replies.map(({ text }) => text)).size).to.equal(1);
      expect(replies[0]?.body.error_code).to.equal(null);
      expect(await chargesOf(server, config)).to.have.length(1);
    });

    it('is charged once by six deliveries one after another, and answered with the same bytes', async () => {
      const config = await payinConfig(server);
      const body = chargeBody(config, { transaction_id: 'six-in-a-row' });
      const texts = new Set<string>();
      for (let i = 0; i < 6; i++) texts.add((await deliver(server, body)).text);
      expect(texts.size).to.equal(1);
      expect(await chargesOf(server, config)).to.have.length(1);
    });

    it('replays a decline with the same bytes, and sends it once', async () => {
      const config = await payinConfig(server);
      const body = chargeBody(config, { transaction_id: 'declined-twice', cardnumber: DECLINED_VISA });
      const [first, second] = [await deliver(server, body), await deliver(server, body)];
      expect(first.body).to.deep.equal({
        charge_id: null,
        error_code: 'DECLINED',
        error_message: 'The payment was declined.',
        parameters: {},
      });
      expect(second.text).to.equal(first.text);
      expect(await chargesOf(server, config)).to.have.length(1);
    });

    it('after a decline is approved with another card under a new transaction, and both payins are listed', async () => {
      const config = await payinConfig(server, { metadata: { order: 'two-cards' } });
      await deliver(server, chargeBody(config, { transaction_id: 'poor', cardnumber: POOR_VISA }));
      const second = await deliver(server, chargeBody(config, { transaction_id: 'rich' }));
      expect(second.body.error_code).to.equal(null);
      const path = `/v1/payins?${new URLSearchParams({ 'metadata[$.order]': 'two-cards', sort_order: 'asc' })}`;
      const { results } = (await api(server, 'GET', path)) as { results: Record<string, unknown>[] };
      expect(results.map(({ status, refusal_code }) => [status, refusal_code])).to.deep.equal([
        ['FAILED', 'INSUFFICIENT_FUNDS'],
        ['PROCESSING', null],
      ]);
    });

    it('of a used config is refused to another transaction and still replayed to its own', async () => {
      const config = await payinConfig(server);
      const body = chargeBody(config, { transaction_id: 'first-call' });
      const first = await deliver(server, body);
      const redial = await deliver(server, chargeBody(config, { transaction_id: 'redial' }));
      expect(redial.body).to.include({ charge_id: null, error_code: 'PAYIN_CONFIG_USED' });
      expect((await deliver(server, body)).text).to.equal(first.text);
      expect(await chargesOf(server, config)).to.have.length(1);
    });

    it('under the same transaction with another card executes nothing', async () => {
      const config = await payinConfig(server);
      await deliver(server, chargeBody(config, { transaction_id: 'changed', cardnumber: DECLINED_VISA }));
      const changed = await deliver(server, chargeBody(config, { transaction_id: 'changed', cardnumber: VISA }));
      expect(changed.body).to.include({ charge_id: null, error_code: 'TRANSACTION_CHANGED' });
      expect(await chargesOf(server, config)).to.have.length(1);
    });

    it('by twenty callers of one config at once moves money once', async () => {
      const config = await payinConfig(server);
      const calls = Array.from({ length: 20 }, (_, i) =>
        deliver(server, chargeBody(config, { transaction_id: `race-${i}` })),
      );
      const codes = (await Promise.all(calls)).map(({ body }) => body.error_code);
      expect(codes.filter((code) => code === null)).to.have.length(1);
      expect(codes.filter((code) => code !== null)).to.satisfy((rest: string[]) =>
        rest.every(
          (code) => code === 'PAYMENT_PENDING' || code === 'PAYIN_CONFIG_USED' || code === 'TOO_MANY_ATTEMPTS',
        ),
      );
      expect(await chargesOf(server, config)).to.have.length(1);
    });

    it('by bank account needs a holder, and takes one from AVSName', async () => {
      const config = await payinConfig(server);
      const bank = {
        transaction_id: 'ach',
        cardnumber: null,
        cvv: null,
        expiry_month: null,
        expiry_year: null,
        postal_code: null,
        bankaccountnumber: '000123456789',
        routingnumber: '110000000',
      };
      const nameless = await deliver(server, chargeBody(config, bank));
      expect(nameless.body.error_code).to.equal('ACCOUNT_HOLDER_REQUIRED');
      const parameters = { payin_config_id: config, AVSName: 'Ada Lovelace', account_type: 'consumer-savings' };
      const { body } = await deliver(server, chargeBody(config, { ...bank, parameters }));
      expect(body.error_code).to.equal(null);
      expect(body.parameters).to.include({ last_4: '6789', status: 'PROCESSING' });
      const payin = await api(server, 'GET', `/v1/payins/${body.charge_id}`);
      expect(payin['ach']).to.include({ account_type: 'SAVINGS', account_holder_type: 'PERSONAL' });
    });

    it('is refused for an account number of other signs than digits, which nothing reads as a pattern', async () => {
      const config = await payinConfig(server, { metadata: { note: `${'a'.repeat(60)}!` } });
      for (const bankaccountnumber of ['(a|a|aa)+$', '12(34', '[1', '*', '.*', '1234567 ']) {
        const body = chargeBody(config, {
          transaction_id: `signs-${bankaccountnumber}`,
          cardnumber: null,
          bankaccountnumber,
          routingnumber: '110000000',
          parameters: { payin_config_id: config, AVSName: 'Ada Lovelace' },
        });
        expect((await deliver(server, body)).body.error_code, bankaccountnumber).to.equal('INVALID_ACCOUNT_NUMBER');
      }
    });

    it('is refused without a payin where the config does not allow it', async () => {
      const cases: [string, object, object][] = [
        ['AMOUNT_MISMATCH', {}, { amount: '10.01' }],
        ['CURRENCY_MISMATCH', {}, { currency_code: 'EUR' }],
        ['BRAND_NOT_ACCEPTED', { accepted_brands: ['AMERICAN_EXPRESS'] }, {}],
        ['TENDER_NOT_ACCEPTED', { accepted_tenders: ['ACH'] }, {}],
        ['INVALID_SECURITY_CODE', { require_security_code: true }, { cvv: null }],
        ['INVALID_POSTAL_CODE', { require_postal_code: true }, { postal_code: null }],
        ['INVALID_CARD_NUMBER', {}, { cardnumber: '4111111111111112' }],
        ['INVALID_EXPIRY', {}, { expiry_year: '20' }],
        ['CARD_DATA_IN_TEXT', {}, { description: `card ${VISA}` }],
      ];
      for (const [code, terms, changes] of cases) {
        const config = await payinConfig(server, terms);
        const { status, body } = await deliver(
          server,
          chargeBody(config, { transaction_id: `refused-${code}`, ...changes }),
        );
        expect({ status, ...body }, code).to.include({ status: 200, charge_id: null, error_code: code });
        const listed = await api(server, 'GET', `/v1/payins?transaction_id=refused-${code}`);
        expect(listed['results'], code).to.deep.equal([]);
        expect(await chargesOf(server, config), code).to.deep.equal([]);
      }
    });

    it('stops after the configured number of attempts on one config', async () => {
      const config = await payinConfig(server);
      const codes: (string | null)[] = [];
      for (let i = 0; i < 11; i++) {
        const body = chargeBody(config, { transaction_id: `testing-${i}`, cardnumber: DECLINED_VISA });
        codes.push((await deliver(server, body)).body.error_code);
      }
      expect(codes.slice(0, 10)).to.deep.equal(Array(10).fill('DECLINED'));
      expect(codes[10]).to.equal('TOO_MANY_ATTEMPTS');
      expect(await chargesOf(server, config)).to.have.length(10);
    });
  });

  describe('a tokenize', () => {
    it('stores a payment method that can be charged', async () => {
      const config = await paymentMethodConfig(server);
      const { body } = await deliver(server, tokenizeBody(config, { transaction_id: 'store-1', amount: '0' }));
      expect(body).to.deep.equal({
        token_id: body.token_id,
        error_code: null,
        error_message: null,
        parameters: { payment_method_id: body.token_id, last_4: '1111', brand: 'visa' },
      });
      const payin = await payinConfig(server);
      const charged = await api(server, 'POST', `/v1/payment_methods/${body.token_id}/payin`, {
        payin_config_id: payin,
      });
      expect(charged).to.include({ status: 'PROCESSING', source: 'API_STORED_PAYMENT_METHOD' });
      expect(await chargesOf(server, payin)).to.have.length(1);
    });

    it('is answered with the same bytes again, and refused for another transaction', async () => {
      const config = await paymentMethodConfig(server);
      const body = tokenizeBody(config, { transaction_id: 'store-2' });
      const [first, second] = [await deliver(server, body), await deliver(server, body)];
      expect(second.text).to.equal(first.text);
      const other = await deliver(server, tokenizeBody(config, { transaction_id: 'store-3' }));
      expect(other.body).to.include({ token_id: null, error_code: 'PAYMENT_METHOD_CONFIG_USED' });
    });

    it('takes the config under the other spelling of its name', async () => {
      const config = await paymentMethodConfig(server);
      const body = tokenizeBody(config, { transaction_id: 'store-4', parameters: { payment_method_id: config } });
      expect((await deliver(server, body)).body.error_code).to.equal(null);
    });
  });

  describe('the legacy paths', () => {
    it('say the operation themselves', async () => {
      const { method: _method, ...charge } = chargeBody(await payinConfig(server), { transaction_id: 'legacy-1' });
      const charged = await deliver(server, charge, { path: '/vendor/twilio/pay_generic/charge' });
      expect(charged.body.error_code).to.equal(null);
      const { method: _other, ...tokenize } = tokenizeBody(await paymentMethodConfig(server), {
        transaction_id: 'legacy-2',
      });
      const stored = await deliver(server, tokenize, { path: '/vendor/twilio/pay_generic/tokenize' });
      expect(stored.body.token_id).to.match(/^sbx_mtd_/);
    });
  });

  describe('a processor that is slow or loses its answers', () => {
    before(() => start({ clock: fastClock(SPEED) }));

    const slowCharge = async (amount: number, transaction: string) => {
      const config = await payinConfig(server, { amount });
      return { config, body: chargeBody(config, { transaction_id: transaction, amount: decimal(amount) }) };
    };

    it('answers after 2 s: the first delivery gets it', async () => {
      const { config, body } = await slowCharge(priceOf('slow', 2_000), 'slow-2');
      expect((await deliver(server, body)).body.error_code).to.equal(null);
      expect(await chargesOf(server, config)).to.have.length(1);
    });

    it('answers after 12 s: the first delivery went unanswered, the repeat gets the approval', async () => {
      const { config, body } = await slowCharge(priceOf('slow', 12_000), 'slow-12');
      const impatient = AbortSignal.timeout(10_000 / SPEED);
      const first = await deliver(server, body, { signal: impatient }).catch((error: unknown) => error);
      expect(first).to.have.property('name', 'TimeoutError');
      const second = await deliver(server, body);
      expect(second.body.error_code).to.equal(null);
      expect((await deliver(server, body)).text).to.equal(second.text);
      expect(await chargesOf(server, config)).to.have.length(1);
    });

    it('charged but lost the answer: the delivery is held until the look-up tells', async () => {
      const { config, body } = await slowCharge(priceOf('answer_lost'), 'lost-answer');
      expect((await deliver(server, body)).body.error_code).to.equal(null);
      expect(await chargesOf(server, config)).to.have.length(1);
    });

    it('lost the order: nothing was charged, and the config can be tried again', async () => {
      const { config, body } = await slowCharge(priceOf('order_lost'), 'lost-order');
      const { body: told } = await deliver(server, body);
      expect(told).to.include({ charge_id: null, error_code: 'PROCESSOR_UNREACHABLE' });
      expect(await chargesOf(server, config)).to.deep.equal([]);
      expect(await api(server, 'GET', `/v1/payin_configs/${config}`)).to.have.property('payin', null);
      expect(await api(server, 'GET', '/v1/payins?transaction_id=lost-order')).to.deep.include({ results: [] });
    });

    it('approves late: the delivery is held until then', async () => {
      const { config, body } = await slowCharge(priceOf('late'), 'late');
      expect((await deliver(server, body)).body.error_code).to.equal(null);
      expect(await chargesOf(server, config)).to.have.length(1);
    });
  });

  describe('a processor that does not answer within the patience of all deliveries', () => {
    it('makes the outcome unknown, and a verdict that comes later still counts', async () => {
      let release = () => {};
      const silent = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { processor } = silentProcessor(silent);
      await start({ clock: fastClock(SPEED * 5), processor });
      const config = await payinConfig(server);
      const body = chargeBody(config, { transaction_id: 'silent' });
      const told = await deliver(server, body);
      expect(told.body).to.include({ charge_id: null, error_code: 'OUTCOME_UNKNOWN' });
      const redial = await deliver(server, chargeBody(config, { transaction_id: 'silent-redial' }));
      expect(redial.body.error_code).to.be.oneOf(['PAYMENT_PENDING', 'OUTCOME_UNKNOWN']);
      const [payin] = ((await api(server, 'GET', '/v1/payins?transaction_id=silent')) as { results: object[] }).results;
      expect(payin).to.include({ status: 'PRESENTING' });

      release();
      await server.engine.background.idle();
      expect((await deliver(server, body)).body.error_code).to.equal(null);
      expect(server.log.entries('alarm').map(({ alarm }) => alarm)).to.deep.equal(['late_approval']);
    });
  });
});

/** An upstream that approves when it is released, and says nothing before. */
function silentProcessor(released: Promise<void>): { processor: Processor } {
  const checks = { authCode: null, avs: null, securityCode: null };
  const processor: Processor = {
    name: 'silent',
    sandbox: true,
    tenders: ['card', 'bank_account'],
    requires: { securityCode: false, postalCode: false, accountHolder: false },
    absence: 'unproven',
    async charge({ chargeableId, account, money }) {
      await released;
      return { kind: 'approved', chargeableId, account, money, checks, token: null, reference: null };
    },
    async tokenize({ chargeableId, account }) {
      await released;
      return { kind: 'approved', chargeableId, account, money: null, checks, token: null, reference: null };
    },
    capture: async () => ({ kind: 'unknown' }),
    reverse: async () => ({ kind: 'unknown' }),
    lookup: async () => ({ kind: 'open' }),
    settled: async () => false,
    settlesAfterMs: null,
    ping: async () => {},
    close: async () => {},
  };
  return { processor };
}
