/** Bodies that are not what they should be: each is refused in Twilio's shape, and nothing is left of it. */
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { ErrorCode } from '../../src/core/errors.ts';
import { exchangeRaw } from '../support/exchange.ts';
import { basic, post, refuses, shapeOf, TWILIO_PATH } from '../support/refusals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase, type TestDatabase } from '../support/stores.ts';
import { chargeBody, payinConfig } from '../support/twilio.ts';

const MAX_BODY_BYTES = 32_768;
const MAX_DEPTH = 32;
const TEN_MB = 10 * 1024 * 1024;

const nested = (levels: number, open = '[', close = ']') => `${open.repeat(levels)}${close.repeat(levels)}`;
const filler = (length: number) => 'x'.repeat(length);

describe('a body that is not what it should be', () => {
  let database: TestDatabase;
  let server: TestServer;
  let config: string;
  /** The text of a good charge, with members put in front of its others. */
  const charge = (members = '') => JSON.stringify(chargeBody(config)).replace('{', `{${members}`);

  before(async () => {
    database = await createDatabase('sqlite');
    server = await startServer({ store: await database.open() });
    config = await payinConfig(server);
  });
  after(async () => {
    await server.close();
    await database.destroy();
  });

  const CASES: Readonly<Record<string, () => string | Buffer>> = {
    'is empty': () => '',
    'is blank': () => ' \n\t',
    'is cut off': () => charge().slice(0, -1),
    'goes on behind its end': () => `${charge()}}`,
    'is two documents': () => charge() + charge(),
    'is a form': () => 'method=charge&transaction_id=t&cardnumber=4111111111111111',
    'is XML': () => '<?xml version="1.0"?><pay><cardnumber>4111111111111111</cardnumber></pay>',
    'has a trailing comma': () => charge().replace(/}$/, ',}'),
    'has single quotes': () => charge().replaceAll('"', "'"),
    'has a comment': () => charge('/* pay */'),
    'has a bare NaN': () => charge('"extra":NaN,'),
    'has a line break within a text': () => charge('"extra":"a\nb",'),
    'has a NUL before it': () => `\0${charge()}`,
    'is UTF-16': () => Buffer.from(charge(), 'utf16le'),
    'is a list': () => `[${charge()}]`,
    'is an empty list': () => '[]',
    'is a text': () => JSON.stringify(charge()),
    'is a number': () => '4111111111111111',
    'is null': () => 'null',
    'is true': () => 'true',
    'is nested a level too deep': () => charge(`"extra":${nested(MAX_DEPTH)},`),
    'is nested 10,000 levels deep': () => charge(`"extra":${nested(10_000)},`),
    'is nothing but opening brackets': () => '['.repeat(30_000),
    'has objects 5,000 levels deep': () => charge(`"extra":${nested(5_000, '{"a":', '}').replace(':}', ':1}')},`),
    'has a key twice': () => charge('"amount":"1.00",'),
    'has a key twice, once escaped': () => charge('"am\\u006funt":"1.00",'),
    'has a key twice, both with escaped quotes': () => charge('"a\\"b":1,"a\\u0022b":2,'),
    'has a key twice within its parameters': () =>
      charge().replace('"payin_config_id"', '"payin_config_id":"other","payin_config_id"'),
    'sets its prototype': () => charge('"__proto__":{"x":1},'),
    'sets its prototype by an escape': () => charge('"\\u005f\\u005fproto__":{"x":1},'),
    "sets its parameters' prototype": () => charge().replace('"payin_config_id"', '"__proto__":"x","payin_config_id"'),
    'sets the prototype of something ignored': () => charge('"extra":[{"__proto__":{"x":1}}],'),
  };
  for (const [what, body] of Object.entries(CASES)) {
    it(`${what}: is refused`, () => refuses(server, config, 'INVALID_REQUEST', { body: body() }));
  }

  const TOO_LARGE: Readonly<Record<string, () => Buffer>> = {
    'by one byte': () => Buffer.from(charge(`"extra":"${filler(MAX_BODY_BYTES + 1 - charge().length - 11)}",`)),
    'of ten megabytes': () => Buffer.from(charge(`"extra":"${filler(TEN_MB)}",`)),
  };
  for (const [what, make] of Object.entries(TOO_LARGE)) {
    it(`is too large, ${what}: is refused`, async () => {
      const body = make();
      if (what === 'by one byte') expect(body).to.have.length(MAX_BODY_BYTES + 1);
      const raw = await exchangeRaw(server.url, withHead(body));
      expect(bodyOf(raw).error_code).to.equal('PAYLOAD_TOO_LARGE');
      expect(await server.store.count('attempts', [])).to.equal(0);
    });
  }

  it('is too large once unpacked: is refused', () =>
    refuses(server, config, 'PAYLOAD_TOO_LARGE', {
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(TEN_MB, ' ')),
    }));

  it('is announced larger than it may be: is refused before it is sent', async () => {
    const head = withHead(Buffer.from('{')).toString().replace('content-length: 1', `content-length: ${TEN_MB}`);
    expect(bodyOf(await exchangeRaw(server.url, head)).error_code).to.equal('PAYLOAD_TOO_LARGE');
  });

  const ENCODINGS: readonly (readonly [string, (body: Buffer) => Buffer, ErrorCode])[] = [
    ['gzip', (body) => body, 'INVALID_REQUEST'],
    ['gzip', (body) => gzipSync(body).subarray(0, 40), 'INVALID_REQUEST'],
    ['deflate', (body) => body, 'INVALID_REQUEST'],
    ['br', (body) => body, 'INVALID_REQUEST'],
    ['gzip, gzip', (body) => body, 'INVALID_REQUEST'],
    ['../../etc/passwd', (body) => body, 'INVALID_REQUEST'],
  ];
  for (const [encoding, pack, code] of ENCODINGS) {
    it(`is not the ${encoding} that it claims to be: is refused`, () =>
      refuses(server, config, code, {
        headers: { 'content-encoding': encoding },
        body: pack(Buffer.from(charge())),
      }));
  }

  it('was refused in all these ways, and the config can still be charged', async () => {
    const { body } = await post(server, { body: charge() });
    expect(body.error_code).to.equal(null);
  });

  function withHead(body: Buffer): Buffer {
    const head = [
      `POST ${TWILIO_PATH} HTTP/1.1`,
      'host: localhost',
      `authorization: ${basic('api_key', server.connectorKey)}`,
      'connection: close',
      `content-length: ${body.length}`,
    ];
    return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
  }

  function bodyOf(raw: string) {
    const [head = '', body = ''] = raw.split('\r\n\r\n');
    expect(head).to.match(/\r\nconnection: close/i);
    return shapeOf(Number(head.split(' ')[1]), body).body;
  }
});

