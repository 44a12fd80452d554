/** Charges by our own API: every way in which one ends, and what a repeat is told. */
import { expect } from 'chai';
import { CARDS, OUTCOMES } from '../../../src/processors/sandbox/outcomes.ts';
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
} from '../../support/api.ts';
import { type ServerParts, startServer, type TestServer } from '../../support/server.ts';
import { eachStore } from '../../support/stores.ts';
import { chargesOf } from '../../support/twilio.ts';

eachStore('The API of payins', (stores) => {
  let server: TestServer;
  let admin: Client;
  let connector: Client;

  const start = async (parts: Omit<ServerParts, 'store'> = {}) => {
    await server?.close();
    server = await startServer({ store: stores.store(), ...parts });
    admin = clientOf(server);
    connector = clientOf(server, server.connectorKey);
  };
  before(() => start());
  after(() => server.close());

  const newConfig = (changes?: object) => newPayinConfig(server, changes);
  const pay = (body: object) => connector.post<Payin>('/v1/payins', body);
  const refused = async (body: object, status: number, code: string, field?: string | null) =>
    expectRefusal(await connector.send('POST', '/v1/payins', body), status, code, field);

  describe('a charge', () => {
    it('of a card is PROCESSING, shown whole to the key that may only create', async () => {
      const config = await newConfig({ metadata: { order: 'A-17' }, method_metadata: { kept: true } });
      const payin = await pay(cardPayin(config));
      expect(payin).to.deep.include({
        payin_config_id: config,
        merchant_id: server.account.merchant.id,
        status: 'PROCESSING',
        amount: 1000,
        currency_code: 'USD',
        authorized_amount: 1000,
        captured_amount: 1000,
        refundable_amount: 1000,
        refusal_code: null,
        method_type: 'CARD',
        card: { type: null, brand: 'VISA', brand_desc: 'Visa', last_4: '1111', exp_month: 12, exp_year: 2030 },
        ach: null,
        avs_result_code: 'Y',
        cvc_result_code: 'M',
        metadata: { order: 'A-17' },
        method_metadata: { kept: true },
        source: 'API_DIRECT',
        transaction_id: null,
        expected_deposit_date: null,
      });
      expect(payin.billing_contact).to.include({ name: 'Jane Smith', postal_code: '30305', city: null });
      expect(payin.confirmation_code).to.match(/^[234679FKLMRW]{8}$/);
      expect(await admin.get(`/v1/payins/${payin.payin_id}`)).to.deep.equal(payin);
      expectRefusal(await connector.send('GET', `/v1/payins/${payin.payin_id}`), 403, 'AuthForbidden');
    });

    it('of a bank account is PROCESSING, a personal checking account where it does not say', async () => {
      const payin = await pay(
        bankPayin(await newConfig(), { account_type: undefined, account_holder_type: undefined }),
      );
      expect(payin).to.deep.include({
        status: 'PROCESSING',
        method_type: 'ACH',
        card: null,
        ach: {
          account_number_last_4: '5678',
          routing_number: '091000019',
          bank_name: null,
          account_type: 'CHECKING',
          account_holder_type: 'PERSONAL',
        },
      });
    });

    for (const { number, outcome } of CARDS.filter((row) => OUTCOMES[row.outcome].answer !== 'approved')) {
      const code = OUTCOMES[outcome].answer;
      it(`that is declined with ${code} (${outcome}) is a FAILED payin`, async () => {
        const payin = await pay(cardPayin(await newConfig(), { card_number: number }));
        expect(payin).to.include({
          status: 'FAILED',
          refusal_code: code,
          detailed_refusal_code: code,
          authorized_amount: 0,
          refundable_amount: 0,
          non_refundable_reason_code: 'FAILED',
          confirmation_code: null,
        });
        expect(payin.refusal_desc?.toUpperCase().replaceAll(' ', '_')).to.equal(code);
        expect(await admin.get(`/v1/payins/${payin.payin_id}`)).to.deep.equal(payin);
      });
    }

    it('shows brands that the contract does not know as OTHER', async () => {
      const brands = {
        '3566002020360505': 'OTHER',
        '378282246310005': 'AMERICAN_EXPRESS',
        '6011111111111117': 'DISCOVER',
      };
      for (const [card_number, brand] of Object.entries(brands)) {
        const cvc = brand === 'AMERICAN_EXPRESS' ? '1234' : '123';
        expect((await pay(cardPayin(await newConfig(), { card_number, cvc }))).card?.brand).to.equal(brand);
      }
    });

    it('takes a security code as text or as a number, which has lost its zeros, or none', async () => {
      for (const cvc of ['012', 12, 0, null, undefined]) {
        const payin = await connector.send(
          'POST',
          '/v1/payins',
          cardPayin(await newConfig(), { cvc: cvc ?? undefined }),
        );
        expect(payin.status, String(cvc)).to.equal(200);
      }
      const amex = cardPayin(await newConfig(), { card_number: '378282246310005', cvc: 12 });
      expect((await pay(amex)).status).to.equal('PROCESSING');
      await refused(cardPayin(await newConfig(), { cvc: 1234 }), 400, 'INVALID_SECURITY_CODE', 'card.cvc');
      const required = await newConfig({ require_security_code: true });
      await refused(cardPayin(required, { cvc: undefined }), 400, 'INVALID_SECURITY_CODE', 'card.cvc');
    });
  });

  describe('a refusal', () => {
    const TAKEN = { card_number: '4111111111111112' };

    it('has a code of its own for each rule, names the field, and leaves no payin', async () => {
      const config = await newConfig();
      const cards: readonly (readonly [object, string, string])[] = [
        [TAKEN, 'INVALID_CARD_NUMBER', 'card.card_number'],
        [{ exp_year: 2020 }, 'INVALID_EXPIRY', 'card.exp_year'],
        [{ exp_year: 2099 }, 'INVALID_EXPIRY', 'card.exp_year'],
        [{ cvc: '1234' }, 'INVALID_SECURITY_CODE', 'card.cvc'],
      ];
      for (const [card, code, field] of cards) await refused(cardPayin(config, card), 400, code, field);
      const banks: readonly (readonly [object, string, string])[] = [
        [{ routing_number: '091000018' }, 'INVALID_ROUTING_NUMBER', 'ach.routing_number'],
        [{ account_number: '123' }, 'INVALID_ACCOUNT_NUMBER', 'ach.account_number'],
      ];
      for (const [ach, code, field] of banks) await refused(bankPayin(config, ach), 400, code, field);
      const nobody = { ...bankPayin(config), billing_contact: { name: '' } };
      await refused(nobody, 400, 'ACCOUNT_HOLDER_REQUIRED', 'billing_contact.name');
      const note = { ...cardPayin(config), billing_contact: { name: '4111 1111 1111 1111' } };
      await refused(note, 400, 'CARD_DATA_IN_TEXT', 'billing_contact');
      await refused(cardPayin('cfg_unknown'), 400, 'PAYIN_CONFIG_NOT_FOUND', 'payin_config_id');

      const listed = await admin.get<Page<Payin>>('/v1/payins');
      expect(listed.results.filter((payin) => payin.payin_config_id === config)).to.deep.equal([]);
      expect(await chargesOf(server, config)).to.deep.equal([]);
    });

    it('follows from what the config accepts', async () => {
      const cardOnly = await newConfig({ accepted_tenders: ['CARD'], accepted_brands: ['MASTERCARD'] });
      await refused(bankPayin(cardOnly), 400, 'TENDER_NOT_ACCEPTED', 'method_type');
      await refused(cardPayin(cardOnly), 400, 'BRAND_NOT_ACCEPTED', 'card.card_number');
      expect((await pay(cardPayin(cardOnly, { card_number: '5555555555554444' }))).status).to.equal('PROCESSING');
      const local = { ...cardPayin(await newConfig({ require_postal_code: true })), billing_contact: {} };
      await refused(local, 400, 'INVALID_POSTAL_CODE', 'billing_contact.postal_code');
      const late = await newConfig({ expires_at: '2020-01-01T00:00:00Z' });
      await refused(cardPayin(late), 400, 'PAYIN_CONFIG_EXPIRED', 'payin_config_id');
    });

    it('of a request that does not have its form names the field of the schema', async () => {
      const config = await newConfig();
      const { card, ...cardless } = cardPayin(config);
      const { ach, ...accountless } = bankPayin(config);
      await refused(cardless, 400, 'RequestBody', 'card');
      await refused(accountless, 400, 'RequestBody', 'ach');
      await refused({ ...cardPayin(config), method_type: 'CHEQUE' }, 400, 'RequestBody', 'method_type');
      await refused({ method_type: 'CARD' }, 400, 'RequestBody', 'payin_config_id');
      for (const [changes, field] of [
        [{ card_number: '4111 1111 1111 1111' }, 'card_number'],
        [{ card_number: 4111111111111111 }, 'card_number'],
        [{ card_number: null }, 'card_number'],
        [{ card_number: undefined }, 'card_number'],
        [{ exp_month: '12' }, 'exp_month'],
        [{ exp_month: 13 }, 'exp_month'],
        [{ exp_year: 30 }, 'exp_year'],
        [{ cvc: '12a' }, 'cvc'],
        [{ cvc: -1 }, 'cvc'],
      ] as const) {
        await refused(cardPayin(config, changes), 400, 'RequestBody', `card.${field}`);
      }
      for (const body of [[], 'text', 7, null]) await refused({ body }, 400, 'RequestBody', 'payin_config_id');
    });

    it('comes when a limit is reached', async () => {
      await start({ settings: { maxAttemptsPerConfig: 2 } });
      const config = await newConfig();
      for (const card_number of [DECLINED_VISA, '4000000000009995']) await pay(cardPayin(config, { card_number }));
      await refused(cardPayin(config), 429, 'TOO_MANY_ATTEMPTS');
    });
  });

  describe('a repeat', () => {
    it('with the same card is the same payin, also from fifty at once', async () => {
      const config = await newConfig();
      const all = await Promise.all(Array.from({ length: 50 }, () => pay(cardPayin(config))));
      expect(new Set(all.map((payin) => payin.payin_id)).size).to.equal(1);
      expect(await pay(cardPayin(config))).to.deep.equal(all[0]);
      expect(await chargesOf(server, config)).to.have.length(1);
    });

    it('with another card after an approval is refused', async () => {
      const config = await newConfig();
      await pay(cardPayin(config));
      const other = cardPayin(config, { card_number: '5555555555554444' });
      await refused(other, 400, 'PAYIN_CONFIG_USED', 'payin_config_id');
      expect(await chargesOf(server, config)).to.have.length(1);
    });

    it('with another card after a decline is a payin of its own', async () => {
      const config = await newConfig();
      const failed = await pay(cardPayin(config, { card_number: DECLINED_VISA }));
      const paid = await pay(cardPayin(config));
      expect([failed.status, paid.status]).to.deep.equal(['FAILED', 'PROCESSING']);
      expect(failed.payin_id).not.to.equal(paid.payin_id);
      expect(failed.payment_method_id).not.to.equal(paid.payment_method_id);
    });

    it('is refused at once to a key that was disabled meanwhile', async () => {
      const config = await newConfig();
      const statements = [{ permissions: ['payin:create'], constraints: {} }];
      const body = { platform_id: server.account.platform.id, statements };
      const key = await admin.post<{ api_key: string; api_key_id: string }>('/v1/api_keys', body);
      const user = clientOf(server, key.api_key);
      await user.post('/v1/payins', cardPayin(config));
      await admin.send('POST', `/v1/api_keys/${key.api_key_id}/disable`);
      expectRefusal(await user.send('POST', '/v1/payins', cardPayin(config)), 401, 'AuthUnauthorized');
    });
  });
});
