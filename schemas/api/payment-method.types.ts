/* Made by `npm run schemas` from payment-method.schema.json: change it there. */

export type Card = {
  readonly card_number: string;
  readonly exp_month: number;
  readonly exp_year: number;
  /**
   * The contract says integer, its own example is a string. A string keeps leading zeros.
   */
  readonly cvc?: string | number | null;
} | null;
export type Ach = {
  readonly account_number: string;
  readonly routing_number: string;
  readonly account_type?: 'CHECKING' | 'SAVINGS' | null;
  readonly account_holder_type?: 'PERSONAL' | 'BUSINESS' | null;
} | null;
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

/**
 * POST /v1/payment_methods. method_type may be left out only beside payment_method_id, which is not built.
 */
export interface PaymentMethodBody {
  readonly payment_method_config_id: string;
  readonly method_type?: 'CARD' | 'APPLE_PAY' | 'ACH' | 'PLAID_ACH' | 'PAYPAL_WALLET' | 'VENMO' | 'PAYPAL_PAYLATER' | null;
  readonly card?: Card;
  readonly ach?: Ach;
  readonly billing_contact?: BillingContact;
}
