/**
 * How a run ends: nobody disturbs any more, everybody asks until the answer is one that stays, and all is judged. Decides how
 * long that may take, and that what is due some day is looked at now; what may stay open is judge.ts's to say.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Attempt } from '../../src/core/store.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer, Payment, Transaction } from './callers.ts';
import { isForAPerson, judge, type Records, readConfig, type Verdict } from './judge.ts';
import type { Upstream } from './upstreams.ts';

/** The end of a run, over its store and its upstream. */
export interface Ending {
  /** @throws where a caller never gets an answer for good that the upstream has */
  settle(payment: Payment | undefined, ask: (transaction: Transaction) => Promise<Answer>): Promise<void>;
  /** The judgement once nothing is open any more, or after all the time that anything may take. */
  verdict(payments: readonly Payment[]): Promise<Verdict>;
}

/** Milliseconds that anything may take which nobody disturbs. */
export const ENDS_WITHIN_MS = 120_000;
const GAP_MS = 500;

export function createEnding(records: Records, upstream: Upstream): Ending {
  const { store, engine } = records;
  const { absence } = upstream;

  async function settle(
    payment: Payment | undefined,
    ask: (transaction: Transaction) => Promise<Answer>,
  ): Promise<void> {
    if (payment === undefined) return;
    await eventually(async () => {
      const open: Transaction[] = [];
      for (const transaction of payment.transactions) {
        const answer = await ask(transaction);
        if (answer === 'open') open.push(transaction);
        if (answer === 'passing') throw await neverEnds(transaction, payment.config);
      }
      // Only now, because the next caller may have paid, and so told of the one before.
      for (const transaction of open) {
        if (!(await isLeft(transaction, payment.config))) throw await neverEnds(transaction, payment.config);
      }
    }, ENDS_WITHIN_MS);
  }

  async function neverEnds({ call, simulator, told }: Transaction, config: string): Promise<Error> {
    const attempts = await attemptsOf(call.transactionId);
    const states = attempts.map(({ id, state, generation, upstream }) => `${id}.${generation} ${state} by ${upstream}`);
    const { active, used, upstream } = (await store.get('chargeables', config)) ?? {};
    const last = told.at(-1)?.code ?? 'silence';
    const held = JSON.stringify({ active: active?.attempt, used, upstream });
    return new Error(`never ends: ${config} (${held}), ${simulator.name} hears ${last} of ${states.join(', ')}`);
  }

  const attemptsOf = (transactionId: string) =>
    store.list('attempts', {
      where: [{ field: 'transactionId', is: 'in', values: [transactionId] }],
      sortBy: 'createdAt',
      order: 'asc',
      limit: 100,
    });

  /** Whether the transaction was sent, and nobody can know what became of it. */
  async function isLeft({ call }: Transaction, config: string): Promise<boolean> {
    if (absence !== 'once') return false;
    const attempts = await attemptsOf(call.transactionId);
    const chargeable = await readConfig(records, config);
    const charges = (await upstream.books([config])).filter((one) => one.approved && one.chargeableId === config);
    if (charges.length > 0) await Promise.all(attempts.map(lookNow));
    return attempts.some((attempt) => isForAPerson(attempt, chargeable, charges, absence));
  }

  /** The gaps between look-ups have grown by then, and grow to half an hour. */
  async function lookNow(attempt: Attempt): Promise<void> {
    if (attempt.state === 'unknown' && attempt.dueAt !== null) await engine.reconciler.look(attempt);
  }

  async function verdict(payments: readonly Payment[]): Promise<Verdict> {
    const configs = payments.map(({ config }) => config);
    const look = async () => judge(records, payments, { entries: await upstream.books(configs), absence });
    let latest = await look();
    for (const until = Date.now() + ENDS_WITHIN_MS; latest.wrong.unresolved.length > 0 && Date.now() < until; ) {
      await pause(GAP_MS);
      latest = await look();
    }
    return latest;
  }

  return { settle, verdict };
}
