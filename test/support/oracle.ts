/**
 * The oracle of charging once: what callers were told, held against what the sandbox's ledger says was charged, per
 * config and per transaction; and the store's own records held against the same ledger.
 */
import { ERROR_CODES, ERRORS } from '../../src/core/errors.ts';
import type { Attempt, Store } from '../../src/core/store.ts';
import { answerOf, type Ledger, type LedgerEntry, type OperationKind } from '../../src/processors/sandbox/ledger.ts';
import { eventually } from './eventually.ts';
import { type Door, deliver, type TwilioReply } from './twilio.ts';

/** Ten attempts a config is the limit, so that each page of the store holds all of them. */
const CONFIGS_A_LIST = 100;

interface Delivery {
  readonly transaction: string;
  readonly startedAt: number;
  /** Null for silence, as when the process died. */
  reply: TwilioReply | null;
}

/** What is wrong, in words; all empty where everybody was charged once and told so. */
export interface Judgement {
  /** Configs. */
  readonly doubleCharges: readonly string[];
  /** Transactions that were told what is not so, or two different approvals. */
  readonly wrongReplies: readonly string[];
  /** Attempts, or what hangs on them, that say something else than the ledger. */
  readonly wrongRecords: readonly string[];
  /** Attempts that somebody still has to look at. */
  readonly unresolved: readonly string[];
}

export interface Oracle {
  /** Delivers and remembers what was told; null where nobody answered. */
  deliver(door: Door, body: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<TwilioReply | null>;
  /** Compares, once no payment of these configs is open any more. @param ms how long that is waited for */
  judge(store: Store, ledger: Ledger, configs: readonly string[], ms: number): Promise<Judgement>;
}

export function createOracle(): Oracle {
  const deliveries: Delivery[] = [];

  return {
    async deliver(door, body, signal) {
      const transaction = String(body['transaction_id']);
      const delivery: Delivery = { transaction, startedAt: Date.now(), reply: null };
      deliveries.push(delivery);
      try {
        delivery.reply = await deliver(door, body, signal === undefined ? {} : { signal });
      } catch (error) {
        // A connection that broke; anything else is not silence.
        if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
      }
      return delivery.reply;
    },
    async judge(store, ledger, configs, ms) {
      const settled = eventually(async () => {
        if ((await attemptsOf(store, configs)).some(isOpen)) throw new Error('open');
      }, ms);
      await settled.catch(() => {});
      const attempts = await attemptsOf(store, configs);
      const entries = await ledger.list();
      const faults = await Promise.all(attempts.map((attempt) => faultOf(store, attempt, entriesOf(attempt, entries))));
      const told = [...group(deliveries, ({ transaction }) => transaction)];
      return {
        doubleCharges: configs.filter((config) => charges(entries, config) > 1),
        wrongReplies: told.flatMap(([transaction, heard]) => {
          const attempt = attempts.find(({ transactionId }) => transactionId === transaction);
          const fault = lieIn(heard, attempt === undefined ? [] : entriesOf(attempt, entries));
          return fault === null ? [] : [`${transaction}: ${fault}`];
        }),
        wrongRecords: faults.filter((fault) => fault !== null),
        unresolved: attempts.filter(isOpen).map(nameOf),
      };
    },
  };
}

const OPEN_CODES: readonly string[] = ERROR_CODES.filter((code) => ERRORS[code].family === 'open');

const isOpen = ({ dueAt }: Attempt) => dueAt !== null;
const nameOf = ({ transactionId, state, looks }: Attempt) => `${transactionId}: ${state} after ${looks} looks`;
const approves = ({ operation }: LedgerEntry) => operation !== null && answerOf(operation) === 'approved';

/** What can succeed once for a config: an authorization alone takes nothing, its capture does. */
const TAKES: ReadonlySet<OperationKind | undefined> = new Set(['charge', 'capture', 'tokenize'] as const);

function charges(entries: readonly LedgerEntry[], config: string): number {
  const taken = entries.filter(({ operation }) => TAKES.has(operation?.kind));
  return taken.filter((entry) => entry.operation?.chargeableId === config && approves(entry)).length;
}

/** Each generation of an attempt is sent under a key of its own, and so is what was captured of it: no payment by itself. */
function entriesOf({ id }: Attempt, entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return entries.filter(
    ({ attemptKey, operation }) => attemptKey.split('.')[0] === id && operation?.kind !== 'capture',
  );
}

async function attemptsOf(store: Store, configs: readonly string[]): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  for (let from = 0; from < configs.length; from += CONFIGS_A_LIST) {
    const page = await store.list('attempts', {
      where: [{ field: 'chargeableId', is: 'in', values: configs.slice(from, from + CONFIGS_A_LIST) }],
      sortBy: 'createdAt',
      order: 'asc',
      limit: 1_000,
    });
    attempts.push(...page);
  }
  return attempts;
}

/** A record says what the ledger says, the pointer of its config too, and what was paid with is there. */
async function faultOf(store: Store, attempt: Attempt, entries: readonly LedgerEntry[]): Promise<string | null> {
  const charged = entries.some(approves);
  const declined = entries.some((entry) => entry.operation !== null && !approves(entry));
  const truth = charged ? 'approved' : declined ? 'declined' : 'not_sent';
  const config = await store.get('chargeables', attempt.chargeableId);
  const method = await store.get('methods', attempt.paymentMethodId);
  const isHeld = config?.active?.attempt === attempt.id;
  const faults = [
    ...(attempt.state === truth ? [] : [`is ${attempt.state} and was ${truth}`]),
    ...(attempt.conflict ? ['is in conflict'] : []),
    ...((config?.used === attempt.id) === charged || (charged && isHeld) ? [] : ['and its config disagree']),
    ...(charged && method?.status !== 'ACTIVE' ? ['has no method'] : []),
  ];
  return faults.length === 0 ? null : `${nameOf(attempt)} ${faults.join(', ')}`;
}

/** Approvals are told where the ledger has one, and all alike; no is told in the end, or after a charge, where it has none. */
function lieIn(heard: readonly Delivery[], entries: readonly LedgerEntry[]): string | null {
  const charges = entries.filter(approves);
  const codes = heard.map(({ reply }) => reply?.body.error_code);
  const approvals = new Set(heard.flatMap(({ reply }) => (reply?.body.error_code === null ? [reply.text] : [])));
  if (approvals.size > 0 && charges.length !== 1) return `approved, and charged ${charges.length} times`;
  if (approvals.size > 1) return `approved in ${approvals.size} ways`;
  const [charge] = charges;
  if (charge === undefined) return null;
  const denial = heard.findIndex(
    ({ startedAt }, i) => saysNo(codes[i]) && (startedAt > charge.at || i === heard.length - 1),
  );
  return denial === -1 ? null : `${codes[denial]} at delivery ${denial + 1} of ${heard.length}, and charged`;
}

function saysNo(code: string | null | undefined): boolean {
  return code !== null && code !== undefined && !OPEN_CODES.includes(code);
}

function group<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
