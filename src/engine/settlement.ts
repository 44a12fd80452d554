/**
 * When a payin turns from PROCESSING to SUCCEEDED: decides nothing, asks the processor. Readers of one payin ask, and the
 * reconciler does once the processor has had its time; what nobody has asked about stays PROCESSING in the lists.
 */
import { type Attempt, StoreUnavailable } from '../core/store.ts';
import type { EngineContext } from './context.ts';
import { amendAttempt } from './records.ts';
import { sentOf } from './sent.ts';
import { within } from './wait.ts';

/**
 * The attempt, SUCCEEDED where the processor says that it has settled; as it was where the processor or the store does
 * not answer. A payin with a void under way is left alone: its outcome decides. Never rejects but for a defect.
 */
export type RefreshSettlement = (attempt: Attempt) => Promise<Attempt>;

/** How long a reader waits for the processor's word, milliseconds. */
const PATIENCE_MS = 2_000;

/** Keeps nothing between calls. */
export function createSettlement({ store, processors, clock, transitions }: EngineContext): RefreshSettlement {
  return async (attempt) => {
    const step = (current: Attempt) => transitions.apply(current, { kind: 'settled' });
    if (step(attempt) === null) return attempt;
    const processor = processors.of(attempt.route.processor);
    if (processor === null) return attempt;
    const asking = processor.settled(sentOf(attempt)).catch(() => false);
    if ((await within(clock, asking, PATIENCE_MS)) !== true) return attempt;
    try {
      return (await amendAttempt(store, attempt, step)).record;
    } catch (error) {
      if (error instanceof StoreUnavailable) return attempt;
      throw error;
    }
  };
}
