/** Random sequences of writes against a map that does the same, and random JSON there and back. Part of `describeStore`. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Meta, Store, Tally, Write } from '../../src/core/store.ts';
import { sample, unique } from './store-records.ts';

const NAMES = ['a', 'b', 'c'] as const;
const LATER = 9e12;

/** A write, its id not yet told apart from other runs'. Revisions are small, so that many apply and many do not. */
const writes: fc.Arbitrary<readonly Write[]> = fc.array(
  fc.oneof(
    fc
      .record({ id: fc.constantFrom(...NAMES), value: fc.string() })
      .map((change): Write => ({ insert: 'meta', record: { ...change, rev: 0 } })),
    fc
      .record({ id: fc.constantFrom(...NAMES), rev: fc.integer({ min: 1, max: 4 }), value: fc.string() })
      .map((record): Write => ({ replace: 'meta', record })),
    fc
      .record({ tally: fc.constantFrom(...NAMES), by: fc.integer({ min: 1, max: 3 }) })
      .map((change): Write => ({ ...change, expiresAt: LATER })),
  ),
  { maxLength: 5 },
);

/** What a store should do, in a few lines. */
class Model {
  readonly meta = new Map<string, Meta>();
  readonly tallies = new Map<string, Tally>();

  apply(sequence: readonly Write[]): number {
    const refused = sequence.findIndex((write) => !this.#applies(write));
    return refused === -1 ? sequence.length : refused;
  }

  #applies(write: Write): boolean {
    if ('tally' in write) {
      const { tally: id, by, expiresAt } = write;
      const before = this.tallies.get(id) ?? { rev: -1, count: 0 };
      this.tallies.set(id, { id, rev: before.rev + 1, count: before.count + by, expiresAt });
      return true;
    }
    const record = write.record as Meta;
    const stored = this.meta.get(record.id)?.rev ?? -1;
    if (stored !== record.rev - 1) return false;
    this.meta.set(record.id, record);
    return true;
  }
}

export function describeModel(storeOf: () => Store): void {
  describe('any sequence of writes', () => {
    it('leaves what a map that does the same is left with', async () => {
      const property = fc.asyncProperty(fc.array(writes, { maxLength: 8 }), async (sequences) => {
        const run = unique();
        const model = new Model();
        for (const sequence of sequences) {
          const mine = sequence.map((write) => rename(write, run));
          expect(await storeOf().apply(...mine)).to.equal(model.apply(mine));
        }
        for (const name of NAMES) {
          const id = `${run}${name}`;
          expect(await storeOf().get('meta', id)).to.deep.equal(model.meta.get(id) ?? null);
          expect(await storeOf().get('tallies', id)).to.deep.equal(model.tallies.get(id) ?? null);
        }
      });
      await fc.assert(property, { numRuns: 40 });
    });
  });

  describe('any JSON object', () => {
    it('keeps lists under names that every object inherits', async () => {
      const metadata = { toString: [{}], inner: { constructor: [1], valueOf: [[]] } };
      const attempt = sample('attempts', { metadata });
      await storeOf().apply({ insert: 'attempts', record: attempt });
      expect((await storeOf().get('attempts', attempt.id))?.metadata).to.deep.equal(metadata);
    });

    it('comes back as metadata with its keys, their order and its values', async () => {
      const keys = fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: fc.constantFrom('$', '.', '%', '_', 'a') }),
        fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype)),
      );
      const objects = fc.dictionary(keys, fc.jsonValue({ stringUnit: 'grapheme', maxDepth: 3 }), {
        noNullPrototype: true,
      });
      const property = fc.asyncProperty(
        objects,
        fc.dictionary(keys, keys, { noNullPrototype: true }),
        async (wild, flat) => {
          const attempt = sample('attempts', { metadata: { wild, inner: [flat] } });
          await storeOf().apply({ insert: 'attempts', record: attempt });
          const kept = await storeOf().get('attempts', attempt.id);
          expect(JSON.stringify(kept?.metadata)).to.equal(JSON.stringify(attempt.metadata));
        },
      );
      await fc.assert(property, { numRuns: 60 });
    });
  });
}

function rename(write: Write, run: string): Write {
  if ('tally' in write) return { ...write, tally: `${run}${write.tally}` };
  return { ...write, record: { ...write.record, id: `${run}${write.record.id}` } } as Write;
}
