/**
 * Reversals in the contract's shape: a refund, and the answer to `void_or_refund`. Every property that the contract
 * documents is there: null or an empty list where there is nothing behind it.
 */
import type { Reversal } from '../../core/reversal.ts';
import type { Attempt } from '../../core/store.ts';
import { reversalsOf } from '../../engine/follow-up.ts';
import type { RefundView } from '../../engine/refunds.ts';
import { refundStatusOf } from '../../engine/reversal.ts';
import type { Reversed } from '../../engine/reverse.ts';
import { API_ADAPTER } from './charge.ts';
import { showRefusal, time, wordsOf } from './words.ts';

/** What of a payin was or is being refunded, oldest first; a void is no refund. */
export function refundsOf(attempt: Attempt): readonly RefundView[] {
  const refunds = reversalsOf(attempt).filter(({ kind }) => kind === 'refund');
  return refunds.map((refund) => ({ attempt, refund }));
}

const sourceOf = ({ adapter }: Reversal) => (adapter === API_ADAPTER ? 'API_DIRECT' : 'EXTERNAL');
const SOURCES = { API_DIRECT: 'API direct', EXTERNAL: 'External' } as const;

/** Rainforest, Refunds: amounts in minor units, times in RFC 3339. */
export function showRefund({ attempt, refund }: RefundView) {
  const source = sourceOf(refund);
  return {
    refund_id: refund.id,
    payin_id: attempt.payinId,
    merchant_id: attempt.merchantId,
    billing_type: null,
    amount: refund.amount,
    currency_code: attempt.currency,
    merchant_fees: null,
    reason: wordsOf(refund.reason),
    status: refundStatusOf(refund),
    ...showRefusal(refund.code),
    // To void a refund is not built.
    non_voidable_reason_code: 'PAST_SETTLEMENT',
    auth_code: refund.authCode,
    metadata: refund.metadata,
    amount_splits: [],
    payin_billing_fees_reversal_config: null,
    expected_deposit_date: null,
    ach_return: null,
    has_ach_return: false,
    source,
    source_desc: SOURCES[source],
    created_at: time(refund.createdAt),
    updated_at: time(refund.updatedAt),
  };
}

/**
 * Rainforest, Void or refund payin. Its words have no "not known yet": a refund is then PROCESSING without an
 * `auth_code`, a void has null for `payin_status`. A void that was declined has a `refusal_code`.
 */
export function showReversed({ attempt, reversal }: Reversed) {
  const isRefund = reversal.kind === 'refund';
  const { payinStatus } = attempt;
  const { refusal_code, refusal_desc } = showRefusal(reversal.code);
  return {
    type: isRefund ? 'REFUND' : 'VOID',
    merchant_id: attempt.merchantId,
    refund_id: isRefund ? reversal.id : null,
    refund_status: isRefund ? (reversal.state === 'failed' ? 'FAILED' : 'PROCESSING') : null,
    payin_id: attempt.payinId,
    payin_status: payinStatus === 'CANCELED' || payinStatus === 'SUCCEEDED' ? payinStatus : null,
    amount: reversal.amount,
    currency_code: attempt.currency,
    merchant_billing: null,
    amount_splits: [],
    payin_billing_fees_reversal_config: null,
    reason: reversal.reason,
    refusal_code,
    refusal_desc,
    auth_code: isRefund ? reversal.authCode : null,
    metadata: isRefund ? reversal.metadata : attempt.metadata,
    source: sourceOf(reversal),
    created_at: time(reversal.createdAt),
  };
}
