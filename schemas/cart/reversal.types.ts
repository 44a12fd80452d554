/* Made by `npm run schemas` from reversal.schema.json: change it there. */

/**
 * The reversal of a cart's payment, or of one of its items. PaymentExpress, payment and item reversals. Numbers are read as the texts that they were written as.
 */
export interface ReversalBody {
  readonly amount?: string | null;
}
