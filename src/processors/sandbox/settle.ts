/** Settles charges of the sandbox by hand, so that nobody has to wait for the time at which they would by themselves. */
import type { Clock } from '../../core/clock.ts';
import { answerOf, type Ledger, type LedgerEntry, settleKey } from './ledger.ts';

/**
 * Settles every approved charge that was neither voided nor settled by hand before.
 * @param only the key of the one charge to settle; null for all.
 * @returns the keys of the charges that it settled.
 * @throws {StoreUnavailable}
 */
export async function settleCharges(ledger: Ledger, clock: Clock, only: string | null): Promise<readonly string[]> {
  const entries = await ledger.list();
  const done = entries.filter((entry) => entry.operation !== null && answerOf(entry.operation) === 'approved');
  const isOf = (kind: string) => (entry: LedgerEntry) => entry.operation?.kind === kind;
  const voided = new Set(done.filter(isOf('void')).map(({ operation }) => operation?.chargeableId));
  const settled = new Set(done.filter(isOf('settle')).map(({ attemptKey }) => attemptKey));
  const keys: string[] = [];
  for (const { attemptKey, operation } of done.filter(isOf('charge'))) {
    if (operation === null || voided.has(operation.chargeableId) || settled.has(settleKey(attemptKey))) continue;
    if (only !== null && attemptKey !== only) continue;
    const { chargeableId } = operation;
    const settling = {
      kind: 'settle',
      chargeableId,
      money: null,
      outcome: 'SETTLED',
      securityCodeGiven: false,
    } as const;
    await ledger.insert({ attemptKey: settleKey(attemptKey), operation: settling, at: clock.now() });
    keys.push(attemptKey);
  }
  return keys;
}
