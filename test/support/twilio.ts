/** Deliveries as Twilio makes them, and the configs that they name. */
import { expect } from 'chai';
import { twilioSimulator } from '../../adapters/twilio/simulator.ts';
import type { Call } from '../../src/core/simulator.ts';
import { cardCall, firstRequest } from './calls.ts';
import type { TestServer } from './server.ts';

/** What it takes to reach a server, in whatever process it runs. */
export interface Door {
  readonly url: string;
  readonly adminKey: string;
  readonly connectorKey: string;
  readonly account: { readonly platform: { readonly id: string }; readonly merchant: { readonly id: string } };
}

export const VISA = '4111111111111111';
export const DECLINED_VISA = '4000000000000002';
export const POOR_VISA = '4000000000009995';

/** What a caller with a card good for years has Twilio send for ten dollars of pizza. */
export function chargeBody(config: string, changes: object = {}): Record<string, unknown> {
  return { ...bodyOf('charge', { payin_config_id: config }), ...changes };
}

export function tokenizeBody(config: string, changes: object = {}): Record<string, unknown> {
  return { ...bodyOf('tokenize', { payment_method_config_id: config }), ...changes };
}

function bodyOf(operation: Call['operation'], parameters: Call['parameters']): Record<string, unknown> {
  const transactionId = '72500aba-328c-445c-a12e-da5700e10b17';
  const call = cardCall({ operation, transactionId, description: 'pizza', parameters });
  return JSON.parse(firstRequest(twilioSimulator, call).body ?? '');
}

export interface TwilioReply {
  readonly status: number;
  readonly text: string;
  readonly body: {
    readonly charge_id?: string | null;
    readonly token_id?: string | null;
    readonly error_code: string | null;
    readonly error_message: string | null;
    readonly parameters: Readonly<Record<string, string>>;
  };
}

export interface DeliveryOptions {
  readonly path?: string;
  readonly user?: string;
  readonly password?: string;
  /** Headers beside the credentials; null takes one away. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly signal?: AbortSignal;
}

/** Posts one delivery. A string body is sent as it is. */
export async function deliver(server: Door, body: unknown, options: DeliveryOptions = {}): Promise<TwilioReply> {
  const credentials = `${options.user ?? 'api_key'}:${options.password ?? server.connectorKey}`;
  const headers = new Headers({
    authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    'content-type': 'application/json',
  });
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  const response = await fetch(`${server.url}${options.path ?? '/vendor/twilio/pay_generic'}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) };
}

let made = 0;

/** A payin config of 10.00 USD, unless the changes say otherwise. */
export async function payinConfig(server: Door, changes: object = {}): Promise<string> {
  const data = await api(server, 'POST', '/v1/payin_configs', {
    merchant_id: server.account.merchant.id,
    idempotency_key: `order-${++made}`,
    amount: 1000,
    currency_code: 'USD',
    ...changes,
  });
  return String(data['payin_config_id']);
}

export async function paymentMethodConfig(server: Door, changes: object = {}): Promise<string> {
  const data = await api(server, 'POST', '/v1/payment_method_configs', {
    platform_id: server.account.platform.id,
    idempotency_key: `card-${++made}`,
    ...changes,
  });
  return String(data['payment_method_config_id']);
}

/** A successful call of our own API, its data. */
export async function api(
  server: Door,
  method: string,
  path: string,
  body?: unknown,
  key = server.adminKey,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.status, text).to.be.oneOf([200, 204]);
  return text === '' ? {} : JSON.parse(text).data;
}

/** What the sandbox really took for this config: charges, and captures of what was authorized. */
export async function chargesOf(server: TestServer, config: string) {
  await server.engine.background.idle();
  const entries = await server.ledger.list();
  return entries.filter(
    ({ operation }) =>
      operation?.chargeableId === config && (operation.kind === 'charge' || operation.kind === 'capture'),
  );
}
