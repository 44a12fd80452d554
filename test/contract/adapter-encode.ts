/**
 * What holds of an adapter's `encode`: an answer for every result, told apart, the same bytes each time, and nothing of
 * the tender. It knows no provider's shape: how a success reads is learnt from the approvals. Part of `describeAdapter`.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import type { AdapterRoute, AnyAdapter, Json, Reply } from '../../src/core/adapter.ts';
import { formatMoney } from '../../src/core/money.ts';
import { refusal } from '../../src/core/payment.ts';
import { looksLikeCardNumber } from '../../src/core/tender.ts';
import { compile } from '../../src/http/validate.ts';
import { anyBody, frozen, mapLeaves, purely, schemasOf, wholeSchema } from './adapter-bodies.ts';
import type { AdapterFixture } from './adapter-fixtures.ts';
import { amountsOf, DECLINED, OPEN, REFUSED, type Result, ROUTING, resultsOf, successesOf } from './adapter-results.ts';

/** Nothing of these may be in a reply, wherever in a body they stood: a card number, an account number, a code. */
const PLANTED = ['4000056655665556', '73105928846', '95727295'] as const;
/** What was delivered where nothing could be read. */
const UNREADABLE: readonly unknown[] = [undefined, null, '', 'text', 42, [], {}];

export function describeEncode(adapter: AnyAdapter, fixtures: readonly AdapterFixture[]): void {
  const encode = (result: Result, route: AdapterRoute, body: unknown): Reply =>
    purely(() => adapter.encode(result, route, body));
  const text = (result: Result, route: AdapterRoute, body: unknown) => JSON.stringify(encode(result, route, body));

  /** Each way in which a result can be asked for. */
  function everyRequest(visit: (route: AdapterRoute, body: unknown) => void): void {
    for (const route of adapter.routes) {
      for (const body of UNREADABLE) visit(route, body);
      for (const { path, body } of fixtures) if (path === route.path) visit(route, body);
    }
  }

  describe('encode', () => {
    it('has a reply for every result and every code, also to a body that could not be read', () => {
      everyRequest((route, body) => {
        for (const result of resultsOf(route)) expectWellFormed(encode(result, route, body), result);
      });
    });

    it('has a reply whatever the body was', () => {
      const bodies = fixtures.map(({ body }) => body);
      const asked = fc.oneof(
        ...adapter.routes.map((route) =>
          fc.tuple(fc.constantFrom(...resultsOf(route)), fc.constant(route), anyBody(adapter, route, bodies)),
        ),
      );
      const property = fc.property(asked, (given) => expectWellFormed(encode(...given), given[0]));
      fc.assert(property, { numRuns: 300 });
    });

    it('answers as the schema of its replies says', () => {
      const checks = new Map(adapter.routes.map((route) => [route, compile(route.reply ?? adapter.reply ?? {})]));
      everyRequest((route, body) => {
        for (const result of resultsOf(route)) checks.get(route)?.(encode(result, route, body).body);
      });
    });

    it('gives the same bytes each time, and leaves what it is given as it is', () => {
      everyRequest((route, body) => {
        for (const result of resultsOf(route)) {
          const first = text(frozen(structuredClone(result)), route, frozen(structuredClone(body)));
          expect(text(result, route, body)).to.equal(first);
        }
      });
    });

    it('tells one approval from another', () => {
      everyRequest((route, body) => {
        for (const [first, second] of successesOf(route)) {
          if (first === undefined || second === undefined) continue;
          expect(text(first, route, body)).to.not.equal(text(second, route, body));
        }
      });
    });

    it('tells no decline and no refusal as a success', () => {
      everyRequest((route, body) => {
        for (const approvals of successesOf(route)) {
          const isSuccess = successOf(approvals.map((result) => encode(result, route, body)));
          const told = [...DECLINED, ...REFUSED].filter((result) => isSuccess(encode(result, route, body)));
          expect(told, 'told as a success').to.deep.equal([]);
        }
      });
    });

    it('tells what is open neither as a success nor as a decline', () => {
      everyRequest((route, body) => {
        const declines = new Set(DECLINED.map((result) => text(result, route, body)));
        for (const approvals of successesOf(route)) {
          const isSuccess = successOf(approvals.map((result) => encode(result, route, body)));
          const told = OPEN.filter((result) => isSuccess(encode(result, route, body)));
          expect(told, 'told as a success').to.deep.equal([]);
        }
        const told = OPEN.filter((result) => declines.has(text(result, route, body)));
        expect(told, 'told as a decline').to.deep.equal([]);
      });
    });

    it('tells the amount exactly, or not at all', () => {
      everyRequest((route, body) => {
        const cases = amountsOf(route);
        const replies = cases.map(({ result }) => encode(result, route, body));
        if (new Set(replies.map((reply) => JSON.stringify(reply))).size === 1) return;
        for (const [i, { moneys }] of cases.entries()) {
          const told = [...leavesOf(replies[i]?.body ?? null).values()].map(String);
          for (const money of moneys) {
            expect(told, `${money.amount} ${money.currency} in minor or in major units`).to.satisfy(
              (leaves: readonly string[]) =>
                leaves.includes(formatMoney(money)) || leaves.includes(String(money.amount)),
            );
          }
        }
      });
    });

    it('shows nothing of a tender, wherever in the body it stood', () => {
      const planted = fixtures.flatMap(({ path, body }) =>
        PLANTED.map((canary) => ({ path, body: mapLeaves(body, (leaf) => (leaf === null ? null : canary)) })),
      );
      const named = schemasOf(adapter).flatMap((schema) =>
        Object.keys(Object(Reflect.get(wholeSchema(schema), 'properties'))),
      );
      const complete = fixtures.flatMap(({ path, body }) =>
        PLANTED.map((canary) => ({
          path,
          body: { ...Object.fromEntries(named.map((name) => [name, canary])), ...Object(body) },
        })),
      );
      const odd = PLANTED.map((canary) => ({ [canary]: canary, list: [canary, { [canary]: Number(canary) }] }));
      for (const route of adapter.routes) {
        const some = [
          ...successesOf(route).flatMap((successes) => [...successes.slice(0, 1), ...successes.slice(-1)]),
          ...DECLINED.slice(0, 1),
          refusal('INVALID_REQUEST'),
          ...OPEN,
        ];
        const bodies = [
          ...odd,
          ...PLANTED,
          ...[...planted, ...complete].filter(({ path }) => path === route.path).map(({ body }) => body),
        ];
        for (const body of bodies) for (const result of some) expectSilent(text(result, route, body));
      }
      everyRequest((route, body) => {
        for (const result of resultsOf(route)) expectSilent(text(result, route, body));
      });
    });
  });
}

