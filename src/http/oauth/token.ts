/**
 * Access tokens: JSON Web Tokens (RFC 7519), signed with HMAC-SHA-256 under keys derived from the server's secrets.
 * Decides what a token carries (which API key, which permissions, until when); whether that key still works is asked on
 * each request.
 */
import { hkdfSync } from 'node:crypto';
import type { JWTPayload } from 'jose';
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
  sign(claims: Claims): Promise<string>;
  /** Null for whatever is not a token of these secrets, or is past its time. */
  verify(token: string): Promise<Claims | null>;
}

/** Eight hours. */
export const TOKEN_LIFETIME_SECONDS = 28_800;

/** Loaded with the first token: a start would wait for its sixty files, and most servers never make one. */
const jose = () => import('jose');

const HEADER = { alg: 'HS256', typ: 'JWT' } as const;

/** @param secrets newest first: the first signs, each of them is taken. */
export function createTokens(secrets: readonly Secret<string>[], clock: Clock): Tokens {
  const keys = secrets.map(
    (secret) => new Uint8Array(hkdfSync('sha256', secret.reveal(), '', 'tollbridge access token', 32)),
  );
  const [newest] = keys;
  if (newest === undefined) throw new Error('tokens need a secret');
  const signingKey = newest;

  return {
    async sign({ keyId, scope }) {
      const { SignJWT } = await jose();
      const now = Math.floor(clock.now() / 1_000);
      return new SignJWT({ scope: scope.join(' ') })
        .setProtectedHeader(HEADER)
        .setSubject(keyId)
        .setIssuedAt(now)
        .setExpirationTime(now + TOKEN_LIFETIME_SECONDS)
        .sign(signingKey);
    },
    async verify(token) {
      for (const key of keys) {
        const payload = await payloadOf(token, key, new Date(clock.now()));
        if (payload !== null) return claimsOf(payload);
      }
      return null;
    },
  };
}

async function payloadOf(token: string, key: Uint8Array, currentDate: Date): Promise<JWTPayload | null> {
  const { errors, jwtVerify } = await jose();
  const demands = { algorithms: [HEADER.alg], requiredClaims: ['sub', 'scope', 'exp'], currentDate };
  try {
    return (await jwtVerify(token, key, demands)).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

function claimsOf({ sub, scope }: JWTPayload): Claims {
  return { keyId: String(sub), scope: String(scope).split(' ').filter(isPermission) };
}
