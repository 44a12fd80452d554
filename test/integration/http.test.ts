/** What holds of the server whoever asks for what: its patience with slow clients, its headers, its errors. */
import { connect } from 'node:net';
import { expect } from 'chai';
import { memoryLedger } from '../../src/processors/sandbox/index.ts';
import { exchange, exchangeRaw, type Sent } from '../support/exchange.ts';
import { createHolds, gatedLedger } from '../support/moments.ts';
import { basic, TWILIO_PATH } from '../support/refusals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase, type TestDatabase } from '../support/stores.ts';
import { chargeBody, chargesOf, deliver, payinConfig } from '../support/twilio.ts';

const BYTE_EVERY_MS = 20;

/** Writes one byte after the other for as long as the server listens; what it said by then. */
function dribble(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let [said, sent] = ['', 0];
    const socket = connect(Number(port), hostname);
    const timer = setInterval(() => socket.write(text[sent++ % text.length] ?? ''), BYTE_EVERY_MS);
    socket.on('data', (chunk) => {
      said += chunk;
    });
    // Written after the server has closed.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve(said);
    });
  });
}

const head = (server: TestServer, ...more: readonly string[]) =>
  [
    `POST ${TWILIO_PATH} HTTP/1.1`,
    'Host: localhost',
    `Authorization: ${basic('api_key', server.connectorKey)}`,
    ...more,
    '',
    '',
  ].join('\r\n');

/** Ways to hold a connection with a charge that never gets whole. */
const SLOW: Readonly<Record<string, (server: TestServer, body: string) => Promise<string>>> = {
  'and says nothing': ({ url }) => exchangeRaw(url, ''),
  'with its headers': (server) => exchangeRaw(server.url, head(server).slice(0, -2)),
  'with its headers, byte by byte': (server) => dribble(server.url, head(server, `X-Long: ${'a'.repeat(10_000)}`)),
  'with its body': (server, body) =>
    exchangeRaw(server.url, head(server, `Content-Length: ${body.length}`) + body.slice(0, -1)),
  'with its body, in chunks': (server, body) =>
    exchangeRaw(server.url, `${head(server, 'Transfer-Encoding: chunked')}5\r\n${body.slice(0, 5)}`),
};

describe('A client that takes too long', () => {
  const { gate, hold } = createHolds();
  let database: TestDatabase;
  let server: TestServer;
  let config: string;
  /** All start at once, because the server looks for them every other second only. */
  const cut = new Map<string, Promise<string>>();
  let heldReply: Promise<string>;
  let idle: Promise<string>;

  before(async () => {
    database = await createDatabase('sqlite');
    server = await startServer({
      store: await database.open(),
      ledger: gatedLedger(memoryLedger(), gate),
      http: { headersTimeoutMs: 100, requestTimeoutMs: 200, keepAliveTimeoutMs: 100 },
    });
    const whole = JSON.stringify(chargeBody(await payinConfig(server), { transaction_id: 'whole' }));
    const held = hold(['before charge']);
    heldReply = exchangeRaw(server.url, head(server, 'Connection: close', `Content-Length: ${whole.length}`) + whole);
    await held.reached;

    config = await payinConfig(server);
    for (const [how, send] of Object.entries(SLOW)) cut.set(how, send(server, JSON.stringify(chargeBody(config))));
    idle = exchangeRaw(server.url, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    void Promise.all(cut.values()).then(held.release);
  });
  after(async () => {
    await server.close();
    await database.destroy();
  });

  for (const how of Object.keys(SLOW)) {
    it(`${how}, is cut`, async () => {
      expect(await cut.get(how)).to.match(/^HTTP\/1\.1 408 /);
    });
  }

  it('has paid nothing, and its config can still be charged', async () => {
    await Promise.all(cut.values());
    expect(await chargesOf(server, config)).to.deep.equal([]);
    expect((await deliver(server, chargeBody(config))).body.error_code).to.equal(null);
  });

  it('is not one whose request is whole: the reply may take longer than the request', async () => {
    expect(await heldReply)
      .to.match(/^HTTP\/1\.1 200 /)
      .and.to.include('"error_code":null');
  });

  it('to ask again after an answer is let go', async () => {
    expect(await idle)
      .to.match(/^HTTP\/1\.1 200 /)
      .and.to.include('\r\nConnection: keep-alive\r\n');
  });
});

describe('More clients than may be', () => {
  it('are turned away at once, until one of the others has gone', async () => {
    const database = await createDatabase('sqlite');
    const server = await startServer({ store: await database.open(), http: { maxConnections: 2 } });
    const { port } = new URL(server.url);
    const open = () =>
      new Promise<ReturnType<typeof connect>>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => resolve(socket));
      });
    const live = (connection: 'close' | 'keep-alive') =>
      `GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: ${connection}\r\n\r\n`;
    const [first, second] = [await open(), await open()];
    // Both are in: the server has answered the younger one.
    const answered = new Promise((resolve) => second.once('data', resolve));
    second.write(live('keep-alive'));
    await answered;

    expect(await exchangeRaw(server.url, live('close'))).to.equal('');
    const gone = new Promise((resolve) => second.once('close', resolve));
    second.write(live('close'));
    second.resume();
    await gone;
    expect(await exchangeRaw(server.url, live('close'))).to.match(/^HTTP\/1\.1 200 /);
    first.destroy();
    await server.close();
    await database.destroy();
  });
});

