/** Payins: charge, capture, read, list, patch their metadata. */
import type { Metadata } from '../../core/payment.ts';
import type { Condition } from '../../core/store.ts';
import type { Engine } from '../../engine/engine.ts';
import { storableTransactionId } from '../../engine/identity.ts';
import type { CallerOf, Execute } from './charge.ts';
import { findNotBuilt, NOT_BUILT_FIELDS } from './not-built.ts';
import { among, choice, containing, during, duringNever, invalid, metadata, NOTHING, one, pageOf } from './query.ts';
import { showPayin } from './render.ts';
import { type ContactBody, readContact, readMetadata, readTender, type TenderBody } from './request-parts.ts';
import { type ApiRequest, type ApiRoute, defineRoute, found } from './route.ts';
import { SCHEMAS } from './schemas.ts';

interface PayinBody extends TenderBody {
  readonly payin_config_id: string;
  readonly billing_contact?: ContactBody | null;
}

interface CaptureBody {
  /** Minor units; 0 is as good as absent: all that was authorized. */
  readonly amount?: number | null;
  readonly metadata?: Metadata | null;
}

/** Rainforest, List payins: the words of `method_type`; no record has the second or the last. */
export const METHOD_TYPES = ['CARD', 'APPLE_PAY', 'ACH', 'PLAID_ACH'] as const;
const STATUSES = [
  'AUTHORIZED',
  'CANCELED',
  'CREATED',
  'FAILED',
  'IN_REVIEW',
  'PRESENTING',
  'PROCESSING',
  'RETURNED',
  'SUCCEEDED',
] as const;
const SOURCES = [
  'API_DIRECT',
  'API_STORED_PAYMENT_METHOD',
  'COMPONENT',
  'DEVICE',
  'EXTERNAL',
  'IVR',
  'TAP_TO_PHONE',
] as const;

/** By the contract's word. No payin has a deposit date yet: in that order they stand as they were made. */
const SORT_FIELDS = {
  amount: 'amount',
  billing_contact_name: 'billingName',
  created_at: 'createdAt',
  expected_deposit_date: 'createdAt',
  merchant_id: 'merchantId',
  method_type: 'methodType',
  payin_id: 'payinId',
  status: 'payinStatus',
} as const;
const CONFIRMATION_CODE = /^[0-9A-Za-z]{8}$/;

/** Rainforest, Payins: `/v1/payins`; and our own filters `transaction_id` and `confirmation_code`. */
export function payinRoutes(engine: Engine, execute: Execute, callerOf: CallerOf): readonly ApiRoute[] {
  const { payins, views } = engine;

  async function charge(request: ApiRequest<PayinBody>) {
    const { body } = request;
    const attempt = await execute(
      {
        kind: 'charge',
        source: 'API_DIRECT',
        configId: body.payin_config_id,
        transactionId: null,
        money: null,
        tender: readTender(body),
        billingContact: readContact(body.billing_contact),
        metadata: {},
      },
      request,
    );
    return { data: showPayin(await views.payinJustMade(attempt)) };
  }

  async function capture(request: ApiRequest<CaptureBody>) {
    const { body, params } = request;
    const asked = {
      payinId: params['payin_id'] ?? '',
      amount: body.amount || null,
      metadata: readMetadata(body.metadata),
    };
    return { data: showPayin(await views.payinJustMade(found(await engine.capture(asked, callerOf(request))))) };
  }

  async function list({ principal, query }: ApiRequest<unknown>) {
    const { startKey, ...page } = pageOf(query);
    const merchant = one(query, 'merchant_id');
    const merchantIds = merchant === null ? null : [merchant];
    const start = startKey === null ? null : await payins.get(principal, startKey);
    if (startKey !== null && start === null) throw invalid('start_key');
    const { results, total } = await payins.list(principal, {
      ...page,
      merchantIds,
      startAfter: start?.id,
      sortBy: choice(query, 'sort_by', SORT_FIELDS) ?? 'createdAt',
      where: [
        ...among(query, 'method_type', METHOD_TYPES, 'methodType'),
        ...among(query, 'status', STATUSES, 'payinStatus'),
        ...among(query, 'source', SOURCES, 'source'),
        ...containing(query, 'billing_contact_name', 'billingName'),
        ...during(query, 'created_at', 'createdAt'),
        ...duringNever(query, 'expected_deposit_date', 'date'),
        ...metadata(query),
        ...byTransaction(query),
        ...(await byMerchantName({ principal, query })),
        ...(await byConfirmationCode({ principal, query }, merchantIds)),
      ],
    });
    const shown = await views.payins(results);
    return {
      data: { total_results: total, last_key: results.at(-1)?.payinId ?? null, results: shown.map(showPayin) },
    };
  }

  type Asked = Pick<ApiRequest<unknown>, 'principal' | 'query'>;

  async function byMerchantName({ principal, query }: Asked): Promise<Condition[]> {
    const name = one(query, 'merchant_name');
    if (name === null) return [];
    return [{ field: 'merchantId', is: 'in', values: await payins.findMerchantsNamed(principal, name) }];
  }

  async function byConfirmationCode(
    { principal, query }: Asked,
    merchantIds: readonly string[] | null,
  ): Promise<Condition[]> {
    const code = one(query, 'confirmation_code');
    if (code === null) return [];
    if (!CONFIRMATION_CODE.test(code)) throw invalid('confirmation_code');
    const found = await payins.findByConfirmationCode(principal, code.toUpperCase(), merchantIds);
    return found.length === 0 ? [NOTHING] : [{ field: 'id', is: 'in', values: found.map(({ id }) => id) }];
  }

  return [
    defineRoute<PayinBody>({
      method: 'POST',
      path: '/v1/payins',
      schema: SCHEMAS.payin,
      tenderData: true,
      handle: charge,
    }),
    defineRoute({ method: 'GET', path: '/v1/payins', schema: null, handle: list }),
    defineRoute({
      method: 'GET',
      path: '/v1/payins/:payin_id',
      schema: null,
      async handle({ principal, params }) {
        const attempt = found(await payins.get(principal, params['payin_id'] ?? ''));
        return { data: showPayin(await views.payin(attempt)) };
      },
    }),
    defineRoute<CaptureBody>({
      method: 'POST',
      path: '/v1/payins/:payin_id/capture',
      schema: SCHEMAS.capture,
      whenEmpty: {},
      notBuilt: (body) => findNotBuilt(NOT_BUILT_FIELDS['POST /v1/payins/{payin_id}/capture'], body),
      handle: capture,
    }),
    defineRoute<Metadata | null>({
      method: 'PATCH',
      path: '/v1/payins/:payin_id/metadata',
      schema: SCHEMAS.metadata,
      async handle({ principal, params, body }) {
        const attempt = found(await payins.patchMetadata(principal, params['payin_id'] ?? '', body));
        return { data: showPayin(await views.payin(attempt)) };
      },
    }),
  ];
}

function byTransaction(query: URLSearchParams): Condition[] {
  const id = storableTransactionId(one(query, 'transaction_id'));
  return id === null ? [] : [{ field: 'transactionId', is: 'in', values: [id] }];
}
