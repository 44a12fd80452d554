/**
 * Card numbers, security codes, account numbers, keys and credentials, sent in every place that a request has and thrown
 * by what lies behind the engine: no trace of them in replies, logs or stores.
 */
import { expect } from 'chai';
import schema from '../../schemas/twilio/pay.schema.json' with { type: 'json' };
import type { Processor } from '../../src/core/processor.ts';
import { type Store, StoreUnavailable } from '../../src/core/store.ts';
import type { Ledger } from '../../src/processors/sandbox/ledger.ts';
import { openSandboxLedger } from '../../src/processors/sandbox/open.ts';
import { SETTINGS } from '../../src/settings.ts';
import {
  ACCOUNT,
  ACCOUNT_DATA,
  AMEX,
  type Canary,
  CODE,
  DECLINED_PAN,
  dumpOf,
  findCanaries,
  findInDump,
  keyCanaries,
  PAN,
} from '../support/canaries.ts';
import { fastClock } from '../support/clock.ts';
import { exchange, type Reply, type Sent } from '../support/exchange.ts';
import { basic, post, TWILIO_PATH } from '../support/refusals.ts';
import { type ServerParts, startServer, type TestServer } from '../support/server.ts';
import { createDatabase, eachStore } from '../support/stores.ts';
import { chargeBody, payinConfig, paymentMethodConfig, tokenizeBody } from '../support/twilio.ts';

const FIELDS = Object.keys(schema.properties).filter((field) => field !== 'parameters');
const PARAMETERS = [
  'payin_config_id',
  'payment_method_config_id',
  'payment_method_id',
  'AVSName',
  'account_holder_name',
  'account_type',
  'account_holder_type',
  'order',
];
const HEADERS = [
  'accept',
  'content-type',
  'content-encoding',
  'cookie',
  'forwarded',
  'if-none-match',
  'idempotency-key',
  'origin',
  'referer',
  'traceparent',
  'user-agent',
  'x-forwarded-for',
  'x-request-id',
  'x-twilio-signature',
];
/**
 * Kept because the merchant asked for it: what a caller's application says in free words, and the provider's name of the
 * transaction; and four digits are a postal code in much of the world. A card number is told by its digits and refused
 * there too, and so is the account number of this very payment; other values have no form of their own.
 */
const FREE_TEXT = [
  'description',
  'parameters.order',
  'parameters.AVSName',
  'parameters.account_holder_name',
  'transaction_id',
];
const isKept = (canary: Canary, place: string) =>
  place === 'bank.AVSName' ? canary !== ACCOUNT : place === 'postal_code' ? canary === CODE : FREE_TEXT.includes(place);

const CARD = { cardnumber: AMEX.value, cvv: CODE.value };
const BANK = {
  cardnumber: null,
  cvv: null,
  expiry_month: null,
  expiry_year: null,
  postal_code: null,
  bankaccountnumber: ACCOUNT.value,
  routingnumber: '110000000',
};

describe('the search for canaries', () => {
  it('finds each of them, however it is dressed', () => {
    const text = (value: string) => `{"message":"card ${value} declined"}`;
    for (const canary of ACCOUNT_DATA) expect(findCanaries(text(canary.value), ACCOUNT_DATA)).to.have.length.above(0);
    const { value } = PAN;
    for (const form of [
      '5555 5555 5555 4444',
      Buffer.from(value).toString('base64'),
      Buffer.from(value).toString('hex'),
    ]) {
      expect(findCanaries(text(form), [PAN]), form).to.have.length.above(0);
    }
    expect(findCanaries(Buffer.from(text(value), 'utf16le'), [PAN])).to.deep.equal(['card number, as UTF-16']);
    expect(findCanaries(text('5555-4444, 18523, 1795285231234'), ACCOUNT_DATA)).to.deep.equal([]);
  });

  it('finds one in the files of a store', async () => {
    const database = await createDatabase('sqlite');
    const store = await database.open();
    await store.apply({ insert: 'meta', record: { id: 'leak', rev: 0, value: `card ${PAN.value}` } });
    expect(findInDump(await dumpOf(database.url), [PAN])).to.have.length.above(0);
    await database.destroy();
  });
});

