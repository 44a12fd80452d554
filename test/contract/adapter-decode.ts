/** What holds of an adapter's `decode`: total, pure, exact, and silent about account data. Part of `describeAdapter`. */
import { inspect } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Adapter, AdapterRoute, Json } from '../../src/core/adapter.ts';
import { ERRORS } from '../../src/core/errors.ts';
import { isCurrency, parseMoney } from '../../src/core/money.ts';
import type { ChargeCommand, Command, RefusedResult } from '../../src/core/payment.ts';
import { anyBody, countLeaves, frozen, opened, type Read, readerOf, swap } from './adapter-bodies.ts';
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
  readonly command: Command;
}

export function describeDecode(adapter: Adapter<unknown>, fixtures: readonly AdapterFixture[]): void {
  const read = readerOf(adapter);
  const bodies = fixtures.map(({ body }) => body);
  const anything = () => fc.tuple(anyBody(adapter, bodies), fc.constantFrom(...adapter.routes));

  const routeOf = ({ path }: AdapterFixture): AdapterRoute => {
    const route = adapter.routes.find((one) => one.path === path);
    if (route === undefined) throw new Error(`no route of the adapter is ${path}`);
    return route;
  };
  const good = (): readonly Good[] =>
    fixtures.flatMap((fixture) => {
      const { body } = fixture;
      const route = routeOf(fixture);
      const command = read(body, route);
      return command.kind === 'refused' ? [] : [{ body, route, command }];
    });

  describe('decode', () => {
    for (const fixture of fixtures) {
      it(`brings ${fixture.name} to its command`, () => {
        expect(opened(read(fixture.body, routeOf(fixture)))).to.deep.equal(fixture.command);
      });
    }

    it('is shown at least one body that comes to a command', () => {
      expect(good()).to.not.have.lengthOf(0);
    });

    it('comes to a command or a refusal, whatever the body is', () => {
      fc.assert(
        fc.property(anything(), ([body, route]) => expectWellFormed(read(body, route))),
        { numRuns: 500 },
      );
      expect(Object.keys(Object.prototype), 'what every object inherits').to.deep.equal([]);
    });

    it('comes to the same each time, and leaves the body as it is', () => {
      const sameTwice = (body: unknown, route: AdapterRoute) => {
        const before = structuredClone(body);
        const first = opened(read(frozen(body), route));
        expect(opened(read(before, route))).to.deep.equal(first);
      };
      for (const { body, route } of good()) sameTwice(structuredClone(body), route);
      fc.assert(fc.property(anything(), ([body, route]) => sameTwice(body, route)));
    });

    it('lets fields pass that nobody knows', () => {
      for (const { body, route, command } of good()) {
        const more = { x_unknown: [{ deep: true }], 'x-unknown': null };
        expect(opened(read({ ...Object(body), ...more }, route))).to.deep.equal(opened(command));
      }
    });

    it('keeps numbers and codes of cards and accounts out of sight', () => {
      for (const one of good()) expectHidden(one, read);
    });

    it("takes the provider's transaction id as it is, so that repeats meet and others do not", () => {
      const other = '0F6d1c7a-Other-Transaction';
      for (const { body, route, command } of good()) {
        if (command.transactionId === null || countLeaves(body, command.transactionId) === 0) continue;
        const moved = read(swap(body, command.transactionId, other), route);
        if (moved.kind !== 'refused') expect(moved.transactionId).to.equal(other);
      }
    });

    it('reads amounts to the minor unit, or refuses them', () => {
      for (const { body, route, command } of good()) {
        if (command.kind === 'charge') expectExactAmounts(body, command, (changed) => read(changed, route));
      }
    });
  });
}

