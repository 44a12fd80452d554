/**
 * A client of our own API over HTTP. Each request that was taken and each reply is checked against Rainforest's public
 * contract, where this checkout has it.
 */
import { expect } from 'chai';
import type { showApiKey } from '../../src/http/api/api-keys.ts';
import type { showMerchant } from '../../src/http/api/merchants.ts';
import type {
  showPayin,
  showPayinConfig,
  showPaymentMethod,
  showPaymentMethodConfig,
} from '../../src/http/api/render.ts';
import type { showRefund, showReversed } from '../../src/http/api/render-refund.ts';
import { contract } from './rainforest.ts';
import type { TestServer } from './server.ts';

export type Payin = ReturnType<typeof showPayin>;
export type PayinConfig = ReturnType<typeof showPayinConfig>;
export type PaymentMethod = ReturnType<typeof showPaymentMethod>;
export type PaymentMethodConfig = ReturnType<typeof showPaymentMethodConfig>;
export type Refund = ReturnType<typeof showRefund>;
export type Reversed = ReturnType<typeof showReversed>;
export type Merchant = ReturnType<typeof showMerchant>;
export type ApiKey = ReturnType<typeof showApiKey>;
export type ApiKeyMade = ApiKey & { readonly api_key: string };
export interface Page<T> {
  readonly total_results: number;
  readonly last_key: string | null;
  readonly results: readonly T[];
}

export interface ApiError {
  readonly field: string | null;
  readonly code: string;
  readonly message: string;
}

export interface ApiReply {
  readonly status: number;
  readonly text: string;
  readonly errors: readonly ApiError[] | null;
}

export interface Client {
  /** Any answer, for those that are refused. */
  send(method: string, path: string, body?: unknown): Promise<ApiReply>;
  /** The data of a call that must succeed. */
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
}

/** @param key the admin key of the server's account, unless another is given. */
export function clientOf(server: TestServer, key = server.adminKey): Client {
  async function exchange(method: string, path: string, body: unknown) {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status } = response;
    const json = text === '' ? null : JSON.parse(text);
    if (contract !== null) {
      // Metadata may be null as a whole by the contract's words, though not by its schema.
      if (status === 200 && body !== undefined && body !== null)
        expect(contract.faultOfRequest(method, path, body)).to.equal(null);
      expect(contract.faultOfReply(method, path, status, json)).to.equal(null);
    }
    return { status, text, json };
  }

  async function call<T>(method: string, path: string, body: unknown): Promise<T> {
    const { status, text, json } = await exchange(method, path, body);
    expect(status, text).to.equal(200);
    expect(Object.keys(json)).to.deep.equal(['status', 'data', 'errors']);
    expect(json).to.include({ status: 'SUCCESS', errors: null });
    return json.data;
  }

  return {
    async send(method, path, body) {
      const { status, text, json } = await exchange(method, path, body);
      return { status, text, errors: json?.errors ?? null };
    },
    get: (path) => call('GET', path, undefined),
    post: (path, body) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
  };
}

/** That the call was refused so, in the envelope, with a sentence. */
export function expectRefusal({ status, text, errors }: ApiReply, wanted: number, code: string, field?: string | null) {
  expect(status, text).to.equal(wanted);
  expect(JSON.parse(text)).to.include({ status: 'ERROR', data: null });
  const [error, ...more] = errors ?? [];
  expect(more).to.deep.equal([]);
  expect(error?.code, text).to.equal(code);
  expect(error?.message).to.match(/^[A-Z].*\.$/);
  if (field !== undefined) expect(error?.field, text).to.equal(field);
}

export const VISA = '4111111111111111';
export const DECLINED_VISA = '4000000000000002';

/** A charge of a config with a card, as Rainforest's documentation has it. */
export function cardPayin(config: string, card: object = {}) {
  return {
    payin_config_id: config,
    method_type: 'CARD',
    card: { card_number: VISA, exp_month: 12, exp_year: 2030, cvc: '123', ...card },
    billing_contact: { name: 'Jane Smith', postal_code: '30305' },
  };
}

export function bankPayin(config: string, ach: object = {}) {
  return {
    payin_config_id: config,
    method_type: 'ACH',
    ach: {
      account_number: '12345678',
      routing_number: '091000019',
      account_type: 'CHECKING',
      account_holder_type: 'PERSONAL',
      ...ach,
    },
    billing_contact: { name: 'Jane Smith' },
  };
}

let made = 0;
const freshKey = () => `key-${++made}`;

export function payinConfigBody(merchant: string, changes: object = {}) {
  return { merchant_id: merchant, idempotency_key: freshKey(), amount: 1000, currency_code: 'USD', ...changes };
}

export function paymentMethodConfigBody(platform: string, changes: object = {}) {
  return { platform_id: platform, idempotency_key: freshKey(), ...changes };
}

/** A payin config of 10.00 USD, unless the changes say otherwise: its id. */
export async function newPayinConfig(server: TestServer, changes: object = {}): Promise<string> {
  const body = payinConfigBody(server.account.merchant.id, changes);
  return (await clientOf(server).post<PayinConfig>('/v1/payin_configs', body)).payin_config_id;
}
