/**
 * One capture, told from its start to its answer: find the payin, answer a repeat, hold, send once. A request carries no
 * key: a payin is captured once, so the same amount asked for again is a repeat. What may be captured is
 * authorization.ts, how it is done once perform.ts.
 */
import type { Metadata } from '../core/payment.ts';
import type { Attempt } from '../core/store.ts';
import { attemptKey } from './attempt.ts';
import { repeatedCapture } from './authorization.ts';
import type { EngineContext } from './context.ts';
import type { Caller } from './join.ts';
import { findPayin } from './payins.ts';
import type { Perform } from './perform.ts';

/** What is asked for. */
export interface CaptureRequest {
  readonly payinId: string;
  /** Minor units, at least 1; null for all that was authorized. The rest is let go. */
  readonly amount: number | null;
  /** Laid over the payin's once it is captured; that of a repeat is not. */
  readonly metadata: Metadata;
}

/** Takes what authorizations have reserved, each once however often it is asked for. */
export interface Captures {
  /**
   * The payin as it stands then; null where there is none within the reach of `payin:update`. A capture that the
   * processor declined, or whose outcome is still out, is an answer, not an error.
   * @throws {Refused} `FORBIDDEN`, `NOT_CAPTURABLE`, `AMOUNT_ABOVE_AUTHORIZED`, `PAYIN_BUSY` while it is being voided,
   *   `CONFLICT` for another amount than before, `INVALID_REQUEST`, `CARD_DATA_IN_TEXT`, `TOO_MANY_ATTEMPTS`,
   *   `SERVICE_STOPPING`
   * @throws {StoreUnavailable} and then nothing was or will be sent for this request.
   */
  capture(request: CaptureRequest, caller: Caller): Promise<Attempt | null>;
}

/** Keeps nothing between calls. */
export function createCaptures(context: EngineContext, perform: Perform): Captures {
  async function captureOnce({ payinId, amount, metadata }: CaptureRequest, caller: Caller) {
    const attempt = await findPayin(context, caller.principal, payinId, 'payin:update');
    if (attempt === null) return null;
    const by = perform.wantedBy(caller);
    const wanted = { ...by, id: `${attemptKey(attempt)}.${by.owner}`, amount, metadata };
    const find = (current: Attempt) => repeatedCapture(current, wanted);
    return perform.once({ attempt, owner: by.owner, find, hold: { kind: 'hold_capture', wanted } }, caller);
  }

  return {
    async capture(request, caller) {
      const performed = await perform.logged('capture', caller, captureOnce(request, caller));
      return performed?.attempt ?? null;
    },
  };
}