describe('Every answer', () => {
  let database: TestDatabase;
  let server: TestServer;
  let config: string;
  before(async () => {
    database = await createDatabase('sqlite');
    server = await startServer({ store: await database.open(), failedAuthsPerMinute: 1 });
    config = await payinConfig(server);
  });
  after(async () => {
    await server.close();
    await database.destroy();
  });

  const ANSWERS: readonly (readonly [number, () => Sent])[] = [
    [200, () => ({ method: 'GET', path: '/livez' })],
    [200, () => ({ path: TWILIO_PATH, headers: { authorization: connector() }, body: chargeBody(config) })],
    [200, () => ({ path: TWILIO_PATH, headers: { authorization: connector() }, body: '{' })],
    [200, () => ({ method: 'OPTIONS', path: '/livez' })],
    [
      204,
      () => ({
        path: `/v1/api_keys/${server.account.connectorKey.key.id}/enable`,
        headers: { authorization: admin() },
      }),
    ],
    [400, () => ({ path: '/v1/payins', headers: { authorization: admin() }, body: {} })],
    [401, () => ({ path: TWILIO_PATH, body: chargeBody(config) })],
    [429, () => ({ path: '/v1/payins', method: 'GET' })],
    [403, () => ({ path: '/v1/payins', method: 'GET', headers: { authorization: `Bearer ${server.connectorKey}` } })],
    [404, () => ({ path: '/nothing', method: 'GET' })],
    [404, () => ({ path: `/v1/payins/sbx_pyi_${'0'.repeat(27)}`, method: 'GET', headers: { authorization: admin() } })],
    [405, () => ({ path: TWILIO_PATH, method: 'GET' })],
    [413, () => ({ path: '/v1/payins', headers: { authorization: admin() }, body: `"${'x'.repeat(33_000)}"` })],
  ];
  const admin = () => `Bearer ${server.adminKey}`;
  const connector = () => basic('api_key', server.connectorKey);

  it('carries the security headers and an id of its own, and says nothing of what runs here', async () => {
    const requestIds = new Set<unknown>();
    for (const [status, sent] of ANSWERS) {
      const reply = await exchange(server.url, sent());
      expect(reply.status, `${sent().path}: ${reply.text}`).to.equal(status);
      expect(reply.headers).to.include({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'",
        'strict-transport-security': 'max-age=31536000',
        'x-content-type-options': 'nosniff',
      });
      expect(reply.headers).not.to.have.any.keys('server', 'x-powered-by', 'set-cookie', 'etag');
      expect(reply.headers['x-request-id']).to.match(/^[a-z]{20}$/);
      requestIds.add(reply.headers['x-request-id']);
      if (reply.text !== '') expect(reply.headers['content-type']).to.equal('application/json; charset=utf-8');
    }
    expect(requestIds).to.have.length(ANSWERS.length);
  });

  it('names its request in the log, and never by what the client called it', async () => {
    const headers = { authorization: connector(), 'x-request-id': 'chosen-by-the-client' };
    const reply = await exchange(server.url, { path: TWILIO_PATH, headers, body: {} });
    expect(server.log.entries('payment').at(-1)).to.include({ request_id: reply.headers['x-request-id'] });
    expect(server.log.lines().join('\n')).not.to.include('chosen-by-the-client');
  });

  it('to an unknown path, and to a known one by another method, is an error in our envelope', async () => {
    const nothing = await exchange(server.url, { path: '/nothing', method: 'GET' });
    expect(JSON.parse(nothing.text)).to.deep.equal({
      status: 'ERROR',
      data: null,
      errors: [{ field: null, code: 'EntityNotFound', message: 'There is no such object or path.' }],
    });
    const other = await exchange(server.url, { path: '/v1/payins', method: 'DELETE' });
    expect(other.headers.allow?.split(', ')).to.have.members(['HEAD', 'GET', 'POST']);
    expect(JSON.parse(other.text)).to.deep.equal({
      status: 'ERROR',
      data: null,
      errors: [{ field: null, code: 'METHOD_NOT_ALLOWED', message: 'The path exists, but not for this HTTP method.' }],
    });
  });
});
