/* Made by `npm run schemas` from pay.schema.json: change it there. */

/**
 * What New Provider posts
 */
export interface PayBody {
  readonly call_id: string;
  readonly reference: string;
  readonly amount: string;
  readonly currency: string;
  readonly card: string;
  /**
   * Month and year as keyed in, two digits each.
   */
  readonly expiry: string;
  readonly code?: string | null;
}
