/* Made by `npm run schemas` from void-or-refund.schema.json: change it there. */

export type Metadata = {
  readonly [k: string]: unknown;
} | null;

/**
 * POST /v1/payins/{payin_id}/void_or_refund
 */
export interface VoidOrRefundBody {
  /**
   * No broken surrogates, so that no two keys look the same to a digest.
   */
  readonly idempotency_key: string;
  readonly reason: 'REQUESTED_BY_CUSTOMER' | 'DUPLICATE' | 'FRAUDULENT';
  /**
   * Minor units. Absent, null and 0 are all that is left.
   */
  readonly amount?: number | null;
  readonly metadata?: Metadata;
}
