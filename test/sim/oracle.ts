/**
 * The oracle of charging once, for simulated worlds: what was told and recorded, held against the ledger and nobody else.
 * Decides what is wrong at the end of a run. The same rules over HTTP are test/support/oracle.ts.
 */
import type { Attempt } from '../../src/core/store.ts';
import { reversalsOf } from '../../src/engine/follow-up.ts';
import type { Client } from './client.ts';
import { faultsOfFollowUps, isGivenBack, liesOfFollowUp } from './oracle-follow-ups.ts';
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
      const lies =
        client.plan.kind === 'payment' ? liesOfPayment(client, mine) : liesOfFollowUp(client, ledger.entries);
      return lies.map((lie) => `${client.plan.name}: ${lie}`);
    }),
    ...attempts.flatMap((attempt) =>
      [
        ...faultsOf(outcome, attempt, chargesOf(attempt)),
        ...faultsOfLateness(outcome, attempt, chargesOf(attempt)),
        ...faultsOfFollowUps(outcome, attempt),
      ].map((fault) => `${attempt.transactionId} ${fault}`),
    ),
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

/**
 * Where late approvals are given back: what somebody was told of stands, and what all who were told anything took for
 * unknown is given back, unless the processor cannot tell, or the answer that told of it was lost on its way. Where nobody
 * was told either, both are right.
 */
function faultsOfLateness(
  { world, clients, ledger }: Outcome,
  attempt: Attempt,
  charges: readonly Entry[],
): readonly string[] {
  if (world.lateApprovals === 'keep' || charges.length === 0) return [];
  const told = clients.filter(({ plan }) => plan.name === attempt.transactionId).flatMap((client) => client.told);
  const back = ledger.entries.filter((entry) => isGivenBack(entry, attempt)).length;
  const isKept = told.some(({ said }) => said === 'yes');
  const isOwed = !isKept && attempt.told !== 'outcome' && told.some(({ said }) => said === 'unknown');
  const isOut = attempt.state === 'manual' || reversalsOf(attempt).some(({ state }) => state === 'manual');
  return [
    ...(isKept && back > 0 ? ['was told approved, and given back'] : []),
    ...(isOwed && back !== 1 && !isOut ? [`was told unknown only, and given back ${back} times`] : []),
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
