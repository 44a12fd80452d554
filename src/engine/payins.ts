/**
 * Payins and stored payment methods as their owners read them. Decides who may see which, and how they are found;
 * an attempt that was sent is the payin. How they are made is pay.ts and settle.ts.
 */
import { Refused } from '../core/errors.ts';
import { isId, type MerchantId } from '../core/ids.ts';
import type { Metadata } from '../core/payment.ts';
import { holds, mayReach, merchantsWithin, type Permission, type Principal } from '../core/principal.ts';
import type { Attempt, Condition, ListQuery, PaymentMethod } from '../core/store.ts';
import type { EngineContext } from './context.ts';
import { amendAttempt, amendMethod } from './records.ts';
import type { RefreshSettlement } from './settlement.ts';
import { checkStorable, mergeMetadata } from './terms.ts';

/** A page, and the count of all that the filter finds, on whatever page. */
export interface Listing<R> {
  readonly results: readonly R[];
  readonly total: number;
}

/** A page of payins or methods; what the key does not reach is left out, not refused. */
export interface PayinFilter extends ListQuery {
  /** Confined to these merchants, beside what the key reaches. */
  readonly merchantIds: readonly string[] | null;
}

/**
 * Payins and payment methods, as far as the principal reaches; a principal without the permission is refused
 * (`FORBIDDEN`) or finds nothing. Any method: @throws {StoreUnavailable}
 */
export interface Payins {
  /** Null where there is none, or none within reach. Asks whether it has settled. */
  get(principal: Principal, id: string): Promise<Attempt | null>;
  /** The payins that a caller's confirmation code names: at most one a merchant. */
  findByConfirmationCode(
    principal: Principal,
    code: string,
    merchantIds: readonly string[] | null,
  ): Promise<readonly Attempt[]>;
  /** The merchants within the key's reach whose name holds the text. */
  findMerchantsNamed(principal: Principal, text: string): Promise<readonly MerchantId[]>;
  /** Declined and open ones too; never what was refused or not sent. */
  list(principal: Principal, filter: PayinFilter): Promise<Listing<Attempt>>;
  /**
   * Merges by top-level name; a null value removes a name, null as a whole removes all.
   * Null where there is no such payin within reach.
   * @throws {Refused} `INVALID_REQUEST` (8 KB or more), `CARD_DATA_IN_TEXT`
   */
  patchMetadata(principal: Principal, id: string, patch: Metadata | null): Promise<Attempt | null>;
  /** Null where there is none, or none within reach. */
  getMethod(principal: Principal, id: string): Promise<PaymentMethod | null>;
  listMethods(principal: Principal, filter: PayinFilter): Promise<Listing<PaymentMethod>>;
  /** From ACTIVE only; null where there is none within reach. @throws {Refused} `PAYMENT_METHOD_NOT_AVAILABLE` */
  deactivateMethod(principal: Principal, id: string): Promise<PaymentMethod | null>;
}

/** The payin of that id, where the permission reaches it, else null. @throws {Refused} `FORBIDDEN` */
export async function findPayin(
  { store }: EngineContext,
  principal: Principal,
  id: string,
  permission: Permission,
): Promise<Attempt | null> {
  if (!holds(principal, permission)) throw new Refused('FORBIDDEN');
  const attempt = isId('pyi', id) ? await store.find('attempts', 'payinId', id) : null;
  return attempt !== null && attempt.payinStatus !== null && mayReach(principal, permission, attempt) ? attempt : null;
}

/** What the key may see, as conditions: its platform, and its merchants where it is confined to some. @throws {Refused} `FORBIDDEN` */
export function reachOf(
  principal: Principal,
  permission: Permission,
  merchantIds: readonly string[] | null,
): Condition[] {
  if (!holds(principal, permission)) throw new Refused('FORBIDDEN');
  const only = merchantsWithin(principal, permission);
  return [
    { field: 'platformId', is: 'in', values: [principal.platformId] },
    ...(only === null ? [] : [{ field: 'merchantId', is: 'in', values: only } as const]),
    ...(merchantIds === null ? [] : [{ field: 'merchantId', is: 'in', values: merchantIds } as const]),
  ];
}

/** How many of a platform's merchants a look-up by confirmation code or by a merchant's name considers. */
const MERCHANTS_SEARCHED = 1_000;

