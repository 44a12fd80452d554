/**
 * Rainforest on the wire: what each order looks like there, by which key it goes, and what is made of every answer that it
 * documents and of what it does not.
 */
import { expect } from 'chai';
import nock from 'nock';
import { systemClock } from '../../src/core/clock.ts';
import { DECLINE_CODES } from '../../src/core/errors.ts';
import type { CaptureOrder, ChargeOrder, Processor, UpstreamOrder } from '../../src/core/processor.ts';
import { Secret } from '../../src/core/secret.ts';
import { openRainforest } from '../../src/processors/rainforest/open.ts';
import { CONFIG_KEY, MERCHANT, PAYIN_KEY, PLATFORM } from '../support/fake-rainforest.ts';
import {
  bankAccount,
  card,
  chargeOrder,
  reverseOrder,
  sentBy,
  tokenizeOrder,
  upstreamOrder,
  usd,
} from '../support/orders.ts';

const UPSTREAM = 'sbx_cfg_2A4d6U0tMyovzTbVT1ktmRzdRaD';
const PAYIN = 'sbx_pyi_2DrDKk5NIMbpuNGqm109SkpGDHh';
const METHOD = 'sbx_mtd_2DrDRpyAdp5MPUJnrJmoZcMmtfF';
const VISA = '4111111111111111';

const PAYIN_SHOWN = {
  payin_id: PAYIN,
  payin_config_id: UPSTREAM,
  merchant_id: MERCHANT,
  payment_method_id: METHOD,
  amount: 1000,
  currency_code: 'USD',
  is_partially_authorized: false,
  authorized_amount: 1000,
  captured_amount: 1000,
  status: 'PROCESSING',
  refusal_code: null,
  auth_code: 'A1B2C3',
  avs_result_code: 'Y',
  cvc_result_code: 'M',
  method_type: 'CARD',
  card: { brand: 'VISA', last_4: '1111', exp_month: 12, exp_year: 2030 },
  metadata: {},
  refunds: [],
  source: 'API_DIRECT',
};
const APPROVED = {
  kind: 'approved',
  account: null,
  money: usd('10.00'),
  checks: { authCode: 'A1B2C3', avs: 'Y', securityCode: 'M' },
  token: METHOD,
  reference: PAYIN,
};

const success = (data: object) => ({ status: 'SUCCESS', data, errors: null });
const failure = (code: string, field: string | null = null) => ({
  status: 'ERROR',
  data: null,
  errors: [{ field, code, message: 'No.' }],
});

