/* Made by `npm run schemas` from payment.schema.json: change it there. */

export type Text = string | null;
export type Line = string | null;

/**
 * What a customer's own request posts to /vendor/generic. Null, empty and absent are the same for every field, because templates write fields that nobody filled in. Which fields belong together is the adapter's decision.
 */
export interface PaymentBody {
  /**
   * Names one attempt, so no two of them may look the same to a digest: no control characters, no broken surrogates.
   */
  readonly transaction_id: string;
  readonly payin_config_id?: Text;
  readonly payment_method_config_id?: Text;
  readonly payment_method_id?: Text;
  readonly amount?: number | null;
  readonly currency?: Text;
  readonly card?: {
    readonly number?: Text;
    readonly expiry_month?: Text;
    readonly expiry_year?: Text;
    readonly security_code?: Text;
    readonly postal_code?: string | null;
  } | null;
  readonly bank_account?: {
    readonly account_number?: Text;
    readonly routing_number?: Text;
    readonly account_type?: 'CHECKING' | 'SAVINGS' | '' | null;
    readonly holder_type?: 'PERSONAL' | 'BUSINESS' | '' | null;
    readonly holder_name?: Line;
  } | null;
  readonly billing_contact?: {
    readonly name?: Line;
    readonly address_line_1?: Line;
    readonly address_line_2?: Line;
    readonly city?: Line;
    readonly state?: Line;
    readonly postal_code?: string | null;
    readonly country?: string | null;
    readonly email?: Line;
    readonly phone?: Line;
  } | null;
  readonly metadata?: {
    readonly [k: string]: unknown;
  } | null;
}
