/** Payin configs and payment method configs: make and read. A config is never changed; another amount is another config. */
import type { PayinConfigBody } from '../../../schemas/api/payin-config.types.ts';
import type { PaymentMethodConfigBody } from '../../../schemas/api/payment-method-config.types.ts';
import { isCurrency } from '../../core/money.ts';
import type { Engine } from '../../engine/engine.ts';
import { findNotBuilt, NOT_BUILT_FIELDS } from './not-built.ts';
import { invalid } from './query.ts';
import { showPayinConfig, showPaymentMethodConfig } from './render.ts';
import { readContact, readLimits, readMetadata } from './request-parts.ts';
import { type ApiRoute, defineRoute, found } from './route.ts';
import { SCHEMAS } from './schemas.ts';

/** Rainforest, Payin configs and Payment method configs: `/v1/payin_configs`, `/v1/payment_method_configs`. */
export function configRoutes(engine: Engine): readonly ApiRoute[] {
  const { views } = engine;
  return [
    defineRoute<PayinConfigBody>({
      method: 'POST',
      path: '/v1/payin_configs',
      about: 'Allows one payment of one amount.',
      schema: SCHEMAS.payinConfig,
      reply: 'payin_config',
      refusals: ['CONFLICT', 'NOT_BUILT'],
      notBuilt: (body) => findNotBuilt(NOT_BUILT_FIELDS['POST /v1/payin_configs'], body),
      async handle({ principal, body }) {
        if (!isCurrency(body.currency_code)) throw invalid('currency_code');
        const config = await engine.createPayinConfig(principal, {
          ...readShared(body),
          merchantId: body.merchant_id,
          amount: body.amount,
          currency: body.currency_code,
          methodMetadata: readMetadata(body.method_metadata),
          validUntil: readExpiry(body.expires_at ?? null),
          givenUpstream: body.upstream_config_id ?? null,
          ...(body.processing_mode === 'AUTHORIZE' && { mode: 'authorize' }),
          ...(body.allow_partial_authorization === true && { partial: true }),
        });
        return { data: showPayinConfig(await views.payinConfig(config)) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/payin_configs/:payin_config_id',
      about: 'Reads a payin config; `payin` is null until it was paid.',
      schema: null,
      reply: 'payin_config',
      async handle({ principal, params }) {
        const config = found(await engine.getPayinConfig(principal, params['payin_config_id'] ?? ''));
        return { data: showPayinConfig(await views.payinConfig(config)) };
      },
    }),
    defineRoute<PaymentMethodConfigBody>({
      method: 'POST',
      path: '/v1/payment_method_configs',
      about: 'Allows one payment method to be stored.',
      schema: SCHEMAS.paymentMethodConfig,
      reply: 'payment_method_config',
      refusals: ['CONFLICT', 'NOT_BUILT'],
      notBuilt: (body) => findNotBuilt(NOT_BUILT_FIELDS['POST /v1/payment_method_configs'], body),
      async handle({ principal, body }) {
        const config = await engine.createPaymentMethodConfig(principal, {
          ...readShared(body),
          platformId: body.platform_id,
          billableMerchantId: body.billable_merchant_id ?? null,
        });
        return { data: showPaymentMethodConfig(await views.paymentMethodConfig(config)) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/payment_method_configs/:payment_method_config_id',
      about: 'Reads a payment method config; `payment_method` is null until one was stored.',
      schema: null,
      reply: 'payment_method_config',
      async handle({ principal, params }) {
        const id = params['payment_method_config_id'] ?? '';
        const config = found(await engine.getPaymentMethodConfig(principal, id));
        return { data: showPaymentMethodConfig(await views.paymentMethodConfig(config)) };
      },
    }),
  ];
}

function readShared(body: PayinConfigBody | PaymentMethodConfigBody) {
  return {
    idempotencyKey: body.idempotency_key,
    billingContact: readContact(body.billing_contact),
    metadata: readMetadata(body.metadata),
    ...readLimits(body),
  };
}

/** The schema's `date-time` allows leap seconds, which a Date does not know. */
function readExpiry(text: string | null): number | null {
  if (text === null) return null;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalid('expires_at');
  return ms;
}
