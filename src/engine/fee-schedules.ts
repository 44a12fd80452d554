/**
 * Fee schedules: what a merchant, or one of its locations, adds for each kind of tender. Decides who may set one, whose
 * a location is (its owner is who has a schedule for it), and which schedule counts for a cart.
 */
import type { FeeSchedule } from '../core/cart-records.ts';
import { Refused } from '../core/errors.ts';
import type { FeeRule, FeeRules } from '../core/fees.ts';
import type { PlatformId } from '../core/ids.ts';
import { type Currency, ENABLED_CURRENCIES } from '../core/money.ts';
import type { Principal } from '../core/principal.ts';
import { StoreUnavailable } from '../core/store.ts';
import { TENDER_KINDS } from '../core/tender.ts';
import type { EngineContext } from './context.ts';
import { plainDigest } from './keyring.ts';
import { merchantWithin } from './merchant-within.ts';
import { checkStorable } from './terms.ts';

/** A schedule to be set; `location` null for all of the merchant's that have none of their own. */
export interface NewFeeSchedule {
  readonly merchantId: string;
  readonly location: string | null;
  readonly currency: Currency;
  readonly fees: FeeRules;
}

/** Schedules as far as the principal reaches. Any method: @throws {StoreUnavailable} */
export interface FeeSchedules {
  /**
   * Sets or replaces; carts that were made keep their fees.
   * @returns null where there is no such merchant within reach.
   * @throws {Refused} `FORBIDDEN`, `CURRENCY_NOT_ENABLED`, `INVALID_REQUEST` (no tender, or a least above the most),
   *   `CARD_DATA_IN_TEXT`, `CONFLICT` (another merchant of the platform has the location)
   */
  put(principal: Principal, input: NewFeeSchedule): Promise<FeeSchedule | null>;
  /** Null where there is none, or none within reach. @throws {Refused} `FORBIDDEN` */
  get(principal: Principal, merchantId: string, location: string | null): Promise<FeeSchedule | null>;
}

/** A location has one id on its platform, whoever asks. */
export function locationIdOf(platformId: PlatformId, location: string): string {
  return `loc_${plainDigest([platformId, location])}`;
}

/** Keeps nothing between calls. */
export function createFeeSchedules({ store, clock }: EngineContext): FeeSchedules {
  async function put(principal: Principal, input: NewFeeSchedule): Promise<FeeSchedule | null> {
    const merchant = await merchantWithin(store, principal, 'fee_schedule:update', input.merchantId);
    if (merchant === null) return null;
    const { platformId, id: merchantId } = merchant;
    const { location, currency, fees } = input;
    if (!ENABLED_CURRENCIES.includes(currency)) throw new Refused('CURRENCY_NOT_ENABLED', 'currency_code');
    checkFees(fees);
    if (location !== null) checkStorable({ location }, 'location');
    const id = location === null ? merchantId : locationIdOf(platformId, location);
    const now = clock.now();
    const terms = { platformId, merchantId, location, currency, fees };
    return write({ id, rev: 0, ...terms, createdAt: now, updatedAt: now });
  }

  /** The last one to write wins, as with any PUT; a location never changes its owner by it. */
  async function write(fresh: FeeSchedule): Promise<FeeSchedule> {
    if ((await store.apply({ insert: 'feeSchedules', record: fresh })) === 1) return fresh;
    const current = await store.get('feeSchedules', fresh.id);
    if (current === null) throw new StoreUnavailable();
    if (current.merchantId !== fresh.merchantId) throw new Refused('CONFLICT', 'location');
    const next = { ...fresh, rev: current.rev + 1, createdAt: current.createdAt };
    return (await store.apply({ replace: 'feeSchedules', record: next })) === 1 ? next : write(fresh);
  }

  return {
    put,
    async get(principal, merchantId, location) {
      const merchant = await merchantWithin(store, principal, 'fee_schedule:read', merchantId);
      if (merchant === null) return null;
      const id = location === null ? merchant.id : locationIdOf(merchant.platformId, location);
      const schedule = await store.get('feeSchedules', id);
      return schedule?.merchantId === merchant.id ? schedule : null;
    },
  };
}

function checkFees(fees: FeeRules): void {
  const rules = TENDER_KINDS.map((kind) => fees[kind]).filter((rule): rule is FeeRule => rule !== null);
  const sound = rules.every(({ least, most }) => most === null || least <= most);
  if (rules.length === 0 || !sound) throw new Refused('INVALID_REQUEST', 'fees');
}
