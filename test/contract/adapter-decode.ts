/** What holds of an adapter's `decode`: total, pure, exact, and silent about account data. Part of `describeAdapter`. */
import { inspect } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import type { AdapterCommand, AdapterRoute, AnyAdapter, Json } from '../../src/core/adapter.ts';
import { ERRORS } from '../../src/core/errors.ts';
import { formatMoney, isCurrency, type Money, parseMoney } from '../../src/core/money.ts';
import type { RefusedResult } from '../../src/core/payment.ts';
import {
  anyBody,
  anyParams,
  countLeaves,
  frozen,
  opened,
  type Params,
  type Read,
  readerOf,
  swap,
} from './adapter-bodies.ts';
import type { AdapterFixture } from './adapter-fixtures.ts';

/** A name of the log's `field`, which is one of a schema's and never a value. */
const FIELD = /^[A-Za-z_][A-Za-z_.0-9]{0,63}$/;
/** Amounts in major units that only an exact parser reads, with their minor units in a currency of two decimals. */
const EXACT = { '0.01': 1, '0.10': 10, '10.1': 1_010, '1000000.00': 100_000_000, '4.35': 435 } as const;
/** Spellings of which no amount can be made without guessing. */
const INEXACT_MAJOR = ['10.005', '1e3', '1,000', ' 10', '+10', '-10', '0x10', 'NaN', '٣'];
/** The same of minor units: parts of a cent, less than nothing, more than a number holds exactly. */
const INEXACT_MINOR = ['10.5', '-10', '1e21', '9007199254740992'];

/** A fixture that comes to a command, read. */
interface Good {
  readonly body: Json;
  readonly route: AdapterRoute;
  readonly params: Params;
  readonly command: AdapterCommand;
}

export function describeDecode(adapter: AnyAdapter, fixtures: readonly AdapterFixture[]): void {
  const read = readerOf(adapter);
  const bodies = fixtures.map(({ body }) => body);
  const anything = () =>
    fc.oneof(
      ...adapter.routes.map((route) => fc.tuple(anyBody(adapter, route, bodies), fc.constant(route), anyParams(route))),
    );

  const routeOf = ({ path }: AdapterFixture): AdapterRoute => {
    const route = adapter.routes.find((one) => one.path === path);
    if (route === undefined) throw new Error(`no route of the adapter is ${path}`);
    return route;
  };
  const good = (): readonly Good[] =>
    fixtures.flatMap((fixture) => {
      const { body, params = {} } = fixture;
      const route = routeOf(fixture);
      const command = read(body, route, params);
      return command.kind === 'refused' ? [] : [{ body, route, params, command }];
    });

  describe('decode', () => {
    for (const fixture of fixtures) {
      it(`brings ${fixture.name} to its command`, () => {
        expect(opened(read(fixture.body, routeOf(fixture), fixture.params))).to.deep.equal(fixture.command);
      });
    }

    it('is shown at least one body that comes to a command', () => {
      expect(good()).to.not.have.lengthOf(0);
    });

    it('comes to a command or a refusal, whatever the body is', () => {
      fc.assert(
        fc.property(anything(), (given) => expectWellFormed(read(...given))),
        { numRuns: 500 },
      );
      expect(Object.keys(Object.prototype), 'what every object inherits').to.deep.equal([]);
    });

    it('comes to the same each time, and leaves the body as it is', () => {
      const sameTwice = (body: unknown, route: AdapterRoute, params: Params) => {
        const before = structuredClone(body);
        const first = opened(read(frozen(body), route, params));
        expect(opened(read(before, route, params))).to.deep.equal(first);
      };
      for (const { body, route, params } of good()) sameTwice(structuredClone(body), route, params);
      fc.assert(fc.property(anything(), (given) => sameTwice(...given)));
    });

    it('lets fields pass that nobody knows', () => {
      for (const { body, route, params, command } of good()) {
        const more = { x_unknown: [{ deep: true }], 'x-unknown': null };
        expect(opened(read({ ...Object(body), ...more }, route, params))).to.deep.equal(opened(command));
      }
    });

    it('keeps numbers and codes of cards and accounts out of sight', () => {
      for (const one of good()) expectHidden(one, read);
    });

    it("takes the provider's transaction id as it is, so that repeats meet and others do not", () => {
      const other = '0F6d1c7a-Other-Transaction';
      for (const { body, route, params, command } of good()) {
        const id = transactionIdOf(command);
        if (id === null || countLeaves(body, id) === 0) continue;
        const moved = read(swap(body, id, other), route, params);
        if (moved.kind !== 'refused') expect(transactionIdOf(moved)).to.equal(other);
      }
    });

    it('reads amounts to the minor unit, or refuses them', () => {
      for (const one of good()) expectExactAmounts(one, read);
    });
  });
}

const KINDS: readonly string[] = ['charge', 'tokenize', 'openCart', 'findCart', 'findPayment', 'reversePayment'];

function expectWellFormed(command: AdapterCommand | RefusedResult): void {
  switch (command.kind) {
    case 'refused':
      expect(ERRORS, 'the error table').to.have.property(command.code);
      expect(ERRORS[command.code].family, command.code).to.equal('refused');
      if (command.field !== null) expect(command.field, 'the field to blame').to.match(FIELD);
      return;
    case 'charge':
    case 'tokenize':
      if (command.configId !== null) expect(command.configId, 'the config id').to.be.a('string');
      if (command.transactionId !== null) expect(command.transactionId).to.be.a('string').that.is.not.empty;
      expectMetadata(command.metadata);
      break;
    case 'openCart':
      expect(command.transactionId).to.be.a('string').that.is.not.empty;
      expect(command.items, 'the items of a cart').to.not.have.lengthOf(0);
      for (const { metadata } of [command, ...command.items]) expectMetadata(metadata);
      break;
    case 'findCart':
      expect(command.cartId, 'the id of the cart').to.be.a('string');
      return;
    case 'findPayment':
    case 'reversePayment':
      expect(command.paymentId, 'the id of the payment').to.be.a('string');
      break;
  }
  expect(command.kind).to.be.oneOf(KINDS);
  const money = moneyIn(command);
  if (money === null) return;
  expect(isCurrency(money.currency), money.currency).to.equal(true);
  expect(Number.isSafeInteger(money.amount) && money.amount >= 0, 'minor units').to.equal(true);
}

