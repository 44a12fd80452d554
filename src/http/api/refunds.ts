/** Voids and refunds: give a payin back, read refunds, list them. */
import type { VoidOrRefundBody } from '../../../schemas/api/void-or-refund.types.ts';
import type { Engine } from '../../engine/engine.ts';
import type { CallerOf } from './charge.ts';
import { findNotBuilt, NOT_BUILT_FIELDS } from './not-built.ts';
import { all, among, by, choice, during, formsOf, invalid, PAGE, text } from './query.ts';
import { showRefund, showReversed } from './render-refund.ts';
import { readMetadata } from './request-parts.ts';
import { type ApiRequest, type ApiRoute, defineRoute, found } from './route.ts';
import { SCHEMAS } from './schemas.ts';

/** Rainforest, Refunds: the words of `status`. */
const STATUSES = ['CREATED', 'PROCESSING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'IN_REVIEW'] as const;
const SORT_FIELDS = { amount: 'amount', created_at: 'createdAt', refund_id: 'id', status: 'status' } as const;
const SORT_BY = choice('sort_by', SORT_FIELDS);
const MERCHANT = text('merchant_id');
const FILTERS = all(
  by(text('payin_id'), (payin) => ({ field: 'payinId', is: 'in', values: [payin] })),
  among('status', STATUSES, 'status'),
  during('created_at', 'createdAt'),
);
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
    const { startKey, ...page } = PAGE.read(query);
    const merchant = MERCHANT.read(query);
    if (startKey !== null && (await refunds.get(principal, startKey)) === null) throw invalid('start_key');
    const { results, total } = await refunds.list(principal, {
      ...page,
      merchantIds: merchant === null ? null : [merchant],
      startAfter: startKey ?? undefined,
      sortBy: SORT_BY.read(query) ?? 'createdAt',
      where: FILTERS.read(query),
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
      about: 'Gives a payin back, whole or in part: a void until it has settled, a refund from then on.',
      schema: SCHEMAS.voidOrRefund,
      reply: 'reversed',
      refusals: ['CONFLICT', 'NOT_BUILT'],
      notBuilt: (body) => findNotBuilt(NOT_BUILT_FIELDS[ROUTE], body),
      handle: voidOrRefund,
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/refunds',
      about: 'Lists refunds.',
      schema: null,
      reply: 'refunds',
      query: formsOf(PAGE, SORT_BY, MERCHANT, FILTERS),
      handle: list,
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/refunds/:refund_id',
      about: 'Reads a refund.',
      schema: null,
      reply: 'refund',
      async handle({ principal, params }) {
        return { data: showRefund(found(await refunds.get(principal, params['refund_id'] ?? ''))) };
      },
    }),
  ];
}
