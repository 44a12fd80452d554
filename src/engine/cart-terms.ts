/**
 * What a cart says once it is made: whose it is, what it holds, what each tender costs. Decides these from the words that
 * handed it over and the fee schedule of the moment, and refuses what cannot be a cart. Writes nothing.
 */

import type { Merchant } from '../core/account-records.ts';
import type { OpenCartCommand } from '../core/cart.ts';
import type { Cart, FeeSchedule } from '../core/cart-records.ts';
import { Refused } from '../core/errors.ts';
import { type FeeRules, feeOf, type PerTender } from '../core/fees.ts';
import { isId } from '../core/ids.ts';
import { holds, mayReach, merchantsWithin, type Principal } from '../core/principal.ts';
import { TENDER_KINDS, type TenderKind } from '../core/tender.ts';
import { handlingOf } from './configs.ts';
import type { EngineContext } from './context.ts';
import { locationIdOf } from './fee-schedules.ts';
import { storableId } from './identity.ts';
import { checkStorable } from './terms.ts';

/** The part of a cart that follows from the words and the schedule. */
export type CartTerms = Pick<
  Cart,
  | 'platformId'
  | 'merchantId'
  | 'transactionId'
  | 'location'
  | 'currency'
  | 'items'
  | 'amount'
  | 'fees'
  | 'tenders'
  | 'metadata'
  | 'routing'
  | 'reverseLate'
>;

/**
 * @throws {Refused} `FORBIDDEN`, `MERCHANT_NOT_FOUND`, `MERCHANT_NOT_ACTIVE`, `INVALID_REQUEST`, `CARD_DATA_IN_TEXT`,
 *   `CURRENCY_MISMATCH`, `TENDER_NOT_ACCEPTED` (no kind is left)
 * @throws {StoreUnavailable}
 */
export type FindTerms = (given: OpenCartCommand, principal: Principal) => Promise<CartTerms>;

const NO_FEE = { fixed: 0, rate: 0, least: 0, most: null };
/** Of a merchant without a schedule. */
const NO_FEES: FeeRules = { card: NO_FEE, bank_account: NO_FEE };

/** Keeps nothing between calls. */
export function createFindTerms({ store, processors }: EngineContext): FindTerms {
  async function findTerms(given: OpenCartCommand, principal: Principal): Promise<CartTerms> {
    const { merchant, schedule } = await ownerOf(given.location, principal);
    const contents = contentsOf(given);
    const fees = feesOf(given, contents.amount, schedule, tendersOf(merchant));
    return {
      platformId: merchant.platformId,
      merchantId: merchant.id,
      currency: given.currency,
      ...contents,
      fees,
      ...handlingOf(merchant),
      tenders: TENDER_KINDS.filter((kind) => fees[kind] !== null),
    };
  }

  /** The merchant that the key is bound to, else the one that has the location; and the schedule that counts. */
  async function ownerOf(
    location: string,
    principal: Principal,
  ): Promise<{ merchant: Merchant; schedule: FeeSchedule | null }> {
    if (!holds(principal, 'cart:create')) throw new Refused('FORBIDDEN');
    const ofLocation = await store.get('feeSchedules', locationIdOf(principal.platformId, location));
    const [bound, ...others] = new Set(merchantsWithin(principal, 'cart:create') ?? []);
    const id = others.length === 0 && bound !== undefined ? bound : ofLocation?.merchantId;
    const merchant = isId('mid', id) ? await store.get('merchants', id) : null;
    if (
      merchant === null ||
      !mayReach(principal, 'cart:create', { platformId: merchant.platformId, merchantId: merchant.id })
    ) {
      throw new Refused('MERCHANT_NOT_FOUND', 'location');
    }
    if (merchant.status !== 'ACTIVE') throw new Refused('MERCHANT_NOT_ACTIVE', 'location');
    const own = ofLocation?.merchantId === merchant.id;
    return { merchant, schedule: own ? ofLocation : await store.get('feeSchedules', merchant.id) };
  }

  const tendersOf = ({ routing }: Merchant) =>
    processors.of((routing?.first ?? processors.route).processor)?.tenders ?? [];

  function feesOf(
    given: OpenCartCommand,
    amount: number,
    schedule: FeeSchedule | null,
    taken: readonly TenderKind[],
  ): PerTender<number> {
    if (schedule !== null && schedule.currency !== given.currency) throw new Refused('CURRENCY_MISMATCH');
    const rules = schedule?.fees ?? NO_FEES;
    const feeFor = (kind: TenderKind): number | null => {
      const rule = rules[kind];
      if (rule === null || !given.tenders.includes(kind) || !taken.includes(kind)) return null;
      const fee = feeOf(amount, rule);
      if (fee === null) throw new Refused('INVALID_REQUEST', 'items');
      return fee;
    };
    const fees = { card: feeFor('card'), bank_account: feeFor('bank_account') };
    if (Object.values(fees).every((fee) => fee === null)) throw new Refused('TENDER_NOT_ACCEPTED', 'tenders');
    return fees;
  }

  return findTerms;
}

function contentsOf({ transactionId, location, items: given, metadata: meta }: OpenCartCommand) {
  const items = given.map((item) => ({ ...item, id: storableId(item.id) }));
  const amount = items.reduce((sum, item) => sum + item.amount, 0);
  const isTwice = new Set(items.map(({ id }) => id)).size < items.length;
  if (!Number.isSafeInteger(amount) || amount < 1 || isTwice) throw new Refused('INVALID_REQUEST', 'items');
  for (const { id: _digested, amount: _number, ...texts } of items) checkStorable(texts, 'items');
  const storedId = storableId(transactionId);
  const metadata = { ...meta, client_transaction_id: storedId, location };
  checkStorable(metadata, 'metadata');
  return { transactionId: storedId, location, items, amount, metadata };
}
