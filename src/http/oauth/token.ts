/**
 * Access tokens: JSON Web Tokens (RFC 7519), signed with HMAC-SHA-256 under keys derived from the server's secrets. This
 * file is all that knows their form, so that a library can take its place. Decides what a token carries (which API key,
 * which permissions, until when); whether that key still works is asked on each request.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import { isPermission, type Permission } from '../../core/principal.ts';
import type { Secret } from '../../core/secret.ts';

/** What a token says. */
export interface Claims {
  /** The id of the API key that asked for it. */
  readonly keyId: string;
  /** What it may be used for; never more than the key holds at the time of use. */
  readonly scope: readonly Permission[];
}

/** Makes tokens, and knows its own again. */
export interface Tokens {
  /** Good for `TOKEN_LIFETIME_SECONDS` from now. */
  sign(claims: Claims): string;
  /** Null for whatever is not a token of these secrets, or is past its time. */
  verify(token: string): Claims | null;
}

/** Eight hours. */
export const TOKEN_LIFETIME_SECONDS = 28_800;

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Compared as a text: no other header is ours, so no other algorithm can be asked for. */
const HEADER = base64url({ alg: 'HS256', typ: 'JWT' });
const FORM = /^([\w-]+)\.([\w-]+)\.([\w-]{43})$/;

/** @param secrets newest first: the first signs, each of them is taken. */
export function createTokens(secrets: readonly Secret<string>[], clock: Clock): Tokens {
  const keys = secrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret.reveal(), '', 'tollbridge access token', 32)),
  );
  const [newest] = keys;
  if (newest === undefined) throw new Error('tokens need a secret');
  const seconds = () => Math.floor(clock.now() / 1_000);

  return {
    sign({ keyId, scope }) {
      const iat = seconds();
      const payload = base64url({ sub: keyId, scope: scope.join(' '), iat, exp: iat + TOKEN_LIFETIME_SECONDS });
      return `${HEADER}.${payload}.${signature(newest, payload).toString('base64url')}`;
    },
    verify(token) {
      const [, header, payload = '', given = ''] = FORM.exec(token) ?? [];
      if (header !== HEADER) return null;
      const proof = Buffer.from(given, 'base64url');
      const signed = keys.some((key) => timingSafeEqual(signature(key, payload), proof));
      return signed ? claimsOf(payload, seconds()) : null;
    },
  };
}

function signature(key: Buffer, payload: string): Buffer {
  return createHmac('sha256', key).update(`${HEADER}.${payload}`).digest();
}

/** The payload is ours, for it was signed; its time may be over. */
function claimsOf(payload: string, now: number): Claims | null {
  const { sub, scope, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString());
  return exp > now ? { keyId: String(sub), scope: String(scope).split(' ').filter(isPermission) } : null;
}
