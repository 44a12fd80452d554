/**
 * What a person sees of the sends of which nobody knows the outcome, and how their word ends one. Decides that the
 * processor's own word goes before theirs. Looking by itself is reconcile.ts.
 */
import { type Finding, NO_CHECKS, type Processor, type Sent, type Verdict } from '../core/processor.ts';
import type { Attempt, AttemptState } from '../core/store.ts';
import type { EngineContext } from './context.ts';
import { type FollowUp, followUpsOf, isOpen } from './follow-up.ts';
import type { FollowUpOutcomes } from './follow-up-outcomes.ts';
import { findOutcome } from './look.ts';
import { followUpSentOf, sentOf } from './sent.ts';
import type { Settler } from './settle.ts';

/** A send of which nobody knows the outcome: an attempt's own, or with `followUp` what was done to its payin. */
export interface OpenSend {
  readonly attempt: Attempt;
  readonly followUp: FollowUp | null;
}

/** A person's word: whether the processor did what it was sent. */
export type Word = 'done' | 'not_done';

/** What came of it: whose word counted, the person's or the processor's; null where nothing was open under that id. */
export interface Resolved {
  readonly by: 'person' | 'processor';
  readonly outcome: Verdict['kind'];
}

/** For operators, over all platforms; no key is asked for. Any method: @throws {StoreUnavailable} */
export interface ByHand {
  /** Oldest first, at most 1000 of each kind. @param states of the attempts, and of their captures and reversals. */
  list(states: readonly OpenState[]): Promise<readonly OpenSend[]>;
  /**
   * Ends what is open under that id, an attempt's, or a capture's or reversal's of it. "Not done" is told to the caller's side as the decline
   * `PROCESSING_ERROR`, and frees the config.
   */
  resolve(attemptId: string, followUpId: string | null, word: Word): Promise<Resolved | null>;
}

/** `unknown` is still looked up by itself; `manual` is not any more. */
export const OPEN_STATES = ['unknown', 'manual'] as const satisfies readonly AttemptState[];
/** One of them. */
export type OpenState = (typeof OPEN_STATES)[number];

const MOST_LISTED = 1_000;

/** Keeps nothing between calls. */
export function createByHand(context: EngineContext, settler: Settler, outcomes: FollowUpOutcomes): ByHand {
  const { store, processors } = context;

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

  async function resolve(attemptId: string, followUpId: string | null, word: Word): Promise<Resolved | null> {
    const attempt = await store.get('attempts', attemptId);
    if (attempt === null) return null;
    const processor = processors.of(attempt.route.processor);
    const followUp = followUpsOf(attempt).find(({ id }) => id === followUpId) ?? null;
    return followUpId === null
      ? resolveAttempt(attempt, processor, word)
      : resolveFollowUp(attempt, followUp, processor, word);
  }

  async function resolveAttempt(attempt: Attempt, processor: Processor | null, word: Word): Promise<Resolved | null> {
    const chargeable = await store.get('chargeables', attempt.chargeableId);
    if (chargeable === null || !OPEN_STATES.some((state) => state === attempt.state)) return null;
    const { by, verdict } = await wordOn(sentOf(attempt), processor, word);
    const code = attempt.payinId === null || verdict.kind === 'declined' ? null : settler.reserveCode(attempt);
    await settler.verdict(attempt, chargeable, verdict, code ?? Promise.resolve(null));
    return { by, outcome: verdict.kind };
  }

  async function resolveFollowUp(
    attempt: Attempt,
    followUp: FollowUp | null,
    processor: Processor | null,
    word: Word,
  ): Promise<Resolved | null> {
    if (followUp === null || followUp.state === 'held' || !isOpen(followUp)) return null;
    const { by, verdict } = await wordOn(followUpSentOf(attempt, followUp), processor, word);
    await outcomes.settle(attempt, followUp, verdict);
    return { by, outcome: verdict.kind };
  }

  return { list, resolve };
}

/** The processor's verdict where it has one, else the person's. */
async function wordOn(
  sent: Sent,
  processor: Processor | null,
  word: Word,
): Promise<{ by: Resolved['by']; verdict: Verdict }> {
  const finding: Finding = await findOutcome(processor, sent, 'lookup');
  if (finding.kind === 'approved' || finding.kind === 'declined') return { by: 'processor', verdict: finding };
  const { chargeableId, account, money } = sent;
  const said = { checks: NO_CHECKS, token: null, reference: null } as const;
  return word === 'done'
    ? { by: 'person', verdict: { kind: 'approved', chargeableId, account, money, ...said } }
    : { by: 'person', verdict: { kind: 'declined', code: 'PROCESSING_ERROR', ...said } };
}
