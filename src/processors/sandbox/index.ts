/**
 * The sandbox: a processor that moves no money and answers by its table (`outcomes.ts`), the same way every time. A
 * charge is made at the moment its entry enters the ledger; delays and losses befall only the answer. It can close a
 * key for good, because a send and an abandon compete for the same entry.
 */
import { type Clock, pause } from '../../core/clock.ts';
import type { Money } from '../../core/money.ts';
import {
  type ChargeOrder,
  type Checks,
  type Finding,
  NO_CHECKS,
  type Processor,
  type SendOutcome,
  type TokenizeOrder,
  type Verdict,
} from '../../core/processor.ts';
import { StoreUnavailable } from '../../core/store.ts';
import { answerOf, type Ledger, type LedgerEntry, type Operation } from './ledger.ts';
import { mannerOf, OUTCOMES, outcomeOf, tokenOf } from './outcomes.ts';

export { memoryLedger, noLedger } from './ledger.ts';

const AUTH_CODE = 'SANDBX';
const NOT_SENT: SendOutcome = { kind: 'not_sent' };
const UNKNOWN: SendOutcome = { kind: 'unknown' };
const UNAVAILABLE: Finding = { kind: 'unavailable' };

/** Makes a sandbox over a ledger, which it closes when it is closed. Two of them over one ledger act as one. */
export function createSandbox({ ledger, clock }: { ledger: Ledger; clock: Clock }): Processor {
  async function send(order: ChargeOrder | TokenizeOrder, operation: Operation): Promise<SendOutcome> {
    const manner = mannerOf(operation.money);
    if (manner.kind === 'order_lost') return UNKNOWN;
    const at = clock.now();
    if (at >= order.deadline) return NOT_SENT;
    const finding = findingOf(await ledger.insert({ attemptKey: order.attemptKey, operation, at }));
    if (finding.kind === 'absent') return NOT_SENT;
    if (finding.kind === 'open' || manner.kind === 'answer_lost') return UNKNOWN;
    if (manner.kind === 'slow') await pause(clock, manner.ms);
    return finding;
  }

  async function lookup(attemptKey: string): Promise<Finding> {
    const entry = await ledger.get(attemptKey);
    return entry === null ? { kind: 'absent' } : findingOf(entry);
  }

  async function abandon(attemptKey: string): Promise<Finding> {
    return findingOf(await ledger.insert({ attemptKey, operation: null, at: clock.now() }));
  }

  /** What the ledger says of a key to somebody who asks now. */
  function findingOf({ operation, at }: LedgerEntry): Verdict | { kind: 'absent' } | { kind: 'open' } {
    if (operation === null) return { kind: 'absent' };
    const manner = mannerOf(operation.money);
    if (manner.kind === 'late' && clock.now() < at + manner.ms) return { kind: 'open' };
    return verdictOf(operation);
  }

  return {
    name: 'sandbox',
    sandbox: true,
    tenders: ['card', 'bank_account'],
    requires: { securityCode: false, postalCode: false },
    absence: 'abandon',
    charge: (order) => orElse(UNKNOWN, send(order, operationOf('charge', order, order.money))),
    tokenize: (order) => orElse(UNKNOWN, send(order, operationOf('tokenize', order, null))),
    lookup: (attemptKey) => orElse(UNAVAILABLE, lookup(attemptKey)),
    abandon: (attemptKey) => orElse(UNAVAILABLE, abandon(attemptKey)),
    async ping() {
      await ledger.get('');
    },
    close: () => ledger.close(),
  };
}

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
  kind: Operation['kind'],
  { chargeableId, tender }: ChargeOrder | TokenizeOrder,
  money: Money | null,
): Operation {
  const securityCodeGiven = tender.kind === 'card' && tender.securityCode !== null;
  return { kind, chargeableId, money, outcome: outcomeOf(tender), securityCodeGiven };
}

function verdictOf(operation: Operation): Verdict {
  const answer = answerOf(operation);
  const token = tokenOf(operation.outcome);
  const checks = checksOf(operation);
  if (answer !== 'approved') return { kind: 'declined', code: answer, checks, token };
  return { kind: 'approved', chargeableId: operation.chargeableId, money: operation.money, checks, token };
}

function checksOf(operation: Operation): Checks {
  if (operation.kind === 'tokenize') return NO_CHECKS;
  const { tender, answer, avs, securityCode } = OUTCOMES[operation.outcome];
  return {
    authCode: tender === 'card' && answer === 'approved' ? AUTH_CODE : null,
    avs,
    securityCode: operation.securityCodeGiven ? securityCode : null,
  };
}
