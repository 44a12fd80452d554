/* Made by `npm run schemas` from stored-payin.schema.json: change it there. */

/**
 * POST /v1/payment_methods/{payment_method_id}/payin
 */
export interface StoredPayinBody {
  readonly payin_config_id: string;
}
