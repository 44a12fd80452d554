/**
 * What is done to an approved payin afterwards: it is captured, voided or refunded. Decides the shape that these have in
 * common; when each may be done, and how it is done once, is the engine's. Each stands in its attempt, so that its state
 * and what is left of the payin change in one write.
 */
import type { DeclineCode } from './errors.ts';
import type { Metadata } from './payment.ts';

/**
 * `held` from before its send, `unknown` once its outcome is, `manual` where a person has to look: these three hold their
 * amount. `done` took it, `failed` gave it back.
 */
export type FollowUpState = 'held' | 'unknown' | 'manual' | 'done' | 'failed';

/** What captures, voids and refunds have in common. Times are milliseconds since the epoch. */
export interface FollowUpBase {
  /** Also the key under which the processor knows it. */
  readonly id: string;
  readonly state: FollowUpState;
  /** The nonce of the delivery that held the amount, and that alone may send. */
  readonly owner: string;
  /** Minor units in the payin's currency. */
  readonly amount: number;
  /** Through what it was asked for. */
  readonly adapter: string;
  readonly metadata: Metadata;
  /** Why it failed. */
  readonly code: DeclineCode | null;
  readonly authCode: string | null;
  /** When somebody looks what became of it, at the earliest; while it is `held`, its owner is presumed alive until then. */
  readonly dueAt: number | null;
  /** Look-ups so far, for growing gaps. */
  readonly looks: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/**
 * Takes what an authorization has reserved, or a part of it; the rest is let go. `metadata` is the request's, which the
 * payin gets once it is done.
 */
export interface Capture extends FollowUpBase {
  readonly kind: 'capture';
}