describe('Rainforest on the wire', () => {
  let processor: Processor;
  let order: ChargeOrder;

  before(() => {
    const opened = openRainforest(
      {
        environment: 'sandbox',
        configKey: new Secret(CONFIG_KEY),
        payinKey: new Secret(PAYIN_KEY),
        platformId: PLATFORM,
        merchantId: MERCHANT,
        url: null,
      },
      systemClock,
    );
    if (opened === null) throw new Error('there are credentials');
    processor = opened;
  });
  after(() => processor.close());
  beforeEach(() => {
    order = chargeOrder({ upstream: UPSTREAM, tender: card(VISA) });
  });
  afterEach(() => {
    const left = nock.pendingMocks();
    nock.cleanAll();
    expect(left).to.deep.equal([]);
  });

  const by = (key: string) =>
    nock('https://api.sandbox.rainforestpay.com', {
      reqheaders: { authorization: `Bearer ${key}`, 'rainforest-api-version': '2024-10-16' },
    }).replyContentLength();

  const configShows = (payin: object | null) =>
    by(CONFIG_KEY)
      .get(`/v1/payin_configs/${UPSTREAM}`)
      .reply(200, success({ payin_config_id: UPSTREAM, payin }));
  const payinShows = (changes: object) =>
    by(PAYIN_KEY)
      .get(`/v1/payins/${PAYIN}`)
      .reply(200, success({ ...PAYIN_SHOWN, ...changes }));

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

  describe('a config', () => {
    const shown = {
      payin_config_id: UPSTREAM,
      merchant_id: MERCHANT,
      amount: 1000,
      currency_code: 'USD',
      processing_mode: 'AUTHORIZE_AND_CAPTURE',
      allow_partial_authorization: false,
      payin: null,
    };
    const prepare = (changes: Partial<UpstreamOrder> = {}) => processor.prepare?.(upstreamOrder(order, changes));
    const made = (status: number, body: nock.Body) => by(CONFIG_KEY).post('/v1/payin_configs').reply(status, body);
    const READY = { kind: 'ready', upstream: UPSTREAM };
    const REFUSED = { kind: 'refused' };

    it('is made with the id of ours as its key, and marked as a telephone order', async () => {
      const { chargeableId } = order;
      const body = {
        merchant_id: 'sbx_mid_own',
        idempotency_key: chargeableId,
        amount: 1000,
        currency_code: 'USD',
        processing_mode: 'AUTHORIZE',
        allow_partial_authorization: true,
        metadata: { tollbridge_chargeable_id: chargeableId, tollbridge_channel: 'telephone_order' },
      };
      by(CONFIG_KEY)
        .post('/v1/payin_configs', body)
        .reply(200, success({ ...shown, ...body }));
      expect(await prepare({ account: 'sbx_mid_own', mode: 'authorize', partial: true })).to.deep.equal(READY);
    });

    it('is asked for again when the answer was no word', async () => {
      made(503, failure('Other'));
      made(200, '{"status":"SUCC');
      made(200, success(shown));
      expect(await prepare()).to.deep.equal(READY);
    });

    it('is refused for good by a 400, and not now by keys that are not accepted', async () => {
      made(400, failure('RequestBody'));
      expect(await prepare()).to.deep.equal(REFUSED);
      made(401, failure('AuthUnauthorized'));
      expect(await prepare()).to.deep.equal({ kind: 'unavailable' });
    });

    it('is refused in the place of one that is used up: it would charge a second time', async () => {
      expect(await prepare({ closed: UPSTREAM })).to.deep.equal(REFUSED);
    });

    const misfits: Readonly<Record<string, object>> = {
      'of another merchant': { merchant_id: 'sbx_mid_other' },
      'of another amount': { amount: 1001 },
      'of another currency': { currency_code: 'CAD' },
      'of another mode': { processing_mode: 'AUTHORIZE' },
      'that takes less': { allow_partial_authorization: true },
      'that was used': { payin: { payin_id: PAYIN } },
      'of which it is not said whether it was used': { payin: undefined },
    };
    const given = (status: number, body: nock.Body) =>
      by(CONFIG_KEY).get(`/v1/payin_configs/${UPSTREAM}`).reply(status, body);
    for (const [what, changes] of Object.entries(misfits)) {
      it(`that the platform names is refused where it is one ${what}`, async () => {
        given(200, success({ ...shown, ...changes }));
        expect(await prepare({ given: UPSTREAM })).to.deep.equal(REFUSED);
      });
    }

    it('that the platform names is taken where it fits, and refused where there is none', async () => {
      given(200, success(shown));
      expect(await prepare({ given: UPSTREAM })).to.deep.equal(READY);
      given(404, failure('EntityNotFound'));
      expect(await prepare({ given: UPSTREAM })).to.deep.equal(REFUSED);
    });

    it('for a tokenize is of the platform', async () => {
      const keeping = tokenizeOrder();
      const body = {
        platform_id: PLATFORM,
        idempotency_key: keeping.chargeableId,
        metadata: { tollbridge_chargeable_id: keeping.chargeableId, tollbridge_channel: 'telephone_order' },
      };
      by(CONFIG_KEY)
        .post('/v1/payment_method_configs', body)
        .reply(200, success({ payment_method_config_id: 'sbx_pmc_1', platform_id: PLATFORM }));
      expect(await processor.prepare?.(upstreamOrder(keeping))).to.deep.equal({ kind: 'ready', upstream: 'sbx_pmc_1' });
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

  describe('a capture', () => {
    const captureOf = (): CaptureOrder => {
      const { attemptKey, chargeableId, account, payinId, deadline } = order;
      const about = { attemptKey, chargeableId, account, upstream: UPSTREAM, payinId, deadline };
      return { ...about, reference: PAYIN, money: usd('4.00'), captureKey: 'capture-1' };
    };
    const mark = { tollbridge_capture_id: 'capture-1' };
    const captured = { ...PAYIN_SHOWN, captured_amount: 400, metadata: { order: 7, ...mark } };
    const answered = (status: number, body: nock.Body) =>
      by(PAYIN_KEY).post(`/v1/payins/${PAYIN}/capture`, { amount: 400, metadata: mark }).reply(status, body);
    const sent = () => ({
      ...sentBy(order),
      kind: 'capture' as const,
      key: 'capture-1',
      charge: { key: order.attemptKey, reference: PAYIN },
    });

    it('names its amount and its key, and says how much was captured', async () => {
      answered(200, success(captured));
      const outcome = await processor.capture(captureOf());
      expect(outcome).to.deep.include({ kind: 'approved', money: usd('4.00'), token: null, reference: PAYIN });
    });

    it('is found by its key; another in its place closes it', async () => {
      payinShows(captured);
      expect(await processor.lookup(sent())).to.deep.include({ kind: 'approved', money: usd('4.00') });
      payinShows({ ...captured, metadata: { tollbridge_capture_id: 'capture-2' } });
      expect(await processor.lookup(sent())).to.deep.equal({ kind: 'closed' });
      payinShows({ status: 'AUTHORIZED' });
      expect(await processor.lookup(sent())).to.deep.equal({ kind: 'absent' });
      payinShows({ status: 'FAILED', refusal_code: 'AUTHORIZATION_EXPIRED' });
      expect(await processor.lookup(sent())).to.include({ kind: 'declined', code: 'AUTHORIZATION_EXPIRED' });
    });

    it('that is refused was not sent while the payin is still authorized', async () => {
      answered(400, failure('RequestBody', 'amount'));
      payinShows({ status: 'AUTHORIZED' });
      expect(await processor.capture(captureOf())).to.deep.equal({ kind: 'not_sent' });
    });
  });

  describe('a reversal', () => {
    const refund = () => reverseOrder(order, { reference: PAYIN, money: usd('4.00') });
    const told = {
      type: 'REFUND',
      payin_id: PAYIN,
      merchant_id: MERCHANT,
      refund_id: 'sbx_rfd_1',
      refund_status: 'PROCESSING',
      amount: 400,
      currency_code: 'USD',
      refusal_code: null,
      auth_code: 'B2',
    };

    it('goes under its own key, which stands in the metadata too, and is found by that', async () => {
      const wanted = refund();
      const metadata = { tollbridge_reversal_id: wanted.reversalKey };
      const body = { idempotency_key: wanted.reversalKey, amount: 400, reason: 'REQUESTED_BY_CUSTOMER', metadata };
      by(PAYIN_KEY).post(`/v1/payins/${PAYIN}/void_or_refund`, body).reply(200, success(told));
      const outcome = await processor.reverse(wanted);
      expect(outcome).to.deep.include({ kind: 'approved', money: usd('4.00'), reference: 'sbx_rfd_1' });
      const shown = { refund_id: 'sbx_rfd_1', amount: 400, currency_code: 'USD', status: 'SUCCEEDED', auth_code: 'B2' };
      payinShows({
        status: 'SUCCEEDED',
        refunds: [
          { ...shown, metadata: {} },
          { ...shown, metadata },
        ],
      });
      expect(await processor.lookup(sentBy(wanted))).to.deep.equal(outcome);
      payinShows({ status: 'SUCCEEDED', refunds: [{ ...shown, metadata: {} }] });
      expect(await processor.lookup(sentBy(wanted))).to.deep.equal({ kind: 'absent' });
    });

    const answers: readonly [object, string][] = [
      [{ refund_status: 'IN_REVIEW' }, 'unknown'],
      [{ refund_status: 'FAILED', refusal_code: 'DECLINED' }, 'declined'],
      [{ refund_status: 'NEW' }, 'unknown'],
      [{ type: 'VOID', refund_id: null, refund_status: null, payin_status: 'CANCELED' }, 'approved'],
      [{ type: 'VOID', refund_id: null, refund_status: null, payin_status: 'PROCESSING' }, 'unknown'],
    ];
    for (const [changes, kind] of answers) {
      it(`answered with ${JSON.stringify(changes)} is ${kind}`, async () => {
        const answer = success({ ...told, ...changes });
        by(PAYIN_KEY).post(`/v1/payins/${PAYIN}/void_or_refund`).reply(200, answer);
        expect((await processor.reverse(refund())).kind).to.equal(kind);
      });
    }

    it('of another payin than was asked for says so, for the engine to refuse it', async () => {
      const answer = success({ ...told, payin_id: 'sbx_pyi_other' });
      by(PAYIN_KEY).post(`/v1/payins/${PAYIN}/void_or_refund`).reply(200, answer);
      expect(await processor.reverse(refund())).to.include({ kind: 'approved', chargeableId: 'sbx_pyi_other' });
    });

    it('as a void of what has settled is declined, and nothing is sent: it would be a refund', async () => {
      payinShows({ status: 'SUCCEEDED' });
      expect((await processor.reverse({ ...refund(), kind: 'void' })).kind).to.equal('declined');
    });

    it('as a void is not sent while nobody says whether it has settled', async () => {
      by(PAYIN_KEY).get(`/v1/payins/${PAYIN}`).reply(503, failure('Other'));
      expect(await processor.reverse({ ...refund(), kind: 'void' })).to.deep.equal({ kind: 'not_sent' });
    });

    it('with a conflict is unknown: the first under the same key may be under way', async () => {
      by(PAYIN_KEY).post(`/v1/payins/${PAYIN}/void_or_refund`).reply(409, failure('Conflict'));
      expect(await processor.reverse(refund())).to.deep.equal({ kind: 'unknown' });
    });
  });
});
