/**
 * Reads credentials and finds the principal behind them. Decides what is answered to wrong ones: 401, and 429 to an
 * address that keeps sending them. Right ones always pass, so that nobody can lock a provider out from its own address.
 */
import type Koa from 'koa';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { AuthMethod } from '../core/adapter.ts';
import { narrowed, type Principal } from '../core/principal.ts';
import type { Accounts } from '../engine/accounts.ts';
import type { Log } from '../log.ts';
import type { Tokens } from './oauth/token.ts';

/** No principal: 401, or 429 where `limited`. Carries nothing of what was sent. */
export class Unauthorized extends Error {
  /** For `WWW-Authenticate`. */
  readonly scheme: 'Basic' | 'Bearer';
  /** Too many wrong ones from this address. */
  readonly limited: boolean;

  constructor(scheme: Unauthorized['scheme'], limited: boolean) {
    super('unauthorized');
    this.scheme = scheme;
    this.limited = limited;
  }
}

/** @throws {Unauthorized} */
export type Authenticate = (ctx: Koa.Context, methods: AuthMethods) => Promise<Principal>;

/** Where a route takes a key. A header counts before a path; a method that is not listed is not taken. */
export type AuthMethods = readonly [AuthMethod, ...AuthMethod[]];

/** Notes wrong credentials. @returns whether their address has sent too many of them. */
export type Failures = (ctx: Koa.Context) => Promise<boolean>;

/** @param perMinute wrong credentials that one address may send before it is told 429. */
export function createFailures(log: Log, perMinute: number): Failures {
  const failures = new RateLimiterMemory({ points: perMinute, duration: 60 });

  return async (ctx) => {
    const client = ctx.req.socket.remoteAddress ?? '';
    const limited = await failures.consume(client).then(
      () => false,
      () => true,
    );
    // One line says that an address is at it; a line for each try would be a way to fill a disk.
    if (!limited) log.event('refused_auth', { request_id: ctx.state.requestId, code: 'UNAUTHORIZED', client });
    return limited;
  };
}

/** Takes an API key wherever it may come, and as Bearer an access token of one, too. */
export function createAuthenticate(accounts: Accounts, tokens: Tokens, failures: Failures): Authenticate {
  return async (ctx, methods) => {
    const given = readCredentials(ctx, methods);
    const principal = given === null ? null : await principalOf(given);
    if (principal !== null) return principal;
    throw new Unauthorized(methods.includes('basic') ? 'Basic' : 'Bearer', await failures(ctx));
  };

  async function principalOf({ secret, userName, scheme }: Credentials): Promise<Principal | null> {
    const claims = scheme === 'bearer' ? await tokens.verify(secret) : null;
    if (claims === null) return accounts.authenticate(secret, userName);
    // The key behind the token is read again each time: a disabled key's tokens are dead at once.
    const principal = await accounts.principalOf(claims.keyId);
    return principal === null ? null : narrowed(principal, claims.scope);
  }
}

interface Credentials {
  readonly scheme: AuthMethod;
  readonly secret: string;
  readonly userName: string | null;
}

function readCredentials(ctx: Koa.Context, methods: AuthMethods): Credentials | null {
  const header = ctx.get('authorization');
  if (header !== '') return readHeader(header, methods);
  const key: unknown = Reflect.get(ctx, 'params')?.key;
  return methods.includes('path') && typeof key === 'string' ? { scheme: 'path', secret: key, userName: null } : null;
}

/** RFC 7617 and RFC 6750; scheme names in any case. */
function readHeader(header: string, methods: AuthMethods): Credentials | null {
  const [, name = '', token] = /^(basic|bearer) +([^\s]+) *$/i.exec(header) ?? [];
  const method = methods.find((one) => one === name.toLowerCase());
  if (token === undefined || method === undefined) return null;
  if (method === 'bearer') return { scheme: 'bearer', secret: token, userName: null };
  const text = Buffer.from(token, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { scheme: 'basic', userName: text.slice(0, colon), secret: text.slice(colon + 1) };
}
