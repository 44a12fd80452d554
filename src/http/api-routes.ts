/** Our own API's pipeline: authenticate, refuse what is not built, validate, handle, wrap into the envelope. */
import type Router from '@koa/router';
import type Koa from 'koa';
import type { Clock } from '../core/clock.ts';
import { Refused } from '../core/errors.ts';
import type { ApiRoute } from './api/route.ts';
import type { Authenticate } from './auth.ts';
import type { ReadBody } from './body.ts';
import { compile } from './validate.ts';

/** What all routes of `/v1` share. */
export interface ApiDeps {
  readonly clock: Clock;
  readonly authenticate: Authenticate;
  readonly readBody: ReadBody;
}

/** Puts a route into the router. Rainforest, Envelope: a success is 200, also where something was made, or 204. */
export function mountApiRoute(router: Router, route: ApiRoute, { clock, authenticate, readBody }: ApiDeps): void {
  const validate = route.schema === null ? null : compile(route.schema);

  async function handle(ctx: Koa.Context & { params: Record<string, string> }): Promise<void> {
    const { requestId } = ctx.state;
    const principal = await authenticate(ctx, ['bearer']);
    const receivedAt = clock.now();
    const given = validate === null ? null : (await readBody(ctx, 'number')).value;
    const body = given === undefined ? route.whenEmpty : given;
    validate?.(body);
    const missing = route.notBuilt?.(body) ?? null;
    if (missing !== null) throw new Refused('NOT_BUILT', missing);
    const query = new URLSearchParams(ctx.querystring);
    const reply = await route.handle({ principal, params: ctx.params, query, body, receivedAt, requestId });
    if (reply === 'noContent') {
      ctx.status = 204;
      return;
    }
    ctx.status = 200;
    ctx.body = { status: 'SUCCESS', data: reply.data, errors: null };
  }

  router.register(route.path, [route.method], handle);
}
