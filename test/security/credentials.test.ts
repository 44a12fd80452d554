/** Who may ask: every wrong form of credentials is the same 401, and a key does nothing beyond its permissions. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { adapters } from '../../adapters/index.ts';
import { ERRORS } from '../../src/core/errors.ts';
import type { Statement } from '../../src/core/principal.ts';
import { clientOf, expectRefusal } from '../support/api.ts';
import { exchange } from '../support/exchange.ts';
import { basic, changesNothing, post, refuses, TWILIO_PATH } from '../support/refusals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase, type TestDatabase } from '../support/stores.ts';
import { chargeBody, payinConfig, paymentMethodConfig, tokenizeBody } from '../support/twilio.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('credentials', () => {
  let database: TestDatabase;
  let server: TestServer;
  let config: string;
  let transaction = 0;
  const body = () => chargeBody(config, { transaction_id: `credentials-${++transaction}` });

  before(async () => {
    database = await createDatabase('sqlite');
    server = await startServer({ store: await database.open() });
    config = await payinConfig(server);
  });
  after(async () => {
    await server.close();
    await database.destroy();
  });

  const randomKey = `sbx_apikey_${randomBytes(32).toString('hex')}`;
  const strangersSid = () => server.stranger.platform.accountSid;

  /** In the words of HTTP Basic; null for none at all. */
  const WRONG: Readonly<Record<string, (key: string) => string | null>> = {
    missing: () => null,
    empty: () => '',
    'a scheme alone': () => 'Basic',
    'a scheme and blanks': () => 'Basic   ',
    'of another scheme': (key) => `Digest ${base64(`api_key:${key}`)}`,
    'without a scheme': (key) => base64(`api_key:${key}`),
    'a Bearer key': (key) => `Bearer ${key}`,
    'a bare key': (key) => `Basic ${key}`,
    'without a colon': (key) => `Basic ${base64(`api_key${key}`)}`,
    'nothing but a colon': () => basic('', ''),
    'not base64': () => 'Basic !!!~~~',
    'two of them': (key) => `${basic('api_key', key)} ${basic('api_key', key)}`,
    'in one list': (key) => `${basic('api_key', key)}, ${basic('api_key', key)}`,
    'without a user name': (key) => basic('', key),
    'without a password': () => basic('api_key', ''),
    'with the user name in capitals': (key) => basic('API_KEY', key),
    'with another user name': (key) => basic('admin', key),
    "with the user name of Twilio's samples": (key) => basic('my_connector_username', key),
    'with the key as user name': (key) => basic(key, key),
    'the other way round': (key) => basic(key, 'api_key'),
    'with an account SID that does not exist': (key) => basic(`AC${'0'.repeat(32)}`, key),
    "with another platform's account SID": (key) => basic(strangersSid(), key),
    "with another platform's key": () =>
      basic(server.account.platform.accountSid, server.stranger.connectorKey.secret.reveal()),
    'with a key that does not exist': () => basic('api_key', randomKey),
    'with half a key': (key) => basic('api_key', key.slice(0, -32)),
    'with a key and more': (key) => basic('api_key', `${key}0`),
    'with a line break behind the key': (key) => basic('api_key', `${key}\n`),
    'with a NUL behind the key': (key) => basic('api_key', `${key}\0`),
    'with the key in capitals': (key) => basic('api_key', key.toUpperCase()),
    'with the stored hash of the key': () => basic('api_key', server.account.connectorKey.key.secretHash),
    'with the masked key': () => basic('api_key', server.account.connectorKey.key.masked),
    'with Unicode': () => basic('api_key', 'sbx_apikey_ключ🔑'),
    'with an operator': () => basic('api_key', '{"$ne":null}'),
    'with SQL': () => basic("' OR '1'='1", "' OR '1'='1"),
    'of 8 KB': () => basic('api_key', 'k'.repeat(6_100)),
    'of 8 KB of blanks': (key) => `Basic${' '.repeat(8_000)}${base64(`api_key${key}`)}`,
  };

  /** Of the providers that sign in by nothing but HTTP Basic. */
  const ROUTES = adapters.filter(({ auth }) => auth.every((way) => way === 'basic')).flatMap(({ routes }) => routes);

  describe('for a connector', () => {
    const replies = new Set<string>();
    for (const [how, header] of Object.entries(WRONG)) {
      it(`${how} are refused`, async () => {
        const authorization = header(server.connectorKey);
        for (const { path } of ROUTES) {
          const sent = { path, headers: { authorization }, body: body() };
          const reply = await changesNothing(server, config, () => exchange(server.url, sent));
          expect(reply.status).to.equal(401);
          expect(reply.headers['www-authenticate']).to.equal('Basic realm="tollbridge"');
          replies.add(reply.text);
        }
      });
    }

    it('are refused in the same words, whatever is wrong with them', () => {
      expect([...replies].map((text) => JSON.parse(text))).to.deep.equal([
        {
          status: 'ERROR',
          data: null,
          errors: [{ field: null, code: 'AuthUnauthorized', message: ERRORS.UNAUTHORIZED.meaning }],
        },
      ]);
    });

    it('are refused before the body is looked at', async () => {
      for (const broken of ['{', '', `[${'['.repeat(1_000)}`]) {
        const reply = await exchange(server.url, { path: TWILIO_PATH, headers: { authorization: null }, body: broken });
        expect(reply.status).to.equal(401);
      }
    });

    it('in the query count for nothing', async () => {
      const path = `${TWILIO_PATH}?api_key=${server.connectorKey}&authorization=${server.connectorKey}`;
      expect((await exchange(server.url, { path, body: body() })).status).to.equal(401);
    });
  });

  describe('for our own API', () => {
    for (const [how, header] of Object.entries(WRONG)) {
      if (how === 'a Bearer key') continue;
      it(`${how} are refused`, async () => {
        const authorization = header(server.adminKey);
        const reply = await exchange(server.url, {
          method: 'GET',
          path: `/v1/payin_configs/${config}`,
          headers: { authorization },
        });
        expect(reply.status).to.equal(401);
        expect(reply.headers['www-authenticate']).to.equal('Bearer realm="tollbridge"');
      });
    }

    it("in Basic's form are refused", async () => {
      const authorization = basic('api_key', server.adminKey);
      const reply = await exchange(server.url, { method: 'GET', path: '/v1/payins', headers: { authorization } });
      expect(reply.status).to.equal(401);
    });
  });

  it('are right with the user name api_key, with the account SID, and with the scheme in any case', async () => {
    const { accountSid } = server.account.platform;
    for (const authorization of [
      basic('api_key', server.connectorKey),
      basic(accountSid, server.connectorKey),
      basic('api_key', server.connectorKey).replace('Basic ', 'bAsIc   '),
    ]) {
      config = await payinConfig(server);
      const { body: told } = await post(server, { headers: { authorization }, body: body() });
      expect(told.error_code).to.equal(null);
    }
    config = await payinConfig(server);
  });

  describe('that were right', () => {
    it('are refused from the moment that the key is disabled, and accepted once it is enabled again', async () => {
      const { id, secret } = await makeKey(['payin:create']);
      const authorization = basic('api_key', secret);
      const admin = clientOf(server);
      await admin.send('POST', `/v1/api_keys/${id}/disable`);
      const sent = { path: TWILIO_PATH, headers: { authorization }, body: body() };
      const refused = await changesNothing(server, config, () => exchange(server.url, sent));
      expect(refused.status).to.equal(401);
      await admin.send('POST', `/v1/api_keys/${id}/enable`);
      expect((await post(server, sent)).body.error_code).to.equal(null);
      config = await payinConfig(server);
    });

    it('are refused for good once the key is deleted', async () => {
      const { id, secret } = await makeKey(['payin:create']);
      const admin = clientOf(server);
      await admin.send('DELETE', `/v1/api_keys/${id}`);
      expectRefusal(await admin.send('POST', `/v1/api_keys/${id}/enable`), 404, 'EntityNotFound');
      const sent = { path: TWILIO_PATH, headers: { authorization: basic('api_key', secret) }, body: body() };
      const refused = await changesNothing(server, config, () => exchange(server.url, sent));
      expect(refused.status).to.equal(401);
    });

    it('do nothing without the permission: FORBIDDEN, whether or not the config exists', async () => {
      const methodConfig = await paymentMethodConfig(server);
      const charger = { headers: { authorization: basic('api_key', (await makeKey(['payin:create'])).secret) } };
      const keeper = {
        headers: { authorization: basic('api_key', (await makeKey(['payment_method:create'])).secret) },
      };
      await refuses(server, config, 'FORBIDDEN', { ...keeper, body: body() });
      await refuses(server, config, 'FORBIDDEN', { ...keeper, body: chargeBody('no such config') });
      const tokenize = tokenizeBody(methodConfig, { transaction_id: 'forbidden' });
      await refuses(server, methodConfig, 'FORBIDDEN', { ...charger, body: tokenize });
    });

    it('of a connector make no config, read no payin and change no key', async () => {
      const connector = clientOf(server, server.connectorKey);
      const config = {
        merchant_id: server.account.merchant.id,
        idempotency_key: 'own',
        amount: 1,
        currency_code: 'USD',
      };
      expectRefusal(await connector.send('POST', '/v1/payin_configs', config), 403, 'AuthForbidden');
      expectRefusal(await connector.send('GET', '/v1/payins'), 403, 'AuthForbidden');
      expectRefusal(await connector.send('GET', '/v1/api_keys'), 403, 'AuthForbidden');
      const { id } = server.account.adminKey.key;
      expectRefusal(await connector.send('POST', `/v1/api_keys/${id}/disable`), 403, 'AuthForbidden');
    });

    it('reach no other merchant than their own: its config is not found', async () => {
      const { merchant_id } = await clientOf(server).post<{ merchant_id: string }>('/v1/merchants', {
        platform_id: server.account.platform.id,
        name: 'Second merchant',
      });
      const { secret } = await makeKey(['payin:create'], { merchant: { merchant_id } });
      const headers = { authorization: basic('api_key', secret) };
      await refuses(server, config, 'PAYIN_CONFIG_NOT_FOUND', { headers, body: body() });
    });
  });

  it('that are wrong too often are told so, while right ones still pass', async () => {
    const guarded = await startServer({ store: await database.open(), failedAuthsPerMinute: 3 });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await exchange(guarded.url, { path: TWILIO_PATH, body: {} })).status);
    expect(statuses).to.deep.equal([401, 401, 401, 429, 429]);
    const own = await payinConfig(guarded);
    expect((await post(guarded, { body: chargeBody(own) })).body.error_code).to.equal(null);
    expect(guarded.log.entries('refused_auth')).to.have.length(3);
    await guarded.close();
  });

  async function makeKey(permissions: Statement['permissions'], constraints: object = {}) {
    const made = await clientOf(server).post<{ api_key_id: string; api_key: string }>('/v1/api_keys', {
      platform_id: server.account.platform.id,
      statements: [{ permissions, constraints }],
    });
    return { id: made.api_key_id, secret: made.api_key };
  }
});
