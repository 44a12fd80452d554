/** Stored payment methods: store, read, list, deactivate, charge. */

import type { PaymentMethodBody } from '../../../schemas/api/payment-method.types.ts';
import type { StoredPayinBody } from '../../../schemas/api/stored-payin.types.ts';
import { Refused } from '../../core/errors.ts';
import { isId } from '../../core/ids.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Execute } from './charge.ts';
import { findNotBuilt, NOT_BUILT_FIELDS } from './not-built.ts';
import { METHOD_TYPES } from './payins.ts';
import {
  all,
  among,
  by,
  choice,
  during,
  duringNever,
  formsOf,
  invalid,
  METADATA,
  NOTHING,
  PAGE,
  text,
} from './query.ts';
import { showPayin, showPaymentMethod } from './render.ts';
import { readContact, readTender } from './request-parts.ts';
import { type ApiRequest, type ApiRoute, defineRoute, EntityNotFound, found } from './route.ts';
import { SCHEMAS } from './schemas.ts';

const STATUSES = ['ACTIVE', 'CANCELED', 'CREATED', 'DEACTIVATED', 'FAILED', 'PRESENTING', 'REPLACED'] as const;
const SORT_BY = choice('sort_by', { created_at: 'createdAt', status: 'status' } as const);
const MERCHANT = text('billable_merchant_id');
const FILTERS = all(
  among('method_type', METHOD_TYPES, 'methodType'),
  among('status', STATUSES, 'status'),
  during('created_at', 'createdAt'),
  during('updated_at', 'updatedAt'),
  duringNever('replaced_at', 'instant'),
  duringNever('replacement_disabled', 'instant'),
  // No method has a fingerprint yet.
  by(text('fingerprint'), () => NOTHING),
  METADATA,
);

/** Rainforest, Payment methods: `/v1/payment_methods`; a stored one is charged at `…/{payment_method_id}/payin`. */
export function paymentMethodRoutes({ payins, views }: Engine, execute: Execute): readonly ApiRoute[] {
  async function store(request: ApiRequest<PaymentMethodBody>) {
    const { method_type, ...body } = request.body;
    // The others of the contract are not built, and were refused before.
    if (method_type !== 'CARD' && method_type !== 'ACH') throw invalid('method_type');
    const attempt = await execute(
      {
        kind: 'tokenize',
        source: 'API_DIRECT',
        configId: body.payment_method_config_id,
        transactionId: null,
        tender: readTender({ ...body, method_type }),
        billingContact: readContact(body.billing_contact),
        metadata: {},
      },
      request,
    );
    return { data: showPaymentMethod(await views.methodJustMade(attempt)) };
  }

  async function charge(request: ApiRequest<StoredPayinBody>) {
    const paymentMethodId = request.params['payment_method_id'];
    if (!isId('mtd', paymentMethodId)) throw new EntityNotFound();
    const attempt = await execute(
      {
        kind: 'charge',
        source: 'API_STORED_PAYMENT_METHOD',
        configId: request.body.payin_config_id,
        transactionId: null,
        money: null,
        tender: { kind: 'stored', paymentMethodId },
        billingContact: {},
        metadata: {},
      },
      request,
    ).catch((error: unknown) => {
      // What the path names and is not there is a 404, as on every other path.
      throw error instanceof Refused && error.code === 'PAYMENT_METHOD_NOT_FOUND' ? new EntityNotFound() : error;
    });
    return { data: showPayin(await views.payinJustMade(attempt)) };
  }

  async function list({ principal, query }: ApiRequest<unknown>) {
    const { startKey, ...page } = PAGE.read(query);
    const merchant = MERCHANT.read(query);
    if (startKey !== null && (await payins.getMethod(principal, startKey)) === null) throw invalid('start_key');
    const { results, total } = await payins.listMethods(principal, {
      ...page,
      merchantIds: merchant === null ? null : [merchant],
      startAfter: startKey ?? undefined,
      sortBy: SORT_BY.read(query) ?? 'createdAt',
      where: FILTERS.read(query),
    });
    return {
      data: { total_results: total, last_key: results.at(-1)?.id ?? null, results: results.map(showPaymentMethod) },
    };
  }

  return [
    defineRoute<PaymentMethodBody>({
      method: 'POST',
      path: '/v1/payment_methods',
      about: 'Stores a card or a bank account.',
      schema: SCHEMAS.paymentMethod,
      reply: 'payment_method',
      refusals: ['NOT_BUILT'],
      tenderData: true,
      notBuilt: (body) => findNotBuilt(NOT_BUILT_FIELDS['POST /v1/payment_methods'], body),
      handle: store,
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/payment_methods',
      about: 'Lists stored payment methods.',
      schema: null,
      reply: 'payment_methods',
      query: formsOf(PAGE, SORT_BY, MERCHANT, FILTERS),
      handle: list,
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/payment_methods/:payment_method_id',
      about: 'Reads a stored payment method.',
      schema: null,
      reply: 'payment_method',
      async handle({ principal, params }) {
        const method = found(await payins.getMethod(principal, params['payment_method_id'] ?? ''));
        return { data: showPaymentMethod(method) };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/payment_methods/:payment_method_id/deactivate',
      about: 'Takes an ACTIVE payment method out of use.',
      schema: null,
      reply: 'payment_method',
      async handle({ principal, params }) {
        const method = found(await payins.deactivateMethod(principal, params['payment_method_id'] ?? ''));
        return { data: showPaymentMethod(method) };
      },
    }),
    defineRoute<StoredPayinBody>({
      method: 'POST',
      path: '/v1/payment_methods/:payment_method_id/payin',
      about: 'Charges a stored payment method.',
      schema: SCHEMAS.storedPayin,
      reply: 'payin',
      handle: charge,
    }),
  ];
}
