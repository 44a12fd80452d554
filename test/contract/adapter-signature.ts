/**
 * What holds of an adapter's `signature`: it takes what the provider signed and nothing else, whatever comes. Part of
 * `describeAdapter`; silent about adapters whose provider does not sign.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import type { AnyAdapter } from '../../src/core/adapter.ts';
import { Secret } from '../../src/core/secret.ts';
import type { SignedDelivery } from '../../src/core/signature.ts';
import { frozen, purely } from './adapter-bodies.ts';

/** A delivery with its signature: of the provider's own documents, or made by something else than the adapter. */
export interface SignedFixture extends SignedDelivery {
  /** Says in a test's title which one it is. */
  readonly name: string;
  readonly source: string;
  /** One that signs nothing real. */
  readonly key: string;
}

/** The text with its last sign replaced by another that may stand in hex and in base64. */
const otherEnd = (text: string) => `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;
/** As `otherEnd`, at the front: base64 has signs to spare at its end. */
const otherStart = (text: string) => `${text.startsWith('0') ? '1' : '0'}${text.slice(1)}`;

/** What somebody may do to a delivery that the provider has signed. */
const FORGERIES: Readonly<Record<string, (signed: SignedFixture) => SignedFixture>> = {
  'with another key': (signed) => ({ ...signed, key: otherEnd(signed.key) }),
  'with an empty key': (signed) => ({ ...signed, key: '' }),
  'for another address': (signed) => ({ ...signed, url: signed.url.replace('://', '://x') }),
  'for another path': (signed) => ({ ...signed, url: signed.url.replace(/(\/\/[^/]+\/)/, '$1x') }),
  'with more in its query': (signed) => ({ ...signed, url: `${signed.url}${signed.url.includes('?') ? '&' : '?'}x=1` }),
  'with another body': (signed) => ({ ...signed, body: signed.body.replace(/.$/s, ' }') }),
  'with a blank behind its body': (signed) => ({ ...signed, body: `${signed.body} ` }),
  'without its body': (signed) => ({ ...signed, body: '' }),
  'without its signature': (signed) => withHeaders(signed, () => ''),
  'with another signature': (signed) => withHeaders(signed, otherStart),
  'with part of its signature': (signed) => withHeaders(signed, (text) => text.slice(0, -1)),
  'with more behind its signature': (signed) => withHeaders(signed, (text) => `${text}0`),
};

/** Headers that did not come stay away. */
function withHeaders(signed: SignedFixture, change: (text: string) => string): SignedFixture {
  const headers = Object.entries(signed.headers).map(([name, text]) => [name, text === '' ? '' : change(text)]);
  return { ...signed, headers: Object.fromEntries(headers) };
}

export function describeSignature({ signature }: AnyAdapter, signed: readonly SignedFixture[]): void {
  if (signature === undefined) return;
  /** As the server asks: of a header that did not come there is an empty text. */
  const isSigned = ({ key, url, body, headers: given }: SignedFixture) => {
    const headers = Object.fromEntries(signature.headers.map((name) => [name, given[name] ?? '']));
    return purely(() => signature.isBy(new Secret(key), frozen({ url, body, headers })));
  };

  describe('signature', () => {
    it('names its headers in lower case, each once', () => {
      expect(signature.headers).to.not.have.lengthOf(0);
      expect(new Set<string>(signature.headers).size).to.equal(signature.headers.length);
      for (const name of signature.headers) expect(name).to.match(/^[a-z0-9-]+$/);
    });

    it('is shown at least one signed delivery, in headers that it names', () => {
      expect(signed).to.not.have.lengthOf(0);
      for (const { headers } of signed) expect(signature.headers).to.include.members(Object.keys(headers));
    });

    for (const fixture of signed) {
      it(`takes ${fixture.name}, each time`, () => {
        expect([isSigned(fixture), isSigned(fixture)]).to.deep.equal([true, true]);
      });
    }

    for (const [how, forge] of Object.entries(FORGERIES)) {
      it(`takes no delivery ${how}`, () => {
        const taken = signed.filter((fixture) => isSigned(forge(fixture))).map(({ name }) => name);
        expect(taken).to.deep.equal([]);
      });
    }

    it('takes nothing that nobody has signed, and never throws', () => {
      const text = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.base64String(),
        fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 64 }),
      );
      const headers = fc.record(Object.fromEntries(signature.headers.map((name) => [name, text])));
      fc.assert(
        fc.property(fc.string(), fc.webUrl(), text, headers, (key, url, body, given) => {
          expect(isSigned({ name: '', source: '', key, url, body, headers: given })).to.equal(false);
        }),
        { numRuns: 300 },
      );
    });
  });
}
