/* Made by `npm run schemas` from late-approvals.schema.json: change it there. */

/**
 * PUT /v1/merchants/{merchant_id}/late_approvals. Ours. What becomes of an approval that comes after its caller was told that nobody knows.
 */
export interface LateApprovalsBody {
  readonly policy: 'KEEP' | 'REVERSE';
}
