/**
 * `kill -9` between any two steps of a payment, then a new process on the same store, where the payments end in each of
 * the ways of endings.ts. The steps and what must follow are the crash table of docs/architecture.md; the sandbox's
 * ledger is the oracle.
 */
import { expect } from 'chai';
import type { Store } from '../../src/core/store.ts';
import type { Ledger } from '../../src/processors/sandbox/ledger.ts';
import { createOracle } from '../support/oracle.ts';
import { eachStore } from '../support/stores.ts';
import type { Door } from '../support/twilio.ts';
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

/** Where a process dies: when every payment of these kinds has come to each of its moments. */
interface Crash {
  readonly at: Moments;
  /** What a process that was started on the remains of another does when it dies, too. */
  readonly while?: Activity;
}

type Activity = 'repeats come' | 'it reconciles';

interface Row {
  readonly title: string;
  readonly crashes: readonly Crash[];
}

const row = (title: string, at: Moments): Row => ({ title, crashes: [{ at }] });

/** The first crash leaves what the title says, the second befalls the process that meets it. */
const twice = (title: string, first: Moments, second: Moments, what: Activity = 'it reconciles'): Row => ({
  title,
  crashes: [{ at: first }, { at: second, while: what }],
});

const ROWS: readonly Row[] = [
  row('before the reservation', { charge: ['before insert attempts'], tokenize: ['before insert attempts'] }),
  row('reserved, not claimed', { charge: ['before config claimed'], tokenize: ['before config claimed'] }),
  row('claimed, not sent', { charge: ['before charge'], tokenize: ['before tokenize'] }),
  row('sent, the answer not read', {
    charge: ['after charge'],
    decline: ['after charge'],
    tokenize: ['after tokenize'],
  }),
  row('answer read, nothing settled', {
    charge: ['before insert methods', 'before config used'],
    decline: ['before insert methods'],
    tokenize: ['before insert methods', 'before config used'],
  }),
  row('method stored, not settled', {
    charge: ['before attempt approved', 'before config used'],
    decline: ['before attempt declined'],
    tokenize: ['before attempt approved', 'before config used'],
  }),
  row('config used, not settled', {
    charge: ['before attempt approved', 'after config used'],
    tokenize: ['before attempt approved', 'after config used'],
  }),
  row('settled, config neither used nor freed', {
    charge: ['after attempt approved', 'before config used'],
    decline: ['before config free'],
    tokenize: ['after attempt approved', 'before config used'],
  }),
  row('settled, the reply not sent', {
    charge: ['after attempt approved', 'after config used'],
    decline: ['after config free'],
    tokenize: ['after attempt approved', 'after config used'],
  }),

  twice(
    'reserved, then taken over and not claimed',
    { charge: ['before config claimed'] },
    { charge: ['before config claimed'] },
    'repeats come',
  ),
  twice(
    'reserved, then taken over, claimed and not sent',
    { charge: ['before config claimed'] },
    { charge: ['before charge'] },
    'repeats come',
  ),
  twice(
    'reserved, then the epoch bumped by the reconciler',
    { charge: ['before config claimed'] },
    { charge: ['before attempt not_sent'] },
  ),
  twice(
    'not sent, then about to be closed by the reconciler',
    { charge: ['before charge'] },
    { charge: ['before abandon'] },
  ),
  twice('not sent, then closed by the reconciler', { charge: ['before charge'] }, { charge: ['after abandon'] }),
  twice(
    'not sent, then recorded as such by the reconciler and not freed',
    { charge: ['before charge'] },
    { charge: ['before config free'] },
  ),
  twice(
    'charged, then found by the reconciler and not settled',
    { charge: ['after charge'] },
    { charge: ['before attempt approved', 'before config used'] },
  ),
  twice(
    'charged, then settled by the reconciler and the config not used',
    { charge: ['after charge'] },
    { charge: ['after attempt approved', 'before config used'] },
  ),
  twice(
    'declined, then settled by the reconciler and not freed',
    { decline: ['after charge'] },
    { decline: ['before config free'] },
  ),
];

eachStore('A process killed by kill -9', (stores) => {
  const figures = figuresOf(stores.name);
  let store: Store;
  let ledger: Ledger;
  let victim: Victim;
  /** The next one, started while the payments of the last one end. */
  let spare: Promise<Victim>;
  /** The first process's keys, at the living one's address. */
  let door: Door;

  async function restart(): Promise<void> {
    victim = await spare;
    door = { ...(door ?? victim), url: victim.url };
    spare = startVictim(stores.url());
  }

  before(async () => {
    store = stores.store();
    ledger = await openLedgerOf(stores.url());
    spare = startVictim(stores.url());
    await restart();
  });

  after(async () => {
    await victim?.kill('SIGKILL');
    await (await spare)?.kill('SIGKILL');
    await ledger?.close();
  });

  for (const { title, crashes } of ROWS) {
    describe(title, () => {
      const oracle = createOracle();
      const kinds = KINDS.filter((kind) => crashes.some(({ at }) => at[kind] !== undefined));
      /** For each kind, one for each ending. */
      const payments: (readonly Payment[])[] = [];

      const end = (ending: number, way: (payment: Payment) => Promise<void>) => async () => {
        const ended = payments.flatMap((ofKind) => ofKind[ending] ?? []);
        await Promise.all(ended.map(way));
        figures.endings += ended.length;
      };

      before(async () => {
        figures.points += kinds.length;
        for (const kind of kinds) payments.push(await preparePayments(door, kind, `${kind} ${title}`));
        for (const { at, while: what } of crashes) {
          const moments = Object.values(at).flat();
          // The reconciler takes one after the other, deliveries come side by side.
          const arrivals = moments.length * (what === 'it reconciles' ? 1 : ENDINGS);
          const { reached } = await victim.hold([...new Set(moments)], arrivals);
          if (what === 'it reconciles') victim.reconcile();
          const delivered = what === 'it reconciles' ? [] : payments.flat();
          const silences = delivered.map(({ body }) => oracle.deliver(door, body));
          await reached;
          await victim.kill('SIGKILL');
          expect(await Promise.all(silences)).to.deep.equal(delivered.map(() => null));
          figures.crashes += 1;
          await restart();
        }
        victim.reconcile();
      });

      it(
        'is answered to the repeat, and to the next one with the same bytes',
        end(0, (payment) => repeat(oracle, door, payment)),
      );

      it(
        'is resolved without a repeat',
        end(1, (payment) => resolve(store, payment)),
      );

      it(
        'leaves the config to a redial if nothing was charged, and never charges it twice',
        end(2, (payment) => redial(oracle, door, payment)),
      );

      it('was charged as it was told, and recorded as it was charged', async () => {
        const configs = payments.flat().map(({ config }) => config);
        expectClean(stores.name, await oracle.judge(store, ledger, configs, ENDS_WITHIN_MS));
      });
    });
  }
});
