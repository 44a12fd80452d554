/**
 * Platforms, merchants and API keys: who may ask for what. Decides how a key is made, shown once, stored as a digest
 * and found again, and that nobody grants more than they hold. What a permission allows is core/principal.ts.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { ApiKey, ApiKeyStatus, Merchant, Platform } from '../core/account-records.ts';
import { Refused } from '../core/errors.ts';
import { isId, type PlatformId } from '../core/ids.ts';
import { ENABLED_CURRENCIES, type Money } from '../core/money.ts';
import {
  GROUP_ALL,
  type Grant,
  holds,
  mayReach,
  merchantsWithin,
  type Permission,
  type Principal,
  type ReplyStatus,
  type Statement,
} from '../core/principal.ts';
import type { Routing } from '../core/processor.ts';
import { Secret } from '../core/secret.ts';
import type { ListQuery } from '../core/store.ts';
import { checkRouting } from './check-routing.ts';
import type { EngineContext } from './context.ts';
import { merchantWithin } from './merchant-within.ts';
import { amendKey, amendMerchant } from './records.ts';
import { checkStorable } from './terms.ts';

/** A merchant to be made. `platformId` as the request has it; `dbaName` null where customers know no other name. */
export interface NewMerchant {
  readonly platformId: string;
  readonly name: string;
  readonly dbaName: string | null;
}

/** A key to be made. `platformId` as the request has it. */
export interface NewKey {
  readonly platformId: string;
  readonly statements: readonly Statement[];
  readonly replyStatus: ReplyStatus;
}

/** Which part of a list: records behind `startAfter`, or `offset` many skipped. */
export type Page = Pick<ListQuery, 'order' | 'limit' | 'startAfter' | 'offset'>;

/** A platform with one active merchant, a key that may do everything, and one for a connector. */
export interface SetUp {
  readonly platform: Platform;
  readonly merchant: Merchant;
  readonly adminKey: MadeKey;
  /** May charge and tokenize what the backend allowed beforehand, and nothing else. */
  readonly connectorKey: MadeKey;
}

/** Platforms, merchants and keys, each as far as the principal reaches. Any method: @throws {StoreUnavailable} */
export interface Accounts {
  /** The way to a first key: for whoever has the store itself, not for a request. */
  setUp(platformName: string, merchantName: string): Promise<SetUp>;
  /** The way back in when the admin key is lost; for whoever has the store, too. Null where there is no such platform. */
  addAdminKey(platformId: string): Promise<MadeKey | null>;
  /** ACTIVE in the sandbox, else PENDING. @throws {Refused} `FORBIDDEN`, `INVALID_REQUEST`, `CARD_DATA_IN_TEXT` */
  createMerchant(principal: Principal, input: NewMerchant): Promise<Merchant>;
  /** Null where there is none, or none within reach. @throws {Refused} `FORBIDDEN` */
  getMerchant(principal: Principal, id: string): Promise<Merchant | null>;
  /**
   * The most that a caller may key in on a line without a config; null for no such line. Null where there is no such
   * merchant within reach. @throws {Refused} `FORBIDDEN`, `CURRENCY_NOT_ENABLED`
   */
  setLineLimit(principal: Principal, id: string, limit: Money | null): Promise<Merchant | null>;
  /**
   * Where the merchant's payments go from now on; null for where the server's setting says. Configs that were made before
   * keep theirs. Null where there is no such merchant within reach.
   * @throws {Refused} `FORBIDDEN`; `INVALID_REQUEST` for a processor that is not set up here, or an account that it does not
   * take, or a second that is the first
   */
  setRouting(principal: Principal, id: string, routing: Routing | null): Promise<Merchant | null>;
  /**
   * Whether an approval that comes after its caller was told "unknown" is given back. Configs that were made before keep
   * what was set. Null where there is no such merchant within reach. @throws {Refused} `FORBIDDEN`
   */
  setReverseLate(principal: Principal, id: string, reverseLate: boolean): Promise<Merchant | null>;
  /** By the time they were made. @throws {Refused} `FORBIDDEN` */
  listMerchants(principal: Principal, page: Page): Promise<readonly Merchant[]>;
  /** The key itself is in `secret`, this once. @throws {Refused} `FORBIDDEN` */
  createKey(principal: Principal, input: NewKey): Promise<MadeKey>;
  /** Null where there is none, or none within reach. @throws {Refused} `FORBIDDEN` */
  getKey(principal: Principal, id: string): Promise<ApiKey | null>;
  /** The platform's, newest first, at most 1000, deleted ones too. @throws {Refused} `FORBIDDEN` */
  listKeys(principal: Principal): Promise<readonly ApiKey[]>;
  /** A deleted key stays deleted. Null where there is none. @throws {Refused} `FORBIDDEN` */
  setKeyStatus(principal: Principal, id: string, status: ApiKeyStatus): Promise<ApiKey | null>;
  /**
   * The principal behind a key as it stands in the store now, or null for a wrong or disabled key.
   * @param userName of HTTP Basic: `api_key` or the platform's account SID; null for Bearer.
   */
  authenticate(secret: string, userName: string | null): Promise<Principal | null>;
  /** As `authenticate`, for who has proved before to hold the key of this id. */
  principalOf(keyId: string): Promise<Principal | null>;
}

