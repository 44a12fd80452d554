/* Made by `npm run schemas` from signing-keys.schema.json: change it there. */

/**
 * PUT /v1/merchants/{merchant_id}/signing_keys/{adapter}. Ours. Each of the keys signs, so that a new one can stand beside the old one while it is rotated.
 */
export interface SigningKeysBody {
  /**
   * @minItems 1
   * @maxItems 3
   */
  readonly keys: readonly string[];
}
