/**
 * What belongs to the contract and is not built: routes, and fields that change money. Both answer 501 `NOT_BUILT` and
 * name themselves, so that nobody believes in a split or a fee that never happens. The docs print
 * both lists.
 */
import { Refused } from '../../core/errors.ts';
import { type ApiRoute, defineRoute } from './route.ts';

/** Fields of a request that are not built, each with the values that ask for nothing. */
export type NotBuiltFields = Readonly<Record<string, readonly string[]>>;

/** By route, in the contract's spelling. */
export const NOT_BUILT_FIELDS = {
  'POST /v1/payin_configs': {
    amount_splits: [],
    merchant_billing: [],
    billing_fees_reversal_config: [],
    level_2_3: [],
    threeds_mode: ['NONE'],
    device_signature_mode: ['NONE'],
    ach_balance_check_mode: ['NONE'],
  },
  'POST /v1/payment_method_configs': { device_signature_mode: ['NONE'] },
  'POST /v1/payment_methods': { payment_method_id: [], method_type: ['CARD', 'ACH'] },
  'POST /v1/payins/{payin_id}/capture': { amount_splits: [] },
  'POST /v1/payins/{payin_id}/void_or_refund': {
    amount_splits: [],
    merchant_billing: [],
    payin_billing_fees_reversal_config: [],
  },
} as const satisfies Readonly<Record<string, NotBuiltFields>>;

/** The first of the fields that asks for something, or null. */
export function findNotBuilt(fields: NotBuiltFields, body: object): string | null {
  const asking = Object.entries(fields).find(([name, plain]) => {
    const value: unknown = Object.hasOwn(body, name) ? Reflect.get(body, name) : undefined;
    return !asksForNothing(value, plain);
  });
  return asking?.[0] ?? null;
}

/** Absent, null, false, or one of the plain words; a list or an object when all its members are so. */
function asksForNothing(value: unknown, plain: readonly string[]): boolean {
  if (value === undefined || value === null || value === false) return true;
  if (typeof value === 'string') return plain.includes(value);
  if (typeof value !== 'object') return false;
  return Object.values(value).every((member) => asksForNothing(member, plain));
}

/** In the contract's spelling; the sessions and the whole of disputes, devices and domains among them. */
export const NOT_BUILT_ROUTES: readonly (readonly [ApiRoute['method'], string])[] = [
  ['POST', '/v1/payins/{payin_id}/simulate_ach_return'],
  ['POST', '/v1/payins/{payin_id}/simulate_chargeback'],
  ['GET', '/v1/payments'],
  ['PATCH', '/v1/payment_methods/{payment_method_id}'],
  ['PATCH', '/v1/refunds/{refund_id}/metadata'],
  ['POST', '/v1/refunds/{refund_id}/void'],
  ['GET', '/v1/ach_returns/{ach_return_id}'],
  ['PATCH', '/v1/ach_returns/{ach_return_id}/metadata'],
  ['GET', '/v1/chargebacks/{chargeback_id}'],
  ['POST', '/v1/chargebacks/{chargeback_id}/accept'],
  ['POST', '/v1/chargebacks/{chargeback_id}/submit'],
  ['POST', '/v1/chargebacks/{chargeback_id}/simulate'],
  ['PATCH', '/v1/chargebacks/{chargeback_id}/metadata'],
  ['PATCH', '/v1/chargebacks/{chargeback_id}/evidence/{chargeback_evidence_id}'],
  ['POST', '/v1/bin_lookup'],
  ['POST', '/v1/sessions'],
  ['DELETE', '/v1/sessions'],
  ['POST', '/v1/device_registrations'],
  ['GET', '/v1/device_registrations'],
  ['GET', '/v1/device_registrations/{device_registration_id}'],
  ['DELETE', '/v1/device_registrations/{device_registration_id}'],
  ['POST', '/v1/device_registrations/{device_registration_id}/payin'],
  ['POST', '/v1/device_registrations/{device_registration_id}/payment_method'],
  ['POST', '/v1/device_registrations/{device_registration_id}/cancel'],
  ['POST', '/v1/device_registrations/{device_registration_id}/simulate'],
  ['GET', '/v1/payment_method_domains'],
  ['POST', '/v1/payment_method_domains'],
  ['GET', '/v1/payment_method_domains/{payment_method_domain_id}'],
  ['DELETE', '/v1/payment_method_domains/{payment_method_domain_id}'],
  ['POST', '/v1/payment_method_domains/{payment_method_domain_id}/verify'],
];

/** A route for each of them; `errors[].field` names it. */
export function notBuiltRoutes(): readonly ApiRoute[] {
  return NOT_BUILT_ROUTES.map(([method, path]) =>
    defineRoute({
      method,
      path: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      about: 'Not built.',
      schema: null,
      reply: 'notBuilt',
      async handle() {
        throw new Refused('NOT_BUILT', `${method} ${path}`);
      },
    }),
  );
}
