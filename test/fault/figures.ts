/** The figures of a run, by store: what befell the servers, and what the oracle found. Printed when all is over. */
import { expect } from 'chai';
import type { Judgement } from '../support/oracle.ts';
import { killLiving } from '../support/process.ts';

const none = () => ({
  crashes: 0,
  points: 0,
  endings: 0,
  stops: 0,
  'ambiguous writes': 0,
  'double charges': 0,
  'wrong replies': 0,
  'wrong records': 0,
  unresolved: 0,
});

type Figures = ReturnType<typeof none>;

const byStore = new Map<string, Figures>();

export function figuresOf(store: string): Figures {
  const figures = byStore.get(store) ?? none();
  byStore.set(store, figures);
  return figures;
}

/** Counts what is wrong, and fails where anything is. */
export function expectClean(store: string, judgement: Judgement): void {
  const figures = figuresOf(store);
  figures['double charges'] += judgement.doubleCharges.length;
  figures['wrong replies'] += judgement.wrongReplies.length;
  figures['wrong records'] += judgement.wrongRecords.length;
  figures.unresolved += judgement.unresolved.length;
  expect(judgement).to.deep.equal({ doubleCharges: [], wrongReplies: [], wrongRecords: [], unresolved: [] });
}

after(() => {
  killLiving();
  for (const [store, figures] of byStore) {
    const listed = Object.entries(figures)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
    process.stdout.write(`  fault tests on ${store}: ${listed}\n`);
  }
});
