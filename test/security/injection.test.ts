/**
 * Words that a database, a log or the language could take for its own, in every text of every body of our own API, on
 * every store: refused, or kept letter by letter, and never read as anything but text.
 */
import { expect } from 'chai';
import { bankPayin, cardPayin, payinConfigBody, paymentMethodConfigBody } from '../support/api.ts';
import { exchange } from '../support/exchange.ts';
import { OPERATORS, pollution, TEXTS } from '../support/hostile.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import { payinConfig, paymentMethodConfig } from '../support/twilio.ts';

type Path = readonly (string | number)[];

/** The way to every text in a body. */
function textsIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => textsIn(member, [...path, key]));
}

/** A copy with another value at that place. */
function withAt(value: unknown, [key, ...rest]: Path, planted: unknown): unknown {
  if (key === undefined) return planted;
  if (Array.isArray(value))
    return value.map((member, i) => (String(i) === key ? withAt(member, rest, planted) : member));
  return { ...Object(value), [key]: withAt(Reflect.get(Object(value), key), rest, planted) };
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce(
    (inner: unknown, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );

/** Half a character is no text: what can be kept of it is the mark for what was not readable. */
const readable = (text: string) => Buffer.from(text).toString();

const COLLECTIONS = ['merchants', 'keys', 'chargeables', 'attempts', 'methods'] as const;
const CONTACT = { name: 'Jane', postal_code: '30305', country: 'US', email: 'jane@example.com' };

eachStore("Hostile words in our own API's bodies", (stores) => {
  let server: TestServer;

  before(async () => {
    server = await startServer({ store: stores.store() });
  });
  after(() => server.close());
  afterEach(() => expect(pollution()).to.deep.equal([]));

  const standing = async (): Promise<number> => {
    const counts = await Promise.all(COLLECTIONS.map((collection) => server.store.count(collection, [])));
    return counts.reduce((sum, count) => sum + count);
  };

  async function ask(method: string, path: string, body?: unknown) {
    const authorization = `Bearer ${server.adminKey}`;
    const { status, text } = await exchange(server.url, { method, path, body, headers: { authorization } });
    return { status, text, json: text === '' ? null : JSON.parse(text) };
  }

  interface Request {
    readonly path: string;
    /** With each of its texts filled in. */
    body(): Promise<object>;
  }

  /** Every request of our own API that has texts in its body. */
  const REQUESTS: Readonly<Record<string, Request>> = {
    'a merchant': {
      path: '/v1/merchants',
      body: async () => ({ platform_id: server.account.platform.id, name: 'a', dba_name: 'b' }),
    },
    'an API key': {
      path: '/v1/api_keys',
      async body() {
        const platform_id = server.account.platform.id;
        const merchant = { merchant_id: server.account.merchant.id };
        const statements = [{ permissions: ['payin:create'], constraints: { platform: { platform_id }, merchant } }];
        return { platform_id, statements };
      },
    },
    'a payin config': {
      path: '/v1/payin_configs',
      async body() {
        const more = { billing_contact: CONTACT, expires_at: '2090-01-01T00:00:00Z', accepted_tenders: ['CARD'] };
        return payinConfigBody(server.account.merchant.id, { ...more, accepted_brands: ['VISA'] });
      },
    },
    'a payment method config': {
      path: '/v1/payment_method_configs',
      async body() {
        const more = { billable_merchant_id: server.account.merchant.id, billing_contact: CONTACT };
        return paymentMethodConfigBody(server.account.platform.id, more);
      },
    },
    'a payin by card': { path: '/v1/payins', body: async () => cardPayin(await payinConfig(server)) },
    'a payin by bank account': { path: '/v1/payins', body: async () => bankPayin(await payinConfig(server)) },
    'a payment method': {
      path: '/v1/payment_methods',
      async body() {
        const { payin_config_id: _config, ...tender } = cardPayin('');
        return { payment_method_config_id: await paymentMethodConfig(server), ...tender };
      },
    },
  };

  for (const [what, { path, body }] of Object.entries(REQUESTS)) {
    it(`${what}: is not made where an object stands for a text`, async () => {
      const good = await body();
      const before = await standing();
      for (const place of textsIn(good)) {
        for (const planted of OPERATORS) {
          const { status, text, json } = await ask('POST', path, withAt(good, place, planted));
          expect(status, `${place.join('.')} ${JSON.stringify(planted)} ${text}`).to.equal(400);
          expect(json.errors[0].code).to.equal('RequestBody');
          expect(json.errors[0].field).to.be.a('string');
        }
      }
      expect(await standing()).to.equal(before);
      expect((await ask('POST', path, good)).status).to.equal(200);
    });

    it(`${what}: is made with the very words, or not at all`, async () => {
      for (const place of textsIn(await body())) {
        for (const [name, planted] of Object.entries(TEXTS)) {
          const good = await body();
          const { status, text, json } = await ask('POST', path, withAt(good, place, planted));
          const what = `${name} at ${place.join('.')}: ${text.slice(0, 200)}`;
          expect(status, what).to.be.oneOf([200, 400, 403]);
          if (status !== 200) continue;
          const [id] = Object.values<string>(json.data);
          const { json: kept } = await ask('GET', `${path}/${id}`);
          const shown = at(kept.data, place);
          if (shown !== undefined) expect(readable(String(shown)), what).to.equal(readable(planted));
        }
      }
    });
  }

  it('in an idempotency key are two keys where they are two: halves of characters, which a digest mixes up, are refused', async () => {
    for (const idempotency_key of ['a\ud800', 'a\ud801', '\udc00']) {
      const { status, json } = await ask('POST', '/v1/payin_configs', {
        ...(await REQUESTS['a payin config']?.body()),
        idempotency_key,
      });
      expect(status).to.equal(400);
      expect(json.errors[0]).to.include({ code: 'RequestBody', field: 'idempotency_key' });
    }
  });
});
