/**
 * Secrets of others that have to be read again: AES-256-GCM under a key derived from `SECRET_KEY`. Decides that what is
 * sealed for one owner opens for no other, and which secret seals; what is sealed is its story's business.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Secret } from '../core/secret.ts';

/** Owners are names, in order; they are not part of what is sealed and have to be given again. */
export interface Seals {
  /** Under the newest secret, base64url. */
  seal(secret: Secret<string>, owner: readonly string[]): string;
  /** Null where no live secret opens it for this owner. */
  open(sealed: string, owner: readonly string[]): Secret<string> | null;
}

/** Bytes. A nonce is drawn for each seal: a key may make 2^32 of them (NIST SP 800-38D, 8.3), there are some hundreds. */
const NONCE = 12;
const TAG = 16;

/** @param secrets newest first, at least one. */
export function createSeals(secrets: readonly Secret<string>[]): Seals {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret.reveal(), '', 'tollbridge seal', 32)));
  const [newest] = keys;
  if (newest === undefined) throw new Error('seals need a secret');
  return {
    seal(secret, owner) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', newest, nonce, { authTagLength: TAG }).setAAD(bytesOf(owner));
      const text = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
    },
    open(sealed, owner) {
      for (const key of keys) {
        const text = openWith(key, Buffer.from(sealed, 'base64url'), owner);
        if (text !== null) return new Secret(text);
      }
      return null;
    },
  };
}

function openWith(key: Buffer, sealed: Buffer, owner: readonly string[]): string | null {
  const [nonce, tag, text] = [
    sealed.subarray(0, NONCE),
    sealed.subarray(NONCE, NONCE + TAG),
    sealed.subarray(NONCE + TAG),
  ];
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
    decipher.setAAD(bytesOf(owner)).setAuthTag(tag);
    return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

/** JSON, so that no two lists of names read alike. */
const bytesOf = (owner: readonly string[]): Buffer => Buffer.from(JSON.stringify(owner));
