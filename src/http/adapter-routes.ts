/**
 * The one pipeline for every telephony provider: authenticate, validate, decode, execute, encode. Decides that an
 * authenticated request is always answered in the provider's own shape, whatever happened.
 */
import type Router from '@koa/router';
import type Koa from 'koa';
import type { Adapter, AdapterRoute } from '../core/adapter.ts';
import type { Clock } from '../core/clock.ts';
import { Refused } from '../core/errors.ts';
import { type Command, type PaymentResult, type RefusedResult, refusal } from '../core/payment.ts';
import type { Principal } from '../core/principal.ts';
import type { Engine } from '../engine/engine.ts';
import { whileAway } from '../engine/wait.ts';
import type { Log } from '../log.ts';
import type { Authenticate } from './auth.ts';
import { BodyFault, type ReadBody } from './body.ts';
import { compile } from './validate.ts';

/** What every adapter's routes share. */
export interface AdapterDeps {
  readonly engine: Engine;
  readonly log: Log;
  readonly clock: Clock;
  readonly authenticate: Authenticate;
  readonly readBody: ReadBody;
}

/** Puts an adapter's routes into the router. @throws {Error} for one with a schema that is none. */
export function mountAdapter(router: Router, adapter: Adapter<unknown>, deps: AdapterDeps): void {
  const { engine, log, clock, authenticate, readBody } = deps;
  const validate = compile(adapter.schema);

  function read(body: unknown, route: AdapterRoute): Command | RefusedResult {
    try {
      validate(body);
      return adapter.decode({ body, route });
    } catch (error) {
      if (error instanceof Refused) return refusal(error.code, error.field);
      throw error;
    }
  }

  async function answer(
    body: unknown,
    route: AdapterRoute,
    principal: Principal,
    ctx: Koa.Context,
  ): Promise<PaymentResult> {
    const { requestId } = ctx.state;
    const receivedAt = clock.now();
    const command = read(body, route);
    if (command.kind !== 'refused') {
      const { name, patience, tenders } = adapter;
      return engine.execute(command, { principal, adapter: name, patience, tenders, receivedAt, requestId });
    }
    const { code, field } = command;
    log.event('payment', { request_id: requestId, adapter: adapter.name, outcome: 'refused', code, field });
    return command;
  }

  /** Where any answer is final, a store that is away is waited for: this may be the repeat of something sent. */
  function signIn(ctx: Koa.Context): Promise<Principal> {
    const { repeatsOnSilence, totalMs } = adapter.patience;
    const until = clock.now() + (repeatsOnSilence ? totalMs : 0);
    return whileAway(clock, until, () => authenticate(ctx, adapter.auth, ctx.state.requestId));
  }

  async function deliver(ctx: Koa.Context, route: AdapterRoute): Promise<void> {
    const principal = await signIn(ctx);
    let body: unknown = null;
    let result: PaymentResult;
    try {
      body = await readBody(ctx, adapter.numbersAsText ? 'text' : 'number');
      result = await answer(body, route, principal, ctx);
    } catch (error) {
      if (error instanceof BodyFault) {
        result = refusal(error.kind === 'too_large' ? 'PAYLOAD_TOO_LARGE' : 'INVALID_REQUEST');
        ctx.set('Connection', 'close');
      } else {
        // Nobody thought of this, so it counts as maybe sent.
        log.event('defect', { request_id: ctx.state.requestId, adapter: adapter.name, error });
        result = { kind: 'unknown', payinId: null, paymentMethodId: null };
      }
    }
    const reply = adapter.encode(result, route, body);
    ctx.status = reply.status;
    ctx.body = reply.body;
  }

  const keyed = adapter.auth.includes('path');
  for (const route of adapter.routes) {
    const paths = keyed ? [route.path, `${route.path}/:key`] : [route.path];
    router.post(paths, (ctx: Koa.Context) => deliver(ctx, route));
  }
}
