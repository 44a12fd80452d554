/**
 * What of an approval was taken, and what may still be captured of an authorization: once, and never beside a void.
 * Decides and writes nothing; attempt.ts makes the changed attempt, capture.ts tells the story.
 */
import { type DeclineCode, Refused } from '../core/errors.ts';
import type { Capture } from '../core/follow-up.ts';
import type { Attempt } from '../core/store.ts';
import { capturesOf, heldFor, isOpen, MAX_FOLLOW_UPS, reversalsOf, type WantedFollowUp } from './follow-up.ts';
import { checkStorable, mergeMetadata } from './terms.ts';

/** Minor units that were approved: taken, or reserved to be captured; 0 where nothing was. */
export function approvedOf({ verdict }: Attempt): number {
  return verdict?.kind === 'approved' ? (verdict.amount ?? 0) : 0;
}

/** Minor units that were really taken: of an authorization, what was captured of it. */
export function takenOf(attempt: Attempt): number {
  if (attempt.mode !== 'authorize') return approvedOf(attempt);
  return capturesOf(attempt).reduce((sum, { state, amount }) => (state === 'done' ? sum + amount : sum), 0);
}

/** The capture that was made or may yet be; null where none was tried, or all of them failed. */
export function standingCapture(attempt: Attempt): Capture | null {
  return capturesOf(attempt).find(({ state }) => state !== 'failed') ?? null;
}

/**
 * The capture that a request repeats: a payin is captured once, so the same amount asked for again is the same capture.
 * @throws {Refused} `CONFLICT` for another amount.
 */
export function repeatedCapture(attempt: Attempt, wanted: WantedFollowUp): Capture | null {
  const capture = standingCapture(attempt);
  if (capture !== null && capture.amount !== (wanted.amount ?? approvedOf(attempt))) {
    throw new Refused('CONFLICT', 'amount');
  }
  return capture;
}

/**
 * The capture that holds what is wanted, where none stands yet.
 * @throws {Refused} `NOT_CAPTURABLE`, `PAYIN_BUSY`, `AMOUNT_ABOVE_AUTHORIZED`, `TOO_MANY_ATTEMPTS`, `INVALID_REQUEST`,
 *   `CARD_DATA_IN_TEXT`
 */
export function captureFor(attempt: Attempt, wanted: WantedFollowUp, now: number): Capture {
  if (attempt.payinStatus !== 'AUTHORIZED') throw new Refused('NOT_CAPTURABLE', 'payin_id');
  if (standingCapture(attempt) !== null || reversalsOf(attempt).some(isOpen)) {
    throw new Refused('PAYIN_BUSY', 'payin_id');
  }
  if (capturesOf(attempt).length >= MAX_FOLLOW_UPS) throw new Refused('TOO_MANY_ATTEMPTS');
  const amount = wanted.amount ?? approvedOf(attempt);
  if (amount > approvedOf(attempt)) throw new Refused('AMOUNT_ABOVE_AUTHORIZED', 'amount');
  checkStorable(mergeMetadata(attempt.metadata, wanted.metadata), 'metadata');
  return { ...heldFor(wanted, amount, now), kind: 'capture' };
}

/** Why the payin failed; of one that is still AUTHORIZED, why its last capture did. Null where neither is so. */
export function refusalOf(attempt: Attempt): DeclineCode | null {
  if (attempt.verdict?.kind === 'declined') return attempt.verdict.code;
  if (attempt.payinStatus !== 'FAILED' && attempt.payinStatus !== 'AUTHORIZED') return null;
  return capturesOf(attempt).at(-1)?.code ?? null;
}
