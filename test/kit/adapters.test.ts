/** Adapters that are broken on purpose, each in one way, and the check of `describeAdapter` that catches it. */
import { join } from 'node:path';
import { expect } from 'chai';
import { generic } from '../../adapters/generic/adapter.ts';
import { twilio } from '../../adapters/twilio/adapter.ts';
import type { Adapter, Json } from '../../src/core/adapter.ts';
import type { ChargeCommand, Command } from '../../src/core/payment.ts';
import { type AdapterFixture, describeAdapter, readFixtures } from '../contract/index.ts';
import { runNested } from './nested.ts';

const PATH = '/vendor/twilio/pay_generic';
const CARD = {
  cardnumber: '4111111111111111',
  cvv: '123',
  expiry_month: '08',
  expiry_year: '30',
  postal_code: '94111',
};
const COMMON = { source: 'IVR', transactionId: 'call-1', billingContact: {}, metadata: { shop: 'A' } } as const;
const TENDER = {
  kind: 'card',
  number: '4111111111111111',
  expiry: { month: 8, year: 2030 },
  securityCode: '123',
  postalCode: '94111',
} as const;

const FIXTURES: readonly AdapterFixture[] = [
  {
    name: 'a charge',
    source: 'made up',
    path: PATH,
    body: {
      method: 'charge',
      transaction_id: 'call-1',
      ...CARD,
      amount: '10.00',
      parameters: { payin_config_id: 'cfg', shop: 'A' },
    },
    command: { ...COMMON, kind: 'charge', configId: 'cfg', money: { amount: 1000, currency: 'USD' }, tender: TENDER },
  },
  {
    name: 'a tokenize',
    source: 'made up',
    path: PATH,
    body: {
      method: 'tokenize',
      transaction_id: 'call-1',
      ...CARD,
      parameters: { payment_method_config_id: 'pmc', shop: 'A' },
    },
    command: { ...COMMON, kind: 'tokenize', configId: 'pmc', tender: TENDER },
  },
];

const GOOD = twilio;
const fieldOf = (body: unknown, field: string): unknown => Reflect.get(Object(body), field);

/** The good adapter with its commands changed on the way. */
const reading = (change: (command: Command, body: unknown) => Command): Adapter<unknown> => ({
  ...GOOD,
  decode(delivery) {
    const command = GOOD.decode(delivery);
    return command.kind === 'refused' ? command : change(command, delivery.body);
  },
});

/** The good adapter with another amount wherever it finds one. */
const counting = (amountOf: (text: string) => number) =>
  reading((command, body): Command => {
    if (command.kind !== 'charge') return command;
    return { ...command, money: { currency: 'USD', amount: amountOf(String(fieldOf(body, 'amount'))) } };
  });

/** The good adapter with one more field in its replies. */
const telling = (more: (...given: Parameters<Adapter<unknown>['encode']>) => Json): Adapter<unknown> => ({
  ...GOOD,
  encode(...given) {
    const { status, body } = GOOD.encode(...given);
    return { status, body: { ...Object(body), more: more(...given) } };
  },
});

const SUCCESS = { charge_id: 'x', token_id: 'x', error_code: null, error_message: null, parameters: {} };
const withSchema = (properties: object): Adapter<unknown> => ({
  ...GOOD,
  schema: { ...GOOD.schema, properties: { ...Object(fieldOf(GOOD.schema, 'properties')), ...properties } },
});

let calls = 0;

