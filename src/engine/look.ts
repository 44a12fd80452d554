/**
 * Looking up what became of a send: when, how often, and with what right to close its key. Shared by those who follow up
 * on charges and on reversals; what they make of a finding is theirs.
 */
import type { Absence, Finding, Processor, Sent } from '../core/processor.ts';
import type { Attempt } from '../core/store.ts';

/** Milliseconds between look-ups of one send, growing; then the last one, until `GIVE_UP_MS`. */
const LOOK_GAPS = [500, 1_000, 2_000, 5_000, 15_000, 60_000, 300_000, 1_800_000] as const;
/** Rocket-rides' three days: a defect shipped on a Friday is still mended before anybody gives up. */
export const GIVE_UP_MS = 72 * 3_600_000;

/** When to look next, in milliseconds since the epoch. @param looks how often it was looked before. */
export function nextLook(now: number, looks: number): number {
  const gap = LOOK_GAPS[Math.min(looks, LOOK_GAPS.length - 1)] ?? 0;
  // Jitter of up to a quarter keeps processes that share a store from looking in step.
  return now + Math.round(gap * (1 + Math.random() / 4));
}

/** What the processor said of a send, and the attempt with that on record. */
export interface Asked {
  readonly said: Finding['kind'];
  readonly attempt: Attempt;
}

/**
 * Asks what became of a send. Never rejects.
 * @param processor null where it is not set up here any more.
 * @param how `lookup` while whoever sends may live; else the processor's own `absence`, which may close the key.
 */
export async function findOutcome(processor: Processor | null, sent: Sent, how: 'lookup' | Absence): Promise<Finding> {
  try {
    if (processor === null) return { kind: 'unavailable' };
    if (how === 'abandon' && processor.abandon !== undefined) return await processor.abandon(sent);
    return await processor.lookup(sent);
  } catch {
    return { kind: 'unavailable' };
  }
}
