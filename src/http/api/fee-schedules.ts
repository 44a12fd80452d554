/** Fee schedules of a merchant and of its locations: set and read. Ours; Rainforest's contract has none. */

import type { FeeScheduleBody, FeeRule as RuleBody } from '../../../schemas/api/fee-schedule.types.ts';
import type { FeeSchedule } from '../../core/cart-records.ts';
import { type FeeRule, formatRate, parseRate } from '../../core/fees.ts';
import { isCurrency } from '../../core/money.ts';
import type { Engine } from '../../engine/engine.ts';
import { invalid } from './query.ts';
import { TENDER_NAMES } from './render.ts';
import { type ApiRoute, defineRoute, found } from './route.ts';
import { SCHEMAS } from './schemas.ts';
import { time } from './words.ts';

const MAX_LOCATION = 128;

/** `/v1/merchants/{merchant_id}/fee_schedule`, and `…/fee_schedule/{location}`, which makes the location the merchant's. */
export function feeScheduleRoutes({ feeSchedules }: Engine): readonly ApiRoute[] {
  const ofMerchant = '/v1/merchants/:merchant_id/fee_schedule';
  return [
    [ofMerchant, 'of a merchant'] as const,
    [`${ofMerchant}/:location`, 'at one of its locations'] as const,
  ].flatMap(([path, whose]) => [
    defineRoute<FeeScheduleBody>({
      method: 'PUT',
      path,
      about: `Sets the fees of carts ${whose}.`,
      schema: SCHEMAS.feeSchedule,
      reply: 'fee_schedule',
      refusals: ['CONFLICT'],
      async handle({ principal, params, body }) {
        if (!isCurrency(body.currency_code)) throw invalid('currency_code');
        const schedule = await feeSchedules.put(principal, {
          merchantId: params['merchant_id'] ?? '',
          location: readLocation(params),
          currency: body.currency_code,
          fees: { card: readRule(body.fees.CARD, 'fees.CARD'), bank_account: readRule(body.fees.ACH, 'fees.ACH') },
        });
        return { data: showFeeSchedule(found(schedule)) };
      },
    }),
    defineRoute({
      method: 'GET',
      path,
      about: `Reads the fees of carts ${whose}.`,
      schema: null,
      reply: 'fee_schedule',
      async handle({ principal, params }) {
        const schedule = await feeSchedules.get(principal, params['merchant_id'] ?? '', readLocation(params));
        return { data: showFeeSchedule(found(schedule)) };
      },
    }),
  ]);
}

/** No control characters and no broken surrogates, so that no two locations look the same to a digest. */
function readLocation({ location }: Readonly<Record<string, string>>): string | null {
  if (location === undefined) return null;
  if (location.length > MAX_LOCATION || /[\p{Cc}\p{Cs}]/u.test(location)) throw invalid('location');
  return location;
}

function readRule(body: RuleBody | undefined, field: string): FeeRule | null {
  if (!body) return null;
  const rate = parseRate(body.rate_percent ?? '0');
  if (rate === null) throw invalid(`${field}.rate_percent`);
  return { fixed: body.fixed ?? 0, rate, least: body.least ?? 0, most: body.most ?? null };
}

/** Amounts in minor units, times in RFC 3339. */
export function showFeeSchedule(schedule: FeeSchedule) {
  return {
    merchant_id: schedule.merchantId,
    location: schedule.location,
    currency_code: schedule.currency,
    fees: {
      [TENDER_NAMES.card]: showRule(schedule.fees.card),
      [TENDER_NAMES.bank_account]: showRule(schedule.fees.bank_account),
    },
    created_at: time(schedule.createdAt),
    updated_at: time(schedule.updatedAt),
  };
}

function showRule(rule: FeeRule | null) {
  return rule === null
    ? null
    : { fixed: rule.fixed, rate_percent: formatRate(rule.rate), least: rule.least, most: rule.most };
}
