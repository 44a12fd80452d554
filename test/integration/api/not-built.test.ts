/** What the contract has and we have not: 501 with a name, never a success that did less than was asked for. */
import { expect } from 'chai';
import { NOT_BUILT_ROUTES } from '../../../src/http/api/not-built.ts';
import {
  type Client,
  cardPayin,
  clientOf,
  expectRefusal,
  payinConfigBody,
  paymentMethodConfigBody,
} from '../../support/api.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { eachStore } from '../../support/stores.ts';

eachStore('What is not built', (stores) => {
  let server: TestServer;
  let admin: Client;

  before(async () => {
    server = await startServer({ store: stores.store() });
    admin = clientOf(server);
  });
  after(() => server.close());

  it('names its route, to whoever may ask at all', async () => {
    const nobody = clientOf(server, 'nobody');
    for (const [method, path] of NOT_BUILT_ROUTES) {
      const called = path.replaceAll(/\{\w+\}/g, 'any');
      expectRefusal(await admin.send(method, called), 501, 'NOT_BUILT', `${method} ${path}`);
      expectRefusal(await nobody.send(method, called), 401, 'AuthUnauthorized');
    }
  });

  it('names the field that would change money, and takes the values that ask for nothing', async () => {
    const ask = (changes: object) =>
      admin.send('POST', '/v1/payin_configs', payinConfigBody(server.account.merchant.id, changes));
    const split = { amount: 3, currency_code: 'USD', type: 'PLATFORM' };
    const asking: readonly object[] = [
      { amount_splits: [split] },
      { merchant_billing: { rate: 0, rate_cap: 0, fee: 30, currency_code: 'USD' } },
      { billing_fees_reversal_config: { on_full_refund: true, on_ach_return: false } },
      { level_2_3: { tax_amount: 100 } },
      { threeds_mode: 'ATTEMPT' },
      { device_signature_mode: 'ATTEMPT' },
      { ach_balance_check_mode: 'ATTEMPT' },
    ];
    for (const changes of asking) expectRefusal(await ask(changes), 501, 'NOT_BUILT', Object.keys(changes)[0]);
    const nothing = {
      amount_splits: [],
      billing_fees_reversal_config: { on_full_refund: false, on_ach_return: false },
      level_2_3: {},
      threeds_mode: 'NONE',
      device_signature_mode: 'NONE',
      ach_balance_check_mode: 'NONE',
    };
    expect((await ask(nothing)).status).to.equal(200);
    expect((await ask({ shipping_address: { city: 'Atlanta' }, allow_bin_lookup: true })).status).to.equal(200);
  });

  it('names a way to store that is not built', async () => {
    const platform = server.account.platform.id;
    const signed = paymentMethodConfigBody(platform, { device_signature_mode: 'ATTEMPT' });
    const reply = await admin.send('POST', '/v1/payment_method_configs', signed);
    expectRefusal(reply, 501, 'NOT_BUILT', 'device_signature_mode');
    const ask = (body: object) =>
      admin.send('POST', '/v1/payment_methods', { payment_method_config_id: 'pmc_any', ...body });
    expectRefusal(await ask({ payment_method_id: 'mtd_any' }), 501, 'NOT_BUILT', 'payment_method_id');
    expectRefusal(await ask({ method_type: 'APPLE_PAY' }), 501, 'NOT_BUILT', 'method_type');
  });

  it('is not mistaken for what is nowhere', async () => {
    for (const path of ['/v1', '/v1/nothing', '/v2/payins', '/v1/payins/a/b/c']) {
      expectRefusal(await admin.send('GET', path), 404, 'EntityNotFound');
    }
    expectRefusal(await admin.send('DELETE', '/v1/payins/any'), 405, 'METHOD_NOT_ALLOWED');
    expectRefusal(await admin.send('POST', '/v1/payins', cardPayin('cfg_any')), 400, 'PAYIN_CONFIG_NOT_FOUND');
  });
});
