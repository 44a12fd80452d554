/** Broken on purpose: adapters that ask for carts, each in one way, and the check of `describeAdapter` that catches it. */
import { join } from 'node:path';
import { expect } from 'chai';
import { cart } from '../../adapters/cart/adapter.ts';
import { type CartApiCommand, type CartBody, decode } from '../../adapters/cart/decode.ts';
import { encode } from '../../adapters/cart/encode.ts';
import type { AdapterRoute, AnyAdapter, Delivery, Json, Reply } from '../../src/core/adapter.ts';
import type { RefusedResult } from '../../src/core/payment.ts';
import { describeAdapter, readFixtures } from '../contract/index.ts';
import { runNested } from './nested.ts';

const FIXTURES = readFixtures(join(import.meta.dirname, '../adapters/cart/fixtures'));
const GOOD: AnyAdapter = cart;

type Told = Parameters<typeof encode>[0];

/** The good adapter with its commands changed on the way. */
const reading = (change: (command: CartApiCommand, body: CartBody) => CartApiCommand | RefusedResult): AnyAdapter => ({
  ...GOOD,
  decode(delivery: Delivery<unknown>) {
    const body = delivery.body as CartBody;
    const command = decode({ ...delivery, body });
    return command.kind === 'refused' ? command : change(command, body);
  },
});

/** The good adapter with its replies changed on the way. */
const telling = (change: (reply: Reply, result: Told, route: AdapterRoute) => Reply): AnyAdapter => ({
  ...GOOD,
  encode: (result, route) => change(encode(result, route), result, route),
});

const withBody = ({ status, body }: Reply, more: { readonly [name: string]: Json }): Reply => ({
  status,
  body: { ...Object(body), ...more },
});

const cents = (text: string): number => Math.trunc(Number.parseFloat(text) * 100);

/** What is wrong, the title of the check that is meant for it, and the adapter. */
const BROKEN: readonly [string, string, AnyAdapter][] = [
  [
    'a text without a bound in the schema of one route',
    'has a bound on every text',
    {
      ...GOOD,
      routes: GOOD.routes.map((route) =>
        route.path.endsWith('/card')
          ? { ...route, schema: { type: 'object', properties: { x: { type: 'string' } } } }
          : route,
      ),
    },
  ],
  [
    'a closed schema of one route',
    'lets unknown fields pass',
    {
      ...GOOD,
      routes: GOOD.routes.map((route) =>
        route.path.endsWith('/reversal')
          ? { ...route, schema: { type: 'object', additionalProperties: false } }
          : route,
      ),
    },
  ],
  [
    'an id of its own in place of the one in the path',
    'brings 07-find-cart.json to its command',
    reading((command) => (command.kind === 'findCart' ? { ...command, cartId: 'any' } : command)),
  ],
  [
    'a cart without items',
    'comes to a command or a refusal',
    reading((command) => (command.kind === 'openCart' ? { ...command, items: [] } : command)),
  ],
  [
    'a transaction id of a cart cut short',
    "takes the provider's transaction id as it is",
    reading((command) =>
      command.kind === 'openCart' ? { ...command, transactionId: command.transactionId.slice(0, 16) } : command,
    ),
  ],
  [
    'floats for the money of a cart',
    'reads amounts to the minor unit',
    reading((command, body) => {
      if (command.kind !== 'openCart' || body === null || !('items' in body)) return command;
      return {
        ...command,
        items: command.items.map((item, i) => ({ ...item, amount: cents(body.items[i]?.amount ?? '') })),
      };
    }),
  ],
  [
    'floats for the money of a reversal',
    'reads amounts to the minor unit',
    reading((command, body) => {
      if (command.kind !== 'reversePayment' || body === null || !('amount' in body)) return command;
      return { ...command, amount: cents(body.amount ?? '') };
    }),
  ],
  [
    'floats for the total of a payment',
    'reads amounts to the minor unit',
    reading((command, body) => {
      if (command.kind !== 'charge' || body === null || !('amounts' in body)) return command;
      return { ...command, money: { currency: 'USD', amount: cents(body.amounts.total) } };
    }),
  ],
  [
    'one reply to all carts',
    'tells one approval from another',
    telling((reply, result) => (result.kind === 'cart' ? { status: 200, body: { cartId: 'c', fees: {} } } : reply)),
  ],
  [
    'one reply to all payments of carts',
    'tells one approval from another',
    telling((reply, result) => (result.kind === 'cartPayment' ? { status: 200, body: { paymentId: 'p' } } : reply)),
  ],
  [
    'a payment number beside a decline',
    'tells no decline and no refusal as a success',
    telling((reply, result) => (result.kind === 'declined' ? withBody(reply, { paymentId: 'Z8290409311' }) : reply)),
  ],
  [
    'an open payment that reads as paid',
    'tells what is open neither as a success nor as a decline',
    telling((reply, result) =>
      result.kind === 'unknown' ? { status: 200, body: { paymentId: 'Z8290409311' } } : reply,
    ),
  ],
  [
    'an open reversal as a decline',
    'tells what is open neither as a success nor as a decline',
    telling((reply, result, route) =>
      result.kind === 'unknown' && route.operation === 'reversePayment' && result.paymentMethodId !== null
        ? encode({ ...result, kind: 'declined', code: 'DECLINED', paymentMethodId: result.paymentMethodId }, route)
        : reply,
    ),
  ],
  [
    'the fee of a cart by division',
    'tells the amount exactly, or not at all',
    telling((reply, result) =>
      result.kind === 'cart'
        ? { status: 200, body: { cartId: result.cartId, fee: (result.fees.card ?? 0) / 100 } }
        : reply,
    ),
  ],
  [
    'what was keyed in, in its replies',
    'shows nothing of a tender',
    {
      ...GOOD,
      encode: (result, route, body) => withBody(encode(result, route), { echo: JSON.stringify(body ?? null) }),
    },
  ],
  [
    'a look at the clock',
    'gives the same bytes each time',
    telling((reply) => withBody(reply, { at: new Date().toISOString() })),
  ],
];

describe('describeAdapter, of an adapter with carts', () => {
  let passed: readonly string[];
  before(async function () {
    this.timeout(60_000);
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
});
