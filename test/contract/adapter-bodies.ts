/**
 * Bodies for the adapter contract: how the pipeline reads one, what can be done to one without knowing its provider, and
 * arbitrary ones made from an author's fixtures and schema. Part of `describeAdapter`.
 */
import fc from 'fast-check';
import type { AdapterCommand, AdapterRoute, AnyAdapter, Json } from '../../src/core/adapter.ts';
import { Refused } from '../../src/core/errors.ts';
import { type RefusedResult, refusal } from '../../src/core/payment.ts';
import { Secret } from '../../src/core/secret.ts';
import { numbersToText } from '../../src/http/json-guard.ts';
import { compile, inlineReferences } from '../../src/http/validate.ts';
import { valuesOf } from './schema-values.ts';

/** What stood in a route's path, by the path's own names. */
export type Params = Readonly<Record<string, string>>;

/** As the pipeline reads a body: its route's schema, then the adapter's `decode`; with nothing of the world within reach. */
export type Read = (body: unknown, route: AdapterRoute, params?: Params) => AdapterCommand | RefusedResult;

/** Each schema is compiled by the first call, so that a bad one fails a test and not the file. */
export function readerOf(adapter: AnyAdapter): Read {
  const validators = new Map<object, ReturnType<typeof compile>>();
  return (body, route, params = {}) => {
    const schema = schemaOf(adapter, route);
    const read = schema === null ? null : adapter.numbersAsText ? asText(body) : body;
    try {
      if (schema !== null) {
        const validate = validators.get(schema) ?? compile(schema);
        validators.set(schema, validate);
        validate(read);
      }
      return purely(() => adapter.decode({ body: read, route, params }));
    } catch (error) {
      if (error instanceof Refused) return refusal(error.code, error.field);
      throw error;
    }
  };
}

/** Of the bodies that come by that route; null where none does. */
function schemaOf(adapter: AnyAdapter, { schema }: AdapterRoute): object | null {
  return schema === undefined ? adapter.schema : schema;
}

/** Every schema of the adapter's, once. */
export function schemasOf(adapter: AnyAdapter): readonly object[] {
  const used = adapter.routes.map((route) => schemaOf(adapter, route));
  return [...new Set([adapter.schema, ...used.filter((schema) => schema !== null)])];
}

/** What the server's reading makes of a body's numbers. */
const asText = (body: unknown): unknown => JSON.parse(numbersToText(JSON.stringify(body ?? null)));

/** What the world can be asked by: the clock, chance, timers and the network. */
const WORLD: readonly [object, string][] = [
  [globalThis, 'Date'],
  [globalThis, 'performance'],
  [globalThis, 'crypto'],
  [globalThis, 'fetch'],
  [globalThis, 'setTimeout'],
  [globalThis, 'process'],
  [Math, 'random'],
];

/** A date can be made of a number, but does not know today's. */
class Undated extends Date {
  constructor(ms: number) {
    if (ms === undefined) throw new Error("an adapter's function reached for Date");
    super(ms);
  }
  static override now(): number {
    throw new Error("an adapter's function reached for Date");
  }
}

/** Runs `work` where touching the world throws: an adapter's functions know what they are given and nothing else. */
export function purely<T>(work: () => T): T {
  const taken = WORLD.map(([holder, name]) => ({ holder, name, own: Object.getOwnPropertyDescriptor(holder, name) }));
  for (const { holder, name } of taken) {
    const get = () => {
      if (name === 'Date') return Undated;
      throw new Error(`an adapter's function reached for ${name}`);
    };
    Object.defineProperty(holder, name, { configurable: true, get });
  }
  try {
    return work();
  } finally {
    for (const { holder, name, own } of taken) if (own !== undefined) Object.defineProperty(holder, name, own);
  }
}

/** The value with every secret in it in the open, so that two can be compared. */
export function opened(value: unknown): unknown {
  if (value instanceof Secret) return opened(value.reveal());
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, opened(member)]));
}

