/* Made by `npm run schemas` from payment-method-config.schema.json: change it there. */

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
 * POST /v1/payment_method_configs
 */
export interface PaymentMethodConfigBody {
  readonly platform_id: string;
  readonly billable_merchant_id?: string | null;
  /**
   * No broken surrogates, so that no two keys look the same to a digest.
   */
  readonly idempotency_key: string;
  readonly billing_contact?: BillingContact;
  readonly metadata?: Metadata;
  readonly accepted_tenders?: AcceptedTenders;
  readonly accepted_brands?: AcceptedBrands;
  readonly require_postal_code?: boolean | null;
  readonly require_security_code?: boolean | null;
}
