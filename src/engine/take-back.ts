/**
 * Giving back what should not have been taken: an approval that came after its caller was told "unknown", where the
 * merchant wants that, and a second approval of one config. Decides that nobody has to ask for it; whether it is owed is
 * attempt.ts, how it is done once perform.ts (exactly-once rules 4 and 8).
 */
import { Refused } from '../core/errors.ts';
import { type Attempt, StoreUnavailable } from '../core/store.ts';
import { owesBack, TAKE_BACK } from './attempt.ts';
import type { EngineContext } from './context.ts';
import type { Perform } from './perform.ts';
import { reversalOf, type WantedReversal } from './reversal.ts';

/** The attempt, given back where that is owed; as it stands where it could not be done now. @throws {StoreUnavailable} */
export type TakeBack = (attempt: Attempt) => Promise<Attempt>;

/** Keeps nothing between calls: of several processes that try, one holds. */
export function createTakeBack({ store, clock, ids, settings }: EngineContext, perform: Perform): TakeBack {
  return async (attempt) => {
    if (!owesBack(attempt)) return attempt;
    const patience = { deliveryMs: settings.processorDeadlineMs };
    const wanted: WantedReversal = {
      ...perform.wantedBy({ adapter: TAKE_BACK }),
      id: ids.make('rfd'),
      amount: null,
      item: null,
      reason: 'DUPLICATE',
      metadata: {},
    };
    const task = {
      attempt,
      owner: wanted.owner,
      find: (current: Attempt) => reversalOf(current, wanted.id),
      hold: { kind: 'take_back', wanted },
    } as const;
    try {
      return (await perform.once(task, { receivedAt: clock.now(), patience })).attempt;
    } catch (error) {
      if (!(error instanceof Refused || error instanceof StoreUnavailable)) throw error;
      // Somebody else was faster, or somebody heard of the approval after all, or it is being captured just now.
      return (await store.get('attempts', attempt.id)) ?? attempt;
    }
  };
}
