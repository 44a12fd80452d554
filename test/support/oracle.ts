/**
 * The oracle of charging once: what callers were told, held against what the sandbox's ledger says was charged, per
 * config and per transaction; and the store's own records held against the same ledger.
 */
import { expect } from 'chai';
import { ERRORS, type ErrorCode } from '../../src/core/errors.ts';
import type { Attempt, Store } from '../../src/core/store.ts';
import { answerOf, type Ledger, type LedgerEntry } from '../../src/processors/sandbox/ledger.ts';
import { eventually } from './eventually.ts';
import { type Door, deliver, type TwilioReply } from './twilio.ts';

/** Ten attempts a config is the limit, so that each page of the store holds all of them. */
const CONFIGS_A_LIST = 100;

interface Delivery {
  readonly transaction: string;
  /** Null for silence, as when the process died. */
  reply: TwilioReply | null;
}

export interface Oracle {
  /** Delivers and remembers what was told; null where nobody answered. */
  deliver(door: Door, body: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<TwilioReply | null>;
  readonly deliveries: number;
  /** Waits until no payment of these configs is open any more, then compares. @param ms how long that may take */
  judge(store: Store, ledger: Ledger, configs: readonly string[], ms: number): Promise<void>;
}

export function createOracle(): Oracle {
  const deliveries: Delivery[] = [];

  return {
    async deliver(door, body, signal) {
      const delivery: Delivery = { transaction: String(body['transaction_id']), reply: null };
      deliveries.push(delivery);
      try {
        delivery.reply = await deliver(door, body, signal === undefined ? {} : { signal });
      } catch (error) {
        // A connection that broke; anything else is not silence.
        if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
      }
      return delivery.reply;
    },
    get deliveries() {
      return deliveries.length;
    },
    async judge(store, ledger, configs, ms) {
      const attempts = await eventually(() => settledAttempts(store, configs), ms);
      const entries = await ledger.list();
      for (const config of configs) {
        const charges = entries.filter((entry) => entry.operation?.chargeableId === config && approves(entry));
        expect(charges, `charges of ${config}`).to.have.length.at.most(1);
      }
      for (const attempt of attempts) await expectTrueRecord(store, attempt, entriesOf(attempt.id, entries));
      for (const [transaction, told] of group(deliveries, (delivery) => delivery.transaction)) {
        const attempt = attempts.find(({ transactionId }) => transactionId === transaction);
        expectTrueReplies(transaction, told, attempt === undefined ? [] : entriesOf(attempt.id, entries));
      }
    },
  };
}

const approves = ({ operation }: LedgerEntry) => operation !== null && answerOf(operation) === 'approved';

/** Each generation of an attempt is sent under a key of its own. */
function entriesOf(attemptId: string, entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return entries.filter(({ attemptKey }) => attemptKey.split('.')[0] === attemptId);
}

/** All attempts on these configs. @throws while somebody still has to look at one of them */
async function settledAttempts(store: Store, configs: readonly string[]): Promise<readonly Attempt[]> {
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
  const open = attempts.filter(({ dueAt }) => dueAt !== null);
  expect(
    open.map(({ id, state, looks }) => ({ id, state, looks })),
    'attempts that are open',
  ).to.deep.equal([]);
  return attempts;
}

/** A record says what the ledger says, the pointer of its config too, and what it sold is there. */
async function expectTrueRecord(store: Store, attempt: Attempt, entries: readonly LedgerEntry[]): Promise<void> {
  const charged = entries.some(approves);
  const declined = entries.some((entry) => entry.operation !== null && !approves(entry));
  const truth = charged ? 'approved' : declined ? 'declined' : 'not_sent';
  expect(attempt, `attempt ${attempt.id}`).to.include({ state: truth, conflict: false });
  const config = await store.get('chargeables', attempt.chargeableId);
  if (charged && config?.active?.attempt !== attempt.id) expect(config?.used).to.equal(attempt.id);
  if (!charged) expect(config?.used).to.not.equal(attempt.id);
  const method = await store.get('methods', attempt.paymentMethodId);
  if (charged) expect(method, `method of ${attempt.id}`).to.include({ status: 'ACTIVE' });
}

function expectTrueReplies(transaction: string, told: readonly Delivery[], entries: readonly LedgerEntry[]): void {
  const charges = entries.filter(approves).length;
  const answered = told.flatMap(({ reply }) => (reply === null ? [] : [reply.body.error_code]));
  if (answered.includes(null)) expect(charges, `${transaction} was told approved`).to.equal(1);
  const last = told.at(-1)?.reply?.body.error_code ?? null;
  if (last === null) return;
  const { family } = ERRORS[last as ErrorCode];
  if (family !== 'open') expect(charges, `${transaction} was told ${last} in the end`).to.equal(0);
}

function group<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
