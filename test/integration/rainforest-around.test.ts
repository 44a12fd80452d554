/**
 * Rainforest on the wire: what goes before a payment and what follows it, the config that it goes through, its capture and
 * its reversals.
 */
import { expect } from 'chai';
import type nock from 'nock';
import { systemClock } from '../../src/core/clock.ts';
import type { CaptureOrder, ChargeOrder, Processor, UpstreamOrder } from '../../src/core/processor.ts';
import { Secret } from '../../src/core/secret.ts';
import { openRainforest } from '../../src/processors/rainforest/open.ts';
import { CONFIG_KEY, MERCHANT, PAYIN_KEY, PLATFORM } from '../support/fake-rainforest.ts';
import { reverseOrder, sentBy, tokenizeOrder, upstreamOrder, usd } from '../support/orders.ts';
import {
  by,
  complaints,
  failure,
  PAYIN,
  PAYIN_SHOWN,
  payinShows,
  success,
  UPSTREAM,
  useWire,
} from '../support/rainforest-wire.ts';

describe('Around a payment on the wire of Rainforest', () => {
  let processor: Processor;
  let order: ChargeOrder;
  useWire((given, fresh) => {
    processor = given;
    order = fresh;
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
      const complaint = { kind: 'credentials_refused', setting: 'RAINFOREST_CONFIG_KEY', account: null };
      expect(complaints).to.deep.equal([complaint]);
    });

    it('is refused in the place of one that is used up: it would charge a second time', async () => {
      expect(await prepare({ closed: UPSTREAM })).to.deep.equal(REFUSED);
    });

    it('for nobody, without an account or RAINFOREST_MERCHANT_ID, is a complaint and not refused', async () => {
      const nobodys = openRainforest(
        {
          environment: 'sandbox',
          configKey: new Secret(CONFIG_KEY),
          payinKey: new Secret(PAYIN_KEY),
          platformId: PLATFORM,
          merchantId: null,
          url: null,
        },
        systemClock,
        (complaint) => complaints.push(complaint),
      );
      expect(await nobodys?.prepare?.(upstreamOrder(order))).to.deep.equal({ kind: 'unavailable' });
      await nobodys?.close();
      const complaint = { kind: 'setting_missing', setting: 'RAINFOREST_MERCHANT_ID', account: null };
      expect(complaints).to.deep.equal([complaint]);
    });

    it('of production is not taken in the sandbox', async () => {
      made(200, success({ ...shown, payin_config_id: 'cfg_live' }));
      expect(await prepare()).to.deep.equal(REFUSED);
    });

    const misfits: Readonly<Record<string, object>> = {
      'of another merchant': { merchant_id: 'sbx_mid_other' },
      'of another amount': { amount: 1001 },
      'of another currency': { currency_code: 'CAD' },
      'of another mode': { processing_mode: 'AUTHORIZE' },
      'that takes less': { allow_partial_authorization: true },
      'that is another': { payin_config_id: 'sbx_cfg_other' },
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

    it('that is answered with another payin is not taken for this one', async () => {
      answered(200, success({ ...captured, payin_id: 'sbx_pyi_other' }));
      expect(await processor.capture(captureOf())).to.include({ kind: 'approved', chargeableId: 'sbx_pyi_other' });
      answered(400, failure('RequestBody', 'amount'));
      payinShows({ payin_id: 'sbx_pyi_other', status: 'AUTHORIZED' });
      expect(await processor.capture(captureOf())).to.deep.equal({ kind: 'unknown' });
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

    it('that is declined of another payin is not declined', async () => {
      const answer = success({ ...told, payin_id: 'sbx_pyi_other', refund_status: 'FAILED', refusal_code: 'DECLINED' });
      by(PAYIN_KEY).post(`/v1/payins/${PAYIN}/void_or_refund`).reply(200, answer);
      expect(await processor.reverse(refund())).to.deep.equal({ kind: 'unknown' });
    });

    it('as a void is not sent where another payin is shown', async () => {
      payinShows({ payin_id: 'sbx_pyi_other' });
      expect(await processor.reverse({ ...refund(), kind: 'void' })).to.deep.equal({ kind: 'not_sent' });
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
