/* Made by `npm run schemas` from line-limit.schema.json: change it there. */

/**
 * PUT /v1/merchants/{merchant_id}/line_limit. The most that a caller may key in where no payin config was made. Minor units; null for no such line.
 */
export interface LineLimitBody {
  readonly amount: number | null;
  readonly currency_code?: string;
}