/** A new key and, this once, its text: `apikey_` and 64 hex digits, in the sandbox with `sbx_` in front. */
export interface MadeKey {
  readonly key: ApiKey;
  readonly secret: Secret<string>;
}

const KEY_TEXT = /^(?:sbx_)?apikey_[0-9a-f]{64}$/;
const MAX_KEYS_LISTED = 1_000;

/** Keeps nothing between calls: a key that is disabled is disabled for the next request of every process. */
export function createAccounts(context: EngineContext): Accounts {
  const { store, ids, clock, processors } = context;

  async function setUp(platformName: string, merchantName: string): Promise<SetUp> {
    const accountSid = `AC${randomBytes(16).toString('hex')}`;
    const platform: Platform = { id: ids.make('plt'), rev: 0, name: platformName, accountSid, createdAt: clock.now() };
    const merchant = newMerchant({ platformId: platform.id, name: merchantName, dbaName: null, status: 'ACTIVE' });
    const adminKey = newAdminKey(platform.id);
    const constraints = { platform: { platform_id: platform.id } };
    const connectorKey = newKey(platform.id, [{ permissions: ['payin:create', 'payment_method:create'], constraints }]);
    await store.apply(
      { insert: 'platforms', record: platform },
      { insert: 'merchants', record: merchant },
      { insert: 'keys', record: adminKey.key },
      { insert: 'keys', record: connectorKey.key },
    );
    return { platform, merchant, adminKey, connectorKey };
  }

  async function addAdminKey(platformId: string): Promise<MadeKey | null> {
    const platform = isId('plt', platformId) ? await store.get('platforms', platformId) : null;
    if (platform === null) return null;
    const made = newAdminKey(platform.id);
    await store.apply({ insert: 'keys', record: made.key });
    return made;
  }

  async function createMerchant(principal: Principal, input: NewMerchant): Promise<Merchant> {
    const platformId = platformWithin(principal, 'merchant:create', input.platformId);
    checkStorable({ name: input.name, dba_name: input.dbaName ?? '' }, 'name');
    // Underwriting is the processor's; a sandbox has none.
    const status = processors.sandbox ? 'ACTIVE' : 'PENDING';
    const merchant = newMerchant({ platformId, name: input.name, dbaName: input.dbaName, status });
    await store.apply({ insert: 'merchants', record: merchant });
    return merchant;
  }

  async function setLineLimit(principal: Principal, id: string, limit: Money | null): Promise<Merchant | null> {
    if (limit !== null && !ENABLED_CURRENCIES.includes(limit.currency)) {
      throw new Refused('CURRENCY_NOT_ENABLED', 'currency_code');
    }
    return change(principal, id, (merchant) => ({ ...merchant, lineLimit: limit }));
  }

  async function setRouting(principal: Principal, id: string, routing: Routing | null): Promise<Merchant | null> {
    if (routing !== null) checkRouting(routing, processors);
    return change(principal, id, ({ routing: _before, ...merchant }) =>
      routing === null ? merchant : { ...merchant, routing },
    );
  }

  async function change(
    principal: Principal,
    id: string,
    step: (merchant: Merchant) => Merchant,
  ): Promise<Merchant | null> {
    const merchant = await merchantWithin(store, principal, 'merchant:update', id);
    if (merchant === null) return null;
    const changed = (current: Merchant) => ({ ...step(current), rev: current.rev + 1, updatedAt: clock.now() });
    return (await amendMerchant(store, merchant, changed)).record;
  }

  async function listMerchants(principal: Principal, page: Page): Promise<readonly Merchant[]> {
    if (!holds(principal, 'merchant:read')) throw new Refused('FORBIDDEN');
    const only = merchantsWithin(principal, 'merchant:read');
    return store.list('merchants', {
      where: [
        { field: 'platformId', is: 'in', values: [principal.platformId] },
        ...(only === null ? [] : [{ field: 'id', is: 'in', values: only } as const]),
      ],
      sortBy: 'createdAt',
      ...page,
    });
  }

  async function createKey(principal: Principal, { platformId, statements, replyStatus }: NewKey): Promise<MadeKey> {
    const platform = platformWithin(principal, 'api_key:create', platformId);
    if (!statements.every((statement) => mayGrant(principal, statement))) throw new Refused('FORBIDDEN', 'statements');
    const made = newKey(platform, statements, replyStatus);
    await store.apply({ insert: 'keys', record: made.key });
    return made;
  }

  function newMerchant(given: Pick<Merchant, 'platformId' | 'name' | 'dbaName' | 'status'>): Merchant {
    const now = clock.now();
    return { id: ids.make('mid'), rev: 0, ...given, lineLimit: null, createdAt: now, updatedAt: now };
  }

  function newAdminKey(platformId: PlatformId): MadeKey {
    return newKey(platformId, [{ permissions: [GROUP_ALL], constraints: { platform: { platform_id: platformId } } }]);
  }

  function newKey(
    platformId: PlatformId,
    statements: readonly Statement[],
    replyStatus: ReplyStatus = 'DOCUMENTED',
  ): MadeKey {
    const text = `${processors.sandbox ? 'sbx_' : ''}apikey_${randomBytes(32).toString('hex')}`;
    const now = clock.now();
    const key: ApiKey = {
      id: ids.make('api'),
      rev: 0,
      platformId,
      secretHash: hashOf(text),
      masked: text.replace(/([0-9a-f]{8})[0-9a-f]{48}([0-9a-f]{8})$/, '$1****$2'),
      statements,
      replyStatus,
      status: 'ENABLED',
      createdAt: now,
      updatedAt: now,
    };
    return { key, secret: new Secret(text) };
  }

  async function getKey(
    principal: Principal,
    id: string,
    permission: Permission = 'api_key:read',
  ): Promise<ApiKey | null> {
    if (!holds(principal, permission)) throw new Refused('FORBIDDEN');
    const key = isId('api', id) ? await store.get('keys', id) : null;
    if (key === null) return null;
    return mayReach(principal, permission, { platformId: key.platformId, merchantId: null }) ? key : null;
  }

  async function listKeys(principal: Principal): Promise<readonly ApiKey[]> {
    platformWithin(principal, 'api_key:read', principal.platformId);
    return store.list('keys', {
      where: [{ field: 'platformId', is: 'in', values: [principal.platformId] }],
      sortBy: 'createdAt',
      order: 'desc',
      limit: MAX_KEYS_LISTED,
    });
  }

  async function setKeyStatus(principal: Principal, id: string, status: ApiKeyStatus): Promise<ApiKey | null> {
    const key = await getKey(principal, id, status === 'DELETED' ? 'api_key:delete' : 'api_key:update');
    if (key === null || key.status === 'DELETED') return null;
    const { record } = await amendKey(store, key, (current) =>
      current.status === status || current.status === 'DELETED'
        ? null
        : { ...current, rev: current.rev + 1, status, updatedAt: clock.now() },
    );
    return record;
  }

  async function authenticate(secret: string, userName: string | null): Promise<Principal | null> {
    if (!KEY_TEXT.test(secret)) return null;
    // The digest finds the key: what a timing could tell is about a digest, which a guesser cannot steer.
    const key = await store.find('keys', 'secretHash', hashOf(secret));
    if (key === null || key.status !== 'ENABLED') return null;
    if (userName !== null && userName !== 'api_key') {
      const platform = await store.get('platforms', key.platformId);
      if (platform?.accountSid !== userName) return null;
    }
    return principalBehind(key);
  }

  async function principalOf(keyId: string): Promise<Principal | null> {
    const key = isId('api', keyId) ? await store.get('keys', keyId) : null;
    return key?.status === 'ENABLED' ? principalBehind(key) : null;
  }

  return {
    setUp,
    addAdminKey,
    createMerchant,
    getMerchant: (principal, id) => merchantWithin(store, principal, 'merchant:read', id),
    setLineLimit,
    setRouting,
    setReverseLate: (principal, id, reverseLate) => change(principal, id, (merchant) => ({ ...merchant, reverseLate })),
    listMerchants,
    createKey,
    getKey: (principal, id) => getKey(principal, id),
    listKeys,
    setKeyStatus,
    authenticate,
    principalOf,
  };
}

