/** Signing keys over `/v1`: set, looked at without being shown, taken away; by whom, and what is none. */
import { expect } from 'chai';
import { type Client, clientOf, expectRefusal } from '../../support/api.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { keysPath } from '../../support/signing.ts';
import { eachStore } from '../../support/stores.ts';

const KEY = 'PSK_wDwsJmJpUvZxQkR3Zb7d9tFh';

eachStore('Signing keys', (stores) => {
  let server: TestServer;
  let admin: Client;
  let path: string;
  before(async () => {
    server = await startServer({ store: stores.store() });
    admin = clientOf(server);
    path = keysPath(server.account.merchant.id);
  });
  after(() => server.close());

  it('are there once they were set, replaced as a whole, gone once they were deleted, and never shown', async () => {
    expectRefusal(await admin.send('GET', path), 404, 'EntityNotFound');
    expectRefusal(await admin.send('DELETE', path), 404, 'EntityNotFound');
    const made = await admin.send('PUT', path, { keys: [KEY, `${KEY}2`] });
    const { data } = JSON.parse(made.text);
    expect(data).to.deep.equal({
      adapter: 'signalwire',
      key_count: 2,
      created_at: data.created_at,
      updated_at: data.created_at,
    });
    expect(await admin.get(path)).to.deep.equal(data);
    const replaced = JSON.parse((await admin.send('PUT', path, { keys: [KEY] })).text).data;
    expect(replaced).to.include({ key_count: 1, created_at: data.created_at });
    const merchant = await admin.send('GET', `/v1/merchants/${server.account.merchant.id}`);
    for (const { text } of [made, merchant]) expect(text).to.not.match(/PSK|sealed|signing/);
    const removed = await admin.send('DELETE', path);
    expect([removed.status, removed.text]).to.deep.equal([204, '']);
    expectRefusal(await admin.send('GET', path), 404, 'EntityNotFound');
  });

  it('live beside what else is kept of the merchant', async () => {
    const limit = `/v1/merchants/${server.account.merchant.id}/line_limit`;
    const setAll = [path, limit, path, limit].map((one) =>
      admin.send('PUT', one, one === path ? { keys: [KEY] } : { amount: 500 }),
    );
    expect((await Promise.all(setAll)).map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
    expect(await admin.get(path)).to.include({ key_count: 1 });
    const merchant = await admin.get<{ readonly line_limit: object }>(`/v1/merchants/${server.account.merchant.id}`);
    expect(merchant.line_limit).to.deep.equal({ amount: 500, currency_code: 'USD' });
  });

  it('are for providers that sign, and for no other', async () => {
    for (const adapter of ['twilio', 'generic', 'nobody', 'constructor', '__proto__']) {
      const other = keysPath(server.account.merchant.id, adapter);
      expectRefusal(await admin.send('PUT', other, { keys: [KEY] }), 404, 'EntityNotFound');
      expectRefusal(await admin.send('GET', other), 404, 'EntityNotFound');
    }
  });

  it("of another's merchant are those of none", async () => {
    const stranger = clientOf(server, server.stranger.adminKey.secret.reveal());
    for (const id of [server.account.merchant.id, `sbx_mid_${'0'.repeat(27)}`, 'x']) {
      expectRefusal(await stranger.send('PUT', keysPath(id), { keys: [KEY] }), 404, 'EntityNotFound');
      expectRefusal(await stranger.send('GET', keysPath(id)), 404, 'EntityNotFound');
      expectRefusal(await stranger.send('DELETE', keysPath(id)), 404, 'EntityNotFound');
    }
  });

  it('need a permission each to be set, looked at and taken away, which a connector has not', async () => {
    const keyFor = async (permissions: readonly string[]) => {
      const statements = [{ permissions, constraints: {} }];
      const made = await admin.post<{ readonly api_key: string }>('/v1/api_keys', {
        platform_id: server.account.platform.id,
        statements,
      });
      return clientOf(server, made.api_key);
    };
    const setter = await keyFor(['signing_key:update']);
    const reader = await keyFor(['signing_key:read']);
    const remover = await keyFor(['signing_key:delete']);
    const others = [clientOf(server, server.connectorKey), await keyFor(['merchant:update', 'merchant:read'])];
    expect((await setter.send('PUT', path, { keys: [KEY] })).status).to.equal(200);
    expect((await reader.send('GET', path)).status).to.equal(200);
    for (const client of [reader, remover, ...others]) {
      expectRefusal(await client.send('PUT', path, { keys: [KEY] }), 403, 'AuthForbidden');
    }
    for (const client of [setter, remover, ...others])
      expectRefusal(await client.send('GET', path), 403, 'AuthForbidden');
    for (const client of [setter, reader, ...others])
      expectRefusal(await client.send('DELETE', path), 403, 'AuthForbidden');
    expect((await remover.send('DELETE', path)).status).to.equal(204);
  });

  it('in a wrong form are refused by the field, and not repeated', async () => {
    const odd = ['short', `${KEY} `, `${KEY}\n`, `${KEY}é`, 'x'.repeat(257), 7, null, { a: 1 }];
    const bodies = [...odd.map((key) => [key]), [], [KEY, KEY, KEY, KEY], KEY, null];
    for (const keys of bodies) {
      const reply = await admin.send('PUT', path, { keys });
      expectRefusal(reply, 400, 'RequestBody', 'keys');
      expect(reply.text).to.not.include('PSK');
    }
    expectRefusal(await admin.send('PUT', path, {}), 400, 'RequestBody', 'keys');
  });
});
