/**
 * The contract of an adapter, for whoever writes one: call `describeAdapter` inside a mocha run. Here is what holds of
 * its header; `adapter-decode.ts` has what holds of the way in, `adapter-encode.ts` of the way out, `adapter-signature.ts`
 * of a signature.
 */
import { expect } from 'chai';
import type { AnyAdapter } from '../../src/core/adapter.ts';
import { compile } from '../../src/http/validate.ts';
import { ADAPTER_NAME, OWN_PATHS } from '../../src/outside-adapters.ts';
import { schemasOf, wholeSchema } from './adapter-bodies.ts';
import { describeDecode } from './adapter-decode.ts';
import { describeEncode } from './adapter-encode.ts';
import type { AdapterFixture } from './adapter-fixtures.ts';
import { describeSignature, type SignedFixture } from './adapter-signature.ts';

/** A processor has a minute to answer, so nobody on the telephone is held for longer than some. */
const LONGEST_MS = 300_000;
const BASE_URL = 'https://pay.example.com/base';

/**
 * @param fixtures bodies as the provider sends them; of each operation one at least, declared in `AdapterFixture`
 * @param signed for an adapter with a `signature`: deliveries as the provider signs them, one at least
 */
export function describeAdapter(
  adapter: AnyAdapter,
  fixtures: readonly AdapterFixture[],
  signed: readonly SignedFixture[] = [],
): void {
  describe(`adapter contract: ${adapter.name}`, () => {
    describe('header', () => {
      it('has a name that can stand in a log and in a key', () => {
        expect(adapter.name).to.match(ADAPTER_NAME);
        expect(adapter.name, "the server's own API").to.not.equal('api');
      });

      it("has routes, each once and outside of the server's own", () => {
        const paths = adapter.routes.map(({ method, path }) => `${method} ${path}`);
        expect(paths).to.not.have.lengthOf(0);
        expect(new Set(paths).size, 'different routes').to.equal(paths.length);
        for (const { path } of adapter.routes) {
          expect(path).to.match(/^(?:\/:?[\w.-]+)+$/);
          expect(path).to.not.match(OWN_PATHS);
        }
      });

      it('says how the provider signs in', () => {
        expect(adapter.auth).to.not.have.lengthOf(0);
        expect(new Set<string>(adapter.auth).size, 'different ways').to.equal(adapter.auth.length);
      });

      it('has a schema that compiles in strict mode and lets unknown fields pass', () => {
        for (const schema of schemasOf(adapter)) {
          const validate = compile(schema);
          expect(() => validate(undefined)).to.throw();
          expect(Reflect.get(schema, 'additionalProperties')).to.not.equal(false);
        }
      });

      it('has a bound on every text, list and map that its schema names', () => {
        for (const schema of schemasOf(adapter)) expect(unboundedIn(wholeSchema(schema), '')).to.deep.equal([]);
      });

      it('has a patience that can be kept', () => {
        const { deliveryMs, totalMs, repeatsOnSilence } = adapter.patience;
        for (const ms of [deliveryMs, totalMs]) expect(Number.isInteger(ms), `${ms} ms`).to.equal(true);
        expect(deliveryMs).to.be.within(1_000, LONGEST_MS);
        expect(totalMs).to.be.within(deliveryMs, LONGEST_MS);
        if (repeatsOnSilence) expect(totalMs, 'time for a repeat').to.be.above(deliveryMs);
      });

      it('tells what to type at the provider, at the address given', () => {
        const { where, values } = adapter.setup(BASE_URL);
        expect(where).to.be.a('string').that.is.not.empty;
        for (const [field, value] of Object.entries(values)) expect(value, field).to.be.a('string').that.is.not.empty;
        const urls = adapter.routes.map(({ path }) => `${BASE_URL}${path}`);
        const typed = Object.values(values);
        expect(
          urls.some((url) => typed.some((value) => value.includes(url) || isBaseOf(value, url))),
          `one of ${urls} among the values, or what they begin with`,
        ).to.equal(true);
        expect(adapter.setup(BASE_URL), 'the same each time').to.deep.equal({ where, values });
      });
    });

    describeDecode(adapter, fixtures);
    describeEncode(adapter, fixtures);
    describeSignature(adapter, signed);
  });
}

/** Whether a client that was given this address adds the rest of the route's by itself. */
function isBaseOf(value: string, url: string): boolean {
  return value.startsWith(`${BASE_URL}/`) && url.startsWith(`${value}/`);
}

/** Where a schema takes a text, a list or a map of any size, by the path in the schema. */
function unboundedIn(schema: unknown, path: string): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap((member, i) => unboundedIn(member, `${path}/${i}`));
  if (typeof schema !== 'object' || schema === null) return [];
  const { $defs: _inlined, ...members } = schema as Readonly<Record<string, unknown>>;
  const types = [members['type'] ?? []].flat();
  const isMap = types.includes('object') && typeof members['additionalProperties'] === 'object';
  const found: string[] = [];
  if (types.includes('string') && !('maxLength' in members || 'enum' in members || 'const' in members))
    found.push(path);
  if (types.includes('array') && !('maxItems' in members)) found.push(path);
  if (isMap && !('maxProperties' in members)) found.push(path);
  return [...found, ...Object.entries(members).flatMap(([name, member]) => unboundedIn(member, `${path}/${name}`))];
}
