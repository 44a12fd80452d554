/**
 * A store, or a ledger, that fails at each single step of a payment in turn, in each way that it can: the step was not
 * done; it was done and the answer was lost; it is done after its author has given it up; or nothing answers for a
 * while from that step on. The steps are those that a payment is seen to take when nothing fails.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { StoreUnavailable } from '../../src/core/store.ts';
import { memoryLedger } from '../../src/processors/sandbox/index.ts';
import type { Ledger } from '../../src/processors/sandbox/ledger.ts';
import { type Gate, gatedLedger, gatedStore } from '../support/moments.ts';
import { createOracle } from '../support/oracle.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import { type Sweeping, startSweeping } from '../support/sweep.ts';
import { ENDS_WITHIN_MS, KINDS, type Kind, type Payment, preparePayment, repeat } from './endings.ts';
import { expectClean, figuresOf } from './figures.ts';

const SOON = { processorDeadlineMs: 1_000, leaseSlackMs: 50, reservationLeaseMs: 100 };
const SWEEP_MS = 50;
/** Longer than the lease of a reservation, and than the first try to write a verdict again. */
const AWAY_MS = 250;
const LATE_MS = 150;

const WAYS = ['not done', 'done, the answer lost', 'done late', 'away from then on'] as const;
type Way = (typeof WAYS)[number];

/** A gate that fails at one step of a payment. */
interface Fault {
  readonly gate: Gate;
  /** The steps that began since it was armed, each by its name and how often it had begun before. */
  steps(): readonly string[];
  /** @param step as `steps` names it; null for none */
  arm(step: string | null, way: Way): void;
  /** Resolves when what was put off has been done. */
  over(): Promise<void>;
}

function createFault(): Fault {
  let target: string | null = null;
  let how: Way = 'not done';
  let begun: readonly string[] = [];
  let losing: string | null = null;
  let awayUntil = 0;
  let late: Promise<unknown> = Promise.resolve();

  function begin(moment: string, step: () => Promise<unknown>): void {
    const name = moment.replace('before ', '');
    const numbered = `${name} ${begun.filter((other) => other.startsWith(`${name} `)).length + 1}`;
    begun = [...begun, numbered];
    if (numbered === target) fail(name, step);
    if (Date.now() < awayUntil) throw new StoreUnavailable();
  }

  function fail(name: string, step: () => Promise<unknown>): void {
    switch (how) {
      case 'not done':
        throw new StoreUnavailable();
      case 'done, the answer lost':
        losing = `after ${name}`;
        return;
      case 'done late':
        late = pause(LATE_MS).then(step);
        throw new StoreUnavailable();
      case 'away from then on':
        awayUntil = Date.now() + AWAY_MS;
    }
  }

  return {
    gate(moment, step) {
      if (step !== undefined) return begin(moment, step);
      if (moment !== losing) return;
      losing = null;
      throw new StoreUnavailable();
    },
    steps: () => begun,
    arm(step, way) {
      [target, how, begun, losing, awayUntil] = [step, way, [], null, 0];
    },
    async over() {
      await late;
    },
  };
}

const isRead = (step: string) => step.startsWith('read ') || step.startsWith('lookup ');

eachStore('A step of a payment that fails', (stores) => {
  const figures = figuresOf(stores.name);
  let ledger: Ledger;
  let sound: TestServer;
  let sweeping: Sweeping;

  before(async () => {
    ledger = memoryLedger();
    sound = await startServer({ store: stores.store(), ledger, settings: SOON });
    sweeping = startSweeping(sound.engine, SWEEP_MS);
  });

  after(async () => {
    await sweeping?.stop();
    await sound?.close();
  });

  /** Pays once with every step done, and then once with each of those steps failing. */
  async function failEachStep(kind: Kind, way: Way): Promise<void> {
    const oracle = createOracle();
    const fault = createFault();
    const server = await startServer({
      store: gatedStore(stores.store(), fault.gate),
      ledger: gatedLedger(ledger, fault.gate),
      settings: SOON,
    });

    async function pay(step: string | null): Promise<Payment> {
      const payment = await preparePayment(sound, kind, `${kind}, ${step}, ${way}`);
      fault.arm(step, way);
      const reply = await oracle.deliver({ ...sound, url: server.url }, payment.body);
      expect(reply?.status).to.equal(200);
      await fault.over();
      await server.engine.background.idle();
      return payment;
    }

    const payments = [await pay(null)];
    for (const step of fault.steps()) {
      // What a read does late or in vain nobody can tell from one that was not done.
      if (isRead(step) && (way === 'done late' || way === 'done, the answer lost')) continue;
      payments.push(await pay(step));
      if (!isRead(step)) figures['ambiguous writes'] += 1;
    }
    await Promise.all(payments.map((payment) => repeat(oracle, sound, payment)));
    const configs = payments.map(({ config }) => config);
    expectClean(stores.name, await oracle.judge(stores.store(), ledger, configs, ENDS_WITHIN_MS));
    await server.close();
  }

  it('leaves every payment made once and told as it is, whatever the step and the way', async () => {
    await Promise.all(KINDS.flatMap((kind) => WAYS.map((way) => failEachStep(kind, way))));
  });
});
