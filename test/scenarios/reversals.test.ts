/**
 * Reversals when things go wrong: a process that dies or sleeps at any write, writes that are applied and not answered or
 * arrive late, answers of the processor that are lost. The ledger says what was given back; nothing is given back twice.
 */
import { expect } from 'chai';
import type { Processor } from '../../src/core/processor.ts';
import { StoreUnavailable } from '../../src/core/store.ts';
import { createSandbox } from '../../src/processors/sandbox/index.ts';
import { settleCharges } from '../../src/processors/sandbox/settle.ts';
import { createHolds, type Gate, gatedLedger, gatedStore, type Moment, type Step } from '../support/moments.ts';
import { type Bench, createBench, LEASE_MS, requestOf } from '../support/reversing.ts';
import { eachStore } from '../support/stores.ts';

/** What one reversal does, in order. */
const STEPS: Readonly<Record<'void' | 'refund', readonly Step[]>> = {
  void: ['insert idempotency', 'reversal held', 'void', 'reversal done'],
  refund: ['insert idempotency', 'reversal held', 'insert refunds', 'refund', 'replace refunds', 'reversal done'],
};
const HOUR = 3_600_000;

eachStore('A reversal', (stores) => {
  let bench: Bench;

  before(async () => {
    bench = await createBench(stores.store());
  });

  /** An engine of which every step passes the gate. */
  const gated = (gate: Gate) =>
    bench.engine({ store: gatedStore(stores.store(), gate), ledger: gatedLedger(bench.ledger, gate) });

  for (const kind of ['void', 'refund'] as const) {
    for (const step of STEPS[kind]) {
      for (const end of ['before', 'after'] as const) {
        const moment: Moment = `${end} ${step}`;

        it(`is made once, or failed for good, when the process of a ${kind} sleeps ${moment}, and wakes`, async () => {
          const payin = await bench.pay({ as: kind === 'refund' ? 'settled' : 'processing' });
          const holds = createHolds();
          const sleeper = await gated(holds.gate);
          const held = holds.hold([moment]);
          const request = requestOf(payin);
          const asleep = sleeper.reverse(request, { ...bench.caller(), patience: FOREVER });
          await held.reached;

          await bench.clock.advance(LEASE_MS + 1);
          const other = await bench.engine();
          await other.reconciler.sweep();
          const told = await other.reverse(request, bench.caller());
          const states = await bench.expectTrue(payin);
          expect(states).to.deep.equal([told?.reversal.state]);

          held.release();
          await asleep.catch(unlessAway);
          await sleeper.background.idle();
          expect(await bench.expectTrue(payin)).to.deep.equal(states);
        });

        it(`is made at most once when a ${kind} gets no answer ${moment}`, async () => {
          const payin = await bench.pay({ as: kind === 'refund' ? 'settled' : 'processing' });
          let late: (() => Promise<unknown>) | undefined;
          let cut = false;
          const engine = await gated((at, work) => {
            if (at !== moment || cut) return;
            cut = true;
            late = work;
            throw new StoreUnavailable();
          });
          const request = requestOf(payin);
          await engine.reverse(request, bench.caller()).catch(unlessAway);
          await engine.background.idle();
          expect(cut).to.equal(true);
          const told = await engine.reverse(request, bench.caller());
          await bench.clock.advance(LEASE_MS + 1);
          await engine.reconciler.sweep();
          const states = await bench.expectTrue(payin);
          expect(states).to.have.lengthOf(1);
          if (told?.reversal.state === 'done') expect(states).to.deep.equal(['done']);

          await late?.().catch(unlessAway);
          await engine.reconciler.sweep();
          expect(await bench.expectTrue(payin)).to.deep.equal(states);
        });
      }
    }
  }

  it('that was held by a write which came late is failed, and its amount is there again', async () => {
    const payin = await bench.pay();
    let late: (() => Promise<unknown>) | undefined;
    const engine = await gated((at, work) => {
      if (at !== 'before reversal held' || late !== undefined) return;
      late = work;
      throw new StoreUnavailable();
    });
    const request = requestOf(payin, { amount: 400 });
    expect(await engine.reverse(request, bench.caller()).catch(String)).to.contain('not available');
    await late?.();
    expect(await engine.reverse(request, bench.caller())).to.have.nested.property('reversal.state', 'held');
    await bench.clock.advance(LEASE_MS + 1);
    await engine.reconciler.sweep();
    expect(await bench.expectTrue(payin)).to.deep.equal(['failed']);
  });

  it('that was held by a write which was applied and not answered is sent', async () => {
    const payin = await bench.pay();
    const engine = await gated((at) => {
      if (at === 'after reversal held') throw new StoreUnavailable();
    });
    const told = await engine.reverse(requestOf(payin, { amount: 400 }), bench.caller());
    expect(told?.reversal.state).to.equal('done');
    expect(await bench.expectTrue(payin)).to.deep.equal(['done']);
  });

  it('decides, while it is a void under way, whether the payin is said to have settled', async () => {
    const payin = await bench.pay({ as: 'processing' });
    const holds = createHolds();
    const engine = await gated(holds.gate);
    const held = holds.hold(['before void']);
    const asking = engine.reverse(requestOf(payin), { ...bench.caller(), patience: FOREVER });
    await held.reached;
    await settleCharges(bench.ledger, bench.clock, (await bench.attempt(payin)).id);
    const { principal } = bench.caller();
    const reader = await bench.engine();
    expect((await reader.payins.get(principal, payin))?.payinStatus).to.equal('PROCESSING');
    held.release();
    expect((await asking)?.attempt.payinStatus).to.equal('CANCELED');
    expect((await reader.payins.get(principal, payin))?.payinStatus).to.equal('CANCELED');
  });

  it('that is asked for in three processes at once, and again, is sent once', async () => {
    const payin = await bench.pay();
    const sandbox = createSandbox({ ledger: bench.ledger, clock: bench.clock });
    let sent = 0;
    const reverse: Processor['reverse'] = (order) => {
      sent += 1;
      return sandbox.reverse(order);
    };
    const processor = { ...sandbox, reverse };
    const engines = await Promise.all([1, 2, 3].map(() => bench.engine({ processor })));
    const request = requestOf(payin, { amount: 400 });
    const ask = () => Promise.all(engines.map((engine) => engine.reverse(request, bench.caller())));
    const told = [...(await ask()), ...(await ask())];
    await Promise.all(engines.map((engine) => engine.background.idle()));
    expect(new Set(told.map((one) => one?.reversal.id)).size).to.equal(1);
    expect(sent).to.equal(1);
    expect(await bench.expectTrue(payin)).to.deep.equal(['done']);
  });

  describe('whose answer is lost', () => {
    const RICH = { amount: 200_000_000 };
    const CASES = [
      { amount: 90_000_300, end: 'done', title: 'was made: the look finds it' },
      { amount: 90_000_400, end: 'failed', title: 'was not made: the look closes its key and frees the amount' },
      { amount: 90_000_500, end: 'done', title: 'is undecided for a while: the look comes again' },
    ] as const;
    for (const { amount, end, title } of CASES) {
      it(`and that ${title}`, async () => {
        const payin = await bench.pay(RICH);
        const engine = await bench.engine();
        const request = requestOf(payin, { amount });
        const told = await engine.reverse(request, bench.caller());
        expect(told?.reversal.state).to.equal('unknown');
        await engine.reconciler.sweep();
        await bench.clock.advance(6_000);
        await engine.reconciler.sweep();
        expect(await bench.expectTrue(payin)).to.deep.equal([end]);
        expect((await engine.reverse(request, bench.caller()))?.reversal.state).to.equal(end);
      });
    }

    it('keeps its hold while nobody can say, and after three days a person hears of it', async () => {
      const payin = await bench.pay();
      const silent = await bench.engine({ processor: unproven(async () => ({ kind: 'unknown' })) });
      const told = await silent.reverse(requestOf(payin, { amount: 700 }), bench.caller());
      expect(told?.reversal.state).to.equal('unknown');
      for (let i = 0; i < 10; i++) {
        await silent.reconciler.sweep();
        await bench.clock.advance(HOUR);
      }
      const refused = await silent.reverse(requestOf(payin, { amount: 301 }), bench.caller()).catch(({ code }) => code);
      expect(refused).to.equal('AMOUNT_ABOVE_BALANCE');
      await bench.clock.advance(72 * HOUR);
      await silent.reconciler.sweep();
      const { dueAt, expiresAt, reversals } = await bench.attempt(payin);
      expect({ dueAt, expiresAt, states: reversals?.map(({ state }) => state) }).to.deep.equal({
        dueAt: null,
        expiresAt: null,
        states: ['manual'],
      });
      const alarms = bench.log.entries('alarm').filter(({ payin_id }) => payin_id === payin);
      expect(alarms.map(({ alarm }) => alarm)).to.deep.equal(['manual']);
    });

    it('counts when it comes after the deadline', async () => {
      const payin = await bench.pay();
      const sandbox = createSandbox({ ledger: bench.ledger, clock: bench.clock });
      let letGo = () => {};
      const held = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const reverse: Processor['reverse'] = async (order) => {
        const outcome = await sandbox.reverse(order);
        await held;
        return outcome;
      };
      const engine = await bench.engine({ processor: { ...sandbox, reverse } });
      const asking = engine.reverse(requestOf(payin), bench.caller());
      while ((await bench.ledger.list()).at(-1)?.operation?.kind !== 'refund') await new Promise(setImmediate);
      await bench.clock.advance(10_000);
      expect((await asking)?.reversal.state).to.equal('held');
      await bench.clock.advance(60_000);
      letGo();
      await engine.background.idle();
      expect(await bench.expectTrue(payin)).to.deep.equal(['done']);
    });
  });

  it('that is answered with another amount is not believed', async () => {
    const payin = await bench.pay();
    const sandbox = createSandbox({ ledger: bench.ledger, clock: bench.clock });
    const reverse: Processor['reverse'] = async (order) => {
      const outcome = await sandbox.reverse(order);
      return outcome.kind === 'approved' ? { ...outcome, money: { amount: 1, currency: 'USD' } } : outcome;
    };
    const engine = await bench.engine({ processor: { ...sandbox, reverse } });
    const told = await engine.reverse(requestOf(payin), bench.caller());
    expect(told?.reversal.state).to.equal('unknown');
    const alarms = bench.log.entries('alarm').filter(({ payin_id }) => payin_id === payin);
    expect(alarms.map(({ alarm }) => alarm)).to.deep.equal(['integrity_mismatch']);
    await engine.reconciler.sweep();
    expect(await bench.expectTrue(payin)).to.deep.equal(['done']);
  });

  describe('without a key', () => {
    const item = { id: 'tax-2025', amount: 600 };
    const part = (amount: number | null) => ({ idempotencyKey: null, item, amount });

    it('is a repeat of the one of the same item and amount, for ten minutes', async () => {
      const payin = await bench.pay();
      const engine = await bench.engine();
      const ask = async () => (await engine.reverse(requestOf(payin, part(200)), bench.caller()))?.reversal.id;
      const first = await Promise.all([ask(), ask(), ask()]);
      await bench.clock.advance(599_000);
      expect(new Set([...first, await ask()]).size).to.equal(1);
      await bench.clock.advance(1_000);
      expect(await ask()).to.not.equal(first[0]);
      expect(await bench.expectTrue(payin)).to.deep.equal(['done', 'done']);
    });

    it('never gives more back of an item than the item was charged', async () => {
      const payin = await bench.pay();
      const engine = await bench.engine();
      const ask = (amount: number | null) => engine.reverse(requestOf(payin, part(amount)), bench.caller());
      await ask(450);
      expect(await ask(151).catch(({ code }) => code)).to.equal('AMOUNT_ABOVE_BALANCE');
      expect((await ask(null))?.reversal.amount).to.equal(150);
      expect((await engine.reverse(requestOf(payin), bench.caller()))?.reversal.amount).to.equal(400);
      expect(await bench.expectTrue(payin)).to.deep.equal(['done', 'done', 'done']);
    });
  });

  it('is not begun by an engine that is stopping, which still answers repeats', async () => {
    const payin = await bench.pay();
    const engine = await bench.engine();
    const request = requestOf(payin, { amount: 100 });
    await engine.reverse(request, bench.caller());
    engine.stop();
    expect((await engine.reverse(request, bench.caller()))?.reversal.state).to.equal('done');
    const other = requestOf(payin, { amount: 100 });
    expect(await engine.reverse(other, bench.caller()).catch(({ code }) => code)).to.equal('SERVICE_STOPPING');
  });

  it('is a void until the time that the processor needs is over, and a refund from then on', async () => {
    const sandbox = createSandbox({ ledger: bench.ledger, clock: bench.clock, settlesAfterMs: HOUR });
    const engine = await bench.engine({ processor: sandbox });
    const [voided, left] = [await bench.pay({ as: 'processing' }), await bench.pay({ as: 'processing' })];
    await bench.clock.advance(HOUR - 1);
    expect((await engine.reverse(requestOf(voided), bench.caller()))?.reversal.kind).to.equal('void');
    await bench.clock.advance(1);
    expect((await engine.reverse(requestOf(left), bench.caller()))?.reversal.kind).to.equal('refund');
    await bench.clock.advance(HOUR);
    expect((await bench.attempt(voided)).payinStatus).to.equal('CANCELED');
  });

  it('finds a payin settled that settled while nobody looked, by the round of the reconciler', async () => {
    const processor = createSandbox({ ledger: bench.ledger, clock: bench.clock, settlesAfterMs: HOUR });
    const engine = await bench.engine({ processor });
    const payin = await bench.pay({ as: 'processing', by: engine });
    await engine.reconciler.sweep();
    expect((await bench.attempt(payin)).payinStatus).to.equal('PROCESSING');
    await bench.clock.advance(HOUR);
    await engine.reconciler.sweep();
    const { payinStatus, dueAt } = await bench.attempt(payin);
    expect({ payinStatus, dueAt }).to.deep.equal({ payinStatus: 'SUCCEEDED', dueAt: null });
  });

  it('waits for no other: one round follows up on all that is due, however many', async () => {
    const processor = createSandbox({ ledger: bench.ledger, clock: bench.clock, settlesAfterMs: HOUR });
    const engine = await bench.engine({ processor });
    const payins = await Promise.all(Array.from({ length: 120 }, () => bench.pay({ as: 'processing', by: engine })));
    await bench.clock.advance(HOUR);
    expect(await engine.reconciler.sweep()).to.be.at.least(120);
    const attempts = await Promise.all(payins.map((payin) => bench.attempt(payin)));
    expect(new Set(attempts.map(({ payinStatus }) => payinStatus))).to.deep.equal(new Set(['SUCCEEDED']));
  });

  it('is declined where the payin settled just before its void, and a refund when it is asked for again', async () => {
    const payin = await bench.pay({ as: 'processing' });
    const sandbox = createSandbox({ ledger: bench.ledger, clock: bench.clock });
    const reverse: Processor['reverse'] = async (order) => {
      await settleCharges(bench.ledger, bench.clock, order.attemptKey);
      return sandbox.reverse(order);
    };
    const engine = await bench.engine({ processor: { ...sandbox, reverse } });
    const ask = async () => (await engine.reverse(requestOf(payin), bench.caller()))?.reversal;
    expect(await ask()).to.include({ kind: 'void', state: 'failed', code: 'PROCESSING_ERROR' });
    expect(await ask()).to.include({ kind: 'refund', state: 'done', amount: 1000 });
    expect(await bench.expectTrue(payin)).to.deep.equal(['failed', 'done']);
  });

  it('is made of a payin whose record knows nothing of reversals, as those of before', async () => {
    const payin = await bench.pay();
    expect(await bench.attempt(payin)).to.not.have.property('reversals');
    await (await bench.engine()).reverse(requestOf(payin), bench.caller());
    expect(await bench.expectTrue(payin)).to.deep.equal(['done']);
  });

  function unproven(reverse: Processor['reverse']): Processor {
    const { abandon: _abandon, ...sandbox } = createSandbox({ ledger: bench.ledger, clock: bench.clock });
    return { ...sandbox, absence: 'unproven', reverse };
  }
});

const FOREVER = { deliveryMs: 1e12, totalMs: 1e12, repeatsOnSilence: false };

function unlessAway(error: unknown): void {
  if (!(error instanceof StoreUnavailable)) throw error;
}
