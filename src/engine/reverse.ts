/**
 * One reversal, told from its start to its answer: find the payin and whether it has settled, answer a repeat, hold the
 * amount, send once. Decides what a repeat is and when a key is used up. What may be held is reversal.ts, how it is done
 * once perform.ts.
 */
import { isId, type RefundId } from '../core/ids.ts';
import type { Metadata } from '../core/payment.ts';
import type { Reversal, ReversalReason } from '../core/reversal.ts';
import type { Attempt } from '../core/store.ts';
import type { EngineContext } from './context.ts';
import { type IdempotentRequest, idFor, idKnownFor } from './idempotency.ts';
import type { Caller } from './join.ts';
import { findPayin } from './payins.ts';
import type { Perform, Performed } from './perform.ts';
import { type Item, repeatedBy, reversalOf, type WantedReversal } from './reversal.ts';
import type { RefreshSettlement } from './settlement.ts';

/** What is asked for. Whether it is a void or a refund follows from the state of the payin. */
export interface ReversalRequest {
  readonly payinId: string;
  /**
   * Counts per merchant: the same key with the same content is a repeat, whatever became of the first. Without a key the
   * same item and amount within ten minutes is one.
   */
  readonly idempotencyKey: string | null;
  /** Minor units, at least 1; null for all that is left of the item, or of the payin. */
  readonly amount: number | null;
  /** Makes the amount a check: refused (`AMOUNT_MISMATCH`) unless it is all that is left. */
  readonly allThatIsLeft?: boolean;
  /** The part of the payin that is given back; null for the payin as a whole. */
  readonly item: Item | null;
  readonly reason: ReversalReason;
  /** Laid over the payin's: on the payin itself by a void, on the refund by a refund. */
  readonly metadata: Metadata;
}

/** A reversal and its payin, as they stand when the caller's patience or the wait is over. */
export interface Reversed {
  readonly attempt: Attempt;
  readonly reversal: Reversal;
}

/** Gives payins back, each amount exactly once however often it is asked for. */
export interface Reversals {
  /**
   * Null where there is no such payin within the reach of `refund:create`. A reversal that the processor declined, or
   * whose outcome is still out, is an answer, not an error.
   * @throws {Refused} `FORBIDDEN`, `NOT_REVERSIBLE`, `AMOUNT_ABOVE_BALANCE`, `AMOUNT_MISMATCH`, `PARTIAL_VOID`,
   *   `PAYIN_BUSY` while it is being captured, `CONFLICT`, `INVALID_REQUEST`, `CARD_DATA_IN_TEXT`, `TOO_MANY_ATTEMPTS`,
   *   `SERVICE_STOPPING`
   * @throws {StoreUnavailable} and then nothing was or will be sent for this request.
   */
  reverse(request: ReversalRequest, caller: Caller): Promise<Reversed | null>;
}

const isRefundId = (id: string): id is RefundId => isId('rfd', id);

/** Keeps nothing between calls. */
export function createReversals(
  context: EngineContext,
  refreshSettlement: RefreshSettlement,
  perform: Perform,
): Reversals {
  const { store, clock, ids, transitions } = context;

  async function reverseOnce(request: ReversalRequest, caller: Caller): Promise<Performed<Reversal> | null> {
    const payin = await findPayin(context, caller.principal, request.payinId, 'refund:create');
    if (payin === null) return null;
    const wanted: WantedReversal = { ...request, ...perform.wantedBy(caller), id: ids.make('rfd') };
    return request.idempotencyKey === null
      ? reverseUnkeyed(payin, wanted, caller)
      : reverseKeyed(payin, wanted, caller, request, request.idempotencyKey);
  }

  async function reverseUnkeyed(payin: Attempt, wanted: WantedReversal, caller: Caller) {
    const attempt = await refreshSettlement(payin);
    return hold(attempt, wanted, caller, (current) => repeatedBy(current, wanted, clock.now()));
  }

  /** What cannot be held is refused before the key is used up; a key that is known is looked for in the payin first. */
  async function reverseKeyed(
    payin: Attempt,
    fresh: WantedReversal,
    caller: Caller,
    { payinId, amount, item, reason, metadata }: ReversalRequest,
    key: string,
  ) {
    const keyed: IdempotentRequest<RefundId> = {
      scope: [payin.merchantId ?? payin.platformId, 'reversals'],
      key,
      content: { payinId, amount, item, reason, metadata },
      makes: fresh.id,
    };
    const known = await idKnownFor(context, keyed, isRefundId);
    // Whoever made the key known may have held since the payin was read.
    const current = known === null ? payin : ((await store.get('attempts', payin.id)) ?? payin);
    const attempt = await refreshSettlement(current);
    if (known === null) transitions.apply(attempt, { kind: 'hold_reversal', wanted: fresh });
    const wanted = { ...fresh, id: known ?? (await idFor(context, keyed, isRefundId)) };
    return hold(attempt, wanted, caller, (current) => reversalOf(current, wanted.id));
  }

  function hold(
    attempt: Attempt,
    wanted: WantedReversal,
    caller: Caller,
    find: (current: Attempt) => Reversal | null,
  ): Promise<Performed<Reversal>> {
    return perform.once({ attempt, owner: wanted.owner, find, hold: { kind: 'hold_reversal', wanted } }, caller);
  }

  return {
    async reverse(request, caller) {
      const performed = await perform.logged('reversal', caller, reverseOnce(request, caller));
      return performed === null ? null : { attempt: performed.attempt, reversal: performed.followUp };
    },
  };
}
