/**
 * Slows card testing: how many attempts a key and a merchant may make in an hour. Counts are shared through the store;
 * this process reads them once a second at most and adds its own at once, so that many processes together may overshoot
 * by what the others begin in a second. The exact limit is the one per config, which its claims keep.
 */

import type { Chargeable } from '../core/chargeable-records.ts';
import { Refused } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import { type Store, StoreUnavailable } from '../core/store.ts';
import type { EngineContext } from './context.ts';

const HOUR = 3_600_000;
/** For how long what was read of a tally is believed. */
const FRESH_MS = 1_000;

/** Attempts within the hour of the clock, of an API key and of a merchant (of the platform, where there is none). */
export interface AttemptLimits {
  /** @throws {Refused} `TOO_MANY_ATTEMPTS` when this hour's limit of the key or the merchant is reached. */
  check(principal: Principal, chargeable: Chargeable): Promise<void>;
  /** Counts one attempt, here at once and in the store soon. */
  count(principal: Principal, chargeable: Chargeable): void;
}

/** Remembers this hour's tallies only; in the store they expire an hour after their own. */
export function createLimits({ store, clock, settings, background }: EngineContext): AttemptLimits {
  let hour = 0;
  let tallies = new Map<string, SharedTally>();

  function tallyOf(owner: string): SharedTally {
    const now = Math.floor(clock.now() / HOUR);
    if (now !== hour) {
      hour = now;
      tallies = new Map();
    }
    const tally = tallies.get(owner) ?? new SharedTally(store, `${owner}:${hour}`, (hour + 2) * HOUR);
    tallies.set(owner, tally);
    return tally;
  }

  const merchantTally = (chargeable: Chargeable) => tallyOf(chargeable.merchantId ?? chargeable.platformId);

  return {
    async check(principal, chargeable) {
      const [ofKey, ofMerchant] = await Promise.all([
        tallyOf(principal.keyId).read(clock.now()),
        merchantTally(chargeable).read(clock.now()),
      ]);
      const overKey = ofKey >= settings.maxAttemptsPerKeyPerHour;
      const overMerchant = ofMerchant >= settings.maxAttemptsPerMerchantPerHour;
      if (overKey || overMerchant) throw new Refused('TOO_MANY_ATTEMPTS');
    },
    count(principal, chargeable) {
      for (const tally of [tallyOf(principal.keyId), merchantTally(chargeable)]) background.run(tally.add());
    },
  };
}

/** One tally of the store as this process knows it. What is counted while a write is under way goes out with the next. */
class SharedTally {
  readonly #store: Store;
  readonly #id: string;
  readonly #expiresAt: number;
  /** Counted by this process, and how many of these it has sent to the store. */
  #own = 0;
  #sent = 0;
  /** Counted by other processes, as last read. */
  #others: Promise<number> = Promise.resolve(0);
  #readAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | null = null;

  constructor(store: Store, id: string, expiresAt: number) {
    this.#store = store;
    this.#id = id;
    this.#expiresAt = expiresAt;
  }

  async read(now: number): Promise<number> {
    if (now - this.#readAt >= FRESH_MS) {
      this.#readAt = now;
      this.#others = this.#readOthers();
    }
    return (await this.#others) + this.#own;
  }

  add(): Promise<void> {
    this.#own += 1;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  async #readOthers(): Promise<number> {
    try {
      const tally = await this.#store.get('tallies', this.#id);
      return Math.max(0, (tally?.count ?? 0) - this.#sent);
    } catch (error) {
      this.#readAt = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }

  async #write(): Promise<void> {
    while (this.#sent < this.#own) {
      const by = this.#own - this.#sent;
      this.#sent += by;
      try {
        await this.#store.apply({ tally: this.#id, by, expiresAt: this.#expiresAt });
      } catch (error) {
        // It goes out with the next attempt: twice counted is better than not at all.
        this.#sent -= by;
        if (error instanceof StoreUnavailable) return;
        throw error;
      }
    }
  }
}
