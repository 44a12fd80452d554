/** A send as the store remembers it, told to a processor that is asked what became of it. */
import type { Money } from '../core/money.ts';
import type { Sent } from '../core/processor.ts';
import type { Attempt } from '../core/store.ts';
import { attemptKey } from './attempt.ts';
import type { FollowUp } from './follow-up.ts';

/** The charge or tokenize of an attempt, in its present generation. */
export function sentOf(attempt: Attempt): Sent {
  return { ...about(attempt), kind: attempt.command, key: attemptKey(attempt), money: moneyOf(attempt), charge: null };
}

/** One of its captures or reversals. */
export function followUpSentOf(attempt: Attempt, { id, kind, amount, createdAt }: FollowUp): Sent {
  const { currency, reference } = attempt;
  return {
    ...about(attempt),
    kind,
    key: id,
    money: currency === null ? null : { amount, currency },
    since: createdAt,
    charge: { key: attemptKey(attempt), reference },
  };
}

function about({ chargeableId, route, upstream, instrument, createdAt }: Attempt) {
  return { chargeableId, account: route.account, upstream, instrument, since: createdAt };
}

function moneyOf({ requested, amount, currency }: Attempt): Money | null {
  return amount === null || currency === null ? null : { amount: requested ?? amount, currency };
}
