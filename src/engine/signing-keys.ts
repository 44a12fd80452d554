/**
 * Signing keys: what a merchant shares with a provider so that its deliveries can be told from anybody else's. Decides who
 * may set them, that they are stored sealed and shown to nobody, and whether a delivery may go on.
 *
 * The merchant whose keys count is the one that the payment is for, as found in the store: a forged delivery that names
 * another merchant's config is held against that merchant's keys, and cannot touch the first one's money.
 */

import type { Merchant } from '../core/account-records.ts';
import { Refused } from '../core/errors.ts';
import type { MerchantId } from '../core/ids.ts';
import type { Principal } from '../core/principal.ts';
import type { Secret } from '../core/secret.ts';
import type { SealedKeys } from '../core/signature.ts';
import type { EngineContext } from './context.ts';
import type { Caller } from './join.ts';
import { merchantWithin } from './merchant-within.ts';
import { amendMerchant } from './records.ts';
import type { Seals } from './seal.ts';

/**
 * Signing keys as far as the principal reaches; null where there are none, or no such merchant within reach. Any method:
 * @throws {Refused} `FORBIDDEN` @throws {StoreUnavailable}
 */
export interface SigningKeys {
  /** Replaces all that there are. @param keys each of them signs; newest first, at least one. */
  put(
    principal: Principal,
    merchantId: string,
    adapter: string,
    keys: readonly Secret<string>[],
  ): Promise<SealedKeys | null>;
  get(principal: Principal, merchantId: string, adapter: string): Promise<SealedKeys | null>;
  /** From the next delivery on none is asked for a signature. Gives what was there. */
  remove(principal: Principal, merchantId: string, adapter: string): Promise<SealedKeys | null>;
}

/**
 * Lets a delivery go on that is signed with one of the merchant's keys, or whose merchant (null: the whole platform) has
 * none for its adapter. To be asked before anything is written or told.
 * @throws {Refused} `SIGNATURE_INVALID` @throws {StoreUnavailable}
 */
export type CheckSignature = (caller: Caller, merchantId: MerchantId | null) => Promise<void>;

/** Keeps nothing between calls: a key that is replaced is dead for the next delivery of every process. */
export function createSigningKeys(
  { store, clock }: EngineContext,
  seals: Seals,
): { readonly signingKeys: SigningKeys; readonly checkSignature: CheckSignature } {
  async function checkSignature({ isSignedBy, adapter }: Caller, merchantId: MerchantId | null): Promise<void> {
    if (isSignedBy === undefined || merchantId === null) return;
    const merchant = await store.get('merchants', merchantId);
    const keys = merchant === null ? null : keysOf(merchant, adapter);
    if (keys === null) return;
    // What no live secret opens matches nothing: better no payment than one that nobody has checked.
    const isSigned = keys.sealed.some((sealed) => {
      const key = seals.open(sealed, [merchantId, adapter]);
      return key !== null && isSignedBy(key);
    });
    if (!isSigned) throw new Refused('SIGNATURE_INVALID');
  }

  /** The merchant with these keys for the adapter, or with none. */
  function withKeys(merchant: Merchant, adapter: string, keys: SealedKeys | null): Merchant {
    const others = (merchant.signingKeys ?? []).filter((one) => one.adapter !== adapter);
    const signingKeys = keys === null ? others : [...others, keys];
    return { ...merchant, rev: merchant.rev + 1, signingKeys, updatedAt: clock.now() };
  }

  const signingKeys: SigningKeys = {
    async put(principal, merchantId, adapter, keys) {
      const known = await merchantWithin(store, principal, 'signing_key:update', merchantId);
      if (known === null) return null;
      const sealed = keys.map((key) => seals.seal(key, [known.id, adapter]));
      const updatedAt = clock.now();
      const { record } = await amendMerchant(store, known, (merchant) => {
        const createdAt = keysOf(merchant, adapter)?.createdAt ?? updatedAt;
        return withKeys(merchant, adapter, { adapter, sealed, createdAt, updatedAt });
      });
      return keysOf(record, adapter);
    },
    async get(principal, merchantId, adapter) {
      const merchant = await merchantWithin(store, principal, 'signing_key:read', merchantId);
      return merchant === null ? null : keysOf(merchant, adapter);
    },
    async remove(principal, merchantId, adapter) {
      const known = await merchantWithin(store, principal, 'signing_key:delete', merchantId);
      const keys = known === null ? null : keysOf(known, adapter);
      if (known === null || keys === null) return null;
      await amendMerchant(store, known, (merchant) => withKeys(merchant, adapter, null));
      return keys;
    },
  };
  return { signingKeys, checkSignature };
}

function keysOf({ signingKeys = [] }: Merchant, adapter: string): SealedKeys | null {
  return signingKeys.find((one) => one.adapter === adapter) ?? null;
}
