/* Made by `npm run schemas` from open.schema.json: change it there. */

export type Meta = {
  readonly [k: string]: unknown;
} | null;
export type OptionalText = string | null;

/**
 * A voice cart, handed over before the caller has chosen a tender. PaymentExpress, createcart and taking payments by voice. Numbers are read as the texts that they were written as. Least lengths are the documented ones, greatest lengths are ours.
 */
export interface OpenBody {
  readonly request: {
    /**
     * Names one cart, so no two of them may look the same to a digest: no control characters, no broken surrogates.
     */
    readonly clientTransactionId: string;
    readonly location: string;
    readonly meta?: Meta;
  };
  /**
   * @minItems 1
   * @maxItems 100
   */
  readonly items: readonly Item[];
}
export interface Item {
  readonly clientItemId: string;
  readonly description: string;
  /**
   * Dollars, a point and exactly two digits.
   */
  readonly amount: string;
  readonly type?: OptionalText;
  readonly fundCategory: string;
  readonly department?: OptionalText;
  /**
   * The names of the only tender types that the item may be paid with.
   *
   * @maxItems 20
   */
  readonly limitTenders?: readonly string[] | null;
  readonly meta?: Meta;
}
