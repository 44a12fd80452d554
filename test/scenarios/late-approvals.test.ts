/**
 * Approvals that should not stand: one that came after its caller was told "unknown", where the merchant wants it back, and
 * a second one of the same config. Each is given back once, by whoever finds it, and never one that somebody has heard of.
 */
import { expect } from 'chai';
import type { PayinConfig } from '../../src/core/chargeable-records.ts';
import type { PaymentResult } from '../../src/core/payment.ts';
import type { Processor, SendOutcome } from '../../src/core/processor.ts';
import { StoreUnavailable } from '../../src/core/store.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Caller } from '../../src/engine/join.ts';
import { createSandbox } from '../../src/processors/sandbox/index.ts';
import { eventually } from '../support/eventually.ts';
import { type Gate, gatedStore } from '../support/moments.ts';
import { type Bench, createBench, LEASE_MS } from '../support/reversing.ts';
import { eachStore } from '../support/stores.ts';

/** Repeats on silence, so that the end of its patience is told as "unknown". */
const IMPATIENT: Caller['patience'] = { deliveryMs: 1_000, totalMs: 1_000, repeatsOnSilence: true };

eachStore('A late approval', (stores) => {
  let bench: Bench;

  before(async () => {
    bench = await createBench(stores.store());
  });

  const sandbox = () => createSandbox({ ledger: bench.ledger, clock: bench.clock });

  async function policy(reverse: boolean): Promise<void> {
    const engine = await bench.engine();
    await engine.accounts.setReverseLate(bench.principal, bench.merchantId, reverse);
  }

  /** Charges, and keeps the answer until it is let go. */
  async function slow(): Promise<{ engine: Engine; letGo: () => void }> {
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const charge: Processor['charge'] = async (order) => {
      const outcome = await sandbox().charge(order);
      await held;
      return outcome;
    };
    return { engine: await bench.engine({ processor: { ...sandbox(), charge } }), letGo };
  }

  const ask = (engine: Engine, { id }: PayinConfig): Promise<PaymentResult> =>
    bench.charge(engine, id, { transactionId: `one-${id}` }, { ...bench.caller(), patience: IMPATIENT });

  const entries = async ({ id }: PayinConfig) => {
    const all = await bench.ledger.list();
    return all.flatMap(({ operation }) => (operation?.chargeableId === id ? [operation.kind] : []));
  };

  const charged = (config: PayinConfig) => eventually(async () => expect(await entries(config)).to.not.be.empty, 5_000);

  async function told(engine: Engine, config: PayinConfig): Promise<PaymentResult> {
    const asked = ask(engine, config);
    await charged(config);
    await bench.clock.advance(1_000);
    return asked;
  }

  async function settled(engine: Engine): Promise<void> {
    await engine.background.idle();
    await bench.clock.advance(1);
    await engine.reconciler.sweep();
    await engine.background.idle();
  }

  it('is kept and reported where the merchant says nothing', async () => {
    await policy(false);
    const config = await bench.config();
    const { engine, letGo } = await slow();
    expect(await told(engine, config)).to.include({ kind: 'unknown' });
    letGo();
    await settled(engine);
    expect(await entries(config)).to.deep.equal(['charge']);
    expect(await ask(engine, config)).to.include({ kind: 'approved' });
  });

  describe('where the merchant wants it back', () => {
    before(() => policy(true));

    it('is voided once, and its repeats go on hearing that nobody knows', async () => {
      const config = await bench.config();
      const { engine, letGo } = await slow();
      expect(await told(engine, config)).to.include({ kind: 'unknown' });
      letGo();
      await settled(engine);
      await settled(await bench.engine());
      expect(await entries(config)).to.deep.equal(['charge', 'void']);
      const repeated = await ask(engine, config);
      expect(repeated).to.include({ kind: 'unknown' });
      if (repeated.kind !== 'unknown' || repeated.payinId === null) throw new Error('it is not known');
      expect(await bench.attempt(repeated.payinId)).to.include({ payinStatus: 'CANCELED', told: 'unknown' });
    });

    it('stays once somebody has heard of it', async () => {
      const config = await bench.config();
      const { engine, letGo } = await slow();
      expect(await told(engine, config)).to.include({ kind: 'unknown' });
      letGo();
      await engine.background.idle();
      expect(await ask(engine, config)).to.include({ kind: 'approved' });
      await settled(engine);
      expect(await entries(config)).to.deep.equal(['charge']);
      expect(await ask(engine, config)).to.include({ kind: 'approved' });
    });

    it('is one or the other when somebody asks while it is given back, a hundred times at once', async () => {
      const config = await bench.config();
      const { engine, letGo } = await slow();
      await told(engine, config);
      letGo();
      await engine.background.idle();
      const other = await bench.engine();
      const sweeps = [engine, other].map((one) => one.reconciler.sweep());
      const answers = await Promise.all([...Array.from({ length: 100 }, () => ask(other, config))]);
      await Promise.all(sweeps);
      await settled(engine);
      const kinds = new Set(answers.map(({ kind }) => kind));
      expect(kinds.size).to.equal(1);
      expect(await entries(config)).to.deep.equal(kinds.has('approved') ? ['charge'] : ['charge', 'void']);
    });

    it('is tried again later where it could not be given back', async () => {
      const config = await bench.config();
      const { engine, letGo } = await slow();
      await told(engine, config);
      letGo();
      await engine.background.idle();
      const deaf = await bench.engine({
        processor: { ...sandbox(), reverse: async (): Promise<SendOutcome> => ({ kind: 'not_sent' }) },
      });
      await settled(deaf);
      expect(await entries(config)).to.deep.equal(['charge']);
      await bench.clock.advance(60_000);
      await settled(await bench.engine());
      expect(await entries(config)).to.deep.equal(['charge', 'void']);
    });

    it('is given back although somebody has read it and it has settled meanwhile', async () => {
      const config = await bench.config();
      const { engine, letGo } = await slow();
      const asked = await told(engine, config);
      if (asked.kind !== 'unknown' || asked.payinId === null) throw new Error('it is not known');
      letGo();
      await engine.background.idle();
      const late = await bench.engine({ processor: { ...sandbox(), settled: async () => true } });
      expect(await late.payins.get(bench.principal, asked.payinId)).to.include({ payinStatus: 'SUCCEEDED' });
      await settled(late);
      expect(await entries(config)).to.deep.equal(['charge', 'refund']);
    });

    it('is told as approved in time although the store does not answer once to the note of it', async () => {
      const config = await bench.config();
      let notes = 0;
      // The first is the verdict.
      const gate: Gate = (moment) => {
        if (moment !== 'before attempt approved') return;
        notes += 1;
        if (notes === 2) throw new StoreUnavailable();
      };
      const engine = await bench.engine({ store: gatedStore(stores.store(), gate) });
      const asked = ask(engine, config);
      await eventually(async () => expect(notes).to.equal(2), 5_000);
      await bench.clock.advance(50);
      expect(await asked).to.include({ kind: 'approved' });
    });

    it('is no approval in time: what is answered before the patience ends stays', async () => {
      const config = await bench.config();
      const engine = await bench.engine();
      expect(await ask(engine, config)).to.include({ kind: 'approved' });
      await settled(engine);
      expect(await entries(config)).to.deep.equal(['charge']);
    });
  });

  it('that is the second of its config is given back, and raises an alarm', async () => {
    await policy(false);
    const config = await bench.config();
    // A processor that closes keys and charges under them all the same: the first answer comes when nobody waits for it.
    const { engine, letGo } = await slow();
    const liar = await bench.engine({
      processor: { ...sandbox(), lookup: async () => ({ kind: 'absent' }), abandon: async () => ({ kind: 'absent' }) },
    });
    const first = ask(engine, config);
    await charged(config);
    await bench.clock.advance(LEASE_MS);
    await first;
    await liar.reconciler.sweep();
    expect(await bench.charge(liar, config.id, { transactionId: `two-${config.id}` })).to.include({ kind: 'approved' });
    letGo();
    await settled(engine);
    expect(await entries(config)).to.deep.equal(['charge', 'charge', 'void']);
    expect(bench.log.entries('alarm').map(({ alarm }) => alarm)).to.include('second_approval');
  });
});
