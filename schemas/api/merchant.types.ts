/* Made by `npm run schemas` from merchant.schema.json: change it there. */

/**
 * POST /v1/merchants
 */
export interface MerchantBody {
  readonly platform_id: string;
  readonly name: string;
  readonly dba_name?: string | null;
}
