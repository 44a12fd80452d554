/**
 * Captures and voids of one authorization, in three processes at once, that lose writes, get them late and fall asleep at
 * moments drawn at random: whatever happens, the ledger has one capture at most and none of what was voided, and the
 * record says what the ledger says. fast-check prints the seed of a run that fails.
 */
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { Refused } from '../../src/core/errors.ts';
import { StoreUnavailable } from '../../src/core/store.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { memoryStores } from '../kit/memory-store.ts';
import { type Gate, gatedLedger, gatedStore } from '../support/moments.ts';
import { createBench, LEASE_MS, requestOf } from '../support/reversing.ts';

const PROCESSES = 3;
const HOUR = 3_600_000;
const AT_ONCE = { deliveryMs: 0, totalMs: 0, repeatsOnSilence: false };

/** What befalls a step: mostly nothing. */
const fate = fc.oneof(
  { weight: 10, arbitrary: fc.constant('goes on' as const) },
  { weight: 3, arbitrary: fc.constant('waits a turn' as const) },
  { weight: 2, arbitrary: fc.constant('sleeps' as const) },
  { weight: 1, arbitrary: fc.constant('is lost' as const) },
  { weight: 1, arbitrary: fc.constant('comes late' as const) },
);
type Fate = typeof fate extends fc.Arbitrary<infer F> ? F : never;

const ACTIONS = ['capture all', 'capture a part', 'void', 'sweep', 'the leases end', 'one wakes'] as const;
const action = fc.record({ what: fc.constantFrom(...ACTIONS), by: fc.nat(PROCESSES - 1) });

/** From `begin` to `end`, steps meet their fates in order until these are used up; any other goes on. */
function fateful(fates: readonly Fate[]) {
  const left: Fate[] = [];
  const late: (() => Promise<unknown>)[] = [];
  const asleep: (() => void)[] = [];
  const gate: Gate = async (moment, step) => {
    const met = moment.startsWith('without') ? undefined : left.shift();
    if (met === 'waits a turn') await turn();
    if (met === 'sleeps') await new Promise<void>((wake) => asleep.push(wake));
    if (met === 'comes late' && step !== undefined) late.push(step);
    if (met === 'is lost' || met === 'comes late') throw new StoreUnavailable();
  };
  return {
    gate,
    begin: () => left.push(...fates),
    wakeOne: () => asleep.shift()?.(),
    async end() {
      left.length = 0;
      for (const wake of asleep) wake();
      for (const step of late) await step().catch(unlessTold);
    },
  };
}

describe('Captures and voids at once, whatever befalls them', () => {
  it('take once at most, and nothing of what was voided', async () => {
    const fates = fc.array(fate, { minLength: 120, maxLength: 120 });
    const actions = fc.array(action, { minLength: 4, maxLength: 14 });
    await fc.assert(fc.asyncProperty(actions, fates, isTrueAfter), { numRuns: 150 });
  });
});

async function isTrueAfter(
  actions: readonly { readonly what: (typeof ACTIONS)[number]; readonly by: number }[],
  fates: readonly Fate[],
): Promise<void> {
  const store = memoryStores().open();
  const bench = await createBench(store);
  const payinId = await bench.pay({ as: 'authorized' });
  const { gate, begin, wakeOne, end } = fateful(fates);
  const parts = { store: gatedStore(store, gate), ledger: gatedLedger(bench.ledger, gate) };
  const undisturbed = await bench.engine();
  const engines = await Promise.all(Array.from({ length: PROCESSES }, () => bench.engine(parts)));
  const asked: Promise<unknown>[] = [];

  function act(engine: Engine, what: (typeof ACTIONS)[number]): Promise<unknown> {
    const caller = { ...bench.caller(), patience: AT_ONCE };
    switch (what) {
      case 'capture all':
        return engine.capture({ payinId, amount: null, metadata: {} }, caller);
      case 'capture a part':
        return engine.capture({ payinId, amount: 400, metadata: {} }, caller);
      case 'void':
        return engine.reverse(requestOf(payinId), caller);
      case 'sweep':
        return engine.reconciler.sweep();
      case 'the leases end':
        return bench.clock.advance(LEASE_MS + 1);
      case 'one wakes':
        return Promise.resolve(wakeOne());
    }
  }

  begin();
  for (const { what, by } of actions) {
    asked.push(act(engines[by] ?? undisturbed, what).catch(unlessTold));
    for (let i = 0; i < 5; i++) await turn();
  }
  await end();
  await Promise.all(asked);
  await Promise.all(engines.map((engine) => engine.background.idle()));
  for (let i = 0; i < 3; i++) {
    await bench.clock.advance(HOUR);
    await undisturbed.reconciler.sweep();
  }
  await bench.expectTrue(payinId);
}

function unlessTold(error: unknown): undefined {
  if (!(error instanceof StoreUnavailable) && !(error instanceof Refused)) throw error;
}
