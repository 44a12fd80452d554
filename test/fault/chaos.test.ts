/**
 * Two server processes on one store, killed and stopped at random while callers pay, hang up, repeat and redial. Every
 * choice is drawn from a seed, which is printed; `CHAOS_SEED` sets it. The timing of the machine is not the seed's.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import type { Ledger } from '../../src/processors/sandbox/ledger.ts';
import { type Draw, drawsOf } from '../support/draw.ts';
import { eventually } from '../support/eventually.ts';
import { createOracle } from '../support/oracle.ts';
import { eachStore } from '../support/stores.ts';
import type { Door } from '../support/twilio.ts';
import { anotherCall, ENDS_WITHIN_MS, KINDS, MANY_WITHIN_MS, type Payment, preparePayment } from './endings.ts';
import { expectClean, figuresOf } from './figures.ts';
import { openLedgerOf, startVictim, type Victim } from './victim.ts';

const CONFIGS = 45;
const CALLS_WITHIN_MS = 4_000;
const DELIVERIES = 4;

const seed = Number(process.env['CHAOS_SEED'] ?? randomInt(2 ** 31));

eachStore('Two processes that die and sleep at random', (stores) => {
  const figures = figuresOf(stores.name);
  const oracle = createOracle();
  let ledger: Ledger;
  let victims: Victim[];
  /** The first process's keys, which outlive it. */
  let keys: Door;

  before(async () => {
    ledger = await openLedgerOf(stores.url());
    const [one, other] = await Promise.all([start(), start()]);
    victims = [one, other];
    keys = one;
  });

  after(async () => {
    await Promise.all(victims?.map((victim) => victim.kill('SIGKILL')) ?? []);
    await ledger?.close();
  });

  async function start(): Promise<Victim> {
    const victim = await startVictim(stores.url());
    victim.reconcile();
    return victim;
  }

  /** A caller whose provider repeats on silence, here with little patience. */
  async function call({ body }: Payment, draw: Draw): Promise<void> {
    await pause(draw(0, CALLS_WITHIN_MS));
    for (let i = 0; i < DELIVERIES; i++) {
      const sideBySide = Array.from({ length: draw(1, 2) }, () => {
        const { url } = victims[draw(0, 1)] ?? keys;
        return oracle.deliver({ ...keys, url }, body, AbortSignal.timeout(draw(50, 1_500)));
      });
      const replies = await Promise.all(sideBySide);
      if (replies.some((reply) => reply !== null)) return;
    }
  }

  /** Kills or stops one of the two, again and again. */
  async function disturb(which: number, draw: Draw, until: () => boolean): Promise<void> {
    while (!until()) {
      await pause(draw(100, 600));
      const victim = victims[which];
      if (draw(0, 1) === 0) {
        await victim?.kill('SIGKILL');
        victims[which] = await start();
        figures.crashes += 1;
      } else {
        await victim?.sleep();
        await pause(draw(50, 1_500));
        await victim?.wake();
        figures.stops += 1;
      }
    }
  }

  /** Asks until the answer is one that stays, now that nobody disturbs any more. */
  async function settle({ body }: Payment, i: number): Promise<void> {
    const door = { ...keys, url: (victims[i % 2] ?? keys).url };
    await eventually(async () => {
      const code = (await oracle.deliver(door, body))?.body.error_code ?? null;
      expect(code).to.be.oneOf([null, 'DECLINED', 'PAYIN_CONFIG_USED', 'PAYMENT_METHOD_CONFIG_USED']);
    }, ENDS_WITHIN_MS);
  }

  it(`charge everybody once, and say so (CHAOS_SEED=${seed})`, async () => {
    const first = await Promise.all(
      Array.from({ length: CONFIGS }, (_, i) => preparePayment(keys, KINDS[i % 3] ?? 'charge', `chaos ${i}`)),
    );
    const payments = [...first, ...first.map((payment) => anotherCall(payment, 1))];
    figures['chaos payments'] += payments.length;

    let called = false;
    const calls = Promise.all(payments.map((payment, i) => call(payment, drawsOf(seed, i))));
    const disturbed = victims.map((_, i) => disturb(i, drawsOf(seed, payments.length + i), () => called));
    await calls.finally(() => {
      called = true;
    });
    await Promise.all(disturbed);
    await Promise.all(payments.map(settle));

    const configs = first.map(({ config }) => config);
    expectClean(stores.name, await oracle.judge(stores.store(), ledger, configs, ENDS_WITHIN_MS));
    for (const config of configs) {
      const stored = await stores.store().get('chargeables', config);
      expect(stored, `the config ${config} was paid`).to.not.include({ used: null });
    }
  }).timeout(MANY_WITHIN_MS);
});
