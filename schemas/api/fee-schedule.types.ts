/* Made by `npm run schemas` from fee-schedule.schema.json: change it there. */

export type FeeRule = {
  readonly fixed?: number | null;
  /**
   * Decimal text with at most four decimals, so that no rate is rounded: "2.35".
   */
  readonly rate_percent?: string | null;
  readonly least?: number | null;
  readonly most?: number | null;
} | null;

/**
 * PUT /v1/merchants/{merchant_id}/fee_schedule and /fee_schedule/{location}. Ours. Amounts are minor units. A tender that is left out, or null, is not taken.
 */
export interface FeeScheduleBody {
  readonly currency_code: string;
  readonly fees: {
    readonly CARD?: FeeRule;
    readonly ACH?: FeeRule;
  };
}
