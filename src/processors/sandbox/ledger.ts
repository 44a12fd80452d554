/**
 * The sandbox's ledger: what was really charged, captured and given back, outside the engine's reach, so that tests can
 * hold what callers were told against it. Decides what an entry is and how it prints; `src/stores` keeps it durably. One
 * atomic insert per attempt key decides between a send and an abandon; nothing else is deduplicated.
 */
import { type Currency, isCurrency, type Money } from '../../core/money.ts';
import { isOutcomeName, OUTCOMES, type Outcome, type OutcomeName } from './outcomes.ts';

/**
 * An `authorize` takes nothing until a `capture` does. A `settle` is done to a charge by hand, under a key of its own: it
 * settles then and not by time.
 */
const OPERATION_KINDS = ['charge', 'authorize', 'capture', 'tokenize', 'void', 'refund', 'settle'] as const;
/** What the sandbox can do. */
export type OperationKind = (typeof OPERATION_KINDS)[number];

/** What was done under a key. Of the tender only the name of its outcome is kept. */
export interface Operation {
  readonly kind: OperationKind;
  readonly chargeableId: string;
  /** Null for what moves no money: a tokenize, and a charge's settling. */
  readonly money: Money | null;
  readonly outcome: OutcomeName;
  readonly securityCodeGiven: boolean;
}

/** What the operation is answered with. Keeping a tender always works; what it is good for shows when it is charged. */
export function answerOf({ kind, outcome }: Operation): Outcome['answer'] {
  return kind === 'tokenize' ? 'approved' : OUTCOMES[outcome].answer;
}

/** Whether the entry took what an authorization had reserved. */
export const isCapture = ({ operation }: LedgerEntry): boolean =>
  operation?.kind === 'capture' && answerOf(operation) === 'approved';

/** What one attempt key stands for, for good: an operation that was done, or that none will be. */
export interface LedgerEntry {
  readonly attemptKey: string;
  /** Null for a key that was abandoned before anything came under it; nothing comes any more. */
  readonly operation: Operation | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Every method throws `StoreUnavailable` when the ledger does not answer; an insert may then have been applied. */
export interface Ledger {
  /** Keeps the entry durably unless its key has one. @returns the entry that stands, this one or the earlier one. */
  insert(entry: LedgerEntry): Promise<LedgerEntry>;
  get(attemptKey: string): Promise<LedgerEntry | null>;
  /** Of one chargeable, oldest first. No index is behind it: only what was authorized first is asked for so. */
  of(chargeableId: string): Promise<readonly LedgerEntry[]>;
  /** All entries, oldest first. */
  list(): Promise<readonly LedgerEntry[]>;
  close(): Promise<void>;
}

/** An entry as printed by `cli sandbox ledger --json`; `amount` in minor units, `at` in ISO 8601. */
export interface LedgerLine {
  readonly attempt_id: string;
  readonly chargeable_id: string | null;
  readonly kind: OperationKind | null;
  readonly amount: number | null;
  readonly currency: Currency | null;
  readonly outcome: 'approved' | 'declined' | 'abandoned';
  readonly at: string;
}

/** The whole ledger as printed, oldest first. An abandoned key has neither chargeable, kind nor amount. */
export async function listLedger(ledger: Ledger): Promise<readonly LedgerLine[]> {
  const entries = await ledger.list();
  return entries.map(({ attemptKey, operation, at }) => ({
    attempt_id: attemptKey,
    chargeable_id: operation?.chargeableId ?? null,
    kind: operation?.kind ?? null,
    amount: operation?.money?.amount ?? null,
    currency: operation?.money?.currency ?? null,
    outcome: outcomeShown(operation),
    at: new Date(at).toISOString(),
  }));
}

function outcomeShown(operation: Operation | null): LedgerLine['outcome'] {
  if (operation === null) return 'abandoned';
  return answerOf(operation) === 'approved' ? 'approved' : 'declined';
}

/** The key under which the settling by hand of a charge is entered. */
export const settleKey = (attemptKey: string): string => `settle:${attemptKey}`;

/**
 * An entry as the stores keep it: flat, of texts and numbers only. `amount` in minor units, `code_given` 1 or 0,
 * `at` in milliseconds since the epoch.
 */
export interface LedgerRow {
  readonly attempt_id: string;
  readonly chargeable_id: string | null;
  readonly kind: string | null;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly outcome: string | null;
  readonly code_given: number;
  readonly at: number;
}

/** What moves no money has no amount, an abandoned key nothing but its time. */
export function toRow({ attemptKey, operation, at }: LedgerEntry): LedgerRow {
  return {
    attempt_id: attemptKey,
    chargeable_id: operation?.chargeableId ?? null,
    kind: operation?.kind ?? null,
    amount: operation?.money?.amount ?? null,
    currency: operation?.money?.currency ?? null,
    outcome: operation?.outcome ?? null,
    code_given: operation?.securityCodeGiven ? 1 : 0,
    at,
  };
}

/** @throws where the row is none of ours: the ledger of a newer release, or one that was tampered with. */
export function fromRow(row: LedgerRow): LedgerEntry {
  return { attemptKey: row.attempt_id, operation: row.kind === null ? null : operationOf(row), at: row.at };
}

function operationOf({ chargeable_id, kind, amount, currency, outcome, code_given }: LedgerRow): Operation {
  if (chargeable_id === null || outcome === null || !isOutcomeName(outcome)) throw foreignRow();
  const known = OPERATION_KINDS.find((one) => one === kind);
  if (known === undefined) throw foreignRow();
  const money = amount !== null && currency !== null && isCurrency(currency) ? { amount, currency } : null;
  if ((money === null) !== (known === 'tokenize' || known === 'settle')) throw foreignRow();
  return { kind: known, chargeableId: chargeable_id, money, outcome, securityCodeGiven: code_given === 1 };
}

const foreignRow = () => new Error('the sandbox ledger holds an entry that this release does not know');

/** A ledger in memory: forgotten with the process. For tests. */
export function memoryLedger(): Ledger {
  const entries = new Map<string, LedgerEntry>();
  return {
    async insert(entry) {
      const standing = entries.get(entry.attemptKey) ?? entry;
      entries.set(entry.attemptKey, standing);
      return standing;
    },
    get: async (attemptKey) => entries.get(attemptKey) ?? null,
    of: async (chargeableId) =>
      [...entries.values()].filter(({ operation }) => operation?.chargeableId === chargeableId),
    list: async () => [...entries.values()],
    close: async () => {},
  };
}

/** Keeps nothing and agrees to everything: a sandbox that only answers. For measuring what surrounds it. */
export const noLedger: Ledger = {
  insert: async (entry) => entry,
  get: async () => null,
  of: async () => [],
  list: async () => [],
  close: async () => {},
};
