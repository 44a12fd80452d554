/** Payin configs and payment method configs: make and read. A config is never changed; another amount is another config. */
import { isCurrency } from '../../core/money.ts';
import type { Metadata } from '../../core/payment.ts';
import type { Engine } from '../../engine/engine.ts';
import { findNotBuilt, NOT_BUILT_FIELDS } from './not-built.ts';
import { invalid } from './query.ts';
import { showPayinConfig, showPaymentMethodConfig } from './render.ts';
import { type ContactBody, type LimitsBody, readContact, readLimits, readMetadata } from './request-parts.ts';
import { type ApiRoute, defineRoute, found } from './route.ts';
import { SCHEMAS } from './schemas.ts';

interface ConfigBody extends LimitsBody {
  readonly idempotency_key: string;
  readonly billing_contact?: ContactBody | null;
  readonly metadata?: Metadata | null;
}

interface PayinConfigBody extends ConfigBody {
  readonly merchant_id: string;
  readonly amount: number;
  readonly currency_code: string;
  readonly method_metadata?: Metadata | null;
  readonly expires_at?: string | null;
  readonly upstream_config_id?: string | null;
  readonly processing_mode?: 'AUTHORIZE' | 'AUTHORIZE_AND_CAPTURE' | null;
  readonly allow_partial_authorization?: boolean | null;
}

interface PaymentMethodConfigBody extends ConfigBody {
  readonly platform_id: string;
  readonly billable_merchant_id?: string | null;
}

/** Rainforest, Payin configs and Payment method configs: `/v1/payin_configs`, `/v1/payment_method_configs`. */
export function configRoutes(engine: Engine): readonly ApiRoute[] {
  const { views } = engine;
  return [
    defineRoute<PayinConfigBody>({
      method: 'POST',
      path: '/v1/payin_configs',
      schema: SCHEMAS.payinConfig,
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
      schema: null,
      async handle({ principal, params }) {
        const config = found(await engine.getPayinConfig(principal, params['payin_config_id'] ?? ''));
        return { data: showPayinConfig(await views.payinConfig(config)) };
      },
    }),
    defineRoute<PaymentMethodConfigBody>({
      method: 'POST',
      path: '/v1/payment_method_configs',
      schema: SCHEMAS.paymentMethodConfig,
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
      schema: null,
      async handle({ principal, params }) {
        const id = params['payment_method_config_id'] ?? '';
        const config = found(await engine.getPaymentMethodConfig(principal, id));
        return { data: showPaymentMethodConfig(await views.paymentMethodConfig(config)) };
      },
    }),
  ];
}

function readShared(body: ConfigBody) {
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
