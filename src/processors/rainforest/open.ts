/**
 * Opens Rainforest from its settings. Decides which host is called: the environment's own, to which only the keys of that
 * environment get (src/config.ts), unless another server is named.
 */
import type { Clock } from '../../core/clock.ts';
import type { Processor } from '../../core/processor.ts';
import type { Secret } from '../../core/secret.ts';
import type { Complain } from '../complaint.ts';
import { openTransport, TRANSPORT_LIMITS } from '../transport.ts';
import { createRainforest } from './index.ts';

/** The group `rainforest` of the settings. */
export interface RainforestSettings {
  readonly environment: 'sandbox' | 'production';
  readonly configKey: Secret<string> | null;
  readonly payinKey: Secret<string> | null;
  readonly platformId: string | null;
  readonly merchantId: string | null;
  readonly url: string | null;
}

const HOSTS = {
  sandbox: 'https://api.sandbox.rainforestpay.com',
  production: 'https://api.rainforestpay.com',
} as const;

/** Null where no credentials are set. */
export function openRainforest(settings: RainforestSettings, clock: Clock, complain: Complain): Processor | null {
  const { environment, configKey, payinKey, platformId, merchantId, url } = settings;
  if (configKey === null || payinKey === null || platformId === null) return null;
  const transport = openTransport({
    origin: url === null ? HOSTS[environment] : new URL(url).origin,
    plainLoopback: url !== null,
    limits: TRANSPORT_LIMITS,
    clock,
  });
  const keys = { config: configKey, payin: payinKey };
  const sandbox = environment === 'sandbox';
  return createRainforest({ transport, clock, keys, platformId, merchantId, sandbox, complain });
}