/** What is wrong, the title of the check that is meant for it, and the adapter. */
const BROKEN: readonly [string, string, Adapter<unknown>][] = [
  ['a name with blanks', 'has a name that can stand in a log', { ...GOOD, name: 'Pay Now' }],
  ["the name of the server's own API", 'has a name that can stand in a log', { ...GOOD, name: 'api' }],
  ['no route', 'has routes', { ...GOOD, routes: [] }],
  ['one route twice', 'has routes', { ...GOOD, routes: [...GOOD.routes, ...GOOD.routes] }],
  [
    "a route among the server's own",
    'has routes',
    { ...GOOD, routes: [...GOOD.routes, { method: 'POST', path: '/v1/payins', operation: 'charge' }] },
  ],
  // As from a module that no compiler has seen.
  ['no way to sign in', 'says how the provider signs in', { ...GOOD, ...JSON.parse('{"auth":[]}') }],
  [
    'a schema with a keyword that is none',
    'compiles in strict mode',
    withSchema({ cvv: { type: 'string', maxLen: 4 } }),
  ],
  [
    'a schema that is closed',
    'lets unknown fields pass',
    { ...GOOD, schema: { ...GOOD.schema, additionalProperties: false } },
  ],
  ['a text without a bound', 'has a bound on every text', withSchema({ cvv: { type: 'string' } })],
  ['a list without a bound', 'has a bound on every text', withSchema({ more: { type: 'array', items: true } })],
  [
    'repeats that there is no time for',
    'has a patience that can be kept',
    { ...GOOD, patience: { deliveryMs: 10_000, totalMs: 10_000, repeatsOnSilence: true } },
  ],
  [
    'a patience in seconds',
    'has a patience that can be kept',
    { ...GOOD, patience: { deliveryMs: 10, totalMs: 50, repeatsOnSilence: true } },
  ],
  [
    'an address of its own to type',
    'tells what to type at the provider',
    { ...GOOD, setup: () => ({ where: 'the console', values: { URL: `http://localhost${PATH}` } }) },
  ],
  [
    'a field that it does not read',
    'brings a charge to its command',
    reading((command) => (command.tender.kind === 'card' ? withTender(command, { postalCode: null }) : command)),
  ],
  [
    'a body that it throws on',
    'comes to a command or a refusal',
    reading((command, body) => {
      if (typeof fieldOf(body, 'description') === 'string') throw new TypeError('not expected');
      return command;
    }),
  ],
  ['an amount that is no number', 'comes to a command or a refusal', counting(() => Number.NaN)],
  ['a memory', 'comes to the same each time', reading((command) => ({ ...command, metadata: { calls: calls++ } }))],
  [
    'a look at the clock',
    'comes to the same each time',
    reading((command) => ({ ...command, metadata: { at: Date.now() } })),
  ],
  [
    'a hand on the body',
    'comes to the same each time',
    reading((command, body) => {
      Reflect.deleteProperty(Object(body), 'cvv');
      Object(body).method = 'charge';
      return command;
    }),
  ],
  [
    'a dislike of what is new',
    'lets fields pass that nobody knows',
    {
      ...GOOD,
      decode: (delivery) =>
        fieldOf(delivery.body, 'x_unknown') === undefined
          ? GOOD.decode(delivery)
          : { kind: 'refused', code: 'INVALID_REQUEST', field: null },
    },
  ],
  [
    'the card among the metadata',
    'out of sight',
    reading((command, body) => ({
      ...command,
      metadata: { ...command.metadata, note: `card ${fieldOf(body, 'cardnumber')}` },
    })),
  ],
  [
    'a transaction id cut short',
    "takes the provider's transaction id as it is",
    reading((command) => ({ ...command, transactionId: command.transactionId?.slice(0, 8) ?? null })),
  ],
  [
    'floats for money',
    'reads amounts to the minor unit',
    counting((text) => Math.trunc(Number.parseFloat(text) * 100)),
  ],
  [
    'lenient amounts',
    'reads amounts to the minor unit',
    {
      ...GOOD,
      decode({ body, route }) {
        const amount = Number(fieldOf(body, 'amount')).toFixed(2);
        return GOOD.decode({ body: { ...Object(body), amount }, route });
      },
    },
  ],
  [
    'a code that it does not know',
    'has a reply for every result and every code',
    {
      ...GOOD,
      encode(result, route, body) {
        if (result.kind === 'declined' && result.code === 'RISK_DECLINE') throw new Error('which?');
        return GOOD.encode(result, route, body);
      },
    },
  ],
  [
    'a reply that leans on the body',
    'also to a body that could not be read',
    telling((_result, _route, body) => String((body as { readonly method: unknown }).method)),
  ],
  [
    'a status that is none',
    'has a reply for every result and every code',
    { ...GOOD, encode: (...given) => ({ ...GOOD.encode(...given), status: Number('0200x') }) },
  ],
  ['a field that its replies do not have', 'answers as the schema of its replies says', telling(() => 'x')],
  ['a counter in its replies', 'gives the same bytes each time', telling(() => calls++)],
  [
    'one reply to all approvals',
    'tells one approval from another',
    {
      ...GOOD,
      encode: (result, ...given) =>
        result.kind === 'approved' ? { status: 200, body: SUCCESS } : GOOD.encode(result, ...given),
    },
  ],
  [
    'declines that read as approvals',
    'tells no decline and no refusal as a success',
    {
      ...GOOD,
      encode: (result, route, body) =>
        result.kind === 'declined' ? { status: 200, body: SUCCESS } : GOOD.encode(result, route, body),
    },
  ],
  [
    'what is open as a success',
    'tells what is open neither as a success nor as a decline',
    {
      ...GOOD,
      encode: (result, route, body) =>
        result.kind === 'pending' ? { status: 200, body: SUCCESS } : GOOD.encode(result, route, body),
    },
  ],
  [
    'what is open as a decline',
    'tells what is open neither as a success nor as a decline',
    {
      ...GOOD,
      encode(result, ...given) {
        if (result.kind !== 'unknown' || result.paymentMethodId === null) return GOOD.encode(result, ...given);
        const { payinId, paymentMethodId } = result;
        return GOOD.encode({ kind: 'declined', code: 'DECLINED', payinId, paymentMethodId }, ...given);
      },
    },
  ],
  [
    'amounts by division',
    'tells the amount exactly, or not at all',
    {
      ...GOOD,
      encode(result, ...given) {
        const { status, body } = GOOD.encode(result, ...given);
        if (result.kind !== 'approved' || result.command !== 'charge') return { status, body };
        const parameters = { payin_id: result.payinId, amount: result.money.amount / 100 };
        return { status, body: { ...Object(body), parameters } };
      },
    },
  ],
  [
    'an echo of the request',
    'shows nothing of a tender',
    telling((_result, _route, body) => String(fieldOf(body, 'description') ?? '')),
  ],
  [
    'the routing number',
    'shows nothing of a tender',
    telling((result) =>
      result.kind === 'approved' && result.instrument.kind === 'bank_account' ? result.instrument.routing : null,
    ),
  ],
];

