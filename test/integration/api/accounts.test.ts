/** Merchants and API keys: made, read, listed, switched; and that nobody grants more than they hold. */
import { expect } from 'chai';
import {
  type ApiKey,
  type ApiKeyMade,
  type Client,
  cardPayin,
  clientOf,
  expectRefusal,
  type Merchant,
  type Page,
  payinConfigBody,
} from '../../support/api.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { eachStore } from '../../support/stores.ts';

eachStore('The API of merchants and keys', (stores) => {
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

  const makeKey = (permissions: readonly string[], constraints: object = {}) =>
    admin.post<ApiKeyMade>('/v1/api_keys', { platform_id: platform, statements: [{ permissions, constraints }] });

  describe('merchants', () => {
    it('are made ACTIVE in the sandbox, read and listed', async () => {
      const made = await admin.post<Merchant>('/v1/merchants', {
        platform_id: platform,
        name: 'Acme',
        dba_name: 'Roads',
      });
      expect(made).to.include({ platform_id: platform, name: 'Acme', dba_name: 'Roads', status: 'ACTIVE' });
      expect(made.created_at).to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      expect(await admin.get(`/v1/merchants/${made.merchant_id}`)).to.deep.equal(made);
      const { results } = await admin.get<Page<Merchant>>('/v1/merchants');
      expect(results.map(({ merchant_id }) => merchant_id)).to.include.members([made.merchant_id, merchant]);
    });

    it('come in pages, each merchant once', async () => {
      for (const name of ['One', 'Two', 'Three']) await admin.post('/v1/merchants', { platform_id: platform, name });
      const all = await admin.get<Page<Merchant>>('/v1/merchants?sort_order=asc');
      const seen: string[] = [];
      let key: string | null = null;
      do {
        const start: string = key === null ? '' : `&start_key=${key}`;
        const page: Page<Merchant> = await admin.get(`/v1/merchants?sort_order=asc&limit=2${start}`);
        seen.push(...page.results.map(({ merchant_id }) => merchant_id));
        key = page.last_key;
      } while (key !== null);
      expect(seen).to.deep.equal(all.results.map(({ merchant_id }) => merchant_id));
    });

    it('need a name, and the platform of the key', async () => {
      expectRefusal(await admin.send('POST', '/v1/merchants', { platform_id: platform }), 400, 'RequestBody', 'name');
      const foreign = { platform_id: server.stranger.platform.id, name: 'Acme' };
      expectRefusal(await admin.send('POST', '/v1/merchants', foreign), 403, 'AuthForbidden');
      const card = { platform_id: platform, name: '4111 1111 1111 1111' };
      expectRefusal(await admin.send('POST', '/v1/merchants', card), 400, 'CARD_DATA_IN_TEXT');
    });
  });

  describe('keys', () => {
    it('are shown once, and masked ever after', async () => {
      const made = await makeKey(['payin:read'], { merchant: { merchant_id: merchant } });
      expect(made.api_key).to.match(/^sbx_apikey_[0-9a-f]{64}$/);
      expect(made.masked_api_key).to.equal(made.api_key.replace(/(_[0-9a-f]{8})[0-9a-f]{48}/, '$1****'));
      expect(made.status).to.equal('ENABLED');
      const { api_key, ...rest } = made;
      const read = await admin.send('GET', `/v1/api_keys/${made.api_key_id}`);
      expect(JSON.parse(read.text).data).to.deep.equal(rest);
      expect(read.text).not.to.contain(api_key);
      const list = await admin.get<Page<ApiKey>>('/v1/api_keys');
      expect(list.results).to.deep.include(rest);
      expect(list.total_results).to.equal(list.results.length);
    });

    it('are refused at once while disabled, work again when enabled, and never after they were deleted', async () => {
      const { api_key, api_key_id } = await makeKey(['merchant:read']);
      const user = clientOf(server, api_key);
      const at = (verb = '') => `/v1/api_keys/${api_key_id}${verb}`;
      await user.get('/v1/merchants');
      for (const round of [1, 2]) {
        expect((await admin.send('POST', at('/disable'))).status, `round ${round}`).to.equal(204);
        expectRefusal(await user.send('GET', '/v1/merchants'), 401, 'AuthUnauthorized');
      }
      expect((await admin.get<ApiKey>(at())).status).to.equal('DISABLED');
      expect((await admin.send('POST', at('/enable'))).status).to.equal(204);
      await user.get('/v1/merchants');

      const { status, text } = await admin.send('DELETE', at());
      expect([status, text]).to.deep.equal([204, '']);
      expectRefusal(await user.send('GET', '/v1/merchants'), 401, 'AuthUnauthorized');
      for (const verb of ['/enable', '/disable']) {
        expectRefusal(await admin.send('POST', at(verb)), 404, 'EntityNotFound');
      }
      expectRefusal(await admin.send('DELETE', at()), 404, 'EntityNotFound');
      expect((await admin.get<ApiKey>(at())).status).to.equal('DELETED');
      expectRefusal(await user.send('GET', '/v1/merchants'), 401, 'AuthUnauthorized');
    });

    it('cannot grant what they do not hold', async () => {
      const { api_key } = await makeKey(['api_key:create', 'payin:create']);
      const maker = clientOf(server, api_key);
      const ask = (permissions: readonly string[], constraints: object = {}) =>
        maker.send('POST', '/v1/api_keys', { platform_id: platform, statements: [{ permissions, constraints }] });
      expect((await ask(['payin:create'])).status).to.equal(200);
      expectRefusal(await ask(['payin:create', 'payin:read']), 403, 'AuthForbidden', 'statements');
      expectRefusal(await ask(['group#all']), 403, 'AuthForbidden', 'statements');
    });

    it('are bound to what their statements say', async () => {
      const other = await admin.post<Merchant>('/v1/merchants', { platform_id: platform, name: 'Other' });
      const { api_key } = await makeKey(['payin_config:create'], {
        platform: { platform_id: platform },
        merchant: { merchant_id: merchant },
      });
      const bound = clientOf(server, api_key);
      await bound.post('/v1/payin_configs', payinConfigBody(merchant));
      const foreign = await bound.send('POST', '/v1/payin_configs', payinConfigBody(other.merchant_id));
      expectRefusal(foreign, 400, 'MERCHANT_NOT_FOUND', 'merchant_id');
      expectRefusal(await bound.send('GET', '/v1/payins'), 403, 'AuthForbidden');
    });

    it('refuse a permission or a constraint that is not built, rather than ignore it', async () => {
      const ask = (statement: object) =>
        admin.send('POST', '/v1/api_keys', { platform_id: platform, statements: [statement] });
      const cases: readonly (readonly [object, number, string, string])[] = [
        [{ permissions: ['deposit:create'], constraints: {} }, 501, 'NOT_BUILT', 'statements.permissions'],
        [{ permissions: ['group#payment_component'], constraints: {} }, 501, 'NOT_BUILT', 'statements.permissions'],
        [
          { permissions: ['payin:read'], constraints: { payin: { payin_id: 'pyi_1' } } },
          501,
          'NOT_BUILT',
          'statements.constraints',
        ],
        [{ permissions: ['anything'], constraints: {} }, 400, 'RequestBody', 'statements.permissions'],
        [{ permissions: [], constraints: {} }, 400, 'RequestBody', 'statements.permissions'],
        [{ permissions: ['payin:read'] }, 400, 'RequestBody', 'statements.constraints'],
        [
          { permissions: ['payin:read'], constraints: { merchant: { merchant_id: 'me' } } },
          400,
          'RequestBody',
          'statements.constraints.merchant.merchant_id',
        ],
      ];
      for (const [statement, status, code, field] of cases) expectRefusal(await ask(statement), status, code, field);
    });

    it('are refused wherever they are wrong', async () => {
      const config = await admin.post<{ payin_config_id: string }>('/v1/payin_configs', payinConfigBody(merchant));
      for (const key of ['', 'x', `sbx_apikey_${'0'.repeat(64)}`, 'constructor']) {
        const nobody = clientOf(server, key);
        expectRefusal(await nobody.send('GET', '/v1/payins'), 401, 'AuthUnauthorized');
        const body = cardPayin(config.payin_config_id);
        expectRefusal(await nobody.send('POST', '/v1/payins', body), 401, 'AuthUnauthorized');
      }
    });
  });
});
