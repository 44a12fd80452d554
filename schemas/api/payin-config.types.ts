/* Made by `npm run schemas` from payin-config.schema.json: change it there. */

export type BillingContact = {
  readonly name?: string | null;
  readonly address_line_1?: string | null;
  readonly address_line_2?: string | null;
  readonly city?: string | null;
  readonly state?: string | null;
  readonly postal_code?: string | null;
  readonly country?: string | null;
  readonly email?: string | null;
  readonly phone?: string | null;
} | null;
export type Metadata = {
  readonly [k: string]: unknown;
} | null;
/**
 * @minItems 1
 * @maxItems 2
 */
export type AcceptedTenders = readonly ('CARD' | 'ACH')[] | null;
/**
 * @minItems 1
 * @maxItems 8
 */
export type AcceptedBrands =
  readonly ('VISA' | 'MASTERCARD' | 'AMERICAN_EXPRESS' | 'DISCOVER' | 'JCB' | 'DINERS_CLUB' | 'MAESTRO' | 'UNIONPAY')[] | null;

/**
 * POST /v1/payin_configs
 */
export interface PayinConfigBody {
  readonly merchant_id: string;
  /**
   * No broken surrogates, so that no two keys look the same to a digest.
   */
  readonly idempotency_key: string;
  /**
   * Minor units: 1000 is 10.00 USD.
   */
  readonly amount: number;
  readonly currency_code: string;
  readonly billing_contact?: BillingContact;
  readonly metadata?: Metadata;
  readonly method_metadata?: Metadata;
  readonly expires_at?: string | null;
  readonly accepted_tenders?: AcceptedTenders;
  readonly accepted_brands?: AcceptedBrands;
  readonly require_postal_code?: boolean | null;
  readonly require_security_code?: boolean | null;
  readonly processing_mode?: 'AUTHORIZE' | 'AUTHORIZE_AND_CAPTURE' | null;
  readonly allow_partial_authorization?: boolean | null;
  /**
   * The processor's own config for this charge, where the platform has made it itself.
   */
  readonly upstream_config_id?: string | null;
}
