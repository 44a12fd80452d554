/** Rainforest as nock plays it: one answer for each request, and none that a test expected may be left over. */
import { expect } from 'chai';
import nock from 'nock';
import { systemClock } from '../../src/core/clock.ts';
import type { ChargeOrder, Processor } from '../../src/core/processor.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Complaint } from '../../src/processors/complaint.ts';
import { openRainforest } from '../../src/processors/rainforest/open.ts';
import { CONFIG_KEY, MERCHANT, PAYIN_KEY, PLATFORM } from './fake-rainforest.ts';
import { card, chargeOrder, usd } from './orders.ts';
import { VISA } from './twilio.ts';

export const UPSTREAM = 'sbx_cfg_2A4d6U0tMyovzTbVT1ktmRzdRaD';
export const PAYIN = 'sbx_pyi_2DrDKk5NIMbpuNGqm109SkpGDHh';
export const METHOD = 'sbx_mtd_2DrDRpyAdp5MPUJnrJmoZcMmtfF';

export const PAYIN_SHOWN = {
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
export const APPROVED = {
  kind: 'approved',
  account: null,
  money: usd('10.00'),
  checks: { authCode: 'A1B2C3', avs: 'Y', securityCode: 'M' },
  token: METHOD,
  reference: PAYIN,
};

export const success = (data: object) => ({ status: 'SUCCESS', data, errors: null });
export const failure = (code: string, field: string | null = null) => ({
  status: 'ERROR',
  data: null,
  errors: [{ field, code, message: 'No.' }],
});

/** The next request by that key; the version is looked at, too. */
export const by = (key: string) =>
  nock('https://api.sandbox.rainforestpay.com', {
    reqheaders: { authorization: `Bearer ${key}`, 'rainforest-api-version': '2024-10-16' },
  }).replyContentLength();

export const configShows = (payin: object | null) =>
  by(CONFIG_KEY)
    .get(`/v1/payin_configs/${UPSTREAM}`)
    .reply(200, success({ payin_config_id: UPSTREAM, payin }));

export const payinShows = (changes: object) =>
  by(PAYIN_KEY)
    .get(`/v1/payins/${PAYIN}`)
    .reply(200, success({ ...PAYIN_SHOWN, ...changes }));

/** What only whoever runs the server can mend, of the test that runs. */
export const complaints: Complaint[] = [];

/** Call it in a `describe`: gives each test the processor, and an order that goes through `UPSTREAM`. */
export function useWire(give: (processor: Processor, order: ChargeOrder) => void): void {
  let processor: Processor;
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
      (complaint) => complaints.push(complaint),
    );
    if (opened === null) throw new Error('there are credentials');
    processor = opened;
  });
  after(() => processor.close());
  beforeEach(() => give(processor, chargeOrder({ upstream: UPSTREAM, tender: card(VISA) })));
  afterEach(() => {
    complaints.length = 0;
    const left = nock.pendingMocks();
    nock.cleanAll();
    expect(left).to.deep.equal([]);
  });
}
