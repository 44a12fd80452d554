/** Who is asking: an API key's permissions and the objects it is bound to. Decides; denies by default. */
import type { ApiKeyId, MerchantId, PlatformId } from './ids.ts';

/**
 * Rainforest, API keys: `resource:action`, for what can be done here; a key that asks for another is refused. Those of
 * carts, fee schedules and signing keys are ours.
 */
export const PERMISSIONS = [
  'api_key:create',
  'api_key:read',
  'api_key:update',
  'api_key:delete',
  'cart:create',
  'cart:read',
  'fee_schedule:read',
  'fee_schedule:update',
  'merchant:create',
  'merchant:read',
  'merchant:update',
  'payin_config:create',
  'payin_config:read',
  'payment_method_config:create',
  'payment_method_config:read',
  'payin:create',
  'payin:read',
  'payin:update',
  'payment_method:create',
  'payment_method:read',
  'payment_method:update',
  'refund:create',
  'refund:read',
  'signing_key:delete',
  'signing_key:read',
  'signing_key:update',
] as const;
/** The right to one action on one kind of object, within the constraints of its statement. */
export type Permission = (typeof PERMISSIONS)[number];

/** Grants every permission (Rainforest's group). */
export const GROUP_ALL = 'group#all';
/** What a statement may list. */
export type Grant = Permission | typeof GROUP_ALL;

/** Rainforest's statement: all constraints of a statement must hold; one statement that fits is enough. */
export interface Statement {
  readonly permissions: readonly Grant[];
  readonly constraints: {
    readonly platform?: { readonly platform_id: PlatformId };
    readonly merchant?: { readonly merchant_id: MerchantId };
  };
}

/**
 * Which HTTP statuses a connector's replies have. `DOCUMENTED`: as the provider's pages have it. `ALWAYS_200`: for setups
 * that take any other status as silence.
 */
export type ReplyStatus = 'DOCUMENTED' | 'ALWAYS_200';

/** The API key behind a request, as it stood in the store when the request came. */
export interface Principal {
  readonly keyId: ApiKeyId;
  /** The key's own; whatever belongs to another platform does not exist for it. */
  readonly platformId: PlatformId;
  /** Where none of them fits, the answer is no. */
  readonly statements: readonly Statement[];
  readonly replyStatus: ReplyStatus;
}

/** An object to reach for: `merchantId` is null for what belongs to the platform as a whole. */
export interface Scope {
  readonly platformId: PlatformId;
  readonly merchantId: MerchantId | null;
}

/** Whether some statement grants the permission at all, whatever the object. */
export function holds(principal: Principal, permission: Permission): boolean {
  return principal.statements.some((statement) => grants(statement, permission));
}

/** Whether the key may use the permission on an object of that scope. Another platform's objects are out of reach. */
export function mayReach(principal: Principal, permission: Permission, scope: Scope): boolean {
  return (
    scope.platformId === principal.platformId &&
    principal.statements.some((statement) => grants(statement, permission) && covers(statement, scope))
  );
}

/**
 * The merchants to which a permission is confined, or null when it reaches the whole platform: what a list may show.
 */
export function merchantsWithin(principal: Principal, permission: Permission): readonly MerchantId[] | null {
  const merchants: MerchantId[] = [];
  for (const statement of principal.statements) {
    if (!grants(statement, permission)) continue;
    const { platform, merchant } = statement.constraints;
    if (platform !== undefined && platform.platform_id !== principal.platformId) continue;
    if (merchant === undefined) return null;
    merchants.push(merchant.merchant_id);
  }
  return merchants;
}

/** The principal with no permission beyond the given ones: what a token of narrower scope may do. */
export function narrowed(principal: Principal, scope: readonly Permission[]): Principal {
  const statements = principal.statements.map((statement) => ({
    ...statement,
    permissions: scope.filter((permission) => grants(statement, permission)),
  }));
  return { ...principal, statements };
}

function grants(statement: Statement, permission: Permission): boolean {
  return statement.permissions.includes(permission) || statement.permissions.includes(GROUP_ALL);
}

function covers({ constraints }: Statement, scope: Scope): boolean {
  return (
    (constraints.platform === undefined || constraints.platform.platform_id === scope.platformId) &&
    (constraints.merchant === undefined || constraints.merchant.merchant_id === scope.merchantId)
  );
}

const NAMES: ReadonlySet<string> = new Set(PERMISSIONS);

/** Whether the text names a permission. */
export function isPermission(text: string): text is Permission {
  return NAMES.has(text);
}