eachStore('canaries', (stores) => {
  let server: TestServer;
  let ledger: Ledger;
  const opened: TestServer[] = [];

  const start = async (parts: Partial<ServerParts> = {}) => {
    const started = await startServer({ store: stores.store(), ledger, clock: fastClock(20), ...parts });
    opened.push(started);
    return started;
  };
  const keys = (of: TestServer = server): readonly Canary[] => [
    ...keyCanaries('admin key', of.adminKey, of.account.platform.accountSid),
    ...keyCanaries('connector key', of.connectorKey, of.account.platform.accountSid),
  ];

  before(async () => {
    const location = SETTINGS.store.location.parse(stores.url());
    if (location === undefined) throw new Error('a test store has a URL');
    ledger = await openSandboxLedger(location);
    server = await start();
  });
  after(async () => {
    const closings = await Promise.allSettled(opened.map((one) => one.close()));
    await ledger.close();
    expect(closings.filter(({ status }) => status === 'rejected')).to.deep.equal([]);
  });

  let calls = 0;
  const transaction = () => ({ transaction_id: `canary-${++calls}` });

  function isClean({ headers, text }: Reply, of: TestServer = server) {
    const shown = `${text}\n${JSON.stringify(headers)}`;
    expect(findCanaries(shown, [...ACCOUNT_DATA, ...keys(of)]), shown).to.deep.equal([]);
  }

  async function send(sent: Partial<Sent>, to: TestServer = server): Promise<Reply> {
    const headers = { authorization: basic('api_key', to.connectorKey), ...sent.headers };
    const reply = await exchange(to.url, { path: TWILIO_PATH, ...sent, headers });
    isClean(reply, to);
    return reply;
  }

  it('in their own fields leave no trace: approved, declined, stored and refused', async () => {
    const payments = [
      chargeBody(await payinConfig(server), { ...transaction(), cardnumber: PAN.value }),
      chargeBody(await payinConfig(server), { ...transaction(), cardnumber: DECLINED_PAN.value }),
      chargeBody(await payinConfig(server), { ...transaction(), ...CARD }),
      tokenizeBody(await paymentMethodConfig(server), { ...transaction(), ...CARD }),
    ];
    const bank = await payinConfig(server);
    payments.push(
      chargeBody(bank, { ...transaction(), ...BANK, parameters: { payin_config_id: bank, AVSName: 'Ada Lovelace' } }),
    );
    for (const body of payments)
      expect((await send({ body })).text).to.match(/"error_code":(?:null|"INSUFFICIENT_FUNDS")/);
    for (const body of payments) await send({ body: { ...body, amount: '11.00', expiry_year: '31' } });
  });

  describe('in fields that are not theirs', () => {
    const planted = (canary: Canary): readonly (readonly [string, (config: string) => object])[] => {
      const { value } = canary;
      return [
        ...FIELDS.map((field) => [field, () => ({ [field]: value })] as const),
        ...PARAMETERS.map(
          (name) =>
            [
              `parameters.${name}`,
              (payin_config_id: string) => ({ parameters: { payin_config_id, [name]: value } }),
            ] as const,
        ),
        ['unknown', () => ({ unknown: value })],
        ['unknown.deep', () => ({ unknown: [{ deep: value }] })],
        ['bank.AVSName', (payin_config_id) => ({ ...BANK, parameters: { payin_config_id, AVSName: value } })],
        [`${canary.name} as a name`, () => ({ [value]: 'x' })],
      ];
    };

    it('card numbers leave no trace, as the name of a parameter and in every spelling too', async () => {
      for (const canary of [PAN, DECLINED_PAN, AMEX]) {
        for (const [, plant] of planted(canary)) {
          const config = await payinConfig(server);
          await send({ body: { ...chargeBody(config, transaction()), ...plant(config) } });
        }
        const spelled = canary.value.replace(/(.{4})(?=.)/g, '$1 ');
        for (const text of [spelled, spelled.replaceAll(' ', '-'), `order ${canary.value}, please`]) {
          const config = await payinConfig(server);
          await send({ body: chargeBody(config, { ...transaction(), description: text }) });
          await send({ body: chargeBody(config, { transaction_id: text }) });
          await send({
            body: chargeBody(config, { ...transaction(), parameters: { payin_config_id: config, [text]: 'x' } }),
          });
        }
      }
    });

    it('security codes, account numbers, keys and credentials leave no trace', async () => {
      for (const canary of [CODE, ACCOUNT, ...keys()]) {
        for (const [place, plant] of planted(canary)) {
          if (isKept(canary, place)) continue;
          const config = await payinConfig(server);
          await send({ body: { ...chargeBody(config, transaction()), ...plant(config) } });
        }
      }
    });
  });

  it('in headers, the query, the path and the credentials leave no trace', async () => {
    for (const { value } of [...ACCOUNT_DATA, ...keys()]) {
      const config = await payinConfig(server);
      const body = chargeBody(config, transaction());
      for (const name of [...HEADERS, `x-${value.toLowerCase().replace(/[^\w]/g, '')}`]) {
        await send({ body, headers: { [name]: value } });
      }
      await send({ body, path: `${TWILIO_PATH}?card=${value}&${value}` });
      await send({ body, path: `/vendor/${value}/pay_generic` });
      for (const authorization of [
        value,
        `Bearer ${value}`,
        basic(value, 'x'),
        basic('api_key', value),
        basic(value, value),
      ]) {
        await send({ body, headers: { authorization } });
        for (const path of [`/v1/payins/${value}`, `/v1/payins?transaction_id=${value}&limit=${value}`]) {
          await send({ method: 'GET', path, headers: { authorization } });
        }
      }
    }
  });

  it('in bodies that cannot be read leave no trace', async () => {
    for (const { value } of [...ACCOUNT_DATA, ...keys()]) {
      for (const body of [
        value,
        `{"cardnumber":${value}x`,
        `"${value}"`,
        `{"${value}":1,"${value}":2}`,
        `[${'['.repeat(40)}"${value}"`,
      ]) {
        await send({ body });
        await send({ body, path: '/v1/payins', headers: { authorization: `Bearer ${server.adminKey}` } });
      }
    }
  });

  it('in our own API leave no trace but the key that it shows once', async () => {
    const authorization = `Bearer ${server.adminKey}`;
    const merchant_id = server.account.merchant.id;
    const api = (path: string, body: object, method = 'POST') =>
      send({ method, path, body, headers: { authorization } });
    for (const { value } of [PAN, AMEX]) {
      const texts = { metadata: { note: value }, billing_contact: { name: value } };
      await api('/v1/merchants', { platform_id: server.account.platform.id, name: value });
      for (const [name, text] of Object.entries({
        ...texts,
        method_metadata: { [value]: 'x' },
        idempotency_key: value,
      })) {
        const config = { merchant_id, idempotency_key: `canary-${++calls}`, amount: 1000, currency_code: 'USD' };
        await api('/v1/payin_configs', { ...config, [name]: text });
      }
      const payin_config_id = await payinConfig(server);
      const card = { card_number: value, exp_month: 12, exp_year: 2030, cvc: CODE.value };
      await api('/v1/payins', { payin_config_id, method_type: 'CARD', card, billing_contact: { name: value } });
      await api('/v1/payins', { payin_config_id, method_type: 'CARD', card });
      const listed = await send({ method: 'GET', path: '/v1/payins', headers: { authorization } });
      for (const { payin_id } of JSON.parse(listed.text).data.results.slice(0, 2)) {
        await api(`/v1/payins/${payin_id}/metadata`, { note: value }, 'PATCH');
      }
    }
  });

  const LEAK = `no funds on ${PAN.value}, code ${CODE.value}, account ${ACCOUNT.value}`;
  const leak = () => Object.assign(new Error(LEAK), { body: LEAK, code: PAN.value, name: `Error${PAN.value}` });

  const CARELESS: Readonly<Record<string, () => Promise<never>>> = {
    'throws an error': () => Promise.reject(leak()),
    'throws an error with a cause': () => Promise.reject(new Error(LEAK, { cause: leak() })),
    'throws a text': () => Promise.reject(LEAK),
    'throws the request': () => Promise.reject({ card: PAN.value, message: LEAK }),
  };
  for (const [how, send] of Object.entries(CARELESS)) {
    it(`of a processor that ${how} leave no trace`, async () => {
      const careless = await start({ processor: carelessProcessor(send), clock: fastClock(5_000) });
      const config = await payinConfig(careless);
      const told = await post(careless, { body: chargeBody(config, { ...transaction(), cardnumber: PAN.value }) });
      expect(told.body.error_code).to.equal('OUTCOME_UNKNOWN');
      await careless.engine.reconciler.sweep();
    });
  }

  for (const [kind, error] of [
    ['a driver would', leak],
    ['it is away', () => Object.assign(new StoreUnavailable(), { cause: leak() })],
  ] as const) {
    it(`of a store that fails as ${kind}, at any of its calls, leave no trace`, async () => {
      let failing = Number.POSITIVE_INFINITY;
      const store = carelessStore(stores.store(), () => (failing-- === 0 ? error() : null));
      const shaky = await start({ store, clock: fastClock(200) });
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', note);
      for (let at = 0; at < 20; at++) {
        const config = await payinConfig(shaky);
        failing = at;
        await send({ body: chargeBody(config, { ...transaction(), ...CARD }) }, shaky);
        await shaky.engine.background.idle();
        failing = Number.POSITIVE_INFINITY;
      }
      process.off('unhandledRejection', note);
      expect(unhandled, 'what would have ended the process').to.have.length(0);
      const errors = shaky.log.entries().filter(({ event }) => event === 'defect' || event === 'store_error');
      expect(errors, 'what was logged of the failures').to.have.length.above(0);
    });
  }

  describe('after all this', () => {
    it('are in no line of the log', () => {
      for (const one of opened) {
        const canaries = [...ACCOUNT_DATA, ...keys(one)];
        expect(one.log.lines()).to.have.length.above(0);
        expect(one.log.lines().filter((line) => findCanaries(line, canaries).length > 0)).to.deep.equal([]);
        expect(one.log.log.redactions()).to.equal(0);
      }
    });

    it('are nowhere in the store', async () => {
      const dump = await dumpOf(stores.url());
      expect([...dump.keys()]).to.have.length.above(1);
      expect(findInDump(dump, [...ACCOUNT_DATA, ...opened.flatMap((one) => keys(one))])).to.deep.equal([]);
    });
  });
});

/** Fails in every call, with account data in its words. */
function carelessProcessor(send: () => Promise<never>): Processor {
  return {
    name: 'careless',
    sandbox: true,
    tenders: ['card', 'bank_account'],
    requires: { securityCode: false, postalCode: false, accountHolder: false },
    absence: 'unproven',
    charge: send,
    tokenize: send,
    capture: send,
    reverse: send,
    settled: send,
    settlesAfterMs: null,
    lookup: send,
    ping: send,
    close: async () => {},
  };
}

/** The store, but for the calls that fail. */
function carelessStore(store: Store, fault: () => Error | null): Store {
  async function tried<T>(call: () => Promise<T>): Promise<T> {
    const error = fault();
    if (error !== null) throw error;
    return call();
  }
  return {
    name: store.name,
    get: (collection, id) => tried(() => store.get(collection, id)),
    find: (collection, field, value) => tried(() => store.find(collection, field, value)),
    list: (collection, query) => tried(() => store.list(collection, query)),
    count: (collection, where) => tried(() => store.count(collection, where)),
    apply: (...writes) => tried(() => store.apply(...writes)),
    purge: (now, limit) => tried(() => store.purge(now, limit)),
    ping: () => tried(() => store.ping()),
    close: async () => {},
  };
}