/** Keeps nothing between calls: what was settled by any process shows in the next. */
export function createPayins(context: EngineContext, refreshSettlement: RefreshSettlement): Payins {
  const { store, clock } = context;

  async function get(principal: Principal, id: string): Promise<Attempt | null> {
    const attempt = await findPayin(context, principal, id, 'payin:read');
    return attempt === null ? null : refreshSettlement(attempt);
  }

  async function findByConfirmationCode(
    principal: Principal,
    code: string,
    merchantIds: readonly string[] | null,
  ): Promise<readonly Attempt[]> {
    const merchants = merchantIds ?? (await merchantsOf(principal));
    const rows = await Promise.all(merchants.map((merchant) => store.get('codes', `${merchant}:${code}`)));
    const found = await Promise.all(rows.map((row) => (row === null ? null : store.get('attempts', row.attempt))));
    // A code that was drawn for an attempt and not told with an approval names nothing.
    return found.filter(
      (attempt): attempt is Attempt =>
        attempt !== null && attempt.confirmationCode === code && mayReach(principal, 'payin:read', attempt),
    );
  }

  /** Those whose payins the key may read, newest first. */
  async function merchantsOf(principal: Principal, where: readonly Condition[] = []): Promise<readonly MerchantId[]> {
    if (!holds(principal, 'payin:read')) throw new Refused('FORBIDDEN');
    const only = merchantsWithin(principal, 'payin:read');
    const merchants = await store.list('merchants', {
      where: [
        { field: 'platformId', is: 'in', values: [principal.platformId] },
        ...(only === null ? [] : [{ field: 'id', is: 'in', values: only } as const]),
        ...where,
      ],
      sortBy: 'createdAt',
      order: 'desc',
      limit: MERCHANTS_SEARCHED,
    });
    return merchants.map((merchant) => merchant.id);
  }

  async function list(principal: Principal, { merchantIds, ...query }: PayinFilter): Promise<Listing<Attempt>> {
    const where: Condition[] = [
      ...reachOf(principal, 'payin:read', merchantIds),
      { field: 'payinStatus', is: 'not_null' },
      ...query.where,
    ];
    const [results, total] = await Promise.all([
      store.list('attempts', { ...query, where }),
      store.count('attempts', where),
    ]);
    return { results, total };
  }

  async function patchMetadata(principal: Principal, id: string, patch: Metadata | null): Promise<Attempt | null> {
    const attempt = await findPayin(context, principal, id, 'payin:update');
    if (attempt === null) return null;
    const step = (current: Attempt): Attempt => {
      const metadata = mergeMetadata(current.metadata, patch);
      checkStorable(metadata, 'metadata');
      return { ...current, rev: current.rev + 1, metadata, updatedAt: clock.now() };
    };
    return (await amendAttempt(store, attempt, step)).record;
  }

  async function getMethod(
    principal: Principal,
    id: string,
    permission: Permission = 'payment_method:read',
  ): Promise<PaymentMethod | null> {
    if (!holds(principal, permission)) throw new Refused('FORBIDDEN');
    const method = isId('mtd', id) ? await store.get('methods', id) : null;
    return method !== null && mayReach(principal, permission, method) ? method : null;
  }

  async function listMethods(
    principal: Principal,
    { merchantIds, ...query }: PayinFilter,
  ): Promise<Listing<PaymentMethod>> {
    const where = [...reachOf(principal, 'payment_method:read', merchantIds), ...query.where];
    const [results, total] = await Promise.all([
      store.list('methods', { ...query, where }),
      store.count('methods', where),
    ]);
    return { results, total };
  }

  async function deactivateMethod(principal: Principal, id: string): Promise<PaymentMethod | null> {
    const method = await getMethod(principal, id, 'payment_method:update');
    if (method === null) return null;
    const { record, applied } = await amendMethod(store, method, (current) =>
      current.status === 'ACTIVE'
        ? { ...current, rev: current.rev + 1, status: 'DEACTIVATED', updatedAt: clock.now() }
        : null,
    );
    if (!applied) throw new Refused('PAYMENT_METHOD_NOT_AVAILABLE', 'payment_method_id');
    return record;
  }

  return {
    get,
    findByConfirmationCode,
    findMerchantsNamed: (principal, text) => merchantsOf(principal, [{ field: 'name', is: 'contains', text }]),
    list,
    patchMetadata,
    getMethod: (principal, id) => getMethod(principal, id),
    listMethods,
    deactivateMethod,
  };
}
