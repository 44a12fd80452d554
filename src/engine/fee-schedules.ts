/**
 * Fee schedules: what a merchant, or one of its locations, adds for each kind of tender. Decides who may set one, whose
 * a location is (its owner is who has a schedule for it), and which schedule counts for a cart.
 */
import type { FeeSchedule } from '../core/cart-records.ts';
import { Refused } from '../core/errors.ts';
import type { FeeRule, FeeRules } from '../core/fees.ts';
import { isId, type MerchantId, type PlatformId } from '../core/ids.ts';
import { type Currency, ENABLED_CURRENCIES } from '../core/money.ts';
import { holds, mayReach, type Permission, type Principal } from '../core/principal.ts';
import { StoreUnavailable } from '../core/store.ts';
import { TENDER_KINDS } from '../core/tender.ts';
import type { EngineContext } from './context.ts';
import { plainDigest } from './keyring.ts';
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
  async function merchantWithin(
    principal: Principal,
    permission: Permission,
    id: string,
  ): Promise<{ platformId: PlatformId; merchantId: MerchantId } | null> {
    if (!holds(principal, permission)) throw new Refused('FORBIDDEN');
    const merchant = isId('mid', id) ? await store.get('merchants', id) : null;
    if (merchant === null) return null;
    const scope = { platformId: merchant.platformId, merchantId: merchant.id };
    return mayReach(principal, permission, scope) ? scope : null;
  }

  async function put(principal: Principal, input: NewFeeSchedule): Promise<FeeSchedule | null> {
    const scope = await merchantWithin(principal, 'fee_schedule:update', input.merchantId);
    if (scope === null) return null;
    const { location, currency, fees } = input;
    if (!ENABLED_CURRENCIES.includes(currency)) throw new Refused('CURRENCY_NOT_ENABLED', 'currency_code');
    checkFees(fees);
    if (location !== null) checkStorable({ location }, 'location');
    const id = location === null ? scope.merchantId : locationIdOf(scope.platformId, location);
    const now = clock.now();
    const fresh: FeeSchedule = { id, rev: 0, ...scope, location, currency, fees, createdAt: now, updatedAt: now };
    return write(fresh);
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
      const scope = await merchantWithin(principal, 'fee_schedule:read', merchantId);
      if (scope === null) return null;
      const id = location === null ? scope.merchantId : locationIdOf(scope.platformId, location);
      const schedule = await store.get('feeSchedules', id);
      return schedule?.merchantId === scope.merchantId ? schedule : null;
    },
  };
}

function checkFees(fees: FeeRules): void {
  const rules = TENDER_KINDS.map((kind) => fees[kind]).filter((rule): rule is FeeRule => rule !== null);
  const sound = rules.every(({ least, most }) => most === null || least <= most);
  if (rules.length === 0 || !sound) throw new Refused('INVALID_REQUEST', 'fees');
}
