/**
 * An owner that sleeps: SIGSTOP between two steps of a payment until its lease is long over and another process has
 * ended the payment, then SIGCONT. What it does when it wakes must neither charge again nor undo what was found.
 */
import { expect } from 'chai';
import type { Store } from '../../src/core/store.ts';
import type { Ledger } from '../../src/processors/sandbox/ledger.ts';
import { createOracle } from '../support/oracle.ts';
import { eachStore } from '../support/stores.ts';
import {
  ENDINGS,
  ENDS_WITHIN_MS,
  KINDS,
  type Moments,
  type Payment,
  preparePayments,
  redial,
  repeat,
  resolve,
} from './endings.ts';
import { expectClean, figuresOf } from './figures.ts';
import { openLedgerOf, startVictim, type Victim } from './victim.ts';

const ROWS: Readonly<Record<string, Moments>> = {
  'before the reservation': { charge: ['before insert attempts'] },
  'reserved, not claimed': { charge: ['before config claimed'], tokenize: ['before config claimed'] },
  'claimed, not sent': { charge: ['before charge'], tokenize: ['before tokenize'] },
  'sent, the answer not read': { charge: ['after charge'], decline: ['after charge'], tokenize: ['after tokenize'] },
  'config used, not settled': { charge: ['before attempt approved', 'after config used'] },
  'settled, config neither used nor freed': {
    charge: ['after attempt approved', 'before config used'],
    decline: ['before config free'],
  },
};

eachStore('A process stopped past its lease', (stores) => {
  const figures = figuresOf(stores.name);
  let store: Store;
  let ledger: Ledger;
  let sleeper: Victim;
  let other: Victim;

  before(async () => {
    store = stores.store();
    ledger = await openLedgerOf(stores.url());
    [sleeper, other] = await Promise.all([startVictim(stores.url()), startVictim(stores.url())]);
    other.reconcile();
  });

  after(async () => {
    await Promise.all([sleeper?.kill('SIGKILL'), other?.kill('SIGKILL')]);
    await ledger?.close();
  });

  for (const [title, at] of Object.entries(ROWS)) {
    it(`${title}: another process ends its payments, and it wakes to nothing`, async () => {
      const oracle = createOracle();
      const kinds = KINDS.filter((kind) => at[kind] !== undefined);
      const prepared = await Promise.all(kinds.map((kind) => preparePayments(sleeper, kind, `${kind} ${title}`)));
      const payments = prepared.flat();
      const moments = Object.values(at).flat();
      const { reached } = await sleeper.hold([...new Set(moments)], ENDINGS * moments.length);
      const sleeping = payments.map(({ body }) => oracle.deliver(sleeper, body));
      await reached;
      await sleeper.sleep();
      figures.stops += 1;

      const door = { ...sleeper, url: other.url };
      const ways = [
        (payment: Payment) => repeat(oracle, door, payment),
        (payment: Payment) => resolve(store, payment),
        (payment: Payment) => redial(oracle, door, payment),
      ];
      try {
        await Promise.all(payments.map((payment, i) => ways[i % ENDINGS]?.(payment)));
        figures.endings += payments.length;
      } finally {
        await sleeper.wake();
      }
      expect(await Promise.all(sleeping)).to.not.include(null);
      await Promise.all(payments.map(({ body }) => oracle.deliver(sleeper, body)));
      const configs = payments.map(({ config }) => config);
      expectClean(stores.name, await oracle.judge(store, ledger, configs, ENDS_WITHIN_MS));
    });
  }
});
