/* Made by `npm run schemas` from capture.schema.json: change it there. */

export type Metadata = {
  readonly [k: string]: unknown;
} | null;

/**
 * POST /v1/payins/{payin_id}/capture
 */
export interface CaptureBody {
  /**
   * Minor units. Absent, null and 0 are all that was authorized.
   */
  readonly amount?: number | null;
  readonly metadata?: Metadata;
}
