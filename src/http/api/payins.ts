/** Payins: charge, capture, read, list, patch their metadata. */
import type { CaptureBody } from '../../../schemas/api/capture.types.ts';
import type { MetadataBody } from '../../../schemas/api/metadata.types.ts';
import type { PayinBody } from '../../../schemas/api/payin.types.ts';
import type { Condition } from '../../core/store.ts';
import type { Engine } from '../../engine/engine.ts';
import { storableId } from '../../engine/identity.ts';
import type { CallerOf, Execute } from './charge.ts';
import { findNotBuilt, NOT_BUILT_FIELDS } from './not-built.ts';
import {
  all,
  among,
  by,
  choice,
  containing,
  during,
  duringNever,
  formsOf,
  invalid,
  METADATA,
  NOTHING,
  PAGE,
  pattern,
  text,
} from './query.ts';
import { showPayin } from './render.ts';
import { readContact, readMetadata, readTender } from './request-parts.ts';
import { type ApiRequest, type ApiRoute, defineRoute, found } from './route.ts';
import { SCHEMAS } from './schemas.ts';

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
const SORT_BY = choice('sort_by', {
  amount: 'amount',
  billing_contact_name: 'billingName',
  created_at: 'createdAt',
  expected_deposit_date: 'createdAt',
  merchant_id: 'merchantId',
  method_type: 'methodType',
  payin_id: 'payinId',
  status: 'payinStatus',
} as const);
const MERCHANT = text('merchant_id');
const MERCHANT_NAME = text('merchant_name');
const CONFIRMATION_CODE = pattern('confirmation_code', /^[0-9A-Za-z]{8}$/);
const FILTERS = all(
  among('method_type', METHOD_TYPES, 'methodType'),
  among('status', STATUSES, 'payinStatus'),
  among('source', SOURCES, 'source'),
  containing('billing_contact_name', 'billingName'),
  during('created_at', 'createdAt'),
  duringNever('expected_deposit_date', 'date'),
  METADATA,
  by(text('transaction_id'), (id) => ({ field: 'transactionId', is: 'in', values: [storableId(id)] })),
);

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
    const { startKey, ...page } = PAGE.read(query);
    const merchant = MERCHANT.read(query);
    const merchantIds = merchant === null ? null : [merchant];
    const start = startKey === null ? null : await payins.get(principal, startKey);
    if (startKey !== null && start === null) throw invalid('start_key');
    const { results, total } = await payins.list(principal, {
      ...page,
      merchantIds,
      startAfter: start?.id,
      sortBy: SORT_BY.read(query) ?? 'createdAt',
      where: [
        ...FILTERS.read(query),
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
    const name = MERCHANT_NAME.read(query);
    if (name === null) return [];
    return [{ field: 'merchantId', is: 'in', values: await payins.findMerchantsNamed(principal, name) }];
  }

  async function byConfirmationCode(
    { principal, query }: Asked,
    merchantIds: readonly string[] | null,
  ): Promise<Condition[]> {
    const code = CONFIRMATION_CODE.read(query);
    if (code === null) return [];
    const found = await payins.findByConfirmationCode(principal, code.toUpperCase(), merchantIds);
    return found.length === 0 ? [NOTHING] : [{ field: 'id', is: 'in', values: found.map(({ id }) => id) }];
  }

  return [
    defineRoute<PayinBody>({
      method: 'POST',
      path: '/v1/payins',
      about: 'Charges a card or a bank account.',
      schema: SCHEMAS.payin,
      reply: 'payin',
      tenderData: true,
      handle: charge,
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/payins',
      about: 'Lists payins.',
      schema: null,
      reply: 'payins',
      query: formsOf(PAGE, SORT_BY, MERCHANT, MERCHANT_NAME, CONFIRMATION_CODE, FILTERS),
      handle: list,
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/payins/:payin_id',
      about: 'Reads a payin.',
      schema: null,
      reply: 'payin',
      async handle({ principal, params }) {
        const attempt = found(await payins.get(principal, params['payin_id'] ?? ''));
        return { data: showPayin(await views.payin(attempt)) };
      },
    }),
    defineRoute<CaptureBody>({
      method: 'POST',
      path: '/v1/payins/:payin_id/capture',
      about: 'Takes what an authorization has reserved, or a part of it; the rest is let go.',
      schema: SCHEMAS.capture,
      reply: 'payin',
      refusals: ['CONFLICT', 'NOT_BUILT', 'PAYIN_BUSY'],
      whenEmpty: {},
      notBuilt: (body) => findNotBuilt(NOT_BUILT_FIELDS['POST /v1/payins/{payin_id}/capture'], body),
      handle: capture,
    }),
    defineRoute<MetadataBody>({
      method: 'PATCH',
      path: '/v1/payins/:payin_id/metadata',
      about: "Merges the body into the payin's metadata.",
      schema: SCHEMAS.metadata,
      reply: 'payin',
      async handle({ principal, params, body }) {
        const attempt = found(await payins.patchMetadata(principal, params['payin_id'] ?? '', body));
        return { data: showPayin(await views.payin(attempt)) };
      },
    }),
  ];
}
