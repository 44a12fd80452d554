/**
 * What a person sees of the sends of which nobody knows the outcome, and how their word ends one. Decides that the
 * processor's own word goes before theirs. Looking by itself is reconcile.ts.
 */
import type { Chargeable } from '../core/chargeable-records.ts';
import { NO_CHECKS, type Sent, type Verdict } from '../core/processor.ts';
import type { Attempt, AttemptState } from '../core/store.ts';
import type { EngineContext } from './context.ts';
import { asItStands, type FollowUp, followUpsOf } from './follow-up.ts';
import type { FollowUpOutcomes } from './follow-up-outcomes.ts';
import type { Asked } from './look.ts';
import type { Reconciler } from './reconcile.ts';
import { followUpSentOf, sentOf } from './sent.ts';
import type { Settler } from './settle.ts';

/** A send of which nobody knows the outcome: an attempt's own, or with `followUp` what was done to its payin. */
export interface OpenSend {
  readonly attempt: Attempt;
  readonly followUp: FollowUp | null;
}

/** A person's word: whether the processor did what it was sent. */
export type Word = 'done' | 'not_done';

/**
 * What came of it: whose word counted, the person's or the processor's, and how the send ended by it. Or nothing was
 * changed, because the processor is `unavailable`, or has it and has not decided (`open`).
 */
export type Resolved =
  | {
      readonly kind: 'resolved';
      readonly by: 'person' | 'processor';
      readonly outcome: AttemptState | FollowUp['state'];
    }
  | { readonly kind: 'refused'; readonly because: 'unavailable' | 'open'; readonly processor: string };

/** For operators, over all platforms; no key is asked for. Any method: @throws {StoreUnavailable} */
export interface ByHand {
  /** Oldest first, at most 1000 of each kind. @param states of the attempts, and of their captures and reversals. */
  list(states: readonly OpenState[]): Promise<readonly OpenSend[]>;
  /**
   * Ends what is open under that id, an attempt's, or a capture's or reversal's of it. The processor is asked first, as
   * the reconciler asks it, and its word goes before the person's. "Not done" is told to the caller's side as the decline
   * `PROCESSING_ERROR`, and frees the config.
   * @param force lets the person's word count where the processor gives none.
   * @returns null where nothing is open under these ids.
   */
  resolve(attemptId: string, followUpId: string | null, word: Word, force: boolean): Promise<Resolved | null>;
}

/** `unknown` is still looked up by itself; `manual` is not any more. */
export const OPEN_STATES = ['unknown', 'manual'] as const satisfies readonly AttemptState[];
/** One of them. */
export type OpenState = (typeof OPEN_STATES)[number];

const MOST_LISTED = 1_000;

/** The other stories that it is told with. */
export interface ByHandParts {
  readonly settler: Settler;
  readonly reconciler: Reconciler;
  readonly outcomes: FollowUpOutcomes;
}

/** Keeps nothing between calls. */
export function createByHand({ store }: EngineContext, { settler, reconciler, outcomes }: ByHandParts): ByHand {
  async function list(states: readonly OpenState[]): Promise<readonly OpenSend[]> {
    const page = { sortBy: 'createdAt', order: 'asc', limit: MOST_LISTED } as const;
    const own = await store.list('attempts', { where: [{ field: 'state', is: 'in', values: states }], ...page });
    const approved = { field: 'state', is: 'in', values: ['approved'] } as const;
    // What is open keeps its payin's record from expiring.
    const unexpired = { field: 'expiresAt', is: 'in', values: [null] } as const;
    const payins = await store.list('attempts', { where: [approved, unexpired], ...page });
    return [
      ...own.map((attempt) => ({ attempt, followUp: null })),
      ...payins.flatMap((attempt) =>
        followUpsOf(attempt)
          .filter(({ state }) => states.some((wanted) => wanted === state))
          .map((followUp) => ({ attempt, followUp })),
      ),
    ];
  }

  async function resolve(attemptId: string, followUpId: string | null, word: Word, force: boolean) {
    const attempt = await store.get('attempts', attemptId);
    if (attempt === null) return null;
    if (followUpId === null) return resolveAttempt(attempt, word, force);
    const followUp = followUpsOf(attempt).find(({ id }) => id === followUpId);
    return followUp === undefined ? null : resolveFollowUp(attempt, followUp, word, force);
  }

  async function resolveAttempt(attempt: Attempt, word: Word, force: boolean): Promise<Resolved | null> {
    const chargeable = await store.get('chargeables', attempt.chargeableId);
    if (chargeable === null || !isOpenState(attempt.state)) return null;
    const asked = await reconciler.ask(attempt, chargeable);
    const { state } = asked.attempt;
    if (!isOpenState(state)) return { kind: 'resolved', by: 'processor', outcome: state };
    const because = force ? null : silence(asked, state);
    if (because !== null) return { kind: 'refused', because, processor: attempt.route.processor };
    const settled = await settleBy(word, asked.attempt, chargeable);
    return { kind: 'resolved', by: 'person', outcome: settled.state };
  }

  async function settleBy(word: Word, attempt: Attempt, chargeable: Chargeable): Promise<Attempt> {
    const verdict = verdictOf(word, sentOf(attempt));
    if (verdict.kind === 'declined') {
      // What a person cannot see may still arrive at the object: it stays the config's only one.
      if (attempt.upstream !== null) await settler.doubt(attempt, chargeable);
      return settler.verdict(attempt, chargeable, verdict, Promise.resolve(null));
    }
    const code = attempt.payinId === null ? Promise.resolve(null) : settler.reserveCode(attempt);
    return settler.verdict(attempt, chargeable, verdict, code);
  }

  async function resolveFollowUp(
    attempt: Attempt,
    followUp: FollowUp,
    word: Word,
    force: boolean,
  ): Promise<Resolved | null> {
    if (!isOpenState(followUp.state)) return null;
    const asked = await outcomes.ask(attempt, followUp);
    const { state } = asItStands(asked.attempt, followUp);
    if (!isOpenState(state)) return { kind: 'resolved', by: 'processor', outcome: state };
    const because = force ? null : silence(asked, state);
    if (because !== null) return { kind: 'refused', because, processor: attempt.route.processor };
    const verdict = verdictOf(word, followUpSentOf(attempt, followUp));
    const settled = await outcomes.settle(asked.attempt, followUp, verdict);
    return { kind: 'resolved', by: 'person', outcome: asItStands(settled, followUp).state };
  }

  return { list, resolve };
}

const isOpenState = (state: AttemptState | FollowUp['state']): state is OpenState =>
  OPEN_STATES.some((open) => open === state);

/** Why the processor's silence is no reason to believe a person: it was not heard, or is still at work on it. */
function silence({ said }: Asked, state: OpenState): 'unavailable' | 'open' | null {
  if (said === 'unavailable') return said;
  // Once it waits for a person the processor has had three days.
  return said === 'open' && state === 'unknown' ? said : null;
}

function verdictOf(word: Word, { chargeableId, account, money }: Sent): Verdict {
  const said = { checks: NO_CHECKS, token: null, reference: null } as const;
  return word === 'done'
    ? { kind: 'approved', chargeableId, account, money, ...said }
    : { kind: 'declined', code: 'PROCESSING_ERROR', ...said };
}
