/* Made by `npm run schemas` from pay.schema.json: change it there. */

export type Text = string | null;

/**
 * What SignalWire posts to a payment_connector_url. SWML and cXML. Numbers are read as the texts that they were written as. Null, empty and absent are the same for every field.
 */
export interface PayBody {
  readonly method?: Text;
  /**
   * Names one attempt, so no two of them may look the same to a digest: no control characters, no broken surrogates.
   */
  readonly transaction_id: string;
  readonly cardnumber?: Text;
  readonly cvv?: Text;
  readonly expiry_month?: Text;
  readonly expiry_year?: Text;
  readonly postal_code?: string | null;
  readonly bankaccountnumber?: Text;
  readonly routingnumber?: Text;
  readonly chargeAmount?: Text;
  readonly amount?: Text;
  readonly currency_code?: Text;
  readonly token_type?: Text;
  readonly description?: string | null;
  readonly payin_config_id?: Text;
  readonly payment_method_config_id?: Text;
  readonly parameters?: null | Pairs | readonly Pairs[];
}
export interface Pairs {
  readonly [k: string]: string | null;
}
