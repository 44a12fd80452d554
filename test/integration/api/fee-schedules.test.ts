/** Fee schedules over `/v1`: set, replaced, read; whose a location is; and what is no schedule. */
import { expect } from 'chai';
import { type Client, clientOf, expectRefusal, type Merchant } from '../../support/api.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { eachStore } from '../../support/stores.ts';

eachStore('Fee schedules', (stores) => {
  let server: TestServer;
  let admin: Client;
  let path: string;
  before(async () => {
    server = await startServer({ store: stores.store() });
    admin = clientOf(server);
    path = `/v1/merchants/${server.account.merchant.id}/fee_schedule`;
  });
  after(() => server.close());

  const CARD = { fixed: 30, rate_percent: '2.35', least: 50, most: 1_000 };
  const put = (to: string, body: object) => admin.send('PUT', to, { currency_code: 'USD', ...body });

  it('are there once they were set, and replaced as a whole', async () => {
    expectRefusal(await admin.send('GET', path), 404, 'EntityNotFound');
    const made = await put(path, { fees: { CARD, ACH: { fixed: 25 } } });
    expect(made.status, made.text).to.equal(200);
    const { data } = JSON.parse(made.text);
    expect(data).to.deep.include({
      merchant_id: server.account.merchant.id,
      location: null,
      currency_code: 'USD',
      fees: { CARD, ACH: { fixed: 25, rate_percent: '0', least: 0, most: null } },
    });
    expect(await admin.get(path)).to.deep.equal(data);
    const replaced = JSON.parse((await put(path, { fees: { CARD: {}, ACH: null } })).text).data;
    expect(replaced.fees).to.deep.equal({ CARD: { fixed: 0, rate_percent: '0', least: 0, most: null }, ACH: null });
    expect(replaced.created_at).to.equal(data.created_at);
  });

  it('of a location are apart, whatever its name', async () => {
    for (const location of ['Main St. 5', 'a/b', 'Zoë Ω', '%', '__proto__']) {
      const own = `${path}/${encodeURIComponent(location)}`;
      expectRefusal(await admin.send('GET', own), 404, 'EntityNotFound');
      expect((await put(own, { fees: { CARD } })).status).to.equal(200);
      expect(await admin.get(own)).to.include({ location });
    }
  });

  it('make a location one merchant’s, for good', async () => {
    const { merchant_id } = await admin.post<Merchant>('/v1/merchants', {
      platform_id: server.account.platform.id,
      name: 'Second merchant',
    });
    const [mine, theirs] = [`${path}/shared`, `/v1/merchants/${merchant_id}/fee_schedule/shared`];
    const replies = await Promise.all([mine, theirs, mine, theirs].map((one) => put(one, { fees: { CARD } })));
    expect(new Set(replies.map(({ status }) => status))).to.deep.equal(new Set([200, 409]));
    const [first] = replies;
    expectRefusal(await put(first?.status === 200 ? theirs : mine, { fees: { CARD } }), 409, 'CONFLICT', 'location');
    expectRefusal(await admin.send('GET', first?.status === 200 ? theirs : mine), 404, 'EntityNotFound');
    const stranger = clientOf(server, server.stranger.adminKey.secret.reveal());
    const elsewhere = `/v1/merchants/${server.stranger.merchant.id}/fee_schedule/shared`;
    expect((await stranger.send('PUT', elsewhere, { currency_code: 'USD', fees: { CARD } })).status).to.equal(200);
  });

  it("of another's merchant are those of none", async () => {
    const stranger = clientOf(server, server.stranger.adminKey.secret.reveal());
    await put(path, { fees: { CARD } });
    for (const id of [server.account.merchant.id, `sbx_mid_${'0'.repeat(27)}`, 'x']) {
      for (const own of [`/v1/merchants/${id}/fee_schedule`, `/v1/merchants/${id}/fee_schedule/here`]) {
        expectRefusal(await stranger.send('GET', own), 404, 'EntityNotFound');
        const body = { currency_code: 'USD', fees: { CARD } };
        expectRefusal(await stranger.send('PUT', own, body), 404, 'EntityNotFound');
      }
    }
    const connector = clientOf(server, server.connectorKey);
    expectRefusal(await connector.send('GET', path), 403, 'AuthForbidden');
    expectRefusal(await connector.send('PUT', path, { currency_code: 'USD', fees: { CARD } }), 403, 'AuthForbidden');
  });

  it('in a wrong form are refused by the field', async () => {
    const wrong: readonly [object, string][] = [
      [{ fees: {} }, 'fees'],
      [{ fees: { CARD: null } }, 'fees'],
      [{ fees: { CARD: { least: 2, most: 1 } } }, 'fees'],
      [{ fees: { CARD: { fixed: -1 } } }, 'fees.CARD.fixed'],
      [{ fees: { CARD: { fixed: 1.5 } } }, 'fees.CARD.fixed'],
      [{ fees: { ACH: { rate_percent: 2.35 } } }, 'fees.ACH.rate_percent'],
      [{ fees: { ACH: { rate_percent: '2.34567' } } }, 'fees.ACH.rate_percent'],
      [{ fees: { ACH: { rate_percent: '101' } } }, 'fees.ACH.rate_percent'],
      [{ fees: { CARD }, currency_code: 'usd' }, 'currency_code'],
      [{ fees: { CARD }, currency_code: 'XXX' }, 'currency_code'],
    ];
    for (const [body, field] of wrong) expectRefusal(await put(path, body), 400, 'RequestBody', field);
    expectRefusal(await put(path, { fees: { CARD }, currency_code: 'EUR' }), 400, 'CURRENCY_NOT_ENABLED');
    expectRefusal(await put(`${path}/${'x'.repeat(129)}`, { fees: { CARD } }), 400, 'RequestBody', 'location');
    expectRefusal(await put(`${path}/a%00b`, { fees: { CARD } }), 400, 'RequestBody', 'location');
    expectRefusal(await put(`${path}/4111111111111111`, { fees: { CARD } }), 400, 'CARD_DATA_IN_TEXT', 'location');
  });
});
