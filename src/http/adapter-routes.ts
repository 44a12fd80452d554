/**
 * The one pipeline for every telephony provider: authenticate, validate, decode, execute, encode. Decides that a
 * request is answered in the provider's own shape whatever happened, unless its credentials are wrong.
 */
import type Router from '@koa/router';
import type Koa from 'koa';
import type { Addresses } from '../addresses.ts';
import {
  type AdapterCommand,
  type AdapterRoute,
  type AnyAdapter,
  carriesTender,
  type Reply,
  type ResultOf,
} from '../core/adapter.ts';
import type { Clock } from '../core/clock.ts';
import { Refused } from '../core/errors.ts';
import { type RefusedResult, refusal } from '../core/payment.ts';
import type { Principal } from '../core/principal.ts';
import { StoreUnavailable } from '../core/store.ts';
import type { Engine } from '../engine/engine.ts';
import type { Caller } from '../engine/join.ts';
import { whileAway } from '../engine/wait.ts';
import type { Log } from '../log.ts';
import type { Authenticate } from './auth.ts';
import { BodyFault, type ReadBody, type SentBody } from './body.ts';
import { compile, type Validate } from './validate.ts';

/** What every adapter's routes share. */
export interface AdapterDeps {
  readonly engine: Engine;
  readonly log: Log;
  readonly clock: Clock;
  readonly authenticate: Authenticate;
  readonly readBody: ReadBody;
  /** What signed deliveries were addressed to. */
  readonly addresses: Addresses;
}

/** Any command's result. */
type Result = ResultOf<AdapterCommand>;

/**
 * Puts those of an adapter's routes into the router that are served here.
 * @throws {Error} for one with a schema that is none.
 */
export function mountAdapter(
  router: Router,
  adapter: AnyAdapter,
  isServed: (route: AdapterRoute) => boolean,
  deps: AdapterDeps,
): void {
  const { engine, log, clock, authenticate, readBody, addresses } = deps;

  function read(body: unknown, { route, validate }: Served, ctx: RoutedContext): AdapterCommand | RefusedResult {
    try {
      validate?.(body);
      return adapter.decode({ body, route, params: ctx.params });
    } catch (error) {
      if (error instanceof Refused) return refusal(error.code, error.field);
      throw error;
    }
  }

  /** Whether a delivery was signed with a key; nothing where the provider signs none. */
  function signerOf(ctx: Koa.Context, route: AdapterRoute, body: string): Pick<Caller, 'isSignedBy'> {
    const { signature } = adapter;
    if (signature === undefined) return {};
    const url = `${carriesTender(route) ? addresses.tenderUrl : addresses.baseUrl}${ctx.req.url ?? ''}`;
    const headers = Object.fromEntries(signature.headers.map((name) => [name, ctx.get(name)]));
    return { isSignedBy: (key) => signature.isBy(key, { url, body, headers }) };
  }

  async function answer(
    { text, value: body }: SentBody,
    served: Served,
    principal: Principal,
    ctx: RoutedContext,
    receivedAt: number,
  ): Promise<Result> {
    const { requestId } = ctx.state;
    const { name, patience, tenders } = adapter;
    const signer = signerOf(ctx, served.route, text);
    const caller: Caller = { principal, adapter: name, patience, tenders, receivedAt, requestId, ...signer };
    const command = read(body, served, ctx);
    switch (command.kind) {
      case 'charge':
      case 'tokenize':
        return engine.execute(command, caller);
      case 'openCart':
      case 'findCart':
      case 'findPayment':
      case 'reversePayment':
        return engine.carts.execute(command, caller);
      case 'refused': {
        const { code, field } = command;
        log.event('payment', { request_id: requestId, adapter: name, outcome: 'refused', code, field });
        return command;
      }
    }
  }

  /**
   * Where any answer is final, a store that is away is waited for: this may be the repeat of something sent.
   * @returns what to say where it did not come back.
   */
  async function signIn(ctx: Koa.Context, receivedAt: number): Promise<Principal | Result> {
    const { repeatsOnSilence, totalMs } = adapter.patience;
    const until = receivedAt + (repeatsOnSilence ? totalMs : 0);
    try {
      return await whileAway(clock, until, () => authenticate(ctx, adapter.auth));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.event('store_error', { request_id: ctx.state.requestId, during: 'sign_in', reason: error.reason });
      return repeatsOnSilence ? UNKNOWN : refusal('STORE_UNAVAILABLE');
    }
  }

  async function deliver(ctx: RoutedContext, served: Served): Promise<void> {
    const receivedAt = clock.now();
    const principal = await signIn(ctx, receivedAt);
    if ('kind' in principal) return say(ctx, adapter.encode(principal, served.route, null));
    let body: SentBody = { text: '', value: null };
    let result: Result;
    try {
      if (served.validate !== null) body = await readBody(ctx, adapter.numbersAsText ? 'text' : 'number');
      result = await answer(body, served, principal, ctx, receivedAt);
    } catch (error) {
      if (error instanceof BodyFault) {
        result = refusal(error.kind === 'too_large' ? 'PAYLOAD_TOO_LARGE' : 'INVALID_REQUEST');
        ctx.set('Connection', 'close');
      } else {
        // Nobody thought of this, so it counts as maybe sent.
        log.event('defect', { request_id: ctx.state.requestId, adapter: adapter.name, error });
        result = UNKNOWN;
      }
    }
    const reply = adapter.encode(result, served.route, body.value);
    say(ctx, principal.replyStatus === 'ALWAYS_200' ? { ...reply, status: 200 } : reply);
  }

  const keyed = adapter.auth.includes('path');
  for (const route of adapter.routes.filter(isServed)) {
    const paths = keyed ? [route.path, `${route.path}/:key`] : [route.path];
    const schema = route.schema === undefined ? adapter.schema : route.schema;
    const served = { route, validate: schema === null ? null : compile(schema) };
    router.register(paths, [route.method], (ctx: RoutedContext) => deliver(ctx, served));
  }
}

const UNKNOWN: Result = { kind: 'unknown', payinId: null, paymentMethodId: null };

function say(ctx: Koa.Context, { status, body }: Reply): void {
  ctx.status = status;
  ctx.body = body;
}

type RoutedContext = Koa.Context & { readonly params: Readonly<Record<string, string>> };

/** A route with the check of its body; null where it has none. */
interface Served {
  readonly route: AdapterRoute;
  readonly validate: Validate | null;
}
