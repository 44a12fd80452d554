/** Stored payment methods: stored, read, listed, charged again, taken out of use. */
import { expect } from 'chai';
import {
  bankPayin,
  type Client,
  cardPayin,
  clientOf,
  DECLINED_VISA,
  expectRefusal,
  newPayinConfig,
  type Page,
  type Payin,
  type PayinConfig,
  type PaymentMethod,
  type PaymentMethodConfig,
  payinConfigBody,
  paymentMethodConfigBody,
} from '../../support/api.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { eachStore } from '../../support/stores.ts';
import { chargesOf } from '../../support/twilio.ts';

eachStore('The API of payment methods', (stores) => {
  let server: TestServer;
  let admin: Client;
  let connector: Client;

  before(async () => {
    server = await startServer({ store: stores.store() });
    admin = clientOf(server);
    connector = clientOf(server, server.connectorKey);
  });
  after(() => server.close());

  const payinConfig = (changes?: object) => newPayinConfig(server, changes);
  async function methodConfig(changes: object = {}): Promise<string> {
    const body = paymentMethodConfigBody(server.account.platform.id, changes);
    return (await admin.post<PaymentMethodConfig>('/v1/payment_method_configs', body)).payment_method_config_id;
  }
  function methodBody(config: string, from: object = cardPayin('')) {
    const { payin_config_id: _config, ...tender } = { payin_config_id: '', ...from };
    return { payment_method_config_id: config, ...tender };
  }
  const store = async (from?: object, changes?: object) =>
    connector.post<PaymentMethod>('/v1/payment_methods', methodBody(await methodConfig(changes), from));
  const charge = (method: string, config: string) =>
    connector.post<Payin>(`/v1/payment_methods/${method}/payin`, { payin_config_id: config });
  const refusedCharge = async (method: string, config: string, status: number, code: string, field?: string) => {
    const reply = await connector.send('POST', `/v1/payment_methods/${method}/payin`, { payin_config_id: config });
    expectRefusal(reply, status, code, field);
  };

  describe('storing', () => {
    it('keeps a card without charging it', async () => {
      const config = await methodConfig({ metadata: { customer: 'C-1' } });
      const method = await connector.post<PaymentMethod>('/v1/payment_methods', methodBody(config));
      expect(method).to.deep.include({
        payment_method_config_id: config,
        status: 'ACTIVE',
        is_available: true,
        method_type: 'CARD',
        card: { type: null, brand: 'VISA', brand_desc: 'Visa', last_4: '1111', exp_month: 12, exp_year: 2030 },
        metadata: { customer: 'C-1' },
        merchant_id: null,
      });
      expect(method.billing_contact.postal_code).to.equal('30305');
      expect(await admin.get(`/v1/payment_methods/${method.payment_method_id}`)).to.deep.equal(method);
      expect(await chargesOf(server, config)).to.deep.equal([]);
    });

    it('keeps a bank account', async () => {
      const method = await store(bankPayin(''));
      expect(method.method_type).to.equal('ACH');
      expect(method.ach).to.include({ account_number_last_4: '5678', routing_number: '091000019' });
    });

    it('is repeated to the same method, by fifty requests at once too, and refused with another card', async () => {
      const config = await methodConfig();
      const all = await Promise.all(
        Array.from({ length: 50 }, () => connector.post<PaymentMethod>('/v1/payment_methods', methodBody(config))),
      );
      expect(new Set(all.map(({ payment_method_id }) => payment_method_id)).size).to.equal(1);
      const other = methodBody(config, cardPayin('', { card_number: '5555555555554444' }));
      const reply = await connector.send('POST', '/v1/payment_methods', other);
      expectRefusal(reply, 400, 'PAYMENT_METHOD_CONFIG_USED', 'payment_method_config_id');
    });

    it('is refused for what is wrong with it', async () => {
      const config = await methodConfig();
      const send = (body: object) => connector.send('POST', '/v1/payment_methods', body);
      const unknown = methodBody('pmc_unknown');
      expectRefusal(await send(unknown), 400, 'PAYMENT_METHOD_CONFIG_NOT_FOUND', 'payment_method_config_id');
      const other = methodBody(await payinConfig());
      expectRefusal(await send(other), 400, 'PAYMENT_METHOD_CONFIG_NOT_FOUND', 'payment_method_config_id');
      expectRefusal(await send({ payment_method_config_id: config }), 400, 'RequestBody', 'method_type');
      const wrong = methodBody(config, cardPayin('', { card_number: '4111111111111112' }));
      expectRefusal(await send(wrong), 400, 'INVALID_CARD_NUMBER', 'card.card_number');
    });
  });

  describe('charging a stored one', () => {
    it('is a payin like any other, once per config', async () => {
      const { payment_method_id: method } = await store();
      const config = await payinConfig({ amount: 700 });
      const payin = await charge(method, config);
      expect(payin).to.include({
        status: 'PROCESSING',
        amount: 700,
        source: 'API_STORED_PAYMENT_METHOD',
        payment_method_id: method,
      });
      expect(payin.card?.last_4).to.equal('1111');
      expect(await charge(method, config)).to.deep.equal(payin);
      expect(await chargesOf(server, config)).to.have.length(1);
      const { payment_method_id: another } = await store();
      await refusedCharge(another, config, 400, 'PAYIN_CONFIG_USED', 'payin_config_id');
      expect((await charge(method, await payinConfig())).payin_id).not.to.equal(payin.payin_id);
    });

    it('works with the method that a payin stored, and fails as the card does', async () => {
      const { payment_method_id: paid } = await connector.post<Payin>('/v1/payins', cardPayin(await payinConfig()));
      expect((await charge(paid, await payinConfig())).status).to.equal('PROCESSING');
      const { payment_method_id: poor } = await store(cardPayin('', { card_number: '4000000000009995' }));
      const failed = await charge(poor, await payinConfig());
      expect(failed).to.include({ status: 'FAILED', refusal_code: 'INSUFFICIENT_FUNDS' });
    });

    it('is refused where the method or the config is not fit for it', async () => {
      const { payment_method_id: method } = await store();
      await refusedCharge(method, 'cfg_unknown', 400, 'PAYIN_CONFIG_NOT_FOUND', 'payin_config_id');
      await refusedCharge(method, await payinConfig({ accepted_tenders: ['ACH'] }), 400, 'TENDER_NOT_ACCEPTED');
      await refusedCharge(method, await payinConfig({ accepted_brands: ['JCB'] }), 400, 'BRAND_NOT_ACCEPTED');
      for (const nowhere of ['mtd_none', `sbx_mtd_${'0'.repeat(27)}`]) {
        await refusedCharge(nowhere, await payinConfig(), 404, 'EntityNotFound');
      }
      const lost = cardPayin(await payinConfig(), { card_number: '4000000000009987' });
      const { payment_method_id: hard } = await connector.post<Payin>('/v1/payins', lost);
      expect((await admin.get<PaymentMethod>(`/v1/payment_methods/${hard}`)).status).to.equal('FAILED');
      await refusedCharge(hard, await payinConfig(), 400, 'PAYMENT_METHOD_NOT_AVAILABLE', 'payment_method_id');
    });
  });

  it('is taken out of use once, and refused from then on', async () => {
    const { payment_method_id: method } = await store();
    const paid = await payinConfig();
    const payin = await charge(method, paid);
    const at = `/v1/payment_methods/${method}/deactivate`;
    expect(await admin.post<PaymentMethod>(at)).to.include({ status: 'DEACTIVATED', is_available: false });
    expectRefusal(await admin.send('POST', at), 400, 'PAYMENT_METHOD_NOT_AVAILABLE', 'payment_method_id');
    await refusedCharge(method, await payinConfig(), 400, 'PAYMENT_METHOD_NOT_AVAILABLE', 'payment_method_id');
    expect(await charge(method, paid)).to.deep.equal(payin);
    expectRefusal(await connector.send('POST', at), 403, 'AuthForbidden');
  });

  it('are listed by every filter of the contract', async () => {
    const other = await admin.post<{ merchant_id: string }>('/v1/merchants', {
      platform_id: server.account.platform.id,
      name: 'Bills',
    });
    const mine = { billable_merchant_id: other.merchant_id, metadata: { list: { of: 'mine' } } };
    const card = await store(undefined, mine);
    const bank = await store(bankPayin(''), mine);
    const failed = await connector.post<Payin>(
      '/v1/payins',
      cardPayin(
        (await admin.post<PayinConfig>('/v1/payin_configs', payinConfigBody(other.merchant_id))).payin_config_id,
        { card_number: '4000000000000069' },
      ),
    );
    const soft = await connector.post<Payin>(
      '/v1/payins',
      cardPayin(
        (await admin.post<PayinConfig>('/v1/payin_configs', payinConfigBody(other.merchant_id))).payin_config_id,
        { card_number: DECLINED_VISA },
      ),
    );
    const list = (query: string) =>
      admin.get<Page<PaymentMethod>>(`/v1/payment_methods?billable_merchant_id=${other.merchant_id}&${query}`);
    const ids = async (query: string) => (await list(query)).results.map((method) => method.payment_method_id);
    const [a, b, c, d] = [card, bank, failed, soft].map((made) => made.payment_method_id);

    expect(await ids('')).to.have.members([a, b, c, d]);
    expect(await ids('method_type=ACH')).to.deep.equal([b]);
    expect(await ids('status=FAILED')).to.deep.equal([c]);
    expect(await ids('status=ACTIVE&status=REPLACED')).to.have.members([a, b, d]);
    expect(await ids('metadata[$.list.of]=mine')).to.have.members([a, b]);
    expect(await ids(`created_at.start=${card.created_at}`)).to.have.members([a, b, c, d]);
    expect(await ids('updated_at.end=2020-01-01T00:00:00Z')).to.deep.equal([]);
    for (const never of [
      'fingerprint=x',
      'replaced_at.start=2020-01-01T00:00:00Z',
      'replacement_disabled.end=2030-01-01T00:00:00Z',
    ]) {
      expect(await ids(never), never).to.deep.equal([]);
    }
    const all = await ids('sort_by=status&sort_order=asc');
    const page = await list('sort_by=status&sort_order=asc&limit=3');
    const rest = await ids(`sort_by=status&sort_order=asc&start_key=${page.last_key}`);
    expect([...page.results.map((method) => method.payment_method_id), ...rest]).to.deep.equal(all);
    expect((await list('limit=3')).total_results).to.equal(4);
    expectRefusal(await admin.send('GET', '/v1/payment_methods?status=PAID'), 400, 'RequestBody', 'status');
    expectRefusal(await admin.send('GET', '/v1/payment_methods?start_key=mtd_none'), 400, 'RequestBody', 'start_key');
  });
});
