/**
 * Keyed digests: what proves that two requests are the same without keeping either. Decides how parts are joined and
 * which secrets are live; never sees a security code (three digits could be tried out, whatever the key).
 */
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../core/secret.ts';
import type { Store } from '../core/store.ts';

/** Digests under the live secrets. The order of parts counts, and no two lists of parts are taken for each other. */
export interface Keyring {
  /** HMAC-SHA-256 under the newest secret, base64url. */
  digest(parts: readonly string[]): string;
  /** The same under each live secret, newest first: for what may have been found by an older one's digest. */
  digests(parts: readonly string[]): readonly string[];
  /** Whether some live secret made this digest of these parts. */
  matches(digest: string, parts: readonly string[]): boolean;
}

/** Raised at the start when no given secret is one that the store's digests were made with. */
export class WrongSecretKey extends Error {
  constructor() {
    super('SECRET_KEY: none of the keys is the one that this store was used with');
  }
}

/** Each part behind its length, so that no two lists of parts read alike. */
function join(parts: readonly string[]): string {
  return parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('');
}

/** An unkeyed digest for names that hold nothing secret, base64url. */
export function plainDigest(parts: readonly string[]): string {
  return createHash('sha256').update(join(parts)).digest('base64url');
}

/** @param secrets newest first, at least one. */
export function createKeyring(secrets: readonly Secret<string>[]): Keyring {
  const keys = secrets.map((secret) => fingerprintKey(secret));
  const [newest] = keys;
  if (newest === undefined) throw new Error('a keyring needs a secret');
  return {
    digest: (parts) => hmac(newest, parts).toString('base64url'),
    digests: (parts) => keys.map((key) => hmac(key, parts).toString('base64url')),
    matches(digest, parts) {
      const given = Buffer.from(digest, 'base64url');
      return keys.some((key) => {
        const made = hmac(key, parts);
        return made.length === given.length && timingSafeEqual(made, given);
      });
    },
  };
}

/**
 * Makes sure that the store and the secrets belong together: a secret that never met this store would make every repeat
 * look changed. A store that is new learns all given secrets; a known one learns a new secret only beside an old one.
 * @throws {WrongSecretKey}
 */
export async function checkSecrets(store: Store, secrets: readonly Secret<string>[]): Promise<void> {
  const ids = secrets.map((secret) => `secret:${plainDigest(['check', fingerprintKey(secret).toString('hex')])}`);
  await store.apply({ insert: 'meta', record: { id: 'secret', rev: 0, value: ids[0] ?? '' } });
  const first = await store.get('meta', 'secret');
  const known = await Promise.all(ids.map(async (id) => id === first?.value || (await store.get('meta', id)) !== null));
  if (!known.includes(true)) throw new WrongSecretKey();
  await Promise.all(ids.map((id) => store.apply({ insert: 'meta', record: { id, rev: 0, value: 'known' } })));
}

function fingerprintKey(secret: Secret<string>): Buffer {
  return Buffer.from(hkdfSync('sha256', secret.reveal(), '', 'tollbridge fingerprint', 32));
}

function hmac(key: Buffer, parts: readonly string[]): Buffer {
  return createHmac('sha256', key).update(join(parts)).digest();
}
