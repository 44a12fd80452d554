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

interface Delivery {
  readonly transaction: string;
  /** Null for silence, as when the process died. */
  reply: TwilioReply | null;
}

export interface Oracle {
  /** Delivers and remembers what was told; null where nobody answered. */
  deliver(door: Door, body: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<TwilioReply | null>;
  readonly deliveries: number;
  /** Waits until no payment is open any more, then compares. @param ms how long that may take */
  judge(store: Store, ledger: Ledger, ms: number): Promise<void>;
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
    async judge(store, ledger, ms) {
      await eventually(() => expectNothingOpen(store), ms);
      const entries = await ledger.list();
      const attempts = await allAttempts(store);
      expectOneChargeEach(entries);
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

/** No attempt that somebody has to look at, and no config that its attempt no longer needs. */
async function expectNothingOpen(store: Store): Promise<void> {
  const open = await store.list('attempts', {
    where: [{ field: 'dueAt', is: 'not_null' }],
    sortBy: 'dueAt',
    order: 'asc',
    limit: 10,
  });
  expect(
    open.map(({ id, state, looks }) => ({ id, state, looks })),
    'attempts that are open',
  ).to.deep.equal([]);
}

function expectOneChargeEach(entries: readonly LedgerEntry[]): void {
  const approved = entries.filter(approves);
  for (const [config, charges] of group(approved, ({ operation }) => operation?.chargeableId ?? '')) {
    expect(charges, `charges of ${config}`).to.have.length(1);
  }
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

async function allAttempts(store: Store): Promise<readonly Attempt[]> {
  const all: Attempt[] = [];
  for (;;) {
    const startAfter = all.at(-1)?.id;
    const page = await store.list('attempts', {
      where: [],
      sortBy: 'createdAt',
      order: 'asc',
      limit: 1_000,
      ...(startAfter === undefined ? {} : { startAfter }),
    });
    if (page.length === 0) return all;
    all.push(...page);
  }
}

function group<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
