/** A send of which nobody knows the outcome, while its processor cannot be asked. */
import { expect } from 'chai';
import { createSandbox } from '../../src/processors/sandbox/index.ts';
import { latch } from '../support/latch.ts';
import { createBench, LEASE_MS } from '../support/reversing.ts';
import { eachStore } from '../support/stores.ts';

eachStore('A send that nobody can look up', (stores) => {
  it('is looked at soon again, however many have looked at once', async () => {
    const bench = await createBench(stores.store());
    const sent = latch();
    const engine = await bench.engine({
      processor: {
        ...createSandbox({ ledger: bench.ledger, clock: bench.clock }),
        async charge() {
          sent.open();
          return { kind: 'unknown' };
        },
        lookup: async () => ({ kind: 'unavailable' }),
        abandon: async () => ({ kind: 'unavailable' }),
      },
    });
    const { id } = await bench.config();
    const asked = bench.charge(engine, id);
    await sent.opened;
    await engine.background.idle();
    await bench.clock.advance(60_000);
    const told = await asked;
    if (!('payinId' in told) || told.payinId === null) throw new Error(`it is ${told.kind}`);
    await bench.clock.advance(LEASE_MS);
    const before = await bench.attempt(told.payinId);
    expect(before.state).to.equal('unknown');
    await Promise.all(Array.from({ length: 8 }, () => engine.reconciler.look(before)));
    expect((await bench.attempt(told.payinId)).looks).to.equal(before.looks + 1);
  });
});
