/* Made by `npm run schemas` from payin.schema.json: change it there. */

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
 * POST /v1/payins
 */
export interface PayinBody {
  readonly payin_config_id: string;
  readonly method_type: 'CARD' | 'ACH';
  readonly card?: Card;
  readonly ach?: Ach;
  readonly billing_contact?: BillingContact;
}
