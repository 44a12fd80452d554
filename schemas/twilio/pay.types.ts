/* Made by `npm run schemas` from pay.schema.json: change it there. */

export type Text = string | null;

/**
 * What Twilio's generic pay connector posts. Null, empty and absent are the same for every field. Which fields belong together is the adapter's decision.
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
  readonly amount?: Text;
  readonly currency_code?: Text;
  readonly description?: string | null;
  readonly parameters?: {
    readonly [k: string]: string | null;
  } | null;
}
