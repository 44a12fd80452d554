/** All routes of our own API, built and not built. */
import type { AnyAdapter } from '../../core/adapter.ts';
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
import { signingKeyRoutes } from './signing-keys.ts';

/**
 * Every route of `/v1`, in no order that matters: no request matches two.
 * @param adapters those whose provider signs can be given signing keys.
 * @param patienceMs how long a charge, a capture or a reversal waits for its outcome before it is answered as open.
 */
export function apiRoutes(engine: Engine, adapters: readonly AnyAdapter[], patienceMs: number): readonly ApiRoute[] {
  const signing = adapters.filter(({ signature }) => signature !== undefined).map(({ name }) => name);
  const callerOf = callerFor(patienceMs);
  const execute = createExecute(engine, callerOf);
  return [
    ...merchantRoutes(engine),
    ...feeScheduleRoutes(engine),
    ...signingKeyRoutes(engine, signing),
    ...apiKeyRoutes(engine),
    ...configRoutes(engine),
    ...payinRoutes(engine, execute, callerOf),
    ...paymentMethodRoutes(engine, execute),
    ...refundRoutes(engine, callerOf),
    ...notBuiltRoutes(),
  ];
}
