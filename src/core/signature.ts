/**
 * How a provider proves that a delivery is its own: a signature over the address and the body under a key that it shares
 * with one merchant. Decides how two such values are compared; which header means what is an adapter's word, and whose
 * key counts is the engine's decision.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from './secret.ts';

/** What a delivery's signature was made over, and where it may stand. */
export interface SignedDelivery {
  /** As the provider was told it, path and query included, without user name and password. Never from a `Host` header. */
  readonly url: string;
  /** The very text that is then parsed; empty where there is no body. */
  readonly body: string;
  /** Of the headers that the adapter names, in lower case; an empty text for one that did not come. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A provider's way to sign. Pure and total, like the rest of an adapter. */
export interface Signature {
  /** In lower case: the headers that may carry it, which are all that `isBy` gets to see. */
  readonly headers: readonly [string, ...string[]];
  /** Whether the delivery was signed with this key; false for whatever is no signature. Compares with `isHmac`. */
  isBy(key: Secret<string>, delivery: SignedDelivery): boolean;
}

/** The signing keys of one merchant for one adapter, as they are stored: sealed (engine/seal.ts), newest first. */
export interface SealedKeys {
  readonly adapter: string;
  readonly sealed: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** HMAC, RFC 2104, over UTF-8. */
export interface Hmac {
  readonly hash: 'sha1' | 'sha256';
  readonly form: 'hex' | 'base64';
}

/** Whether `given` is the HMAC of the text; how long that takes tells nothing about where they differ. */
export function isHmac(given: string, { hash, form }: Hmac, key: Secret<string>, text: string): boolean {
  return isSame(given, createHmac(hash, key.reveal()).update(text).digest(form));
}

/** Whether `given` is the SHA-256 of the text, in lower-case hex. */
export function isSha256(given: string, text: string): boolean {
  return isSame(given, createHash('sha256').update(text).digest('hex'));
}

/** Digests of both have one length, and nobody can steer where they differ. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
