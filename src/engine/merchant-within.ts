/** A merchant as a principal finds it. Decides that one out of reach and one that does not exist are the same. */

import type { Merchant } from '../core/account-records.ts';
import { Refused } from '../core/errors.ts';
import { isId } from '../core/ids.ts';
import { holds, mayReach, type Permission, type Principal } from '../core/principal.ts';
import type { Store } from '../core/store.ts';

/**
 * Null where there is none, or none on which the principal may use the permission.
 * @throws {Refused} `FORBIDDEN` for a principal without the permission on any @throws {StoreUnavailable}
 */
export async function merchantWithin(
  store: Store,
  principal: Principal,
  permission: Permission,
  id: string,
): Promise<Merchant | null> {
  if (!holds(principal, permission)) throw new Refused('FORBIDDEN');
  const merchant = isId('mid', id) ? await store.get('merchants', id) : null;
  if (merchant === null) return null;
  const scope = { platformId: merchant.platformId, merchantId: merchant.id };
  return mayReach(principal, permission, scope) ? merchant : null;
}
