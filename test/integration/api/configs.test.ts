/** Payin configs and payment method configs: what they keep, what they refuse, and that a repeat makes no second one. */
import { expect } from 'chai';
import {
  type Client,
  cardPayin,
  clientOf,
  expectRefusal,
  type Payin,
  type PayinConfig,
  type PaymentMethod,
  type PaymentMethodConfig,
  payinConfigBody,
  paymentMethodConfigBody,
} from '../../support/api.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { eachStore } from '../../support/stores.ts';

const CONTACT = {
  name: 'Jane Smith',
  address_line_1: '3423 Piedmont Rd',
  city: 'Atlanta',
  state: 'GA',
  postal_code: '30305',
  country: 'US',
  email: 'janesmith@example.com',
};
const CONTACT_SHOWN = { ...CONTACT, address_line_2: null, phone: null };

eachStore('The API of configs', (stores) => {
  let server: TestServer;
  let admin: Client;
  let platform: string;
  let merchant: string;

  before(async () => {
    server = await startServer({ store: stores.store() });
    admin = clientOf(server);
    platform = server.account.platform.id;
    merchant = server.account.merchant.id;
  });
  after(() => server.close());

  const configOf = (changes: object = {}) => payinConfigBody(merchant, changes);
  const refused = async (changes: object, status: number, code: string, field?: string | null) =>
    expectRefusal(await admin.send('POST', '/v1/payin_configs', configOf(changes)), status, code, field);

  describe('a payin config', () => {
    it('keeps what it was made with, and reads the same again', async () => {
      const body = configOf({
        billing_contact: CONTACT,
        metadata: { order: { id: 'A-17' }, channel: 'ivr' },
        method_metadata: { wallet: 1 },
        expires_at: '2031-02-03T04:05:06+01:00',
        accepted_tenders: ['CARD'],
        accepted_brands: ['VISA', 'DINERS_CLUB'],
        require_postal_code: true,
        require_security_code: true,
        unheard_of: { ignored: true },
      });
      const made = await admin.post<PayinConfig>('/v1/payin_configs', body);
      expect(made).to.deep.include({
        merchant_id: merchant,
        merchant: { id: merchant, name: 'Test merchant', dba_name: null },
        amount: 1000,
        currency_code: 'USD',
        idempotency_key: body.idempotency_key,
        billing_contact: CONTACT_SHOWN,
        metadata: { order: { id: 'A-17' }, channel: 'ivr' },
        method_metadata: { wallet: 1 },
        payin: null,
        expires_at: '2031-02-03T03:05:06.000Z',
        accepted_tenders: ['CARD'],
        accepted_brands: ['VISA', 'DINERS_CLUB'],
        require_postal_code: true,
        require_security_code: true,
      });
      expect(await admin.get(`/v1/payin_configs/${made.payin_config_id}`)).to.deep.equal(made);
      expect(JSON.stringify(made)).not.to.contain('unheard_of');
    });

    it('accepts everything where it does not say', async () => {
      const made = await admin.post<PayinConfig>('/v1/payin_configs', configOf());
      expect(made.accepted_tenders).to.deep.equal(['CARD', 'ACH']);
      expect(made.accepted_brands).to.have.length(8);
      expect(made).to.include({ expires_at: null, require_postal_code: false, require_security_code: false });
    });

    it('names the payin once one was paid, and not after a decline', async () => {
      const { payin_config_id: id } = await admin.post<PayinConfig>('/v1/payin_configs', configOf());
      await admin.post('/v1/payins', cardPayin(id, { card_number: '4000000000000002' }));
      expect((await admin.get<PayinConfig>(`/v1/payin_configs/${id}`)).payin).to.equal(null);
      const { payin_id } = await admin.post<Payin>('/v1/payins', cardPayin(id));
      expect((await admin.get<PayinConfig>(`/v1/payin_configs/${id}`)).payin).to.deep.equal({ payin_id });
    });

    it('is made once under one idempotency key, by fifty requests at once too', async () => {
      const body = configOf({ metadata: { a: 1, b: 2 } });
      const same = { ...body, metadata: { b: 2, a: 1 } };
      const made = await Promise.all(
        Array.from({ length: 50 }, (_, i) => admin.post<PayinConfig>('/v1/payin_configs', i % 2 ? body : same)),
      );
      expect(new Set(made.map(({ payin_config_id }) => payin_config_id)).size).to.equal(1);
      const other = await admin.send('POST', '/v1/payin_configs', { ...body, amount: 1001 });
      expectRefusal(other, 409, 'CONFLICT', 'idempotency_key');
      const kept = await admin.get<PayinConfig>(`/v1/payin_configs/${made[0]?.payin_config_id}`);
      expect(kept.amount).to.equal(1000);
    });

    it('refuses what is not of its form, by the name of the field', async () => {
      for (const amount of [0, -1, 10.5, '1000', null, 9_007_199_254_740_992]) {
        await refused({ amount }, 400, 'RequestBody', 'amount');
      }
      for (const currency_code of ['usd', 'US', 'XYZ', 840, null]) {
        await refused({ currency_code }, 400, 'RequestBody', 'currency_code');
      }
      await refused({ currency_code: 'EUR' }, 400, 'CURRENCY_NOT_ENABLED', 'currency_code');
      await refused({ idempotency_key: '' }, 400, 'RequestBody', 'idempotency_key');
      await refused({ idempotency_key: 'x'.repeat(256) }, 400, 'RequestBody', 'idempotency_key');
      await refused({ merchant_id: { $ne: null } }, 400, 'RequestBody', 'merchant_id');
      await refused({ billing_contact: { name: 5 } }, 400, 'RequestBody', 'billing_contact.name');
      await refused({ billing_contact: { country: 'USA' } }, 400, 'RequestBody', 'billing_contact.country');
      await refused({ billing_contact: { postal_code: '1'.repeat(16) } }, 400, 'RequestBody');
      await refused({ accepted_tenders: [] }, 400, 'RequestBody', 'accepted_tenders');
      await refused({ accepted_brands: ['ELO'] }, 400, 'RequestBody', 'accepted_brands');
      await refused({ require_postal_code: 'yes' }, 400, 'RequestBody', 'require_postal_code');
      for (const expires_at of ['tomorrow', '2031-02-30T00:00:00Z', '2031-01-01', 1_900_000_000]) {
        await refused({ expires_at }, 400, 'RequestBody', 'expires_at');
      }
      await refused({ metadata: 'text' }, 400, 'RequestBody', 'metadata');
      await refused({ metadata: { note: 'x'.repeat(8_200) } }, 400, 'RequestBody', 'metadata');
      await refused({ metadata: { note: 'paid with 4111-1111-1111-1111' } }, 400, 'CARD_DATA_IN_TEXT', 'metadata');
    });

    it('echoes nothing of what it refuses', async () => {
      const canary = 'zebra-crossing';
      for (const changes of [{ [canary]: 1, amount: canary }, { metadata: canary }, { merchant_id: canary }]) {
        const { text, status } = await admin.send('POST', '/v1/payin_configs', configOf(changes));
        expect(status).to.equal(400);
        expect(text).not.to.contain(canary);
      }
    });

    it('needs the permission to make it', async () => {
      const connector = clientOf(server, server.connectorKey);
      expectRefusal(await connector.send('POST', '/v1/payin_configs', configOf()), 403, 'AuthForbidden');
      const { payin_config_id } = await admin.post<PayinConfig>('/v1/payin_configs', configOf());
      expectRefusal(await connector.send('GET', `/v1/payin_configs/${payin_config_id}`), 403, 'AuthForbidden');
    });
  });

  describe('a payment method config', () => {
    it('keeps what it was made with, and names the method once one is stored', async () => {
      const body = paymentMethodConfigBody(platform, {
        billable_merchant_id: merchant,
        billing_contact: CONTACT,
        metadata: { customer: 'C-1' },
      });
      const made = await admin.post<PaymentMethodConfig>('/v1/payment_method_configs', body);
      expect(made).to.deep.include({
        platform_id: platform,
        platform: { platform_id: platform, name: 'Test platform' },
        billable_merchant_id: merchant,
        billing_contact: CONTACT_SHOWN,
        metadata: { customer: 'C-1' },
        payment_method: null,
      });
      const id = made.payment_method_config_id;
      expect(await admin.get(`/v1/payment_method_configs/${id}`)).to.deep.equal(made);

      const { payin_config_id, ...tender } = cardPayin('');
      const { payment_method_id } = await admin.post<PaymentMethod>('/v1/payment_methods', {
        payment_method_config_id: id,
        ...tender,
      });
      const after = await admin.get<PaymentMethodConfig>(`/v1/payment_method_configs/${id}`);
      expect(after.payment_method).to.deep.equal({ payment_method_id });
    });

    it('is made once under one idempotency key', async () => {
      const body = paymentMethodConfigBody(platform);
      const [one, two] = await Promise.all(
        [body, body].map((same) => admin.post<PaymentMethodConfig>('/v1/payment_method_configs', same)),
      );
      expect(one).to.deep.equal(two);
      const other = await admin.send('POST', '/v1/payment_method_configs', { ...body, metadata: { other: true } });
      expectRefusal(other, 409, 'CONFLICT', 'idempotency_key');
    });

    it('refuses a merchant that is not there, and another platform', async () => {
      const ask = (body: object) => admin.send('POST', '/v1/payment_method_configs', body);
      for (const billable_merchant_id of ['mid_none', server.stranger.merchant.id]) {
        const reply = await ask(paymentMethodConfigBody(platform, { billable_merchant_id }));
        expectRefusal(reply, 400, 'MERCHANT_NOT_FOUND', 'billable_merchant_id');
      }
      expectRefusal(await ask(paymentMethodConfigBody(server.stranger.platform.id)), 403, 'AuthForbidden');
    });
  });
});
