/**
 * Words that a database or the language could take for its own, in queries, paths, credentials and the names of
 * metadata, on every store: they find nothing, change nothing, and never widen what a key may see.
 */
import { expect } from 'chai';
import mongoose from 'mongoose';
import { type Client, clientOf, type Page, type Payin, type PayinConfig, payinConfigBody } from '../support/api.ts';
import { exchange } from '../support/exchange.ts';
import { pollution, TEXTS } from '../support/hostile.ts';
import { basic, TWILIO_PATH } from '../support/refusals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import { chargeBody, type Door, deliver, payinConfig } from '../support/twilio.ts';

/** What MongoDB would read as an operator, and no query of ours has. */
const FOREIGN_OPERATORS = ['$where', '$expr', '$function', '$accumulator', '$jsonSchema', '$text'];

function keysIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [key, ...keysIn(member)]);
}

/** Names of metadata that are kept as they are. A name that begins a prototype is refused with its whole body. */
const NAMES = [
  ...['$where', '$gt', '$set', 'a.b', 'a.$b', '.', '..', '%24', '%', '_id', '_bsontype', '$', ' ', '', '0', '-1'],
  ...['toString', 'constructor', 'hasOwnProperty', 'valueOf', 'length', 'then', 'toJSON', 'prototype', '$ref'],
  ...['"', "'", '\\', '\u0000', '\r\n', '\u202e', 'שלום', '👩‍👩‍👧‍👦', 'n'.repeat(1_000)],
];

/** The queries that a list takes; each is a text. */
const PARAMETERS = [
  ...['merchant_id', 'start_key', 'limit', 'offset', 'sort_by', 'sort_order', 'method_type', 'status', 'source'],
  ...['billing_contact_name', 'merchant_name', 'transaction_id', 'confirmation_code', 'created_at.start'],
  ...['created_at.end', 'expected_deposit_date.start', 'metadata[$.order]', 'metadata[$.a.b]'],
];