function withTender(command: Command, changes: Partial<Extract<ChargeCommand['tender'], { kind: 'card' }>>): Command {
  return command.tender.kind === 'card' ? { ...command, tender: { ...command.tender, ...changes } } : command;
}

describe('describeAdapter', () => {
  let passed: readonly string[];
  before(async () => {
    const run = await runNested(() => describeAdapter(GOOD, FIXTURES));
    expect([...run.failed]).to.deep.equal([]);
    passed = run.passed;
  });

  for (const [what, check, adapter] of BROKEN) {
    it(`catches ${what}`, async () => {
      expect(passed.filter((title) => title.includes(check))).to.have.lengthOf(1);
      const { failed } = await runNested(() => describeAdapter(adapter, FIXTURES), check);
      expect(failed.size, 'failed checks').to.equal(1);
    });
  }

  it('catches minor units that no number holds exactly', async () => {
    const properties = { ...Object(fieldOf(generic.schema, 'properties')), amount: { type: 'number' } };
    const lenient = { ...generic, schema: { ...generic.schema, properties } };
    const fixtures = readFixtures(join(import.meta.dirname, '../adapters/generic/fixtures'));
    for (const [adapter, failures] of [
      [generic, 0],
      [lenient, 1],
    ] as const) {
      const { failed } = await runNested(() => describeAdapter(adapter, fixtures), 'reads amounts to the minor unit');
      expect(failed.size, 'failed checks').to.equal(failures);
    }
  });

  it('catches fixtures none of which is a payment', async () => {
    const [first] = FIXTURES;
    const refused = { kind: 'refused', code: 'INVALID_REQUEST', field: 'transaction_id' } as const;
    const fixtures = first === undefined ? [] : [{ ...first, body: {}, command: refused }];
    const { failed } = await runNested(() => describeAdapter(GOOD, fixtures));
    expect([...failed.keys()]).to.deep.equal(['is shown at least one body that comes to a command']);
  });
});