function expectSilent(reply: string): void {
  for (const canary of PLANTED) expect(reply.includes(canary), 'what was keyed in stands in the reply').to.equal(false);
  expect(reply.includes(ROUTING), 'the routing number stands in the reply').to.equal(false);
  const amountless = reply.replaceAll(String(Number.MAX_SAFE_INTEGER), '');
  expect(looksLikeCardNumber(amountless), 'what could be a card number stands in the reply').to.equal(false);
}

function expectWellFormed({ status, body }: Reply, result: Result): void {
  const isStatus = Number.isInteger(status) && status >= 200 && status <= (isSuccess(result) ? 299 : 599);
  if (!isStatus) expect.fail(`the status ${status} for ${JSON.stringify(result)}`);
  const text = JSON.stringify(body);
  if (text === undefined || !isDeepStrictEqual(JSON.parse(text), body)) {
    expect.fail(`a body that JSON does not keep for ${JSON.stringify(result)}`);
  }
}

const isSuccess = ({ kind }: Result): boolean => kind === 'approved' || kind === 'cart' || kind === 'cartPayment';

/** The leaves by their path; an empty object or list is one, too. */
function leavesOf(value: Json, path = ''): ReadonlyMap<string, Json> {
  if (typeof value !== 'object' || value === null) return new Map([[path, value]]);
  const members = Object.entries(value);
  return new Map(members.flatMap(([name, member]) => [...leavesOf(member, `${path}/${name}`)]));
}

/**
 * Whether a reply would be read as a success, by what replies that are one have in common: the leaves with one value in
 * all of them (a leaf that is missing counts as null), or, where only the HTTP status is such a leaf, those never null.
 */
function successOf(approvals: readonly Reply[]): (reply: Reply) => boolean {
  const told = approvals.map(({ status, body }) => leavesOf({ status, body }));
  const shared = [...(told[0] ?? [])].filter(([path]) => told.every((leaves) => leaves.has(path)));
  const constant = shared.filter(([path, value]) => told.every((leaves) => leaves.get(path) === value));
  const given = shared.filter(([path]) => told.every((leaves) => leaves.get(path) !== null));
  return ({ status, body }) => {
    const leaves = leavesOf({ status, body });
    if (constant.some(([path, value]) => (leaves.get(path) ?? null) !== value)) return false;
    return constant.length > 1 || given.every(([path]) => (leaves.get(path) ?? null) !== null);
  };
}
