/** Where a request may go: unknown paths and methods, odd targets, and what stands in headers that nobody should trust. */
import { expect } from 'chai';
import { exchange, exchangeRaw } from '../support/exchange.ts';
import { basic, changesNothing, TWILIO_PATH } from '../support/refusals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase, type TestDatabase } from '../support/stores.ts';
import { chargeBody, payinConfig } from '../support/twilio.ts';

describe('a request', () => {
  let database: TestDatabase;
  let server: TestServer;
  let config: string;
  before(async () => {
    database = await createDatabase('sqlite');
    server = await startServer({ store: await database.open() });
    config = await payinConfig(server);
  });
  after(async () => {
    await server.close();
    await database.destroy();
  });

  const connector = () => ({ authorization: basic('api_key', server.connectorKey) });
  const admin = () => ({ authorization: `Bearer ${server.adminKey}` });

  const UNKNOWN = [
    '/',
    '/vendor',
    '/vendor/twilio',
    `${TWILIO_PATH}/refund`,
    `${TWILIO_PATH}/charge/x`,
    `${TWILIO_PATH}%00`,
    '/vendor/twilio/../twilio/pay_generic',
    '/v1',
    '/v1/nothing',
    '/v2/payins',
    '/.env',
    '/..%2f..%2fetc/passwd',
    '/v1/payins/%',
    '/v1/payins/%ff',
    '/__proto__',
    '/constructor',
    `/${'a'.repeat(8_000)}`,
  ];
  for (const path of UNKNOWN) {
    it(`to ${path.slice(0, 40)} finds nothing`, async () => {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const headers = method === 'POST' ? connector() : admin();
        const reply = await exchange(server.url, {
          method,
          path,
          headers,
          body: method === 'POST' ? chargeBody(config) : undefined,
        });
        expect(reply.status, `${method} ${reply.text}`).to.be.oneOf([400, 404, 405]);
        expect(JSON.parse(reply.text)).to.include({ status: 'ERROR', data: null });
      }
    });
  }

  it('by another method is told which there is', async () => {
    for (const [path, allowed] of [
      [TWILIO_PATH, 'POST'],
      [`${TWILIO_PATH}/charge`, 'POST'],
      ['/v1/merchants', 'POST, HEAD, GET'],
      ['/v1/payins/x/metadata', 'PATCH'],
      ['/livez', 'HEAD, GET'],
    ] as const) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND']) {
        if (allowed.includes(method)) continue;
        const headers = path.startsWith('/vendor') ? connector() : admin();
        const sent = { method, path, headers };
        const reply = await changesNothing(server, config, () => exchange(server.url, sent));
        expect(reply.status, `${method} ${path}`).to.equal(405);
        expect(reply.headers.allow?.split(', ')).to.have.members(allowed.split(', '));
        expect(JSON.parse(reply.text).errors[0].code).to.equal('METHOD_NOT_ALLOWED');
      }
    }
  });

  it('by HEAD is answered as by GET, without a body', async () => {
    const reply = await exchange(server.url, { method: 'HEAD', path: '/livez' });
    expect(reply).to.include({ status: 200, text: '' });
    const none = await exchange(server.url, { method: 'HEAD', path: '/nothing' });
    expect(none).to.include({ status: 404, text: '' });
    const secret = await exchange(server.url, { method: 'HEAD', path: '/v1/payins' });
    expect(secret).to.include({ status: 401, text: '' });
    const connectors = await exchange(server.url, { method: 'HEAD', path: TWILIO_PATH, headers: connector() });
    expect(connectors).to.include({ status: 405, text: '' });
  });

  it('by OPTIONS is told the methods, and allows no other origin anything', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    for (const path of [TWILIO_PATH, '/v1/payins']) {
      const reply = await exchange(server.url, { method: 'OPTIONS', path, headers });
      expect(reply.status).to.be.oneOf([200, 204]);
      expect(reply.headers.allow).to.include('POST');
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
    }
    expect((await exchange(server.url, { method: 'OPTIONS', path: '/nothing', headers })).status).to.equal(404);
  });

  const lines = (target: string, headers: readonly string[], body = '') =>
    [
      `POST ${target} HTTP/1.1`,
      ...headers,
      `Authorization: ${connector().authorization}`,
      'Connection: close',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
  const charge = () => JSON.stringify(chargeBody(config));

  const ODD: Readonly<Record<string, () => string>> = {
    'in absolute form': () => lines(`http://localhost${TWILIO_PATH}`, ['Host: localhost'], charge()),
    'in absolute form to another host': () => lines(`http://evil.example${TWILIO_PATH}`, ['Host: localhost'], charge()),
    'with an empty second Host': () => lines(TWILIO_PATH, ['Host: localhost', 'Host:'], charge()),
    'with two Hosts': () => lines(TWILIO_PATH, ['Host: localhost', 'Host: evil.example'], charge()),
    'with two Hosts in different case': () => lines(TWILIO_PATH, ['host: localhost', 'HOST: localhost'], charge()),
    'with the target *': () => lines('*', ['Host: localhost'], charge()),
  };
  for (const [how, bytes] of Object.entries(ODD)) {
    it(`${how} is refused`, async () => {
      const raw = await changesNothing(server, config, () => exchangeRaw(server.url, bytes()));
      expect(raw).to.match(/^HTTP\/1\.1 400 /);
    });
  }

  it('with two slashes in front is to no host, and finds nothing', async () => {
    for (const target of ['//', `/${TWILIO_PATH}`, `//evil.example${TWILIO_PATH}`]) {
      const bytes = lines(target, ['Host: localhost'], charge());
      const raw = await changesNothing(server, config, () => exchangeRaw(server.url, bytes));
      expect(raw, target).to.match(/^HTTP\/1\.1 404 /);
    }
  });

  const SMUGGLED: Readonly<Record<string, () => string>> = {
    'without a Host': () => lines(TWILIO_PATH, [], charge()),
    'with two lengths': () => lines(TWILIO_PATH, ['Host: a', 'Content-Length: 5'], charge()),
    'with a length and chunks': () => lines(TWILIO_PATH, ['Host: a', 'Transfer-Encoding: chunked'], charge()),
    'with an unknown transfer encoding': () => lines(TWILIO_PATH, ['Host: a', 'Transfer-Encoding: xchunked'], charge()),
    'with a folded header': () => lines(TWILIO_PATH, ['Host: a', 'X-Folded: a\r\n b'], charge()),
    'with a blank before a colon': () => lines(TWILIO_PATH, ['Host: a', 'X-Blank : a'], charge()),
    'with a bare line feed': () => lines(TWILIO_PATH, ['Host: a\nX-Feed: a'], charge()),
    'with 20 KB of headers': () => lines(TWILIO_PATH, ['Host: a', `X-Long: ${'a'.repeat(20_000)}`], charge()),
    'that is no HTTP': () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
  };
  for (const [how, bytes] of Object.entries(SMUGGLED)) {
    it(`${how} is refused by the parser, in no words`, async () => {
      const raw = await changesNothing(server, config, () => exchangeRaw(server.url, bytes()));
      const [head = '', body] = raw.split('\r\n\r\n');
      expect(head).to.match(/^HTTP\/1\.1 4(?:00|31) /);
      // A last chunk of no length is no word either.
      expect(body).to.be.oneOf(['', '0']);
    });
  }

  it('of a stranger may say who it is for and where it comes from: nobody listens', async () => {
    const told = async (more: readonly string[]) => {
      const raw = await exchangeRaw(server.url, lines('/nothing', ['Host: localhost', ...more]));
      return raw.replace(/^(?:date|x-request-id):.*$/gim, '');
    };
    const plain = await told([]);
    for (const header of [
      'Forwarded: host=evil.example',
      'X-Forwarded-Host: evil.example',
      'X-Original-URL: /livez',
      'X-Rewrite-URL: /livez',
      'X-HTTP-Method-Override: GET',
    ]) {
      expect(await told([header]), header).to.equal(plain);
    }
    const odd = await exchangeRaw(server.url, lines('/nothing', ['Host: evil@host:99999']));
    expect(odd).not.to.include('evil');
  });

  it('carries the prototype in its headers and query in vain', async () => {
    const headers = { ...admin(), __proto__: 'x', constructor: 'x', 'x-constructor.prototype.x': 'x' };
    const path = '/v1/payins?__proto__[x]=1&constructor[prototype][x]=1&__proto__.x=1';
    const reply = await exchange(server.url, { method: 'GET', path, headers });
    expect(reply.status).to.equal(200);
    const raw = await exchangeRaw(
      server.url,
      lines('/nothing', ['Host: a', '__proto__: x', 'constructor.prototype: x']),
    );
    expect(raw).to.match(/^HTTP\/1\.1 404 /);
    expect(Reflect.get({}, 'x')).to.equal(undefined);
    expect(Object.keys(Object.prototype)).to.deep.equal([]);
  });

  it('was refused in all these ways, and the config can still be charged', async () => {
    const raw = await exchangeRaw(server.url, lines(TWILIO_PATH, ['Host: localhost'], charge()));
    expect(raw)
      .to.match(/^HTTP\/1\.1 200 /)
      .and.to.include('"error_code":null');
  });
});
