/** The short form of `npm run sim`: one small world whole, one guard taken out, a few runs at random. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../support/sources.ts';
import { work } from './jobs.ts';
import { LARGE_WORLDS } from './large-worlds.ts';
import { MUTANTS } from './mutants.ts';

/** On a machine that is busy with other suites. */
const WITHIN_MS = 60_000;
const SEED = 1;
const RUNS = 20;

const quietly = () => {};
const whole = (worldName: string) => ({ worldName, seed: null, runs: 0, withinMs: WITHIN_MS });

describe('The simulation', () => {
  it('finds nothing wrong in a small world, and comes to its end', async () => {
    const found = await work(whole('two cards, abandon'), null, quietly);
    expect(found.violation).to.equal(null);
    expect(found.complete).to.equal(true);
    expect(found.states).to.be.greaterThan(100);
  }).timeout(WITHIN_MS);

  it('sees the same states whenever it goes through a world', async () => {
    const [one, other] = await Promise.all(
      [1, 2].map(() =>
        work({ worldName: LARGE_WORLDS[0]?.name ?? '', seed: SEED, runs: RUNS, withinMs: WITHIN_MS }, null, quietly),
      ),
    );
    expect(one?.violation).to.equal(null);
    expect(one).to.deep.equal(other);
  }).timeout(WITHIN_MS);

  it('notices that a guard is taken out', async () => {
    const claim = MUTANTS.find(({ guard }) => guard === 'claim');
    if (claim === undefined) throw new Error('the claim is a guard');
    const found = await work(whole('two cards, abandon'), claim, quietly);
    expect(found.violation?.faults.join()).to.include('charged 2 times');
  }).timeout(WITHIN_MS);

  for (const { guard, file, from } of MUTANTS) {
    it(`knows where the guard '${guard}' stands`, () => {
      expect(readFileSync(join(ROOT, file), 'utf8').split(from)).to.have.length(2);
    });
  }
});
