/**
 * The sandbox: a processor that moves no money and answers by its table (`outcomes.ts`), the same way every time. A
 * charge, a capture or a reversal is made at the moment its entry enters the ledger; delays and losses befall only the
 * answer. It can close a key for good, because a send and an abandon compete for the same entry. What was taken settles by
 * time, or by hand.
 */
import { type Clock, pause } from '../../core/clock.ts';
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
import type { ReversalKind } from '../../core/reversal.ts';
import { StoreUnavailable } from '../../core/store.ts';
import { NOT_SENT, UNKNOWN } from '../certainty.ts';
import {
  answerOf,
  isCapture,
  type Ledger,
  type LedgerEntry,
  type Operation,
  type OperationKind,
  settleKey,
} from './ledger.ts';
import { approvalOf, mannerOf, OUTCOMES, type OutcomeName, outcomeOf, tokenOf } from './outcomes.ts';

export { memoryLedger, noLedger } from './ledger.ts';

const AUTH_CODE = 'SANDBX';
const UNAVAILABLE: Finding = { kind: 'unavailable' };

/** What a sandbox stands on. */
export interface SandboxOptions {
  /** Closed when the sandbox is closed. */
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Milliseconds from a charge, or a capture, to its settling; without them only `settleCharges` settles. */
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
    const tooLate = order.kind === 'void' && (await isSettled(order.attemptKey));
    const outcome = tooLate || mannerOf(order.money).kind === 'kept' ? 'NOT_REVERSED' : 'REVERSED';
    return send({ key: reversalKey, account, deadline }, followUpOf(order.kind, order, outcome));
  }

  /** So may more be captured than was authorized, or what was voided, and the ledger shows that, too. */
  async function capture({ captureKey, account, deadline, ...order }: CaptureOrder): Promise<SendOutcome> {
    const authorized = (await ledger.get(order.attemptKey))?.operation?.money ?? null;
    const expired = mannerOf(authorized).kind === 'expiring';
    const outcome = expired ? 'AUTH_EXPIRED' : mannerOf(order.money).kind === 'kept' ? 'NOT_CAPTURED' : 'CAPTURED';
    return send({ key: captureKey, account, deadline }, followUpOf('capture', order, outcome));
  }

  async function isSettled(attemptKey: string): Promise<boolean> {
    const [charge, byHand] = await Promise.all([ledger.get(attemptKey), ledger.get(settleKey(attemptKey))]);
    if (byHand !== null) return true;
    if (charge === null || settlesAfterMs === null) return false;
    const takenAt = await whenTaken(charge);
    return takenAt !== null && clock.now() >= takenAt + settlesAfterMs;
  }

  /** An authorization takes nothing before its capture: it settles from then on. */
  async function whenTaken({ operation, at }: LedgerEntry): Promise<number | null> {
    if (operation?.kind !== 'authorize') return at;
    return (await ledger.of(operation.chargeableId)).find(isCapture)?.at ?? null;
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
    requires: { securityCode: false, postalCode: false, accountHolder: false },
    absence: 'abandon',
    settlesAfterMs,
    charge: (order) => orElse(UNKNOWN, send(envelopeOf(order), chargeOf(order))),
    tokenize: (order) => orElse(UNKNOWN, send(envelopeOf(order), tokenizeOf(order))),
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

/** A ledger that does not answer leaves it `otherwise`; any other error is a defect and passes. */
async function orElse<T>(otherwise: T, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StoreUnavailable) return otherwise;
    throw error;
  }
}

/** Only money on a card can be reserved first. */
function chargeOf({ chargeableId, tender, money, mode, partial }: ChargeOrder): Operation {
  const approval = approvalOf(tender, money, partial);
  const kind = mode === 'authorize' && OUTCOMES[approval.outcome].tender !== 'bank_account' ? 'authorize' : 'charge';
  return { kind, chargeableId, ...approval, securityCodeGiven: hasSecurityCode(tender) };
}

function tokenizeOf({ chargeableId, tender }: TokenizeOrder): Operation {
  const securityCodeGiven = hasSecurityCode(tender);
  return { kind: 'tokenize', chargeableId, money: null, outcome: outcomeOf(tender), securityCodeGiven };
}

function followUpOf(
  kind: 'capture' | ReversalKind,
  { chargeableId, money }: Pick<ReverseOrder, 'chargeableId' | 'money'>,
  outcome: OutcomeName,
): Operation {
  return { kind, chargeableId, money, outcome, securityCodeGiven: false };
}

const hasSecurityCode = (tender: ChargeOrder['tender']) => tender.kind === 'card' && tender.securityCode !== null;

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
