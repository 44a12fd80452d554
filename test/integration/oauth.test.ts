/** Access tokens: how one is had, what it may do, and when it is dead. Errors are RFC 6749's. */
import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { Secret } from '../../src/core/secret.ts';
import { createTokens } from '../../src/http/oauth/token.ts';
import { clientOf } from '../support/api.ts';
import { cardBody, getCart, makeKey, newCart, openCart, payCart, send, setFees } from '../support/carts.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { exchange, type Reply } from '../support/exchange.ts';
import { basic } from '../support/refusals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase, eachStore, type TestDatabase } from '../support/stores.ts';

const PATH = '/api/v1/oauth/token';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const HOUR = 3_600_000;

const form = (parameters: Readonly<Record<string, string>>) => new URLSearchParams(parameters).toString();
const ask = (server: TestServer, body: unknown, headers: object = {}): Promise<Reply> =>
  exchange(server.url, { path: PATH, body, headers: { ...FORM, ...headers } });

async function tokenOf(server: TestServer, id: string, secret: string, scope: string): Promise<string> {
  const body = form({ client_id: id, client_secret: secret, grant_type: 'client_credentials', scope });
  const { status, text } = await ask(server, body);
  expect(status, text).to.equal(200);
  return JSON.parse(text).access_token;
}

