/**
 * Rainforest on the wire: what a payment looks like there, by which key it goes, and what is made of every answer that it
 * documents and of what it does not.
 */
import { expect } from 'chai';
import type nock from 'nock';
import { DECLINE_CODES } from '../../src/core/errors.ts';
import type { ChargeOrder, Processor } from '../../src/core/processor.ts';
import { CONFIG_KEY, PAYIN_KEY } from '../support/fake-rainforest.ts';
import { bankAccount, card, sentBy, tokenizeOrder, usd } from '../support/orders.ts';
import {
  APPROVED,
  by,
  complaints,
  configShows,
  failure,
  METHOD,
  PAYIN,
  PAYIN_SHOWN,
  payinShows,
  success,
  UPSTREAM,
  useWire,
} from '../support/rainforest-wire.ts';
import { VISA } from '../support/twilio.ts';

describe('Rainforest on the wire', () => {
  let processor: Processor;
  let order: ChargeOrder;
  useWire((given, fresh) => {
    processor = given;
    order = fresh;
  });

  /** What a charge comes to that is answered so. */
  async function chargeAnswered(status: number, body: nock.Body, contentType = 'application/json') {
    by(PAYIN_KEY).post('/v1/payins').reply(status, body, { 'content-type': contentType });
    return processor.charge(order);
  }

  describe('a charge', () => {
    it('by a card sends what was keyed in, and the security code as text', async () => {
      const contact = { name: 'Test Caller', postal_code: '94107' };
      const body = {
        payin_config_id: UPSTREAM,
        method_type: 'CARD',
        card: { card_number: VISA, exp_month: 12, exp_year: 2030, cvc: '073' },
        billing_contact: contact,
      };
      by(PAYIN_KEY).post('/v1/payins', body).reply(200, success(PAYIN_SHOWN));
      const outcome = await processor.charge({ ...order, tender: card(VISA, '073'), billingContact: contact });
      expect(outcome).to.deep.equal({ ...APPROVED, chargeableId: order.chargeableId });
    });

    it('by a bank account sends its holder', async () => {
      const body = {
        payin_config_id: UPSTREAM,
        method_type: 'ACH',
        ach: {
          account_number: '000123456789',
          routing_number: '110000000',
          account_type: 'CHECKING',
          account_holder_type: 'PERSONAL',
        },
        billing_contact: { name: 'Test Caller' },
      };
      by(PAYIN_KEY)
        .post('/v1/payins', body)
        .reply(200, success({ ...PAYIN_SHOWN, auth_code: null }));
      const tender = bankAccount('000123456789', '110000000');
      expect((await processor.charge({ ...order, tender, billingContact: {} })).kind).to.equal('approved');
    });

    it('by a stored method sends the config alone', async () => {
      const path = `/v1/payment_methods/${METHOD}/payin`;
      by(PAYIN_KEY).post(path, { payin_config_id: UPSTREAM }).reply(200, success(PAYIN_SHOWN));
      expect((await processor.charge({ ...order, tender: { kind: 'stored', token: METHOD } })).kind).to.equal(
        'approved',
      );
    });

    it('by a stored method that is not available is declined', async () => {
      by(PAYIN_KEY).post(`/v1/payment_methods/${METHOD}/payin`).reply(400, failure('RequestBody', 'payment_method_id'));
      configShows(null);
      const outcome = await processor.charge({ ...order, tender: { kind: 'stored', token: METHOD } });
      expect(outcome).to.include({ kind: 'declined', code: 'UNEXPECTED_PAYIN_TOKEN' });
    });

    const statuses = {
      AUTHORIZED: 'approved',
      PROCESSING: 'approved',
      SUCCEEDED: 'approved',
      FAILED: 'declined',
      CANCELED: 'unknown',
      RETURNED: 'unknown',
      IN_REVIEW: 'unknown',
      CREATED: 'unknown',
      PRESENTING: 'unknown',
      SETTLED_SOMEHOW: 'unknown',
      toString: 'unknown',
      '': 'unknown',
    };
    for (const [status, kind] of Object.entries(statuses)) {
      it(`that is ${status || 'without a status'} is ${kind}`, async () => {
        expect((await chargeAnswered(200, success({ ...PAYIN_SHOWN, status }))).kind).to.equal(kind);
      });
    }

    for (const code of DECLINE_CODES) {
      it(`that FAILED with ${code} is declined so`, async () => {
        const failed = { ...PAYIN_SHOWN, status: 'FAILED', refusal_code: code };
        expect(await chargeAnswered(200, success(failed))).to.include({ kind: 'declined', code, token: METHOD });
      });
    }

    it('that FAILED with a code of tomorrow is declined without a reason', async () => {
      const failed = { ...PAYIN_SHOWN, status: 'FAILED', refusal_code: 'WRONG_MOON' };
      expect(await chargeAnswered(200, success(failed))).to.include({ kind: 'declined', code: 'DECLINED' });
    });

    it('with a refusal code and no status of failure is no decline', async () => {
      const odd = { ...PAYIN_SHOWN, status: 'IN_REVIEW', refusal_code: 'DECLINED' };
      expect(await chargeAnswered(200, success(odd))).to.deep.equal({ kind: 'unknown' });
    });

    it('that was authorized in part counts what was authorized', async () => {
      const part = { ...PAYIN_SHOWN, is_partially_authorized: true, authorized_amount: 400 };
      expect(await chargeAnswered(200, success(part))).to.deep.include({ kind: 'approved', money: usd('4.00') });
    });

    const mismatches: Readonly<Record<string, readonly [shown: object, told: object]>> = {
      'another config': [{ payin_config_id: 'sbx_cfg_other' }, { chargeableId: 'sbx_cfg_other' }],
      'a payin of production': [{ payin_id: 'pyi_live' }, { chargeableId: 'pyi_live' }],
      'no payin': [{ payin_id: null }, { chargeableId: 'null' }],
      'no config': [{ payin_config_id: null }, { chargeableId: 'null' }],
      'another merchant': [{ merchant_id: 'sbx_mid_other' }, { account: 'sbx_mid_other' }],
      'another amount': [{ amount: 999 }, { money: usd('9.99') }],
      'no amount': [{ amount: '1000' }, { money: null }],
      'another currency': [{ currency_code: 'CAD' }, { money: { amount: 1000, currency: 'CAD' } }],
    };
    for (const [what, [shown, told]] of Object.entries(mismatches)) {
      it(`whose answer names ${what} says so, for the engine to refuse it`, async () => {
        expect(await chargeAnswered(200, success({ ...PAYIN_SHOWN, ...shown }))).to.deep.include(told);
      });
    }

    it('whose answer declines another config, or another merchant, is no decline', async () => {
      for (const other of [{ payin_config_id: 'sbx_cfg_other' }, { merchant_id: 'sbx_mid_other' }]) {
        const failed = { ...PAYIN_SHOWN, status: 'FAILED', refusal_code: 'DECLINED', ...other };
        expect(await chargeAnswered(200, success(failed))).to.deep.equal({ kind: 'unknown' });
      }
    });

    const errors: readonly [number, nock.Body, string][] = [
      [401, failure('AuthUnauthorized'), 'not_sent'],
      [403, failure('AuthForbidden'), 'not_sent'],
      [404, failure('EntityNotFound'), 'not_sent'],
      [409, failure('Conflict'), 'unknown'],
      [422, failure('Other'), 'unknown'],
      [429, failure('Other'), 'unknown'],
      [500, failure('Other'), 'unknown'],
      [503, failure('Other'), 'unknown'],
      [401, { message: 'from a proxy' }, 'unknown'],
      [404, success(PAYIN_SHOWN), 'unknown'],
      [201, success(PAYIN_SHOWN), 'unknown'],
      [200, failure('RequestBody'), 'unknown'],
      [200, success([PAYIN_SHOWN]), 'unknown'],
      [200, 'null', 'unknown'],
      [200, '{"status":"SUCCESS","data":{"status":"PROC', 'unknown'],
      [302, success(PAYIN_SHOWN), 'unknown'],
    ];
    for (const [status, body, kind] of errors) {
      it(`answered with ${status} and ${JSON.stringify(body).slice(0, 50)} is ${kind}`, async () => {
        expect(await chargeAnswered(status, body)).to.deep.equal({ kind });
      });
    }

    for (const status of [401, 403]) {
      it(`refused for its key (${status}) is a complaint that names the setting`, async () => {
        await chargeAnswered(status, failure('AuthUnauthorized'));
        const complaint = { kind: 'credentials_refused', setting: 'RAINFOREST_PAYIN_KEY', account: null };
        expect(complaints).to.deep.equal([complaint]);
      });
    }

    it('answered with a page of HTML is unknown', async () => {
      expect(await chargeAnswered(200, '<h1>OK</h1>', 'text/html')).to.deep.equal({ kind: 'unknown' });
    });

    it('answered with 400 was not sent where the config is unused, and unknown where it is used or cannot be asked', async () => {
      configShows(null);
      expect(await chargeAnswered(400, failure('RequestBody'))).to.deep.equal({ kind: 'not_sent' });
      configShows({ payin_id: PAYIN });
      expect(await chargeAnswered(400, failure('RequestBody'))).to.deep.equal({ kind: 'unknown' });
      by(CONFIG_KEY).get(`/v1/payin_configs/${UPSTREAM}`).reply(503);
      expect(await chargeAnswered(400, failure('RequestBody'))).to.deep.equal({ kind: 'unknown' });
    });

    it('without a config upstream is not sent', async () => {
      expect(await processor.charge({ ...order, upstream: null })).to.deep.equal({ kind: 'not_sent' });
    });
  });

  describe('a tokenize', () => {
    const kept = { payment_method_id: METHOD, payment_method_config_id: 'sbx_pmc_1', merchant_id: null };
    const keep = (status: string) => {
      by(PAYIN_KEY)
        .post('/v1/payment_methods')
        .reply(200, success({ ...kept, status }));
      return processor.tokenize(tokenizeOrder({ upstream: 'sbx_pmc_1' }));
    };

    it('is approved when the method is ACTIVE, with its id as the token', async () => {
      expect(await keep('ACTIVE')).to.include({ kind: 'approved', money: null, token: METHOD });
    });

    it('is declined without a reason when it FAILED: the object has none', async () => {
      expect(await keep('FAILED')).to.include({ kind: 'declined', code: 'DECLINED' });
    });

    for (const status of ['CREATED', 'PRESENTING', 'DEACTIVATED', 'NEW']) {
      it(`is unknown when it is ${status}`, async () => expect(await keep(status)).to.deep.equal({ kind: 'unknown' }));
    }
  });

  describe('a look-up', () => {
    it('finds nothing where the config has no payin', async () => {
      configShows(null);
      expect(await processor.lookup(sentBy(order))).to.deep.equal({ kind: 'absent' });
    });

    const findings: readonly [string, object, string][] = [
      ['its own card', {}, 'approved'],
      ['its own card, taken back by others', { status: 'CANCELED' }, 'open'],
      ['its own card, in review', { status: 'IN_REVIEW' }, 'open'],
      ['another card', { card: { ...PAYIN_SHOWN.card, last_4: '4242' } }, 'closed'],
      ['another expiry', { card: { ...PAYIN_SHOWN.card, exp_year: 2031 } }, 'closed'],
      ['its own card under another brand', { card: { ...PAYIN_SHOWN.card, brand: 'OTHER' } }, 'approved'],
      ['another card, in review', { status: 'IN_REVIEW', card: { ...PAYIN_SHOWN.card, last_4: '4242' } }, 'open'],
      ['a wallet', { method_type: 'APPLE_PAY', card: null }, 'closed'],
      [
        'a stored card with a new number',
        { source: 'API_STORED_PAYMENT_METHOD', card: { ...PAYIN_SHOWN.card, last_4: '4242' } },
        'open',
      ],
    ];
    for (const [what, changes, kind] of findings) {
      it(`finds ${what}: ${kind}`, async () => {
        configShows({ payin_id: PAYIN });
        payinShows(changes);
        expect((await processor.lookup(sentBy(order))).kind).to.equal(kind);
      });
    }

    for (const [what, changes] of [
      ['approves', {}],
      ['declines', { status: 'FAILED', refusal_code: 'DECLINED' }],
      ['shows the card of', { card: { ...PAYIN_SHOWN.card, last_4: '4242' } }],
    ] as const) {
      it(`that ${what} another payin than was asked for is no word about this one`, async () => {
        configShows({ payin_id: PAYIN });
        payinShows({ payin_id: 'sbx_pyi_other', ...changes });
        const told = what === 'approves' ? { kind: 'approved', chargeableId: 'sbx_pyi_other' } : { kind: 'open' };
        expect(await processor.lookup(sentBy(order))).to.include(told);
      });
    }

    it('that shows another config, without a payin, does not say that there is none', async () => {
      by(CONFIG_KEY)
        .get(`/v1/payin_configs/${UPSTREAM}`)
        .reply(200, success({ payin_config_id: 'sbx_cfg_other', payin: null }));
      expect(await processor.lookup(sentBy(order))).to.deep.equal({ kind: 'unavailable' });
    });

    it('says that it cannot tell where it is not answered, or not with what it asked for', async () => {
      for (const [status, body] of [
        [503, failure('Other')],
        [404, failure('EntityNotFound')],
        [200, success({ payin_config_id: UPSTREAM })],
      ] as const) {
        by(CONFIG_KEY).get(`/v1/payin_configs/${UPSTREAM}`).reply(status, body);
        expect(await processor.lookup(sentBy(order)), String(status)).to.deep.equal({ kind: 'unavailable' });
      }
    });
  });
});
