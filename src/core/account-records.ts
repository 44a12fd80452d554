/**
 * The records of whoever is paid and whoever may ask for it: platforms, merchants, API keys. Part of the store port
 * (store.ts), in a file of its own; the rules for changing them are the engine's.
 */
import type { ApiKeyId, MerchantId, PlatformId } from './ids.ts';
import type { Money } from './money.ts';
import type { ReplyStatus, Statement } from './principal.ts';
import type { Routing } from './processor.ts';
import type { SealedKeys } from './signature.ts';
import type { Stored } from './store.ts';

/** The owner of merchants and keys. No key reaches beyond its platform. */
export interface Platform extends Stored {
  readonly id: PlatformId;
  readonly name: string;
  /** `AC` and 32 hex digits: what providers call an account SID; another user name for HTTP Basic. */
  readonly accountSid: string;
  readonly createdAt: number;
}

/** Rainforest, Merchants: `status`. Configs can be made for an ACTIVE one only. */
export type MerchantStatus = 'PENDING' | 'ONBOARDING' | 'CANCELED' | 'ACTIVE' | 'SUSPENDED' | 'DEACTIVATED';

/** Who is paid. */
export interface Merchant extends Stored {
  readonly id: MerchantId;
  readonly platformId: PlatformId;
  readonly name: string;
  /** The name that its customers know ("doing business as"), where it is another. */
  readonly dbaName: string | null;
  /** The most that a caller may key in on a line without a config; null where there is no such line. */
  readonly lineLimit: Money | null;
  /** One for each adapter that has any; absent until one has. */
  readonly signingKeys?: readonly SealedKeys[];
  readonly status: MerchantStatus;
  /** Where its payments go; absent: where the server's setting says. */
  readonly routing?: Routing;
  /** An approval that comes after its caller was told "unknown" is given back; absent: it is kept. */
  readonly reverseLate?: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** ENABLED keys authenticate, DISABLED ones can be enabled again, DELETED ones never. */
export type ApiKeyStatus = 'ENABLED' | 'DISABLED' | 'DELETED';

/** A key without its text: Rainforest, API keys. */
export interface ApiKey extends Stored {
  readonly id: ApiKeyId;
  readonly platformId: PlatformId;
  /** SHA-256 of the key, hex. The key has 256 random bits, so the hash needs no stretching. */
  readonly secretHash: string;
  /** First and last eight hex digits with stars between. */
  readonly masked: string;
  readonly statements: readonly Statement[];
  readonly replyStatus: ReplyStatus;
  readonly status: ApiKeyStatus;
  readonly createdAt: number;
  readonly updatedAt: number;
}
