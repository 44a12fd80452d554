/* Made by `npm run schemas` from api-key.schema.json: change it there. */

/**
 * POST /v1/api_keys. A permission is resource:action or group#name. Constraints of a statement must all hold.
 */
export interface ApiKeyBody {
  readonly platform_id: string;
  readonly reply_status?: 'DOCUMENTED' | 'ALWAYS_200';
  /**
   * @minItems 1
   * @maxItems 50
   */
  readonly statements: readonly Statement[];
}
export interface Statement {
  /**
   * @minItems 1
   * @maxItems 100
   */
  readonly permissions: readonly string[];
  readonly constraints: {
    readonly platform?: {
      readonly platform_id: string;
    };
    readonly merchant?: {
      readonly merchant_id: string;
    };
  };
}
