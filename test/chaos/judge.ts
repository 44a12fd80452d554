/**
 * The oracle over many payments (exactly-once, "The oracle"): what callers were told and what the store says, held against
 * the books of whoever moved the money.
 */

import type { Chargeable } from '../../src/core/chargeable-records.ts';
import type { Absence } from '../../src/core/processor.ts';
import type { Attempt } from '../../src/core/store.ts';
import { instrumentOf } from '../../src/core/tender.ts';
import type { Runtime } from '../../src/runtime.ts';
import { isDeclineCode, isOpenCode, type Payment, type Told, type Transaction } from './callers.ts';

/** Something that really happened at the processor. */
export interface BookEntry {
  readonly chargeableId: string;
  /** As an attempt's `reference`. */
  readonly reference: string;
  readonly approved: boolean;
  /** Of the card; null where the books do not tell. */
  readonly last4: string | null;
  readonly at: number;
}

/** What the upstream has done, and what it can say of it. */
export interface Books {
  readonly entries: readonly BookEntry[];
  readonly absence: Absence;
}

/** What is wrong, each in words; all empty where everybody was charged once and told so. */
export interface Judgement {
  readonly doubleCharges: readonly string[];
  /** Charged, and the record does not say so. */
  readonly lostApprovals: readonly string[];
  readonly wrongReplies: readonly string[];
  readonly unresolved: readonly string[];
}

/** What came of a run. */
export interface Verdict {
  readonly wrong: Judgement;
  readonly tally: Tally;
  /** Attempts that are left to a person, and rightly so. */
  readonly forAPerson: number;
}

/** How the payments ended. */
export interface Tally {
  approved: number;
  declined: number;
  unknown: number;
}

const PAGE = 1_000;

/** Where the record is, and who reads configs from it. */
export type Records = Pick<Runtime, 'store' | 'engine'>;

/** Whoever reads a config completes the pointers that a crash has left, and so do we. */
export async function readConfig({ store, engine }: Records, id: string): Promise<Chargeable | null> {
  const found = await store.get('chargeables', id);
  return found === null ? null : (await engine.reconciler.complete(found)).chargeable;
}

/**
 * Whether nobody can know what became of the attempt, so that it is left to a person and the config to another card: the
 * one object that it went through has no success to tell of, an order may still arrive, and no is told once only.
 * @param charges of its config.
 */
export function isForAPerson(
  { state, chargeableId }: Attempt,
  chargeable: Chargeable | null,
  charges: readonly BookEntry[],
  absence: Absence,
): boolean {
  const isFree = chargeable?.id === chargeableId && chargeable.active === null;
  return absence === 'once' && state === 'unknown' && charges.length === 0 && isFree;
}

export async function judge(
  records: Records,
  payments: readonly Payment[],
  { entries, absence }: Books,
): Promise<Verdict> {
  const attempts = await allOf<Attempt>((startAfter) =>
    records.store.list('attempts', { where: [], sortBy: 'createdAt', order: 'asc', limit: PAGE, startAfter }),
  );
  const byConfig = grouped(attempts, ({ chargeableId }) => chargeableId);
  const byTransaction = grouped(attempts, ({ transactionId }) => transactionId ?? '');
  const booked = grouped(
    entries.filter(({ approved }) => approved),
    ({ chargeableId }) => chargeableId,
  );
  const doubleCharges: string[] = [];
  const lostApprovals: string[] = [];
  const wrongReplies: string[] = [];
  const forAPerson = new Set<Attempt>();
  const tally: Tally = { approved: 0, declined: 0, unknown: 0 };

  for (const { config, transactions } of payments) {
    const charges = booked.get(config) ?? [];
    if (charges.length > 1) doubleCharges.push(`${config}: ${charges.length} times`);
    const chargeable = await readConfig(records, config);
    const ofConfig = byConfig.get(config) ?? [];
    const lost = whatIsLost(charges, ofConfig, chargeable);
    if (lost !== null) lostApprovals.push(`${config}: ${lost}`);
    const approvals = ofConfig.filter(({ state }) => state === 'approved').length;
    if (approvals > charges.length) wrongReplies.push(`${config}: ${approvals} approved, ${charges.length} charged`);
    for (const attempt of ofConfig) if (isForAPerson(attempt, chargeable, charges, absence)) forAPerson.add(attempt);
    for (const transaction of transactions) {
      const own = byTransaction.get(transaction.call.transactionId) ?? [];
      const lie = lieIn(transaction, own, charges);
      if (lie !== null) wrongReplies.push(`${transaction.simulator.name} ${transaction.call.transactionId}: ${lie}`);
    }
    if (charges.length > 0) tally.approved += 1;
    else if (ofConfig.some(({ state }) => state === 'unknown' || state === 'manual')) tally.unknown += 1;
    else tally.declined += 1;
  }
  const unresolved = attempts
    .filter((attempt) => isOpen(attempt) && !forAPerson.has(attempt))
    .map(({ id, state }) => `${id}: ${state}`);
  const wrong = { doubleCharges, lostApprovals, wrongReplies, unresolved };
  return { wrong, tally, forAPerson: forAPerson.size };
}

