/* Made by `npm run schemas` from routing.schema.json: change it there. */

/**
 * PUT /v1/merchants/{merchant_id}/routing. Where a merchant's payments go; null as the processor for where the server's setting says.
 */
export interface RoutingBody {
  readonly processor: string | null;
  /**
   * The merchant's own id at a processor, where that needs one.
   */
  readonly account?: string | null;
  /**
   * Asked where it is certain that the first moved nothing.
   */
  readonly second?: {
    readonly processor: string;
    /**
     * The merchant's own id at a processor, where that needs one.
     */
    readonly account?: string | null;
  } | null;
  /**
   * Declines of the first after which the second is asked, too.
   *
   * @maxItems 32
   */
  readonly second_after?: readonly string[];
}
