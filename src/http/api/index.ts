/** All routes of our own API, built and not built. */
import type { Engine } from '../../engine/engine.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { callerFor, createExecute } from './charge.ts';
import { configRoutes } from './configs.ts';
import { feeScheduleRoutes } from './fee-schedules.ts';
import { merchantRoutes } from './merchants.ts';
import { notBuiltRoutes } from './not-built.ts';
import { payinRoutes } from './payins.ts';
import { paymentMethodRoutes } from './payment-methods.ts';
import { refundRoutes } from './refunds.ts';
import type { ApiRoute } from './route.ts';

/** What `/v1` does not read from the engine. */
export interface ApiOptions {
  /** How long a charge, a capture or a reversal waits for its outcome before it is answered as open, milliseconds. */
  readonly patienceMs: number;
}

/** Every route of `/v1`, in no order that matters: no request matches two. */
export function apiRoutes(engine: Engine, { patienceMs }: ApiOptions): readonly ApiRoute[] {
  const callerOf = callerFor(patienceMs);
  const execute = createExecute(engine, callerOf);
  return [
    ...merchantRoutes(engine),
    ...feeScheduleRoutes(engine),
    ...apiKeyRoutes(engine),
    ...configRoutes(engine),
    ...payinRoutes(engine, execute, callerOf),
    ...paymentMethodRoutes(engine, execute),
    ...refundRoutes(engine, callerOf),
    ...notBuiltRoutes(),
  ];
}
