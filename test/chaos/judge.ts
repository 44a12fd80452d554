/**
 * The oracle over many payments (exactly-once, "The oracle"): what callers were told and what the store says, held against
 * the books of whoever moved the money.
 */

import type { Chargeable } from '../../src/core/chargeable-records.ts';
import { ERROR_CODES, ERRORS } from '../../src/core/errors.ts';
import type { Attempt, Store } from '../../src/core/store.ts';
import type { Payment, Told, Transaction } from './callers.ts';

/** Something that really happened at the processor. */
export interface BookEntry {
  readonly chargeableId: string;
  /** As an attempt's `reference`. */
  readonly reference: string;
  readonly approved: boolean;
  readonly at: number;
}

/** What is wrong, each in words; all empty where everybody was charged once and told so. */
export interface Judgement {
  readonly doubleCharges: readonly string[];
  /** Charged, and the record does not say so. */
  readonly lostApprovals: readonly string[];
  readonly wrongReplies: readonly string[];
  readonly unresolved: readonly string[];
}

/** How the payments ended. */
export interface Tally {
  approved: number;
  declined: number;
  unknown: number;
}

const OPEN: ReadonlySet<string | null> = new Set(ERROR_CODES.filter((code) => ERRORS[code].family === 'open'));
const PAGE = 1_000;

export async function judge(
  store: Store,
  payments: readonly Payment[],
  books: readonly BookEntry[],
): Promise<Judgement & { readonly tally: Tally }> {
  const attempts = await allOf<Attempt>((startAfter) =>
    store.list('attempts', { where: [], sortBy: 'createdAt', order: 'asc', limit: PAGE, startAfter }),
  );
  const byConfig = grouped(attempts, ({ chargeableId }) => chargeableId);
  const byTransaction = grouped(attempts, ({ transactionId }) => transactionId ?? '');
  const booked = grouped(
    books.filter(({ approved }) => approved),
    ({ chargeableId }) => chargeableId,
  );
  const doubleCharges: string[] = [];
  const lostApprovals: string[] = [];
  const wrongReplies: string[] = [];
  const tally: Tally = { approved: 0, declined: 0, unknown: 0 };

  for (const { config, transactions } of payments) {
    const charges = booked.get(config) ?? [];
    if (charges.length > 1) doubleCharges.push(`${config}: ${charges.length} times`);
    const chargeable = await store.get('chargeables', config);
    const lost = whatIsLost(charges, byConfig.get(config) ?? [], chargeable);
    if (lost !== null) lostApprovals.push(`${config}: ${lost}`);
    for (const transaction of transactions) {
      const own = byTransaction.get(transaction.call.transactionId) ?? [];
      const lie = lieIn(transaction, own, charges);
      if (lie !== null) wrongReplies.push(`${transaction.simulator.name} ${transaction.call.transactionId}: ${lie}`);
    }
    if (charges.length > 0) tally.approved += 1;
    else if ((byConfig.get(config) ?? []).some(({ state }) => state === 'unknown' || state === 'manual'))
      tally.unknown += 1;
    else tally.declined += 1;
  }
  const unresolved = attempts.filter(isOpen).map(({ id, state }) => `${id}: ${state}`);
  return { doubleCharges, lostApprovals, wrongReplies, unresolved, tally };
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
    if (chargeable?.used !== attempt.id || chargeable.active !== null) return 'its pointers say something else';
  }
  if (charges.length === 0 && chargeable?.used !== null) return 'used up, and never charged';
  return null;
}

/** Approvals are told where the books have one, and all alike; no is told last, or after the charge, only where they have none. */
function lieIn({ told }: Transaction, own: readonly Attempt[], charges: readonly BookEntry[]): string | null {
  // A set-up that succeeds with another tender names all that were tried by one id: `whatIsLost` sees that each is known.
  const references = new Set(own.flatMap(({ state, reference }) => (state === 'approved' ? [reference] : [])));
  const mine = charges.filter(({ reference }) => references.has(reference));
  const ids = new Set(told.flatMap(({ verdict, id }) => (verdict === 'approved' ? [id] : [])));
  if (ids.size > 1) return `approved under ${ids.size} ids`;
  if (ids.size === 1 && mine.length !== 1) return `approved, and charged ${mine.length} times`;
  const [charge] = mine;
  if (charge === undefined) return null;
  const denied = told.findIndex((one, i) => saysNo(one) && (one.startedAt > charge.at || i === told.length - 1));
  return denied === -1 ? null : `${told[denied]?.code} at delivery ${denied + 1} of ${told.length}, and charged`;
}

const saysNo = ({ verdict, code }: Told) => verdict === 'failed' && !OPEN.has(code);

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
