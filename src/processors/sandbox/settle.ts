/** Settles charges of the sandbox by hand, so that nobody has to wait for the time at which they would by themselves. */
import type { Clock } from '../../core/clock.ts';
import { answerOf, isCapture, type Ledger, type LedgerEntry, settleKey } from './ledger.ts';

/**
 * Settles every approved charge, and every authorization that was captured, that was neither voided nor settled by hand
 * before.
 * @param only the key of the one charge or authorization to settle; null for all.
 * @returns the keys of those that it settled.
 * @throws {StoreUnavailable}
 */
export async function settleCharges(ledger: Ledger, clock: Clock, only: string | null): Promise<readonly string[]> {
  const entries = await ledger.list();
  const done = entries.filter((entry) => entry.operation !== null && answerOf(entry.operation) === 'approved');
  const isOf = (kind: string) => (entry: LedgerEntry) => entry.operation?.kind === kind;
  const voided = new Set(done.filter(isOf('void')).map(({ operation }) => operation?.chargeableId));
  const settled = new Set(done.filter(isOf('settle')).map(({ attemptKey }) => attemptKey));
  const captured = new Set(done.filter(isCapture).map(({ operation }) => operation?.chargeableId));
  const isTaken = (entry: LedgerEntry) =>
    isOf('charge')(entry) || (isOf('authorize')(entry) && captured.has(entry.operation?.chargeableId));
  const keys: string[] = [];
  for (const { attemptKey, operation } of done.filter(isTaken)) {
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
