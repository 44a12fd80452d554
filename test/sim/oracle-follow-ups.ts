/**
 * The oracle's part on what is done to a payin afterwards: captures, voids and refunds, as told and recorded, held against
 * the ledger. Decides what is wrong with them at the end of a run; the charge itself is oracle.ts.
 */
import type { Attempt } from '../../src/core/store.ts';
import { capturesOf, followUpsOf, isOpen } from '../../src/engine/follow-up.ts';
import { balanceOf } from '../../src/engine/reversal.ts';
import type { Client } from './client.ts';
import type { Entry, Ledger } from './upstream.ts';
import type { World } from './world.ts';

type Judged = { readonly world: World; readonly ledger: Ledger };

const isDone = ({ outcome }: Entry) => outcome === 'approved';
const sumOf = (entries: readonly Entry[]) => entries.reduce((sum, { amount }) => sum + amount, 0);
const isReversal = ({ kind }: Entry) => kind === 'void' || kind === 'refund';

/** Whether it gave that payin back, or a part of it. */
export const isGivenBack = (entry: Entry, { chargeableId }: Attempt): boolean =>
  entry.chargeableId === chargeableId && isReversal(entry) && isDone(entry);

/** What was told done was done once, as it was asked for; what was told failed, never. */
export function liesOfFollowUp({ told, heard, plan }: Client, entries: readonly Entry[]): readonly string[] {
  const made = (id: string) => entries.filter((entry) => entry.key === id && entry.kind !== 'charge' && isDone(entry));
  const done = told.filter(({ said }) => said === 'yes');
  const denied = told.find(({ said }) => said === 'no');
  const asked = plan.kind === 'payment' ? null : plan.amount;
  const amounts = done.flatMap(({ what }) => made(what).map(({ amount }) => amount));
  return [
    ...(done.some(({ what }) => made(what).length !== 1) ? ['told done, and not made once'] : []),
    ...(new Set(done.map(({ what }) => what)).size > 1 ? ['told that two were done'] : []),
    ...(asked !== null && amounts.some((amount) => amount !== asked) ? ['made with another amount'] : []),
    ...(heard?.said === 'no' && made(heard.what).length > 0 ? ['told failed, and made'] : []),
    ...(denied === undefined ? [] : [`told ${denied.what} after it was done`]),
  ];
}

/**
 * Taken once at most and no more than was authorized, nothing after a void; given back no more than was taken. The record
 * says so, and nothing is open but what the processor cannot tell.
 */
export function faultsOfFollowUps({ world, ledger }: Judged, attempt: Attempt): readonly string[] {
  if (attempt.state !== 'approved') return [];
  const mine = ledger.entries.filter((entry) => entry.chargeableId === attempt.chargeableId && isDone(entry));
  const approved = attempt.verdict?.kind === 'approved' ? (attempt.verdict.amount ?? 0) : 0;
  const captures = mine.filter(({ kind }) => kind === 'capture');
  const given = mine.filter(isReversal);
  const isVoided = given.some(({ kind }) => kind === 'void');
  const [firstCapture] = captures;
  const most = firstCapture === undefined ? approved : sumOf(captures);
  const voidedFirst = firstCapture !== undefined && mine.slice(0, mine.indexOf(firstCapture)).some(isReversal);
  const back = sumOf(given);
  return [
    ...(captures.length > 1 ? [`was captured ${captures.length} times`] : []),
    ...(sumOf(captures) > approved ? [`was captured ${sumOf(captures)} of ${approved}`] : []),
    ...(voidedFirst ? ['was captured after it was voided'] : []),
    ...(back > most ? [`was given back ${back} of ${most}`] : []),
    ...recordFaultsOf(world, attempt, mine),
    ...statusFaultsOf(attempt, { hasTaken: attempt.mode !== 'authorize' || captures.length > 0, isVoided }),
    ...(capturesOf(attempt).some(isOpen) ? [] : balanceFaultsOf(attempt, Math.max(0, most - back))),
  ];
}

/** Each record says what the ledger says, and each entry has one. */
function recordFaultsOf({ upstreams }: World, attempt: Attempt, done: readonly Entry[]): readonly string[] {
  const upstream = upstreams.find(({ name }) => name === attempt.route.processor);
  const followUps = followUpsOf(attempt);
  const faults = followUps.flatMap(({ id, kind, state }) => {
    const times = done.filter(({ key }) => key === id).length;
    if (times > 1) return [`has a ${kind} that was made ${times} times`];
    if (state === 'done' || state === 'failed') {
      return (state === 'done') === (times === 1)
        ? []
        : [`has a ${kind} that is ${state}, and was made ${times} times`];
    }
    return state === 'manual' && upstream?.absence !== 'abandon' ? [] : [`has a ${kind} that is stuck as ${state}`];
  });
  const unrecorded = done.filter(({ kind, key }) => kind !== 'charge' && !followUps.some(({ id }) => id === key));
  return [...faults, ...unrecorded.map(({ kind }) => `has no record of a ${kind}`)];
}

/** What nobody can know is not in the payin's status. */
function statusFaultsOf(
  attempt: Attempt,
  { hasTaken, isVoided }: { readonly hasTaken: boolean; readonly isVoided: boolean },
): readonly string[] {
  const { payinStatus } = attempt;
  if (followUpsOf(attempt).some(isOpen)) return [];
  const isTaken = payinStatus === 'PROCESSING' || payinStatus === 'SUCCEEDED';
  const isRight = isVoided ? payinStatus === 'CANCELED' : hasTaken ? isTaken : payinStatus === 'AUTHORIZED';
  return isRight ? [] : [`shows ${payinStatus}`];
}

function balanceFaultsOf(attempt: Attempt, left: number): readonly string[] {
  const balance = balanceOf(attempt);
  return balance > left ? [`has a balance of ${balance}, and ${left} is left`] : [];
}
