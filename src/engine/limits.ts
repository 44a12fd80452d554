/**
 * Slows card testing: how many attempts a key and a merchant may make in an hour. Counts are shared through the store,
 * and read before they are raised, so that concurrent attempts may overshoot by their own number; the exact limit is
 * the one per config, which its claims keep.
 */
import { Refused } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import type { Chargeable } from '../core/store.ts';
import type { EngineContext } from './context.ts';

const HOUR = 3_600_000;

export interface AttemptLimits {
  /** @throws {Refused} `TOO_MANY_ATTEMPTS` when this hour's limit of the key or the merchant is reached. */
  check(principal: Principal, chargeable: Chargeable): Promise<void>;
  /** Counts one attempt. */
  count(principal: Principal, chargeable: Chargeable): Promise<void>;
}

export function createLimits({ store, clock, settings }: EngineContext): AttemptLimits {
  function tallies(principal: Principal, chargeable: Chargeable) {
    const hour = Math.floor(clock.now() / HOUR);
    const owner = chargeable.merchantId ?? chargeable.platformId;
    return {
      expiresAt: (hour + 2) * HOUR,
      key: `${principal.keyId}:${hour}`,
      owner: `${owner}:${hour}`,
    };
  }

  return {
    async check(principal, chargeable) {
      const ids = tallies(principal, chargeable);
      const [key, owner] = await Promise.all([store.get('tallies', ids.key), store.get('tallies', ids.owner)]);
      const overKey = (key?.count ?? 0) >= settings.maxAttemptsPerKeyPerHour;
      const overOwner = (owner?.count ?? 0) >= settings.maxAttemptsPerMerchantPerHour;
      if (overKey || overOwner) throw new Refused('TOO_MANY_ATTEMPTS');
    },
    async count(principal, chargeable) {
      const { key, owner, expiresAt } = tallies(principal, chargeable);
      await store.apply({ tally: key, expiresAt }, { tally: owner, expiresAt });
    },
  };
}
