/**
 * Captures when things go wrong: a process that dies or sleeps at any write, writes that are applied and not answered or
 * arrive late, answers of the processor that are lost, and voids at the same time. The ledger says what was taken; nothing
 * is taken twice, and nothing of what was voided.
 */
import { expect } from 'chai';
import type { PayinId } from '../../src/core/ids.ts';
import type { Processor } from '../../src/core/processor.ts';
import { StoreUnavailable } from '../../src/core/store.ts';
import type { CaptureRequest } from '../../src/engine/capture.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { capturesOf } from '../../src/engine/follow-up.ts';
import { createSandbox } from '../../src/processors/sandbox/index.ts';
import { settleCharges } from '../../src/processors/sandbox/settle.ts';
import { createHolds, type Gate, gatedLedger, gatedStore, type Moment, type Step } from '../support/moments.ts';
import { type Bench, createBench, LEASE_MS, requestOf } from '../support/reversing.ts';
import { eachStore } from '../support/stores.ts';

/** What one capture does, in order. */
const STEPS: readonly Step[] = ['capture held', 'capture', 'capture done'];
const HOUR = 3_600_000;
const RICH = { amount: 200_000_000, as: 'authorized' } as const;

eachStore('A capture', (stores) => {
  let bench: Bench;

  before(async () => {
    bench = await createBench(stores.store());
  });

  /** An engine of which every step passes the gate. */
  const gated = (gate: Gate) =>
    bench.engine({ store: gatedStore(stores.store(), gate), ledger: gatedLedger(bench.ledger, gate) });

  const authorize = () => bench.pay({ as: 'authorized' });

  const asking = (payinId: PayinId, changes: Partial<CaptureRequest> = {}): CaptureRequest => ({
    payinId,
    amount: null,
    metadata: {},
    ...changes,
  });

  /** The state of the last capture, as the engine told it. */
  async function capture(engine: Engine, payin: PayinId, changes: Partial<CaptureRequest> = {}) {
    const told = await engine.capture(asking(payin, changes), bench.caller());
    return told === null ? null : capturesOf(told).at(-1)?.state;
  }

  const voided = async (engine: Engine, payin: PayinId) =>
    (await engine.reverse(requestOf(payin), bench.caller()))?.reversal.state;

  for (const step of STEPS) {
    for (const end of ['before', 'after'] as const) {
      const moment: Moment = `${end} ${step}`;

      it(`is made once, or failed for good, when its process sleeps ${moment}, and wakes`, async () => {
        const payin = await authorize();
        const holds = createHolds();
        const sleeper = await gated(holds.gate);
        const held = holds.hold([moment]);
        const asleep = sleeper.capture(asking(payin, { amount: 400 }), { ...bench.caller(), patience: FOREVER });
        await held.reached;

        await bench.clock.advance(LEASE_MS + 1);
        const other = await bench.engine();
        await other.reconciler.sweep();
        expect(await capture(other, payin, { amount: 400 })).to.equal('done');
        const states = await bench.expectTrue(payin);

        held.release();
        await asleep.catch(unlessAway);
        await sleeper.background.idle();
        expect(await bench.expectTrue(payin)).to.deep.equal(states);
      });

      it(`is made at most once when it gets no answer ${moment}`, async () => {
        const payin = await authorize();
        let late: (() => Promise<unknown>) | undefined;
        let cut = false;
        const engine = await gated((at, work) => {
          if (at !== moment || cut) return;
          cut = true;
          late = work;
          throw new StoreUnavailable();
        });
        await engine.capture(asking(payin), bench.caller()).catch(unlessAway);
        await engine.background.idle();
        expect(cut).to.equal(true);
        await capture(engine, payin);
        await bench.clock.advance(LEASE_MS + 1);
        await engine.reconciler.sweep();
        const states = await bench.expectTrue(payin);

        await late?.().catch(unlessAway);
        await engine.reconciler.sweep();
        expect(await bench.expectTrue(payin)).to.deep.equal(states);
        expect(await capture(engine, payin)).to.equal('done');
        expect((await bench.expectTrue(payin)).filter((state) => state === 'done')).to.have.lengthOf(1);
      });

      it(`and a void are never both made when the process of the capture sleeps ${moment}`, async () => {
        const payin = await authorize();
        const holds = createHolds();
        const sleeper = await gated(holds.gate);
        const held = holds.hold([moment]);
        const asleep = sleeper.capture(asking(payin), { ...bench.caller(), patience: FOREVER });
        await held.reached;

        const other = await bench.engine();
        const early = await voided(other, payin).catch(({ code }) => code);
        await bench.clock.advance(LEASE_MS + 1);
        await other.reconciler.sweep();
        if (early === 'PAYIN_BUSY') expect(await voided(other, payin)).to.equal('done');
        await bench.expectTrue(payin);

        held.release();
        await asleep.catch((error: unknown) => expect(error).to.have.property('code', 'NOT_CAPTURABLE'));
        await sleeper.background.idle();
        await bench.expectTrue(payin);
        expect((await bench.attempt(payin)).payinStatus).to.equal('CANCELED');
      });
    }
  }

  for (const moment of ['after reversal held', 'before void', 'after void'] as const) {
    it(`is refused while a void is open, whose process sleeps ${moment}, and when it was made`, async () => {
      const payin = await authorize();
      const holds = createHolds();
      const sleeper = await gated(holds.gate);
      const held = holds.hold([moment]);
      const asleep = sleeper.reverse(requestOf(payin), { ...bench.caller(), patience: FOREVER });
      await held.reached;

      const other = await bench.engine();
      expect(await capture(other, payin).catch(({ code }) => code)).to.equal('PAYIN_BUSY');
      await bench.clock.advance(LEASE_MS + 1);
      await other.reconciler.sweep();
      const then = await capture(other, payin).catch(({ code }) => code);
      expect(then).to.equal(moment === 'after void' ? 'NOT_CAPTURABLE' : 'done');
      const states = await bench.expectTrue(payin);

      held.release();
      await asleep;
      await sleeper.background.idle();
      expect(await bench.expectTrue(payin)).to.deep.equal(states);
    });
  }

  it('and a void, a hundred requests at once in two processes, have one effect', async () => {
    for (const first of ['capture', 'void'] as const) {
      const payin = await authorize();
      const holds = createHolds();
      const engines = await Promise.all([gated(holds.gate), gated(holds.gate)]);
      const sending = holds.hold(['before capture', 'before void']);
      const caller = () => ({ ...bench.caller(), patience: AT_ONCE });
      const ask = (i: number) => {
        const engine = engines[i % 2] ?? engines[0];
        const isCapture = Math.floor(i / 2) % 2 === (first === 'capture' ? 0 : 1);
        return (isCapture ? engine.capture(asking(payin), caller()) : engine.reverse(requestOf(payin), caller())).then(
          () => 'held',
          // A store that is too busy for some of a hundred takes nothing of theirs.
          (error) => (error instanceof StoreUnavailable ? 'away' : error.code),
        );
      };
      const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(i)));
      sending.release();
      await Promise.all(engines.map((engine) => engine.background.idle()));
      const states = await bench.expectTrue(payin);
      expect(states).to.deep.equal(['done']);
      const { payinStatus } = await bench.attempt(payin);
      expect(payinStatus).to.be.oneOf(['PROCESSING', 'CANCELED']);
      // All captures are one capture; each void has a key of its own.
      const refused = payinStatus === 'PROCESSING' ? ['PAYIN_BUSY'] : ['PAYIN_BUSY', 'AMOUNT_ABOVE_BALANCE'];
      expect(new Set(answers.filter((one) => one !== 'away'))).to.deep.equal(new Set(['held', ...refused]));
    }
  });

  it('that is asked for a hundred times, and once for another amount, is sent once', async () => {
    const payin = await authorize();
    const sandbox = createSandbox({ ledger: bench.ledger, clock: bench.clock });
    let sent = 0;
    const take: Processor['capture'] = (order) => {
      sent += 1;
      return sandbox.capture(order);
    };
    const processor = { ...sandbox, capture: take };
    const engines = [await bench.engine({ processor }), await bench.engine({ processor })];
    const ask = (amount: number | null) =>
      Promise.all(engines.map((engine) => capture(engine, payin, { amount }).catch(({ code }) => code)));
    const told = await Promise.all(Array.from({ length: 50 }, () => ask(null)));
    // A process that has not sent may be told that it is held.
    for (const state of told.flat()) expect(state).to.be.oneOf(['done', 'held']);
    await Promise.all(engines.map((engine) => engine.background.idle()));
    expect(await ask(1000)).to.deep.equal(['done', 'done']);
    expect(await ask(999)).to.deep.equal(['CONFLICT', 'CONFLICT']);
    expect(sent).to.equal(1);
    expect(await bench.expectTrue(payin)).to.deep.equal(['done']);
  });

  it('that was held by a write which came late is failed, and can be asked for again', async () => {
    const payin = await authorize();
    let late: (() => Promise<unknown>) | undefined;
    const engine = await gated((at, work) => {
      if (at !== 'before capture held' || late !== undefined) return;
      late = work;
      throw new StoreUnavailable();
    });
    expect(await capture(engine, payin).catch(String)).to.contain('not available');
    await late?.();
    expect(await capture(engine, payin)).to.equal('held');
    await bench.clock.advance(LEASE_MS + 1);
    await engine.reconciler.sweep();
    expect(await bench.expectTrue(payin)).to.deep.equal(['failed']);
    expect(await capture(engine, payin)).to.equal('done');
    expect(await bench.expectTrue(payin)).to.deep.equal(['failed', 'done']);
  });

  describe('whose answer is lost', () => {
    const CASES = [
      { amount: 90_000_300, end: 'done', title: 'was made: the look finds it' },
      { amount: 90_000_400, end: 'failed', title: 'was not made: the look closes its key' },
      { amount: 90_000_500, end: 'done', title: 'is undecided for a while: the look comes again' },
    ] as const;
    for (const { amount, end, title } of CASES) {
      it(`and that ${title}`, async () => {
        const payin = await bench.pay(RICH);
        const engine = await bench.engine();
        expect(await capture(engine, payin, { amount })).to.equal('unknown');
        expect(await voided(engine, payin).catch(({ code }) => code)).to.equal('PAYIN_BUSY');
        await engine.reconciler.sweep();
        await bench.clock.advance(6_000);
        await engine.reconciler.sweep();
        expect(await bench.expectTrue(payin)).to.deep.equal([end]);
      });
    }

    it('keeps its hold while nobody can say, and after three days a person hears of it', async () => {
      const payin = await authorize();
      const { abandon: _abandon, ...sandbox } = createSandbox({ ledger: bench.ledger, clock: bench.clock });
      const take: Processor['capture'] = async () => ({ kind: 'unknown' });
      const silent = await bench.engine({ processor: { ...sandbox, absence: 'unproven', capture: take } });
      expect(await capture(silent, payin)).to.equal('unknown');
      await silent.reconciler.sweep();
      expect(await capture(silent, payin)).to.equal('unknown');
      await bench.clock.advance(73 * HOUR);
      await silent.reconciler.sweep();
      const { dueAt, expiresAt, captures, payinStatus } = await bench.attempt(payin);
      expect({ dueAt, expiresAt, payinStatus, states: captures?.map(({ state }) => state) }).to.deep.equal({
        dueAt: null,
        expiresAt: null,
        payinStatus: 'AUTHORIZED',
        states: ['manual'],
      });
      const alarms = bench.log.entries('alarm').filter(({ payin_id }) => payin_id === payin);
      expect(alarms.map(({ alarm, kind }) => [alarm, kind])).to.deep.equal([['manual', 'capture']]);
      expect(await voided(silent, payin).catch(({ code }) => code)).to.equal('PAYIN_BUSY');
    });
  });

  it('that is answered with another amount is not believed', async () => {
    const payin = await authorize();
    const sandbox = createSandbox({ ledger: bench.ledger, clock: bench.clock });
    const take: Processor['capture'] = async (order) => {
      const outcome = await sandbox.capture(order);
      return outcome.kind === 'approved' ? { ...outcome, money: { amount: 999, currency: 'USD' } } : outcome;
    };
    const engine = await bench.engine({ processor: { ...sandbox, capture: take } });
    expect(await capture(engine, payin)).to.equal('unknown');
    const alarms = bench.log.entries('alarm').filter(({ payin_id }) => payin_id === payin);
    expect(alarms.map(({ alarm }) => alarm)).to.deep.equal(['integrity_mismatch']);
    await engine.reconciler.sweep();
    expect(await bench.expectTrue(payin)).to.deep.equal(['done']);
  });

  it('starts the time to settle, after which what was captured is refunded, and no more', async () => {
    const processor = createSandbox({ ledger: bench.ledger, clock: bench.clock, settlesAfterMs: HOUR });
    const engine = await bench.engine({ processor });
    const payin = await bench.pay({ as: 'authorized', by: engine });
    await bench.clock.advance(2 * HOUR);
    await engine.reconciler.sweep();
    expect((await bench.attempt(payin)).payinStatus).to.equal('AUTHORIZED');
    expect(await capture(engine, payin, { amount: 400 })).to.equal('done');
    await engine.reconciler.sweep();
    expect((await bench.attempt(payin)).payinStatus).to.equal('PROCESSING');
    await bench.clock.advance(HOUR);
    await engine.reconciler.sweep();
    expect((await bench.attempt(payin)).payinStatus).to.equal('SUCCEEDED');
    const tooMuch = engine.reverse(requestOf(payin, { amount: 401 }), bench.caller());
    expect(await tooMuch.catch(({ code }) => code)).to.equal('AMOUNT_ABOVE_BALANCE');
    const refund = await engine.reverse(requestOf(payin), bench.caller());
    expect(refund?.reversal).to.include({ kind: 'refund', state: 'done', amount: 400 });
    expect(await bench.expectTrue(payin)).to.deep.equal(['done', 'done']);
  });

  it('is voided as a whole, that is for what was captured, until it has settled', async () => {
    const engine = await bench.engine();
    const payin = await authorize();
    expect(await capture(engine, payin, { amount: 400 })).to.equal('done');
    for (const amount of [399, 1000]) {
      const refused = engine.reverse(requestOf(payin, { amount }), bench.caller());
      expect(await refused.catch(({ code }) => code)).to.be.oneOf(['PARTIAL_VOID', 'AMOUNT_ABOVE_BALANCE']);
    }
    const reversed = await engine.reverse(requestOf(payin), bench.caller());
    expect(reversed?.reversal).to.include({ kind: 'void', state: 'done', amount: 400 });
    expect(await bench.expectTrue(payin)).to.deep.equal(['done', 'done']);
    expect(await capture(engine, payin, { amount: 400 })).to.equal('done');
    await settleCharges(bench.ledger, bench.clock, (await bench.attempt(payin)).id);
    expect(await bench.expectTrue(payin)).to.deep.equal(['done', 'done']);
  });

  it('of an authorization that has expired fails it for good', async () => {
    const engine = await bench.engine();
    const payin = await bench.pay({ amount: 90_000_700, as: 'authorized' });
    expect(await capture(engine, payin, { amount: 100 })).to.equal('failed');
    expect(await bench.expectTrue(payin)).to.deep.equal(['failed']);
    expect((await bench.attempt(payin)).payinStatus).to.equal('FAILED');
    for (const again of [capture(engine, payin), voided(engine, payin)]) {
      expect(await again.catch(({ code }) => code)).to.be.oneOf(['NOT_CAPTURABLE', 'NOT_REVERSIBLE']);
    }
  });

  it('is not begun by an engine that is stopping, which still answers repeats', async () => {
    const [payin, other] = [await authorize(), await authorize()];
    const engine = await bench.engine();
    await capture(engine, payin);
    engine.stop();
    expect(await capture(engine, payin)).to.equal('done');
    expect(await capture(engine, other).catch(({ code }) => code)).to.equal('SERVICE_STOPPING');
  });
});

const FOREVER = { deliveryMs: 1e12, totalMs: 1e12, repeatsOnSilence: false };
const AT_ONCE = { deliveryMs: 0, totalMs: 0, repeatsOnSilence: false };

function unlessAway(error: unknown): void {
  if (!(error instanceof StoreUnavailable)) throw error;
}
