/**
 * Whether the process lives, and whether it should be given work. `/livez` asks nobody; `/readyz` tells what the last
 * ping of the store said, so that probes cannot hammer it. A processor that is down does not make us unready: declines
 * and refusals still have to be answered.
 */
import type Router from '@koa/router';
import type Koa from 'koa';
import type { Clock } from '../core/clock.ts';
import { type Store, StoreUnavailable } from '../core/store.ts';
import type { Log } from '../log.ts';

/** A ping's answer is good for so long. */
const FRESH_MS = 2_000;

/** `GET /livez` and `GET /readyz`, for load balancers and supervisors. */
export interface Health {
  /** Puts both into the router. */
  mount(router: Router): void;
  /** From now on `/readyz` says 503, so that a load balancer looks elsewhere. */
  drain(): void;
}

/** The store is pinged at most every two seconds, however often it is asked for. */
export function createHealth(store: Store, clock: Clock, log: Log): Health {
  let draining = false;
  let last = { at: Number.NEGATIVE_INFINITY, well: Promise.resolve(false) };

  function storeIsWell(): Promise<boolean> {
    if (clock.now() - last.at > FRESH_MS) {
      const well = store.ping().then(
        () => true,
        (error: unknown) => {
          log.event('store_error', { during: 'ping', reason: error instanceof StoreUnavailable ? error.reason : null });
          return false;
        },
      );
      last = { at: clock.now(), well };
    }
    return last.well;
  }

  async function readyz(ctx: Koa.Context): Promise<void> {
    const reason = draining ? 'stopping' : (await storeIsWell()) ? null : 'store';
    ctx.status = reason === null ? 200 : 503;
    ctx.body = { ready: reason === null, reason };
  }

  return {
    mount(router) {
      router.get('/livez', (ctx) => {
        ctx.body = { live: true };
      });
      router.get('/readyz', readyz);
    },
    drain() {
      draining = true;
    },
  };
}
