/**
 * The oracle of charging once, for simulated worlds: what was told and recorded, held against the ledger and nobody else.
 * Decides what is wrong at the end of a run. The same rules over HTTP are test/support/oracle.ts.
 */
import type { Attempt } from '../../src/core/store.ts';
import { reversalsOf } from '../../src/engine/follow-up.ts';
import { balanceOf } from '../../src/engine/reversal.ts';
import type { Client } from './client.ts';
import type { Shelves } from './store.ts';
import type { Entry, Ledger } from './upstream.ts';
import type { World } from './world.ts';

/** A run that is over. */
export interface Outcome {
  readonly world: World;
  readonly shelves: Shelves;
  readonly ledger: Ledger;
  readonly clients: readonly Client[];
}

/** @returns what is wrong, in words; nothing where everybody was charged once and told so. */
export function judge(outcome: Outcome): readonly string[] {
  const { shelves, ledger, clients } = outcome;
  const charges = ledger.entries.filter(({ kind, outcome }) => kind === 'charge' && outcome === 'approved');
  const attempts = shelves.all('attempts');
  const chargesOf = (attempt: Attempt) => charges.filter(({ key }) => key.split('.')[0] === attempt.id);
  return [
    ...(charges.length > 1 ? [`the config was charged ${charges.length} times`] : []),
    ...clients.flatMap((client) => {
      const attempt = attempts.find(({ transactionId }) => transactionId === client.plan.name);
      const mine = attempt === undefined ? [] : chargesOf(attempt);
      const lies = client.plan.kind === 'payment' ? liesOfPayment(client, mine) : liesOfRefund(client, ledger.entries);
      return lies.map((lie) => `${client.plan.name}: ${lie}`);
    }),
    ...attempts.flatMap((attempt) =>
      faultsOf(outcome, attempt, chargesOf(attempt)).map((fault) => `${attempt.transactionId} ${fault}`),
    ),
    ...attempts.flatMap((attempt) => faultsOfReversals(attempt, ledger.entries)),
  ];
}

/** Approvals are told where there is one, and all alike; no is the last word, or comes after a charge, where there is none. */
function liesOfPayment({ told, heard }: Client, charges: readonly Entry[]): readonly string[] {
  const approvals = new Set(told.flatMap(({ said, what }) => (said === 'yes' ? [what] : [])));
  const afterwards = told.find((reply) => reply.said === 'no');
  return [
    ...(charges.length > 1 ? [`charged ${charges.length} times`] : []),
    ...(approvals.size > 0 && charges.length !== 1 ? [`told approved, and charged ${charges.length} times`] : []),
    ...(approvals.size > 1 ? ['told of different approvals'] : []),
    ...(heard?.said === 'no' && charges.length > 0 ? [`told ${heard.what}, and charged`] : []),
    ...(heard?.said !== 'no' && afterwards !== undefined ? [`told ${afterwards.what} after the charge`] : []),
    // Who repeats on silence takes any answer for the last: while the outcome is out, there must be none.
    ...(heard?.said === 'pending' && charges.length > 0 ? ['told "pending" instead of being held, and charged'] : []),
  ];
}

function liesOfRefund({ told, heard, plan }: Client, entries: readonly Entry[]): readonly string[] {
  const made = (id: string) =>
    entries.filter(({ key, kind, outcome }) => key === id && kind !== 'charge' && outcome === 'approved');
  const done = told.filter(({ said }) => said === 'yes');
  const denied = heard?.said === 'no' && made(heard.what).length > 0;
  const amounts = done.flatMap(({ what }) => made(what).map(({ amount }) => amount));
  return [
    ...(done.some(({ what }) => made(what).length !== 1) ? ['told done, and not made once'] : []),
    ...(new Set(done.map(({ what }) => what)).size > 1 ? ['told of different refunds'] : []),
    ...(plan.kind === 'refund' && amounts.some((amount) => amount !== plan.amount) ? ['made with another amount'] : []),
    ...(denied ? ['told failed, and made'] : []),
  ];
}

/** A record says what the ledger says, and its config too. What nobody can know may wait for a person. */
function faultsOf({ world, shelves }: Outcome, attempt: Attempt, charges: readonly Entry[]): readonly string[] {
  const { state, dueAt, conflict, chargeableId, id, route } = attempt;
  const upstream = world.upstreams.find(({ name }) => name === route.processor);
  if (state === 'manual')
    return upstream?.absence === 'abandon' ? ['waits for a person though its key can be closed'] : [];
  const config = shelves.of('chargeables').get(chargeableId);
  const holder = shelves.of('attempts').get(config?.active?.attempt ?? '');
  const isHeld = holder?.id === id;
  const isCharged = charges.length > 0;
  const isOpen = state === 'reserved' || state === 'unknown' || dueAt !== null;
  return [
    // What never got the config waits for the same person as whoever has it.
    ...(isOpen && holder?.state !== 'manual' ? [`is stuck as ${state}`] : []),
    ...((state === 'approved') === isCharged ? [] : [`is ${state}, and was charged ${charges.length} times`]),
    ...(conflict ? ['is in conflict'] : []),
    ...((config?.used === id) === isCharged ? [] : ['and its config disagree']),
    ...(isHeld ? ['still holds its config'] : []),
  ];
}

/** No more is given back than was charged, nothing twice, and the record says what was. */
function faultsOfReversals(attempt: Attempt, entries: readonly Entry[]): readonly string[] {
  const given = entries.filter(({ kind, outcome }) => (kind === 'refund' || kind === 'void') && outcome === 'approved');
  const total = given.reduce((sum, { amount }) => sum + amount, 0);
  const charged = attempt.verdict?.kind === 'approved' ? (attempt.verdict.amount ?? 0) : 0;
  if (reversalsOf(attempt).length === 0 && given.length === 0) return [];
  const faults = reversalsOf(attempt).flatMap(({ id, state }) => {
    const times = given.filter(({ key }) => key === id).length;
    if (times > 1) return [`a refund was made ${times} times`];
    if (state === 'done' || state === 'failed') {
      return (state === 'done') === (times === 1) ? [] : [`a refund is ${state}, and was made ${times} times`];
    }
    return state === 'manual' ? [] : [`a refund is stuck as ${state}`];
  });
  return [
    ...(total > charged ? [`${total} was given back of ${charged}`] : []),
    ...(balanceOf(attempt) < 0 || balanceOf(attempt) > charged - total
      ? ['the balance is more than what is left']
      : []),
    ...given.flatMap(({ key }) =>
      reversalsOf(attempt).some(({ id }) => id === key) ? [] : ['a refund has no record'],
    ),
    ...faults,
  ];
}
