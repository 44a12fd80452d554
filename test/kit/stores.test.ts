/** Stores that are broken on purpose, each in one way, and the check of `describeStore` that catches it. */
import { expect } from 'chai';
import type { Store } from '../../src/core/store.ts';
import { describeStore } from '../contract/index.ts';
import { type Fault, memoryStores } from './memory-store.ts';
import { runNested } from './nested.ts';

/** The title of the check that is meant for it. */
const CAUGHT_BY: Readonly<Record<Fault, string>> = {
  'inserts over what is there': 'of an insert apply only where the id is free',
  'replaces whatever the revision': 'of a replace apply only to the revision before',
  'reads, waits and writes': 'one claim of a config wins, and stands',
  'goes on after a write that does not apply': 'apply in order and stop at the first that does not',
  'keeps the very object': 'take the record as it is when they are called',
  'finds by any field': 'is not looked for by a field without an index',
  'shows each handle its own writes': 'is seen by every handle as soon as its write is answered',
  'tells letters of one case from the other everywhere': 'takes a text that holds another as it stands',
  'takes dots in names for paths': 'reaches into objects by dotted paths, whatever the keys',
  'leaves ties as they come': 'comes in pages in one order',
  'skips a record at each page': 'comes in pages in one order',
  'takes a page of any size': 'refuses a page of none',
  'purges what never expires': 'removes what expired before the time',
  'purges without a limit': 'removes what expired before the time',
  'is pinged without a write': 'is a write, which every handle sees',
  'answers after it was closed': 'answers nothing more, and closing again is nothing',
};

function suiteOver(fault: Fault | null): void {
  describeStore(async () => {
    const { open } = memoryStores(fault);
    return { open: async (): Promise<Store> => open(), destroy: async () => {} };
  });
}

describe('describeStore', () => {
  let passed: readonly string[];
  before(async () => {
    const run = await runNested(() => suiteOver(null));
    expect([...run.failed]).to.deep.equal([]);
    passed = run.passed;
  });

  for (const [fault, check] of Object.entries(CAUGHT_BY) as readonly [Fault, string][]) {
    it(`catches a store that ${fault}`, async () => {
      expect(passed.filter((title) => title.includes(check))).to.have.lengthOf(1);
      const { failed } = await runNested(() => suiteOver(fault), check);
      expect(failed.size, 'failed checks').to.equal(1);
    });
  }
});