/** Frozen to the last member, so that whoever changes it throws. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const member of Object.values(Object.freeze(value))) frozen(member);
  return value;
}

/** The body with each leaf changed, or gone where the change gives undefined. Names stay. */
export function mapLeaves(body: Json, change: (leaf: Json) => Json | undefined): Json {
  const visit = (value: Json): Json | undefined => {
    if (Array.isArray(value)) return value.map(visit).filter((member) => member !== undefined);
    if (typeof value !== 'object' || value === null) return change(value);
    const members = Object.entries(value).map(([name, member]): [string, Json | undefined] => [name, visit(member)]);
    return Object.fromEntries(members.filter((one): one is [string, Json] => one[1] !== undefined));
  };
  return visit(body) ?? null;
}

/** The body with every leaf that reads `from` reading `to`; a number stays one where `to` is how that number is written. */
export function swap(body: Json, from: string, to: string): Json {
  return mapLeaves(body, (leaf) => {
    if (leaf === null || String(leaf) !== from) return leaf;
    return typeof leaf === 'number' && String(Number(to)) === to ? Number(to) : to;
  });
}

/** How many leaves read `text`. */
export function countLeaves(body: Json, text: string): number {
  let count = 0;
  mapLeaves(body, (leaf) => {
    if (leaf !== null && String(leaf) === text) count++;
    return leaf;
  });
  return count;
}

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 24 });
const odd = fc.constantFrom<Json>(
  ...[
    '',
    ' ',
    '\u0000',
    '__proto__',
    'constructor',
    '10.005',
    '1e3',
    '-1',
    'NaN',
    '٣',
    '💳',
    '\ud800',
    'x'.repeat(5_000),
  ],
  ...[null, true, -1, 0.1, 1e21, [], {}],
);
const anyJson = fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value)));
const values: fc.Arbitrary<Json> = fc.oneof(fc.string({ unit: 'binary' }), digits, odd, anyJson);

/** An author's body in which a leaf or two is anything at all, or gone, and beside which stands what it left out. */
function nearMisses(bodies: readonly Json[], others: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const unknown = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor')), values, {
    maxKeys: 1,
  });
  return fc
    .record({
      body: fc.constantFrom(...bodies),
      changes: fc.array(fc.tuple(fc.nat(30), fc.option(values, { nil: undefined })), { maxLength: 2 }),
      more: fc.oneof(unknown, others),
    })
    .map(({ body, changes, more }) => {
      let place = 0;
      const changed = mapLeaves(body, (leaf) => {
        const change = changes.find(([at]) => at === place);
        place++;
        return change === undefined ? leaf : change[1];
      });
      if (typeof changed !== 'object' || changed === null || Array.isArray(changed)) return changed;
      return Object.fromEntries([...Object.entries(Object(more)), ...Object.entries(changed)]);
    });
}

/** The schema with its references put in. */
export function wholeSchema(schema: object): object {
  return inlineReferences(schema, Object(Reflect.get(schema, '$defs')));
}

/** Bodies of every kind: near an author's own, whatever the route's schema lets through, and any JSON at all. */
export function anyBody(adapter: AnyAdapter, route: AdapterRoute, bodies: readonly Json[]): fc.Arbitrary<unknown> {
  const schema = schemaOf(adapter, route);
  const allowed = schema === null ? fc.constant(null) : valuesOf(wholeSchema(schema));
  return fc.oneof(
    ...(bodies.length === 0 ? [] : [{ weight: 6, arbitrary: nearMisses(bodies, allowed) }]),
    { weight: 3, arbitrary: allowed },
    { weight: 1, arbitrary: fc.oneof(values, fc.constant(undefined)) },
  );
}

/** Whatever may stand in the route's path. */
export function anyParams({ path }: AdapterRoute): fc.Arbitrary<Params> {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  return fc.record(Object.fromEntries(names.map((name) => [name, fc.oneof(fc.string({ unit: 'binary' }), digits)])));
}
