/**
 * The Koa application: which routes there are, and what is true of every reply. Decides the order of the layers and
 * owns the one error path; it never uses the Host header.
 */
import type { IncomingMessage } from 'node:http';
import Router from '@koa/router';
import Koa from 'koa';
import type { Addresses } from '../addresses.ts';
import { type AnyAdapter, carriesTender } from '../core/adapter.ts';
import type { Clock } from '../core/clock.ts';
import { randomText } from '../core/ids.ts';
import type { Secret } from '../core/secret.ts';
import { type Store, StoreUnavailable } from '../core/store.ts';
import type { Engine } from '../engine/engine.ts';
import type { Log } from '../log.ts';
import { mountAdapter } from './adapter-routes.ts';
import { apiRoutes } from './api/index.ts';
import { mountApiRoute } from './api-routes.ts';
import { createAuthenticate, createFailures, Unauthorized } from './auth.ts';
import { type BodyLimits, createReadBody } from './body.ts';
import { errorReply, replyTo } from './errors.ts';
import { createHealth } from './health.ts';
import { mountTokenRoute } from './oauth/route.ts';
import { createTokens } from './oauth/token.ts';
import { mountDocument } from './openapi/route.ts';

/** Letters only: digits could look like a card number to whoever scans the log. */
const REQUEST_ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** What the application answers from. It opens and closes none of it. */
export interface AppOptions {
  readonly engine: Engine;
  readonly store: Store;
  readonly log: Log;
  readonly clock: Clock;
  readonly adapters: readonly AnyAdapter[];
  readonly limits: BodyLimits & { readonly failedAuthsPerMinute: number };
  /** Newest first; access tokens are signed with the first and checked against all. */
  readonly secrets: readonly Secret<string>[];
  /** Where the outside reaches what is served here: a provider's signature is over its own address. */
  readonly addresses: Addresses;
  /** Whether what carries tender data is served by an application of its own, and only there. */
  readonly vaultApart: boolean;
  /** How long `/v1` waits for an outcome before it answers `PRESENTING`. */
  readonly apiPatienceMs: number;
}

/** The application before it listens: `koa.callback()` is a handler for Node's HTTP server. */
export interface App {
  readonly koa: Koa;
  /** For what carries tender data, which `koa` then does not serve; null where it is not served apart. */
  readonly vault: Koa | null;
  /** From now on every reply closes its connection, and `/readyz` says 503. */
  drain(): void;
}

/** What one of the applications serves, beside `/livez`, `/readyz` and its `/openapi.json`. */
interface Part {
  readonly tenderData: boolean;
  readonly everythingElse: boolean;
}

const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'",
  'Strict-Transport-Security': 'max-age=31536000',
} as const;

/** @throws {Error} where the routes or the schema of an adapter cannot be used. */
export function createApp(options: AppOptions): App {
  const { engine, store, log, clock, adapters, limits, addresses, apiPatienceMs, vaultApart } = options;
  const health = createHealth(store, clock, log);
  const tokens = createTokens(options.secrets, clock);
  const failures = createFailures(log, limits.failedAuthsPerMinute);
  const authenticate = createAuthenticate(engine.accounts, tokens, failures);
  const deps = { engine, log, clock, authenticate, readBody: createReadBody(limits), addresses };
  const api = apiRoutes(engine, adapters, apiPatienceMs);
  let draining = false;

  function assemble(part: Part): Koa {
    const isServed = (tenderData: boolean) => (tenderData ? part.tenderData : part.everythingElse);
    // Providers' routes have a router of their own, in front: their callers wait on the line.
    const vendors = new Router();
    for (const adapter of adapters) mountAdapter(vendors, adapter, (route) => isServed(carriesTender(route)), deps);
    const rest = new Router();
    health.mount(rest);
    mountDocument(rest, adapters, api, isServed);
    if (part.everythingElse) mountTokenRoute(rest, { accounts: engine.accounts, tokens, failures, limits });
    for (const route of api) if (isServed(route.tenderData === true)) mountApiRoute(rest, route, deps);

    const koa = new Koa();
    // Koa would print what it catches; nothing reaches it but a connection that broke while a reply was written.
    koa.silent = true;
    koa.use(guard);
    koa.use(vendors.routes());
    koa.use(vendors.allowedMethods());
    koa.use(rest.routes());
    koa.use(rest.allowedMethods());
    return koa;
  }

  async function guard(ctx: Koa.Context, next: Koa.Next): Promise<void> {
    const requestId = randomText(REQUEST_ID_LETTERS, 20);
    ctx.state.requestId = requestId;
    ctx.set(HEADERS);
    ctx.set('X-Request-Id', requestId);
    try {
      if (!hasPlainTarget(ctx.req)) throw new OddTarget();
      await next();
      // What no route has answered: Koa's own words would be text.
      if (ctx.body === undefined || ctx.body === null) answerUnrouted(ctx);
    } catch (error) {
      answerError(ctx, error);
    }
    // Asked now and not before: the replies that a stop waits for are those to earlier requests.
    if (draining) ctx.set('Connection', 'close');
  }

  function answerUnrouted(ctx: Koa.Context): void {
    if (ctx.status === 404) send(ctx, errorReply('NOT_FOUND'));
    else if (ctx.status === 405 || ctx.status === 501) send(ctx, errorReply('METHOD_NOT_ALLOWED'));
  }

  function answerError(ctx: Koa.Context, error: unknown): void {
    const known = error instanceof OddTarget ? errorReply('INVALID_REQUEST') : replyTo(error);
    const { requestId: request_id } = ctx.state;
    if (known === null) log.event('defect', { request_id, error });
    if (error instanceof StoreUnavailable)
      log.event('store_error', { request_id, during: 'request', reason: error.reason });
    if (error instanceof Unauthorized) ctx.set('WWW-Authenticate', `${error.scheme} realm="tollbridge"`);
    if (!ctx.req.complete) ctx.set('Connection', 'close');
    send(ctx, known ?? errorReply('INTERNAL_ERROR'));
  }

  return {
    koa: assemble({ tenderData: !vaultApart, everythingElse: true }),
    vault: vaultApart ? assemble({ tenderData: true, everythingElse: false }) : null,
    drain() {
      draining = true;
      health.drain();
    },
  };
}

class OddTarget extends Error {}

/** Node accepts absolute-form targets and repeated Host headers; both are ways to disagree with a proxy. */
function hasPlainTarget(req: IncomingMessage): boolean {
  let hosts = 0;
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return req.url?.startsWith('/') === true && hosts <= 1;
}

function send(ctx: Koa.Context, reply: ReturnType<typeof errorReply>): void {
  ctx.status = reply.status;
  ctx.body = reply.body;
}