/**
 * The platform, when the key may use the permission on it as a whole.
 * @throws {Refused} `FORBIDDEN`
 */
function platformWithin(principal: Principal, permission: Permission, platformId: string): PlatformId {
  const scope = { platformId: principal.platformId, merchantId: null };
  if (platformId !== principal.platformId || !mayReach(principal, permission, scope)) throw new Refused('FORBIDDEN');
  return principal.platformId;
}

/** Whether every grant of the statement lies within what the principal holds itself. */
function mayGrant(principal: Principal, { permissions, constraints }: Statement): boolean {
  if (constraints.platform !== undefined && constraints.platform.platform_id !== principal.platformId) return false;
  const merchant = constraints.merchant?.merchant_id ?? null;
  return permissions.every((grant) => {
    const reach = reachOf(principal, grant);
    return reach === null || (merchant !== null && reach.includes(merchant));
  });
}

function reachOf(principal: Principal, grant: Grant): readonly string[] | null {
  if (grant !== GROUP_ALL) return merchantsWithin(principal, grant);
  const whole = { ...principal, statements: principal.statements.filter((s) => s.permissions.includes(GROUP_ALL)) };
  return merchantsWithin(whole, 'api_key:create');
}

function principalBehind({ id: keyId, platformId, statements, replyStatus }: ApiKey): Principal {
  return { keyId, platformId, statements, replyStatus };
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
