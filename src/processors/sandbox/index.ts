/**
 * The sandbox: a processor that moves no money and answers by its table (`outcomes.ts`), the same way every time. A
 * charge or a reversal is made at the moment its entry enters the ledger; delays and losses befall only the answer. It can
 * close a key for good, because a send and an abandon compete for the same entry. A charge settles by time, or by hand.
 */
import { type Clock, pause } from '../../core/clock.ts';
import type { Money } from '../../core/money.ts';
import {
  type Approval,
  type CaptureOrder,
  type ChargeOrder,
  type Checks,
  type Finding,
  NO_CHECKS,
  type Processor,
  type ReverseOrder,
  type Route,
  type SendOutcome,
  type Sent,
  type TokenizeOrder,
  type Verdict,
} from '../../core/processor.ts';
import { StoreUnavailable } from '../../core/store.ts';
import { answerOf, type Ledger, type LedgerEntry, type Operation, type OperationKind, settleKey } from './ledger.ts';
import { mannerOf, OUTCOMES, outcomeOf, tokenOf } from './outcomes.ts';

export { memoryLedger, noLedger } from './ledger.ts';

const AUTH_CODE = 'SANDBX';
const NOT_SENT: SendOutcome = { kind: 'not_sent' };
const UNKNOWN: SendOutcome = { kind: 'unknown' };
const UNAVAILABLE: Finding = { kind: 'unavailable' };

/** What a sandbox stands on. */
export interface SandboxOptions {
  /** Closed when the sandbox is closed. */
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Milliseconds from a charge to its settling; without them a charge settles by hand only (`settleCharges`). */
  readonly settlesAfterMs?: number;
}

/** Two sandboxes over one ledger act as one, but for what the time does to each. */
export function createSandbox({ ledger, clock, ...options }: SandboxOptions): Processor {
  const settlesAfterMs = options.settlesAfterMs ?? null;

  async function send({ key, account, deadline }: Envelope, operation: Operation): Promise<SendOutcome> {
    const manner = mannerOf(operation.money);
    if (manner.kind === 'order_lost') return UNKNOWN;
    const at = clock.now();
    if (at >= deadline) return NOT_SENT;
    const finding = findingOf(await ledger.insert({ attemptKey: key, operation, at }), account);
    if (finding.kind === 'absent') return NOT_SENT;
    if (finding.kind === 'open' || manner.kind === 'answer_lost') return UNKNOWN;
    if (manner.kind === 'slow') await pause(clock, manner.ms);
    return finding;
  }

  /** More than was charged may be given back: keeping that from happening is the engine's, and the ledger shows it. */
  async function reverse({ reversalKey, account, deadline, ...order }: ReverseOrder): Promise<SendOutcome> {
    const { kind, chargeableId, money } = order;
    const tooLate = kind === 'void' && (await isSettled(order.attemptKey));
    const outcome = tooLate || mannerOf(money).kind === 'kept' ? 'NOT_REVERSED' : 'REVERSED';
    return send(
      { key: reversalKey, account, deadline },
      { kind, chargeableId, money, outcome, securityCodeGiven: false },
    );
  }

  async function capture({ captureKey, account, deadline, chargeableId, money }: CaptureOrder): Promise<SendOutcome> {
    const envelope = { key: captureKey, account, deadline };
    return send(envelope, { kind: 'capture', chargeableId, money, outcome: 'CAPTURED', securityCodeGiven: false });
  }

  async function isSettled(attemptKey: string): Promise<boolean> {
    const [charge, byHand] = await Promise.all([ledger.get(attemptKey), ledger.get(settleKey(attemptKey))]);
    if (charge === null) return false;
    return byHand !== null || (settlesAfterMs !== null && clock.now() >= charge.at + settlesAfterMs);
  }

  async function lookup({ key, account }: Sent): Promise<Finding> {
    const entry = await ledger.get(key);
    return entry === null ? { kind: 'absent' } : findingOf(entry, account);
  }

  async function abandon({ key, account }: Sent): Promise<Finding> {
    return findingOf(await ledger.insert({ attemptKey: key, operation: null, at: clock.now() }), account);
  }

  /** What the ledger says of a key to somebody who asks now. */
  function findingOf(
    { attemptKey, operation, at }: LedgerEntry,
    account: Route['account'],
  ): Verdict | { kind: 'absent' } | { kind: 'open' } {
    if (operation === null) return { kind: 'absent' };
    const manner = mannerOf(operation.money);
    if (manner.kind === 'late' && clock.now() < at + manner.ms) return { kind: 'open' };
    return verdictOf(operation, { account, reference: attemptKey });
  }

  return {
    name: 'sandbox',
    sandbox: true,
    tenders: ['card', 'bank_account'],
    requires: { securityCode: false, postalCode: false },
    absence: 'abandon',
    settlesAfterMs,
    charge: (order) => orElse(UNKNOWN, send(envelopeOf(order), operationOf(kindOf(order), order, order.money))),
    tokenize: (order) => orElse(UNKNOWN, send(envelopeOf(order), operationOf('tokenize', order, null))),
    reverse: (order) => orElse(UNKNOWN, reverse(order)),
    capture: (order) => orElse(UNKNOWN, capture(order)),
    lookup: (sent) => orElse(UNAVAILABLE, lookup(sent)),
    abandon: (sent) => orElse(UNAVAILABLE, abandon(sent)),
    settled: ({ key }) => isSettled(key),
    async ping() {
      await ledger.get('');
    },
    close: () => ledger.close(),
  };
}

/** Under which key something is sent, and until when. */
interface Envelope {
  readonly key: string;
  readonly account: Route['account'];
  readonly deadline: number;
}

const envelopeOf = ({ attemptKey, account, deadline }: ChargeOrder | TokenizeOrder): Envelope => ({
  key: attemptKey,
  account,
  deadline,
});

/** Only money on a card can be reserved first. */
const kindOf = ({ mode, tender }: ChargeOrder) =>
  mode === 'authorize' && tender.kind === 'card' ? 'authorize' : 'charge';

/** A ledger that does not answer leaves it `otherwise`; any other error is a defect and passes. */
async function orElse<T>(otherwise: T, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StoreUnavailable) return otherwise;
    throw error;
  }
}

function operationOf(
  kind: 'charge' | 'authorize' | 'tokenize',
  { chargeableId, tender }: ChargeOrder | TokenizeOrder,
  money: Money | null,
): Operation {
  const securityCodeGiven = tender.kind === 'card' && tender.securityCode !== null;
  return { kind, chargeableId, money, outcome: outcomeOf(tender), securityCodeGiven };
}

const KEEPS_TENDER: ReadonlySet<OperationKind> = new Set(['charge', 'authorize', 'tokenize']);

function verdictOf(operation: Operation, told: Pick<Approval, 'account' | 'reference'>): Verdict {
  const answer = answerOf(operation);
  const token = KEEPS_TENDER.has(operation.kind) ? tokenOf(operation.outcome) : null;
  const checks = checksOf(operation);
  if (answer !== 'approved') return { kind: 'declined', code: answer, checks, token, reference: told.reference };
  const { chargeableId, money } = operation;
  return { kind: 'approved', chargeableId, money, checks, token, ...told };
}

function checksOf(operation: Operation): Checks {
  if (operation.kind === 'tokenize') return NO_CHECKS;
  const { tender, answer, avs, securityCode } = OUTCOMES[operation.outcome];
  return {
    authCode: tender !== 'bank_account' && answer === 'approved' ? AUTH_CODE : null,
    avs,
    securityCode: operation.securityCodeGiven ? securityCode : null,
  };
}
