/**
 * Reads credentials and finds the principal behind them. Decides what is answered to wrong ones: 401, and 429 to an
 * address that keeps sending them. Right ones always pass, so that nobody can lock a provider out from its own address.
 */
import type Koa from 'koa';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { AuthMethod } from '../core/adapter.ts';
import type { Principal } from '../core/principal.ts';
import type { Accounts } from '../engine/accounts.ts';
import type { Log } from '../log.ts';

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
export type Authenticate = (ctx: Koa.Context, methods: AuthMethods, requestId: string) => Promise<Principal>;

/** Where a route takes a key. A header counts before a path; a method that is not listed is not taken. */
export type AuthMethods = readonly [AuthMethod, ...AuthMethod[]];

/** @param failuresPerMinute wrong credentials that one address may send before it is told 429. */
export function createAuthenticate(accounts: Accounts, log: Log, failuresPerMinute: number): Authenticate {
  const failures = new RateLimiterMemory({ points: failuresPerMinute, duration: 60 });

  return async (ctx, methods, requestId) => {
    const given = readCredentials(ctx, methods);
    const principal = given === null ? null : await accounts.authenticate(given.secret, given.userName);
    if (principal !== null) return principal;
    const client = ctx.req.socket.remoteAddress ?? '';
    const limited = await failures.consume(client).then(
      () => false,
      () => true,
    );
    // One line says that an address is at it; a line for each try would be a way to fill a disk.
    if (!limited) log.event('refused_auth', { request_id: requestId, code: 'UNAUTHORIZED', client });
    throw new Unauthorized(methods.includes('basic') ? 'Basic' : 'Bearer', limited);
  };
}

interface Credentials {
  readonly secret: string;
  readonly userName: string | null;
}

function readCredentials(ctx: Koa.Context, methods: AuthMethods): Credentials | null {
  const header = ctx.get('authorization');
  if (header !== '') return readHeader(header, methods);
  const key: unknown = Reflect.get(ctx, 'params')?.key;
  return methods.includes('path') && typeof key === 'string' ? { secret: key, userName: null } : null;
}

/** RFC 7617 and RFC 6750; scheme names in any case. */
function readHeader(header: string, methods: AuthMethods): Credentials | null {
  const [, name = '', token] = /^(basic|bearer) +([^\s]+) *$/i.exec(header) ?? [];
  const method = methods.find((one) => one === name.toLowerCase());
  if (token === undefined || method === undefined) return null;
  if (method === 'bearer') return { secret: token, userName: null };
  const text = Buffer.from(token, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { userName: text.slice(0, colon), secret: text.slice(colon + 1) };
}