eachStore('An access token', (stores) => {
  let server: TestServer;
  let clock: ManualClock;
  let id: string;
  let secret: string;
  before(async () => {
    clock = manualClock();
    server = await startServer({ store: stores.store(), clock, failedAuthsPerMinute: 10_000 });
    await setFees(server, { location: 'defaultIVRLocation' });
    ({ id, secret } = await makeKey(server, ['cart:create', 'cart:read', 'payin:create']));
  });
  after(() => server.close());

  it("is had for a key's id and the key, and tells its scope and its eight hours", async () => {
    const body = form({
      client_id: id,
      client_secret: secret,
      grant_type: 'client_credentials',
      scope: 'cart:create cart:read cart:create',
    });
    const { status, headers, text } = await ask(server, body);
    expect(status).to.equal(200);
    expect(headers).to.include({ 'cache-control': 'no-store', pragma: 'no-cache' });
    const { access_token, ...rest } = JSON.parse(text);
    expect(access_token).to.match(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(rest).to.deep.equal({ token_type: 'Bearer', expires_in: 28_800, scope: 'cart:create cart:read' });
    const inBasic = form({ grant_type: 'client_credentials', scope: 'cart:read' });
    expect((await ask(server, inBasic, { authorization: basic(id, secret) })).status).to.equal(200);
  });

  it('hands a cart over, and pays it', async () => {
    const token = await tokenOf(server, id, secret, 'cart:create payin:create');
    const { status, text, body } = await openCart(server, undefined, token);
    expect(status, text).to.equal(200);
    const paid = await payCart(server, body.cartId ?? '', cardBody(), token);
    expect(paid.body.paymentId, paid.text).to.be.a('string');
  });

  it('may do what its scope says, and nothing else that its key may', async () => {
    const cart = await newCart(server);
    const token = await tokenOf(server, id, secret, 'cart:read');
    expect((await getCart(server, cart, token)).status).to.equal(200);
    expect((await openCart(server, undefined, token)).status).to.equal(403);
    expect((await payCart(server, cart, cardBody(), token)).status).to.equal(403);
  });

  it('may no more than its key, whatever became of that meanwhile, and is good for /v1, too', async () => {
    const all = server.account.adminKey;
    const token = await tokenOf(server, all.key.id, all.secret.reveal(), 'merchant:read');
    const client = clientOf(server, token);
    expect((await client.send('GET', '/v1/merchants')).status).to.equal(200);
    expect((await client.send('GET', '/v1/payins')).status).to.equal(403);
    expect((await client.send('GET', '/v1/api_keys')).status).to.equal(403);
  });

  it('is dead after eight hours', async () => {
    const cart = await newCart(server);
    const token = await tokenOf(server, id, secret, 'cart:read');
    await clock.advance(8 * HOUR - 1_000);
    expect((await getCart(server, cart, token)).status).to.equal(200);
    await clock.advance(1_000);
    const late = await getCart(server, cart, token);
    expect(late.status).to.equal(401);
  });

  it('is dead from the moment that its key is disabled, and for good once it is deleted', async () => {
    const cart = await newCart(server);
    const key = await makeKey(server, ['cart:read']);
    const token = await tokenOf(server, key.id, key.secret, 'cart:read');
    const admin = clientOf(server);
    expect((await getCart(server, cart, token)).status).to.equal(200);
    await admin.send('POST', `/v1/api_keys/${key.id}/disable`);
    expect((await getCart(server, cart, token)).status).to.equal(401);
    const body = form({
      client_id: key.id,
      client_secret: key.secret,
      grant_type: 'client_credentials',
      scope: 'cart:read',
    });
    expect((await ask(server, body)).status).to.equal(401);
    await admin.send('POST', `/v1/api_keys/${key.id}/enable`);
    expect((await getCart(server, cart, token)).status).to.equal(200);
    await admin.send('DELETE', `/v1/api_keys/${key.id}`);
    expect((await getCart(server, cart, token)).status).to.equal(401);
  });

  it('is taken in one piece only, and only as Bearer', async () => {
    const cart = await newCart(server);
    const token = await tokenOf(server, id, secret, 'cart:read');
    const [header = '', payload = '', signature = ''] = token.split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const more = encode({ ...claims, scope: 'cart:create' });
    const none = encode({ alg: 'none', typ: 'JWT' });
    const forged = createHmac('sha256', 'a secret that only tests know, v1').update(`${header}.${payload}`);
    for (const wrong of [
      `${header}.${more}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${payload}.${forged.digest('base64url')}`,
      `${token}.`,
      `.${token}`,
      '..',
    ]) {
      expect((await getCart(server, cart, wrong)).status, wrong).to.equal(401);
    }
    const path = `/api/v1/pay/carts/${cart}`;
    const asBasic = { authorization: basic('api_key', token) };
    expect((await send(server, { method: 'GET', path, headers: asBasic })).status).to.equal(401);
  });
});

describe('A request for a token', () => {
  let database: TestDatabase;
  let server: TestServer;
  before(async () => {
    database = await createDatabase('sqlite');
    server = await startServer({ store: await database.open(), failedAuthsPerMinute: 30 });
  });
  after(async () => {
    await server.close();
    await database.destroy();
  });

  const good = () => ({
    client_id: server.account.adminKey.key.id,
    client_secret: server.adminKey,
    grant_type: 'client_credentials',
    scope: 'cart:create',
  });
  const without = (name: string) => form(Object.fromEntries(Object.entries(good()).filter(([one]) => one !== name)));
  const connector = () => server.account.connectorKey;

  const WRONG: Readonly<Record<string, readonly [() => unknown, number, string]>> = {
    'without a grant type': [() => without('grant_type'), 400, 'invalid_request'],
    'of another grant type': [() => form({ ...good(), grant_type: 'password' }), 400, 'unsupported_grant_type'],
    'without a client': [() => without('client_id'), 401, 'invalid_client'],
    'without a secret': [() => without('client_secret'), 401, 'invalid_client'],
    'of a wrong client': [() => form({ ...good(), client_id: connector().key.id }), 401, 'invalid_client'],
    'with a wrong secret': [() => form({ ...good(), client_secret: 'wrong' }), 401, 'invalid_client'],
    "with another key's secret": [
      () => form({ ...good(), client_secret: connector().secret.reveal() }),
      401,
      'invalid_client',
    ],
    'without a scope': [() => without('scope'), 400, 'invalid_scope'],
    'with an empty scope': [() => form({ ...good(), scope: '' }), 400, 'invalid_scope'],
    'with an unknown scope': [() => form({ ...good(), scope: 'cart:create cart:steal' }), 400, 'invalid_scope'],
    'with a group as a scope': [() => form({ ...good(), scope: 'group#all' }), 400, 'invalid_scope'],
    'with scopes in a list': [() => form({ ...good(), scope: 'cart:create,cart:read' }), 400, 'invalid_scope'],
    'with a scope that the key does not hold': [
      () => form({ ...good(), client_id: connector().key.id, client_secret: connector().secret.reveal() }),
      400,
      'invalid_scope',
    ],
    'with a parameter twice': [() => `${form(good())}&scope=cart:read`, 400, 'invalid_request'],
    'with nothing in it': [() => '', 401, 'invalid_client'],
  };
  for (const [how, [body, status, error]] of Object.entries(WRONG)) {
    it(`${how} is answered ${error}`, async () => {
      const reply = await ask(server, body());
      expect(reply.status, reply.text).to.equal(status);
      expect(JSON.parse(reply.text)).to.include({ error });
      expect(JSON.parse(reply.text).error_description).to.match(/^[A-Z].*\.$/);
      if (status === 401) expect(reply.headers['www-authenticate']).to.equal('Basic realm="tollbridge"');
    });
  }

  it('as JSON is not read', async () => {
    const { status, text } = await ask(server, good(), { 'content-type': 'application/json' });
    expect(status).to.equal(401);
    expect(JSON.parse(text).error).to.equal('invalid_client');
  });

  it('in both ways at once is answered invalid_request', async () => {
    const authorization = basic(good().client_id, good().client_secret);
    expect(JSON.parse((await ask(server, form(good()), { authorization })).text).error).to.equal('invalid_request');
  });

  it('that is too large is not read to its end', async () => {
    const { status, text } = await ask(server, form({ ...good(), more: 'x'.repeat(40_000) }));
    expect([status, JSON.parse(text).error]).to.deep.equal([400, 'invalid_request']);
  });

  it('with wrong credentials too often is told 429, while right ones still pass', async () => {
    const statuses = new Set<number>();
    for (let i = 0; i < 40; i++) statuses.add((await ask(server, form({ ...good(), client_secret: 'wrong' }))).status);
    expect([...statuses]).to.include(429);
    expect((await ask(server, form(good()))).status).to.equal(200);
  });
});

describe('Tokens', () => {
  const clock = manualClock();
  const [old, fresh] = [new Secret('an old secret of tests'), new Secret('a new secret of tests')];
  const claims = { keyId: 'api_1', scope: ['cart:read'] } as const;

  it('of an old secret are good while it is live, and no longer', async () => {
    const token = await createTokens([old], clock).sign(claims);
    expect(await createTokens([fresh, old], clock).verify(token)).to.deep.equal(claims);
    expect(await createTokens([fresh], clock).verify(token)).to.equal(null);
  });
});