describe('a good body in unusual clothes', () => {
  let database: TestDatabase;
  let server: TestServer;
  before(async () => {
    database = await createDatabase('sqlite');
    server = await startServer({ store: await database.open() });
  });
  after(async () => {
    await server.close();
    await database.destroy();
  });

  let calls = 0;
  async function isCharged(
    pack: (body: string) => string | Buffer,
    headers: Readonly<Record<string, string | null>> = {},
  ) {
    const config = await payinConfig(server);
    const body = JSON.stringify(chargeBody(config, { transaction_id: `clothes-${++calls}` }));
    const { body: told, text } = await post(server, { headers, body: pack(body) });
    expect(told.error_code, text).to.equal(null);
    return told;
  }
  const plain = (body: string) => body;

  const CONTENT_TYPES = [
    null,
    '',
    ' ',
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json; charset=bogus-8',
    'application/json; charset="',
    '*/json',
    'text/plain',
    'text/html',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/vnd.api+json',
    'application/csp-report',
    'json',
    ';;;',
    '/',
  ];
  for (const type of CONTENT_TYPES) {
    it(`is read with the Content-Type ${JSON.stringify(type)}`, () => isCharged(plain, { 'content-type': type }));
  }

  it('is read when it is gzip', () => isCharged((body) => gzipSync(body), { 'content-encoding': 'gzip' }));
  it('is read with the encoding "identity"', () => isCharged(plain, { 'content-encoding': 'identity' }));
  it('is read with blanks around it', () => isCharged((body) => `\r\n\t ${body} \n`));
  it('is read with every key escaped', () =>
    isCharged((body) =>
      body.replace(
        /"(\w)(\w+)":/g,
        (_, first: string, rest: string) => `"\\u00${first.charCodeAt(0).toString(16)}${rest}":`,
      ),
    ));
  it('is read with fields that nobody knows', () =>
    isCharged((body) =>
      body.replace('{', '{"constructor":{"prototype":{"x":1}},"toString":1,"":[],"new":{"deep":[[[]]]},'),
    ));
  it('is read with 32 levels', () => isCharged((body) => body.replace('{', `{"extra":${nested(MAX_DEPTH - 1)},`)));
  it('is read in chunks of one byte', async () => {
    const config = await payinConfig(server);
    const body = JSON.stringify(chargeBody(config, { transaction_id: 'chunks' }));
    const chunks = [...body].map((character) => `1\r\n${character}\r\n`).join('');
    const authorization = basic('api_key', server.connectorKey);
    const raw = await exchangeRaw(
      server.url,
      `POST ${TWILIO_PATH} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
    );
    expect(raw)
      .to.match(/^HTTP\/1\.1 200 /)
      .and.to.include('"error_code":null');
  });

  it('may hold NUL, broken surrogates and bytes that are no UTF-8 in its texts', async () => {
    await isCharged((body) => body.replace('pizza', 'a\\u0000b'));
    await isCharged((body) => body.replace('pizza', '\\ud800 \\udc00'));
    await isCharged((body) =>
      Buffer.concat([
        Buffer.from(body.replace(/pizza.*/, '')),
        Buffer.from([0xff, 0xc0, 0x80]),
        Buffer.from(body.replace(/.*pizza/, '')),
      ]),
    );
  });

  it('leaves the prototype of all objects alone', () => {
    expect(Reflect.get({}, 'x')).to.equal(undefined);
    expect(Object.keys(Object.prototype)).to.deep.equal([]);
  });
});
