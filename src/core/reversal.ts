/**
 * Reversals: an approved payin given back, whole or in part. Decides their shape; what may be reversed, and how it is done
 * once, is the engine's. A reversal stands in the attempt that it reverses, so that its state and what is left of the
 * payin change in one write.
 */
import type { DeclineCode } from './errors.ts';
import type { MerchantId, PayinId, PlatformId, RefundId } from './ids.ts';
import type { Metadata } from './payment.ts';

/** Rainforest, Void or refund payin: `reason`. */
export const REVERSAL_REASONS = ['REQUESTED_BY_CUSTOMER', 'DUPLICATE', 'FRAUDULENT'] as const;
/** Why a payin is given back. */
export type ReversalReason = (typeof REVERSAL_REASONS)[number];

/** A payin that has not settled is voided, as a whole; one that has is refunded. */
export type ReversalKind = 'void' | 'refund';

/**
 * `held` from before its send, `unknown` once its outcome is, `manual` where a person has to look: these three hold their
 * amount. `done` took it, `failed` gave it back.
 */
export type ReversalState = 'held' | 'unknown' | 'manual' | 'done' | 'failed';

/** One reversal of an attempt. Times are milliseconds since the epoch. */
export interface Reversal {
  /** Also the key under which the processor knows it; of a void, nobody else is told it. */
  readonly id: RefundId;
  readonly kind: ReversalKind;
  readonly state: ReversalState;
  /** The nonce of the delivery that held the amount, and that alone may send. */
  readonly owner: string;
  /** Minor units in the payin's currency. */
  readonly amount: number;
  /** What was asked for: an amount, or null for all that was left. */
  readonly asked: number | null;
  /** The part of the payin that it was asked for, by a name of the caller's; null for the payin as a whole. */
  readonly item: string | null;
  readonly reason: ReversalReason;
  /** Through what it was asked for. */
  readonly adapter: string;
  /** Of a refund, the payin's with the request's over it; of a void, the request's, which the payin gets once it is done. */
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

/** Rainforest, Refunds: `status`, as far as it is set here. PROCESSING: no outcome yet. */
export type RefundStatus = 'PROCESSING' | 'SUCCEEDED' | 'FAILED';

/** By which a refund is found; the attempt that it names has the truth about it. Voids have none. */
export interface Refund {
  readonly id: RefundId;
  /** 0 when inserted, one more with each replace. */
  readonly rev: number;
  readonly attempt: string;
  readonly payinId: PayinId;
  readonly platformId: PlatformId;
  readonly merchantId: MerchantId | null;
  readonly status: RefundStatus;
  /** Minor units. */
  readonly amount: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When the record may be purged; null until its outcome is certain. */
  readonly expiresAt: number | null;
}
