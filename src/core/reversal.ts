/**
 * Reversals: an approved payin given back, whole or in part. Decides their shape; what may be reversed, and how it is done
 * once, is the engine's.
 */
import type { FollowUpBase } from './follow-up.ts';
import type { MerchantId, PayinId, PlatformId, RefundId } from './ids.ts';

/** Rainforest, Void or refund payin: `reason`. */
export const REVERSAL_REASONS = ['REQUESTED_BY_CUSTOMER', 'DUPLICATE', 'FRAUDULENT'] as const;
/** Why a payin is given back. */
export type ReversalReason = (typeof REVERSAL_REASONS)[number];

/** A payin that has not settled, or was not captured, is voided, as a whole; one that has settled is refunded. */
export type ReversalKind = 'void' | 'refund';

/**
 * One reversal of an attempt. Its `metadata`: of a refund, the payin's with the request's over it; of a void, the
 * request's, which the payin gets once it is done.
 */
export interface Reversal extends FollowUpBase {
  /** Of a void, nobody but the processor is told it. */
  readonly id: RefundId;
  readonly kind: ReversalKind;
  /** What was asked for: an amount, or null for all that was left. */
  readonly asked: number | null;
  /** The part of the payin that it was asked for, by a name of the caller's; null for the payin as a whole. */
  readonly item: string | null;
  readonly reason: ReversalReason;
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
