/** `VAULT_PORT`: what carries tender data is served there, and there only; everything else is not. */
import { expect } from 'chai';
import { adapters } from '../../adapters/index.ts';
import { carriesTender } from '../../src/core/adapter.ts';
import { cardPayin } from '../support/api.ts';
import { CARTS, cardBody, newCart, openCart, PAYMENT_ID, payCart, setFees } from '../support/carts.ts';
import { exchange } from '../support/exchange.ts';
import { startMain } from '../support/process.ts';
import { basic } from '../support/refusals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase, type TestDatabase } from '../support/stores.ts';
import { chargeBody, payinConfig } from '../support/twilio.ts';

describe('A vault apart', () => {
  let database: TestDatabase;
  let server: TestServer;
  before(async () => {
    database = await createDatabase('sqlite');
    server = await startServer({ store: await database.open(), vaultApart: true });
    await setFees(server, { location: 'defaultIVRLocation' });
  });
  after(async () => {
    await server.close();
    await database.destroy();
  });

  const bearer = () => ({ authorization: `Bearer ${server.adminKey}` });
  /** 405 where the path has another method on that side. */
  const NOT_SERVED = [404, 405];

  const TENDER_ROUTES = adapters.flatMap(({ routes }) => routes.filter(carriesTender)).map(({ path }) => path);
  for (const path of [...TENDER_ROUTES, '/v1/payins', '/v1/payment_methods']) {
    it(`alone serves POST ${path}`, async () => {
      const target = path.replace(':cartId', '4ed4137c-3d89-44ad-92a1-c9f3e916f51e');
      const sent = { path: target, headers: { authorization: null }, body: {} };
      expect((await exchange(server.url, sent)).status).to.be.oneOf(NOT_SERVED);
      expect((await exchange(server.vaultUrl, sent)).status).to.equal(401);
    });
  }

  it('does not serve what carries none', async () => {
    for (const [method, path] of [
      ['POST', CARTS],
      ['POST', '/api/v1/pay/carts/voice'],
      ['GET', '/api/v1/pay/carts/4ed4137c-3d89-44ad-92a1-c9f3e916f51e'],
      ['GET', '/api/v1/pay/payments/Z8290409311'],
      ['POST', '/api/v1/oauth/token'],
      ['GET', '/v1/payins'],
      ['POST', '/v1/payin_configs'],
      ['POST', '/v1/payment_methods/x/payin'],
      ['GET', '/v1/merchants'],
    ] as const) {
      expect((await exchange(server.vaultUrl, { method, path, headers: bearer() })).status, path).to.be.oneOf(
        NOT_SERVED,
      );
      expect((await exchange(server.url, { method, path, headers: bearer() })).status, path).not.to.equal(405);
    }
  });

  it('says how it is on both sides', async () => {
    for (const url of [server.url, server.vaultUrl]) {
      for (const path of ['/livez', '/readyz']) {
        expect((await exchange(url, { method: 'GET', path })).status).to.equal(200);
      }
    }
  });

  it('takes the tender of a cart that was handed over outside', async () => {
    const cart = await newCart(server);
    const outside = { path: `${CARTS}/${cart}/payments/card`, headers: bearer(), body: cardBody() };
    expect((await exchange(server.url, outside)).status).to.be.oneOf(NOT_SERVED);
    expect((await payCart(server, cart)).body.paymentId).to.match(PAYMENT_ID);
    expect((await openCart(server)).status).to.equal(200);
  });

  it("takes the other providers' tenders, and those of /v1", async () => {
    const config = await payinConfig(server);
    const headers = { authorization: basic('api_key', server.connectorKey) };
    const sent = { path: '/vendor/twilio/pay_generic', headers, body: chargeBody(config) };
    expect((await exchange(server.url, sent)).status).to.equal(404);
    expect(JSON.parse((await exchange(server.vaultUrl, sent)).text).error_code).to.equal(null);
    const payin = { path: '/v1/payins', headers: bearer(), body: cardPayin(await payinConfig(server)) };
    expect((await exchange(server.url, payin)).status).to.equal(405);
    expect(JSON.parse((await exchange(server.vaultUrl, payin)).text).data.status).to.equal('PROCESSING');
  });
});

describe('VAULT_PORT', () => {
  it('opens a second port, which is closed with the first', async () => {
    const database = await createDatabase('sqlite');
    const main = await startMain({ STORE_URL: database.url, SECRET_KEY: 'only-for-tests-'.repeat(3), VAULT_PORT: '0' });
    try {
      const vault = /"vault_port":([0-9]+)/.exec(main.output())?.[1];
      const vaultUrl = `http://127.0.0.1:${vault}`;
      const payment = { path: '/v1/payins', body: {} };
      expect((await exchange(vaultUrl, payment)).status).to.equal(401);
      expect((await exchange(main.url, payment)).status).to.equal(405);
      await main.kill('SIGTERM');
      expect(main.process.exitCode).to.equal(0);
      const refused = await exchange(vaultUrl, payment).then(
        () => false,
        () => true,
      );
      expect(refused).to.equal(true);
    } finally {
      await main.kill('SIGKILL');
      await database.destroy();
    }
  });
});