function expectWellFormed(command: Command | RefusedResult): void {
  expect(command.kind).to.be.oneOf(['charge', 'tokenize', 'refused']);
  if (command.kind === 'refused') {
    expect(ERRORS, 'the error table').to.have.property(command.code);
    expect(ERRORS[command.code].family, command.code).to.equal('refused');
    if (command.field !== null) expect(command.field, 'the field to blame').to.match(FIELD);
    return;
  }
  if (command.configId !== null) expect(command.configId, 'the config id').to.be.a('string');
  if (command.transactionId !== null) expect(command.transactionId).to.be.a('string').that.is.not.empty;
  expect(Object.getPrototypeOf(command.metadata), 'the prototype of the metadata').to.equal(Object.prototype);
  expect(JSON.parse(JSON.stringify(command.metadata)), 'metadata that is JSON').to.deep.equal(command.metadata);
  if (command.kind !== 'charge' || command.money === null) return;
  expect(isCurrency(command.money.currency), command.money.currency).to.equal(true);
  expect(Number.isSafeInteger(command.money.amount) && command.money.amount >= 0, 'minor units').to.equal(true);
}

/** Digits for the three things that are secret, of the lengths that a schema may insist on. */
const CANARIES = {
  number: ['4000056655665556'],
  account: ['73105928846'],
  code: ['957', '842', '619', '9572', '8426', '6193'],
} as const;

function secretsOf({ tender }: Command): readonly { readonly kind: keyof typeof CANARIES; readonly text: string }[] {
  if (tender.kind === 'stored') return [];
  if (tender.kind === 'bank_account') return [{ kind: 'account', text: tender.account.reveal() }];
  const code = tender.securityCode?.reveal();
  const number = { kind: 'number', text: tender.number.reveal() } as const;
  return code === undefined ? [number] : [number, { kind: 'code', text: code }];
}

/** Plants digits that stand nowhere else in the body where the secrets stood, so that what shows them is no coincidence. */
function expectHidden({ body, route, command }: Good, read: Read): void {
  const json = JSON.stringify(body);
  const swaps = secretsOf(command).map(({ kind, text }) => {
    const canary = CANARIES[kind].find((one) => !json.includes(one) && (kind !== 'code' || one.length === text.length));
    return { text, canary: canary ?? text };
  });
  const again = read(
    swaps.reduce((changed, { text, canary }) => swap(changed, text, canary), body),
    route,
  );
  const shown = `${JSON.stringify(again)} ${inspect(again, { depth: null, showHidden: true })}`;
  for (const { canary } of swaps) expect(shown.includes(canary), 'account data stands in the open').to.equal(false);
  if (again.kind === 'refused') expect.fail(`another number or code is refused: ${again.code} ${again.field}`);
  expect(secretsOf(again).map(({ text }) => text)).to.deep.equal(swaps.map(({ canary }) => canary));
}

function expectExactAmounts(body: Json, { money }: ChargeCommand, read: (body: Json) => Command | RefusedResult): void {
  if (money === null) return;
  const told = (text: string, from: string) => {
    const command = read(swap(body, from, text));
    return command.kind === 'charge' ? command.money : null;
  };
  const major = leafThat(body, (text) => parseMoney(text, money.currency)?.amount === money.amount);
  if (major !== null && money.currency === 'USD') {
    for (const [text, amount] of Object.entries(EXACT)) {
      expect(told(text, major), text).to.deep.equal({ amount, currency: 'USD' });
    }
    for (const text of INEXACT_MAJOR) expect(told(text, major), text).to.equal(null);
    return;
  }
  const minor = leafThat(body, (text) => text === String(money.amount));
  if (minor === null) return;
  for (const amount of [1, 10, 99, 100_000_000]) {
    expect(told(String(amount), minor), `${amount} minor units`).to.deep.equal({ ...money, amount });
  }
  for (const text of INEXACT_MINOR) expect(told(text, minor), text).to.equal(null);
}

/** The one text or number of the body for which this holds; null where there are several, or none. */
function leafThat(body: Json, holds: (text: string) => boolean): string | null {
  const found: string[] = [];
  const visit = (value: unknown) => {
    if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
    else if ((typeof value === 'string' || typeof value === 'number') && holds(String(value)))
      found.push(String(value));
  };
  visit(body);
  const [first, ...more] = found;
  return first !== undefined && more.length === 0 ? first : null;
}
