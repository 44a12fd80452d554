/** Voids and refunds: give a payin back, read refunds, list them. */
import type { VoidOrRefundBody } from '../../../schemas/api/void-or-refund.types.ts';
import type { Engine } from '../../engine/engine.ts';
import type { CallerOf } from './charge.ts';
import { findNotBuilt, NOT_BUILT_FIELDS } from './not-built.ts';
import { among, choice, during, invalid, one, pageOf } from './query.ts';
import { showRefund, showReversed } from './render-refund.ts';
import { readMetadata } from './request-parts.ts';
import { type ApiRequest, type ApiRoute, defineRoute, found } from './route.ts';
import { SCHEMAS } from './schemas.ts';

/** Rainforest, Refunds: the words of `status`. */
const STATUSES = ['CREATED', 'PROCESSING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'IN_REVIEW'] as const;
const SORT_FIELDS = { amount: 'amount', created_at: 'createdAt', refund_id: 'id', status: 'status' } as const;
const ROUTE = 'POST /v1/payins/{payin_id}/void_or_refund';

/** Rainforest, Refunds: `/v1/payins/{payin_id}/void_or_refund` and `/v1/refunds/{refund_id}`; the list is ours. */
export function refundRoutes({ reverse, refunds }: Engine, callerOf: CallerOf): readonly ApiRoute[] {
  async function voidOrRefund(request: ApiRequest<VoidOrRefundBody>) {
    const { body, params } = request;
    const asked = {
      payinId: params['payin_id'] ?? '',
      idempotencyKey: body.idempotency_key,
      amount: body.amount || null,
      item: null,
      reason: body.reason,
      metadata: readMetadata(body.metadata),
    };
    return { data: showReversed(found(await reverse(asked, callerOf(request)))) };
  }

  async function list({ principal, query }: ApiRequest<unknown>) {
    const { startKey, ...page } = pageOf(query);
    const [merchant, payin] = [one(query, 'merchant_id'), one(query, 'payin_id')];
    if (startKey !== null && (await refunds.get(principal, startKey)) === null) throw invalid('start_key');
    const { results, total } = await refunds.list(principal, {
      ...page,
      merchantIds: merchant === null ? null : [merchant],
      startAfter: startKey ?? undefined,
      sortBy: choice(query, 'sort_by', SORT_FIELDS) ?? 'createdAt',
      where: [
        ...(payin === null ? [] : [{ field: 'payinId', is: 'in', values: [payin] } as const]),
        ...among(query, 'status', STATUSES, 'status'),
        ...during(query, 'created_at', 'createdAt'),
      ],
    });
    return {
      data: {
        total_results: total,
        last_key: results.at(-1)?.refund.id ?? null,
        results: results.map(showRefund),
      },
    };
  }

  return [
    defineRoute<VoidOrRefundBody>({
      method: 'POST',
      path: '/v1/payins/:payin_id/void_or_refund',
      schema: SCHEMAS.voidOrRefund,
      notBuilt: (body) => findNotBuilt(NOT_BUILT_FIELDS[ROUTE], body),
      handle: voidOrRefund,
    }),
    defineRoute({ method: 'GET', path: '/v1/refunds', schema: null, handle: list }),
    defineRoute({
      method: 'GET',
      path: '/v1/refunds/:refund_id',
      schema: null,
      async handle({ principal, params }) {
        return { data: showRefund(found(await refunds.get(principal, params['refund_id'] ?? ''))) };
      },
    }),
  ];
}
