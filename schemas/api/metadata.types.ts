/* Made by `npm run schemas` from metadata.schema.json: change it there. */

/**
 * PATCH /v1/payins/{payin_id}/metadata. The body is the metadata itself. A null value removes its key, null as a whole removes all.
 */
export type MetadataBody = {
  readonly [k: string]: unknown;
} | null;