const isOpen = ({ state }: Attempt) => state === 'reserved' || state === 'unknown' || state === 'manual';

/** A charge that stands in the books stands in the record, and its config is used up by it. */
function whatIsLost(
  charges: readonly BookEntry[],
  attempts: readonly Attempt[],
  chargeable: Chargeable | null,
): string | null {
  for (const { reference } of charges) {
    const attempt = attempts.find((one) => one.state === 'approved' && one.reference === reference);
    if (attempt === undefined) return `${reference} was charged, and no attempt says so`;
    const used = chargeable?.used ?? null;
    const holder = chargeable?.active?.attempt ?? null;
    if (used !== attempt.id || holder !== null) return `charged by ${attempt.id}, used by ${used}, held by ${holder}`;
  }
  if (charges.length === 0 && chargeable?.used !== null) return 'used up, and never charged';
  return null;
}

/** Approvals are told where the books have one of that card, and all alike. */
function lieIn(transaction: Transaction, own: readonly Attempt[], charges: readonly BookEntry[]): string | null {
  const { told } = transaction;
  // A set-up that succeeds with another tender names all that were tried by one id: `whatIsLost` sees that each is known.
  const references = new Set(own.flatMap(({ state, reference }) => (state === 'approved' ? [reference] : [])));
  const mine = charges.filter(({ reference }) => references.has(reference));
  const ids = new Set(told.flatMap(({ verdict, id }) => (verdict === 'approved' ? [id] : [])));
  if (ids.size > 1) return `approved under ${ids.size} ids`;
  if (ids.size === 1 && mine.length !== 1) return `approved, and charged ${mine.length} times`;
  const [charge] = mine;
  if (charge !== undefined) return lieAbout(charge, transaction);
  return own.some(isOpen) ? lieOfDoubt(told) : null;
}

/** No is told neither after the charge nor last, and it is the caller's own card that was charged. */
function lieAbout({ at, last4 }: BookEntry, { call, told }: Transaction): string | null {
  if (last4 !== null && last4 !== instrumentOf(call.tender).last4) return `approved, and ${last4} was charged`;
  const denied = told.findIndex((one, i) => saysNo(one) && (one.startedAt > at || i === told.length - 1));
  return denied === -1 ? null : `${told[denied]?.code} at delivery ${denied + 1} of ${told.length}, and charged`;
}

/** Where an outcome is not known, no decline was ever told, and no refusal last. */
function lieOfDoubt(told: readonly Told[]): string | null {
  const denied = told.find((one, i) => saysNo(one) && (isDeclineCode(one.code) || i === told.length - 1));
  return denied === undefined ? null : `${denied.code}, and nobody knows`;
}

const saysNo = ({ verdict, code }: Told) => verdict === 'failed' && !isOpenCode(code);

/** Every page, in the order of the first field sorted by. */
async function allOf<R extends { readonly id: string }>(
  page: (startAfter: string | undefined) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  const all: R[] = [];
  for (;;) {
    const next = await page(all.at(-1)?.id);
    all.push(...next);
    if (next.length < PAGE) return all;
  }
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