eachStore('Hostile words in queries, paths, credentials and names', (stores) => {
  let server: TestServer;
  let admin: Client;
  let strangers: string;
  const operators = new Set<string>();

  before(async () => {
    mongoose.set('debug', (_collection: string, _method: string, ...args: unknown[]) => {
      for (const key of keysIn(args)) if (key.startsWith('$')) operators.add(key);
    });
    server = await startServer({ store: stores.store(), failedAuthsPerMinute: 1_000_000 });
    admin = clientOf(server);
    const { platform, merchant, adminKey, connectorKey } = server.stranger;
    const keys = { adminKey: adminKey.secret.reveal(), connectorKey: connectorKey.secret.reveal() };
    const stranger: Door = { url: server.url, account: { platform, merchant }, ...keys };
    for (const door of [server, stranger]) {
      const config = await payinConfig(door, { metadata: { order: 'A' } });
      await deliver(door, chargeBody(config, { transaction_id: 'one' }));
    }
    strangers = merchant.id;
  });
  after(async () => {
    mongoose.set('debug', false);
    await server.close();
  });
  afterEach(() => {
    expect(pollution()).to.deep.equal([]);
    expect(FOREIGN_OPERATORS.filter((operator) => operators.has(operator))).to.deep.equal([]);
  });

  async function get(path: string) {
    const { status, text } = await admin.send('GET', path);
    expect(text, path).not.to.include(strangers);
    return { status, text };
  }

  it('as the value of a query find nothing', async () => {
    for (const name of PARAMETERS) {
      for (const [what, value] of Object.entries(TEXTS)) {
        const { status, text } = await get(`/v1/payins?${new URLSearchParams({ [name]: sendable(value) })}`);
        expect(status, `${name}: ${what} ${text}`).to.be.oneOf([200, 400]);
        if (status === 200) expect(JSON.parse(text).data, `${name}: ${what}`).to.deep.include({ results: [] });
      }
    }
  });

  it('are looked for where MongoDB is asked', () => {
    expect(operators.has('$in')).to.equal(stores.name === 'mongo');
  });

  it('as the name of a query are ignored, or refused where metadata is meant', async () => {
    const ours = (await get('/v1/payins')).text;
    for (const name of PARAMETERS.filter((one) => !one.startsWith('metadata'))) {
      for (const suffix of ['[$ne]', '[$gt]', '[]', '[__proto__]', '[constructor][prototype]', '.$where']) {
        expect((await get(`/v1/payins?${new URLSearchParams({ [name + suffix]: 'x' })}`)).text).to.equal(ours);
      }
    }
    for (const path of [
      '[$where]',
      '[$.__proto__.$ne]',
      "[$.a' OR 1=1]",
      '[$.a")]',
      '[$..]',
      '[$]',
      '.order',
      '[$ne]',
      '',
    ]) {
      const { status, text } = await get(`/v1/payins?${new URLSearchParams({ [`metadata${path}`]: 'A' })}`);
      expect(status, path).to.equal(400);
      expect(JSON.parse(text).errors[0]).to.include({ code: 'RequestBody', field: 'metadata' });
    }
    for (const path of ['__proto__', 'constructor', 'constructor.prototype', 'toString', 'order.length']) {
      const { status, text } = await get(`/v1/payins?${new URLSearchParams({ [`metadata[$.${path}]`]: 'A' })}`);
      expect(status, path).to.equal(200);
      expect(JSON.parse(text).data, path).to.deep.include({ results: [] });
    }
  });

  it('in a path find nothing', async () => {
    for (const kind of [
      'payins',
      'merchants',
      'api_keys',
      'payin_configs',
      'payment_method_configs',
      'payment_methods',
    ]) {
      for (const [what, text] of Object.entries(TEXTS)) {
        const { status } = await get(`/v1/${kind}/${encodeURIComponent(sendable(text))}`);
        expect(status, `${kind}: ${what}`).to.be.oneOf([400, 404]);
      }
    }
  });

  it('as credentials let nobody in', async () => {
    for (const [what, text] of Object.entries(TEXTS)) {
      const word = encodeURIComponent(sendable(text));
      const tries: readonly (readonly [string, string])[] = [
        [TWILIO_PATH, basic(sendable(text), server.connectorKey)],
        [TWILIO_PATH, basic('api_key', sendable(text))],
        ['/v1/payins', `Bearer ${word}`],
        ['/v1/payins', word],
      ];
      for (const [path, authorization] of tries) {
        const { status } = await exchange(server.url, { path, headers: { authorization }, body: {} });
        expect(status, what).to.equal(401);
      }
    }
  });

  it('as names of metadata are kept, and found by no other name', async () => {
    const metadata = Object.fromEntries(NAMES.map((name, i) => [name, { [name]: `value-${i}` }]));
    const body = payinConfigBody(server.account.merchant.id, { metadata });
    const { payin_config_id } = await admin.post<PayinConfig>('/v1/payin_configs', body);
    expect((await admin.get<PayinConfig>(`/v1/payin_configs/${payin_config_id}`)).metadata).to.deep.equal(metadata);

    const config = await payinConfig(server);
    const short = Object.fromEntries(NAMES.filter((name) => name.length <= 256).map((name) => [name, 'kept']));
    const parameters = { ...short, payin_config_id: config };
    const { body: told } = await deliver(server, chargeBody(config, { transaction_id: 'names', parameters }));
    expect(told.error_code).to.equal(null);
    const payin = await admin.get<Payin>(`/v1/payins/${told.charge_id}`);
    expect(payin.metadata).to.deep.equal({ ...short, description: 'pizza' });
    const { results } = await admin.get<Page<Payin>>(
      `/v1/payins?${new URLSearchParams({ 'metadata[$.toString]': 'kept' })}`,
    );
    expect(results.map(({ payin_id }) => payin_id)).to.deep.equal([told.charge_id]);
  });

  it('as the prototype of metadata are refused', async () => {
    const headers = { authorization: `Bearer ${server.adminKey}` };
    const good = JSON.stringify(payinConfigBody(server.account.merchant.id, { metadata: { a: { b: 1 } } }));
    for (const bad of ['"__proto__":{"x":1}', '"\\u005f_proto__":{"x":1}']) {
      for (const body of [good.replace('{', `{${bad},`), good.replace('{"b"', `{${bad},"b"`)]) {
        expect((await exchange(server.url, { path: '/v1/payin_configs', headers, body })).status, body).to.equal(400);
      }
    }
    expect((await exchange(server.url, { path: '/v1/payin_configs', headers, body: good })).status).to.equal(200);
  });
});

/** As far as it can be sent in a URL: no halves of characters, and no more than the parser of headers takes. */
function sendable(text: string): string {
  return Buffer.from(text).toString().slice(0, 4_000);
}
