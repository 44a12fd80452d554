/** Merchants: make, read, list. The rest of a merchant (application, deposits, billing) is a processor's. */
import type { LateApprovalsBody } from '../../../schemas/api/late-approvals.types.ts';
import type { LineLimitBody } from '../../../schemas/api/line-limit.types.ts';
import type { MerchantBody } from '../../../schemas/api/merchant.types.ts';
import type { RoutingBody } from '../../../schemas/api/routing.types.ts';
import type { Merchant } from '../../core/account-records.ts';
import { DECLINE_CODES } from '../../core/errors.ts';
import { isCurrency } from '../../core/money.ts';
import type { Route, Routing } from '../../core/processor.ts';
import type { Engine } from '../../engine/engine.ts';
import { invalid, PAGE } from './query.ts';
import { type ApiRoute, defineRoute, found } from './route.ts';
import { SCHEMAS } from './schemas.ts';
import { time } from './words.ts';

/** Rainforest, Merchants: `/v1/merchants`, as far as the sandbox needs them. */
export function merchantRoutes({ accounts }: Engine): readonly ApiRoute[] {
  return [
    defineRoute<MerchantBody>({
      method: 'POST',
      path: '/v1/merchants',
      about: 'Makes a merchant.',
      schema: SCHEMAS.merchant,
      reply: 'merchant',
      async handle({ principal, body }) {
        const input = { platformId: body.platform_id, name: body.name, dbaName: body.dba_name || null };
        return { data: showMerchant(await accounts.createMerchant(principal, input)) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/merchants',
      about: 'Lists merchants.',
      schema: null,
      reply: 'merchants',
      query: PAGE.forms,
      async handle({ principal, query }) {
        const { startKey, ...page } = PAGE.read(query);
        if (startKey !== null && (await accounts.getMerchant(principal, startKey)) === null) throw invalid('start_key');
        const merchants = await accounts.listMerchants(principal, { ...page, startAfter: startKey ?? undefined });
        return { data: { last_key: merchants.at(-1)?.id ?? null, results: merchants.map(showMerchant) } };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/merchants/:merchant_id',
      about: 'Reads a merchant.',
      schema: null,
      reply: 'merchant',
      async handle({ principal, params }) {
        return { data: showMerchant(found(await accounts.getMerchant(principal, params['merchant_id'] ?? ''))) };
      },
    }),
    defineRoute<LineLimitBody>({
      method: 'PUT',
      path: '/v1/merchants/:merchant_id/line_limit',
      about: 'Sets the most that a caller may key in where no payin config was made; null for no such line.',
      schema: SCHEMAS.lineLimit,
      reply: 'merchant',
      async handle({ principal, params, body: { amount, currency_code: code = 'USD' } }) {
        if (!isCurrency(code)) throw invalid('currency_code');
        const limit = amount === null ? null : { amount, currency: code };
        return {
          data: showMerchant(found(await accounts.setLineLimit(principal, params['merchant_id'] ?? '', limit))),
        };
      },
    }),
    defineRoute<LateApprovalsBody>({
      method: 'PUT',
      path: '/v1/merchants/:merchant_id/late_approvals',
      about: 'Sets whether an approval is kept or given back that comes after its caller was told that nobody knows.',
      schema: SCHEMAS.lateApprovals,
      reply: 'merchant',
      async handle({ principal, params, body: { policy } }) {
        const id = params['merchant_id'] ?? '';
        return { data: showMerchant(found(await accounts.setReverseLate(principal, id, policy === 'REVERSE'))) };
      },
    }),
    defineRoute<RoutingBody>({
      method: 'PUT',
      path: '/v1/merchants/:merchant_id/routing',
      about: "Sets where a merchant's payments go, first and second; null for where the server's setting says.",
      schema: SCHEMAS.routing,
      reply: 'merchant',
      async handle({ principal, params, body }) {
        const id = params['merchant_id'] ?? '';
        return { data: showMerchant(found(await accounts.setRouting(principal, id, readRouting(body)))) };
      },
    }),
  ];
}

function readRouting({ processor, account, second, second_after: after = [] }: RoutingBody): Routing | null {
  const secondAfter = DECLINE_CODES.filter((code) => after.includes(code));
  if (secondAfter.length < after.length) throw invalid('second_after', DECLINE_CODES);
  if (processor === null) {
    // Without a routing there is nowhere to keep the rest of it.
    if (account) throw invalid('account');
    if (second) throw invalid('second');
    if (secondAfter.length > 0) throw invalid('second_after');
    return null;
  }
  return {
    first: readRoute({ processor, account: account ?? null }),
    second: second ? readRoute(second) : null,
    secondAfter,
  };
}

const readRoute = ({ processor, account }: NonNullable<RoutingBody['second']>): Route => ({
  processor,
  account: account ?? null,
});

/** Rainforest's merchant, without what only an underwriter knows; times in RFC 3339. */
export function showMerchant(merchant: Merchant) {
  return {
    merchant_id: merchant.id,
    platform_id: merchant.platformId,
    name: merchant.name,
    dba_name: merchant.dbaName,
    status: merchant.status,
    line_limit:
      merchant.lineLimit === null
        ? null
        : { amount: merchant.lineLimit.amount, currency_code: merchant.lineLimit.currency },
    late_approvals: merchant.reverseLate === true ? 'REVERSE' : 'KEEP',
    routing: merchant.routing === undefined ? null : showRouting(merchant.routing),
    created_at: time(merchant.createdAt),
    updated_at: time(merchant.updatedAt),
  };
}

function showRouting({ first, second, secondAfter }: Routing) {
  return { ...first, second, second_after: secondAfter };
}