function expectMetadata(metadata: object): void {
  expect(Object.getPrototypeOf(metadata), 'the prototype of the metadata').to.equal(Object.prototype);
  expect(JSON.parse(JSON.stringify(metadata)), 'metadata that is JSON').to.deep.equal(metadata);
}

/** The one amount that a command names: of a cart, the first item's. A reversal has no currency of its own. */
function moneyIn(command: AdapterCommand | RefusedResult): Money | null {
  switch (command.kind) {
    case 'charge':
      return command.money;
    case 'openCart': {
      const [item] = command.items;
      return item === undefined ? null : { amount: item.amount, currency: command.currency };
    }
    case 'reversePayment':
      return command.amount === null ? null : { amount: command.amount, currency: 'USD' };
    default:
      return null;
  }
}

function transactionIdOf(command: AdapterCommand | RefusedResult): string | null {
  return 'transactionId' in command ? command.transactionId : null;
}

/** Digits for the three things that are secret, of the lengths that a schema may insist on. */
const CANARIES = {
  number: ['4000056655665556'],
  account: ['73105928846'],
  code: ['957', '842', '619', '9572', '8426', '6193'],
} as const;

function secretsOf(
  command: AdapterCommand,
): readonly { readonly kind: keyof typeof CANARIES; readonly text: string }[] {
  if (!('tender' in command) || command.tender.kind === 'stored') return [];
  const { tender } = command;
  if (tender.kind === 'bank_account') return [{ kind: 'account', text: tender.account.reveal() }];
  const code = tender.securityCode?.reveal();
  const number = { kind: 'number', text: tender.number.reveal() } as const;
  return code === undefined ? [number] : [number, { kind: 'code', text: code }];
}

/** Plants digits that stand nowhere else in the body where the secrets stood, so that what shows them is no coincidence. */
function expectHidden({ body, route, params, command }: Good, read: Read): void {
  const json = JSON.stringify(body);
  const secrets = secretsOf(command);
  const swaps = secrets.flatMap(({ kind, text }) => {
    const canary = CANARIES[kind].find((one) => !json.includes(one) && (kind !== 'code' || one.length === text.length));
    // A code that the provider wrote otherwise, as a number without its zeros, cannot be planted.
    return countLeaves(body, text) === 0 ? [] : [{ text, canary: canary ?? text }];
  });
  const again = read(
    swaps.reduce((changed, { text, canary }) => swap(changed, text, canary), body),
    route,
    params,
  );
  const shown = `${JSON.stringify(again)} ${inspect(again, { depth: null, showHidden: true })}`;
  for (const { canary } of swaps) expect(shown.includes(canary), 'account data stands in the open').to.equal(false);
  if (again.kind === 'refused') expect.fail(`another number or code is refused: ${again.code} ${again.field}`);
  const planted = secrets.map(({ text }) => swaps.find((one) => one.text === text)?.canary ?? text);
  expect(secretsOf(again).map(({ text }) => text)).to.deep.equal(planted);
}

function expectExactAmounts({ body, route, params, command }: Good, read: Read): void {
  const money = moneyIn(command);
  if (money === null) return;
  const single = withoutFee(body, command);
  const told = (text: string, from: string) => moneyIn(read(swap(single, from, text), route, params));
  const major = leafThat(single, (text) => parseMoney(text, money.currency)?.amount === money.amount);
  if (major !== null && money.currency === 'USD') {
    const texts = Object.entries(EXACT).map(([text, amount]) => ({ text, amount, read: told(text, major) }));
    for (const { text, amount, read: heard } of texts) {
      if (heard !== null || text.endsWith('.00')) expect(heard, text).to.deep.equal({ amount, currency: 'USD' });
    }
    for (const text of INEXACT_MAJOR) expect(told(text, major), text).to.equal(null);
    return;
  }
  const minor = leafThat(single, (text) => text === String(money.amount));
  if (minor === null) return;
  for (const amount of [1, 10, 99, 100_000_000]) {
    expect(told(String(amount), minor), `${amount} minor units`).to.deep.equal({ ...money, amount });
  }
  for (const text of INEXACT_MINOR) expect(told(text, minor), text).to.equal(null);
}

/** The payment of a cart without its fee, so that its amount and its total are one text and change together. */
function withoutFee(body: Json, command: AdapterCommand): Json {
  if (command.kind !== 'charge' || command.cartFee === undefined || command.money === null) return body;
  const { money, cartFee } = command;
  const total = formatMoney(money);
  const freed = swap(body, formatMoney({ ...money, amount: money.amount - cartFee.amount }), total);
  return swap(freed, formatMoney(cartFee), formatMoney({ ...cartFee, amount: 0 }));
}

/** The one text that leaves of the body have for which this holds; null where there are several, or none. */
function leafThat(body: Json, holds: (text: string) => boolean): string | null {
  const found = new Set<string>();
  const visit = (value: unknown) => {
    if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
    else if ((typeof value === 'string' || typeof value === 'number') && holds(String(value))) found.add(String(value));
  };
  visit(body);
  const [first, ...more] = found;
  return first !== undefined && more.length === 0 ? first : null;
}
