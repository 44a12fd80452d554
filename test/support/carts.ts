/** A client of the cart API over HTTP, with the bodies of the source's own page. */
import { expect } from 'chai';
import type { Permission } from '../../src/core/principal.ts';
import { clientOf, type Page, type Payin } from './api.ts';
import { exchange, type Sent } from './exchange.ts';
import type { TestServer } from './server.ts';
import { chargesOf } from './twilio.ts';

export const CARTS = '/api/v1/pay/voice/carts';
/** As the source shows one. */
export const PAYMENT_ID = /^[A-Z][0-9]{10}$/;
/** Valid by its checksum; the page's own has ten digits. */
export const ROUTING = '110000000';

export interface Amounts {
  readonly primary: string;
  readonly fee: string;
  readonly total: string;
}

export interface CartReply {
  readonly status: number;
  readonly text: string;
  readonly body: {
    readonly cartId?: string;
    readonly fees?: { readonly CreditCard?: Amounts; readonly ECheck?: Amounts };
    readonly status?: string;
    readonly paymentId?: string | null;
    readonly errorCode?: string;
    readonly errorMessage?: string;
    readonly displayMessage?: string;
    readonly [member: string]: unknown;
  };
}

let made = 0;

/** The page's cart: one item of 1257.38, its transaction another each time. */
export function cartBody(changes: { readonly request?: object; readonly item?: object } = {}) {
  return {
    request: {
      clientTransactionId: `F4BEF9CACEECE59-${++made}`,
      location: 'defaultIVRLocation',
      meta: { 'extra information': 'here' },
      ...changes.request,
    },
    items: [
      {
        clientItemId: '1029347859728',
        description: 'Property Taxes for Account #2890345',
        amount: '1257.38',
        type: 'defaultIVRItemType',
        fundCategory: 'defaultIVRFundCategory',
        meta: { extendedDescription: 'value', 'extra reporting info': 'here' },
        ...changes.item,
      },
    ],
  };
}

/** With the fees of `FEES`. */
export function cardBody(changes: object = {}) {
  return {
    amounts: { primary: '1257.38', fees: '1.23', total: '1258.61' },
    expirationYear: 2030,
    expirationMonth: 12,
    securityCode: 999,
    accountNumber: '4111111111111111',
    ...changes,
  };
}

export function echeckBody(changes: object = {}) {
  return {
    amounts: { primary: '1257.38', fees: '0.50', total: '1257.88' },
    withdrawalType: 'Checking',
    accountNumber: '1111111111',
    routingNumber: ROUTING,
    ...changes,
  };
}

/** The page's fees, whatever the amount. */
export const FEES = { CARD: { fixed: 123 }, ACH: { fixed: 50 } };

export async function setFees(
  server: TestServer,
  { location, fees = FEES, merchant = server.account.merchant.id, key = server.adminKey }: FeeOptions = {},
): Promise<void> {
  const path = `/v1/merchants/${merchant}/fee_schedule`;
  const { status, text } = await clientOf(server, key).send(
    'PUT',
    location === undefined ? path : `${path}/${encodeURIComponent(location)}`,
    { currency_code: 'USD', fees },
  );
  expect(status, text).to.equal(200);
}

interface FeeOptions {
  readonly location?: string;
  readonly fees?: object;
  readonly merchant?: string;
  readonly key?: string;
}

/** Sends with the key as Bearer, the admin's unless another is given; tender data to where it is served. */
export async function send(
  server: TestServer,
  { key = server.adminKey, ...sent }: Partial<Sent> & { readonly path: string; readonly key?: string },
): Promise<CartReply> {
  const url = /\/payments\/(?:card|echeck)$/.test(sent.path) ? server.vaultUrl : server.url;
  const { status, text } = await exchange(url, {
    ...sent,
    headers: { authorization: `Bearer ${key}`, ...sent.headers },
  });
  return { status, text, body: text === '' ? {} : JSON.parse(text) };
}

export const openCart = (server: TestServer, body: unknown = cartBody(), key?: string): Promise<CartReply> =>
  send(server, { path: CARTS, body, ...(key === undefined ? {} : { key }) });

/** The id of a new cart. */
export async function newCart(server: TestServer, body: unknown = cartBody()): Promise<string> {
  const { status, text, body: told } = await openCart(server, body);
  expect(status, text).to.equal(200);
  return told.cartId ?? '';
}

export const payCart = (
  server: TestServer,
  cart: string,
  body: object = cardBody(),
  key?: string,
): Promise<CartReply> => {
  const way = 'routingNumber' in body ? 'echeck' : 'card';
  return send(server, { path: `${CARTS}/${cart}/payments/${way}`, body, ...(key === undefined ? {} : { key }) });
};

export const getCart = (server: TestServer, cart: string, key?: string): Promise<CartReply> =>
  send(server, { method: 'GET', path: `/api/v1/pay/carts/${cart}`, ...(key === undefined ? {} : { key }) });

export const getPayment = (server: TestServer, payment: string, key?: string): Promise<CartReply> =>
  send(server, { method: 'GET', path: `/api/v1/pay/payments/${payment}`, ...(key === undefined ? {} : { key }) });

/** Gives the payment back, or one item of it. */
export const reverse = (
  server: TestServer,
  payment: string,
  { item, key, ...body }: { readonly item?: string; readonly key?: string; readonly amount?: string } = {},
): Promise<CartReply> => {
  const part = item === undefined ? '' : `/items/${encodeURIComponent(item)}`;
  return send(server, {
    path: `/api/v1/pay/payments/${payment}${part}/reversal`,
    body,
    ...(key === undefined ? {} : { key }),
  });
};

/** A key of the account with these permissions: its id and its text. */
export async function makeKey(
  server: TestServer,
  permissions: readonly Permission[],
  constraints: object = {},
): Promise<{ readonly id: string; readonly secret: string }> {
  const body = { platform_id: server.account.platform.id, statements: [{ permissions, constraints }] };
  const { status, text } = await clientOf(server).send('POST', '/v1/api_keys', body);
  expect(status, text).to.equal(200);
  const { api_key_id: id, api_key: secret } = JSON.parse(text).data;
  return { id, secret };
}

/** That the reply is a failure of the page's shape, by this code and this status. */
export function isFailure({ status, body, text }: CartReply, errorCode: string, wanted = 200): void {
  expect(status, text).to.equal(wanted);
  expect(Object.keys(body)).to.deep.equal(['errorCode', 'errorMessage', 'displayMessage']);
  expect(body.errorCode).to.equal(errorCode);
  expect(body.errorMessage).to.match(/\.$/);
  expect(body.displayMessage).to.match(/\.$/);
}

/** That the reply is a success of the page's shape: the payment's number. */
export function isPaid({ status, body, text }: CartReply): string {
  expect(status, text).to.equal(200);
  expect(Object.keys(body)).to.deep.equal(['paymentId']);
  expect(body.paymentId).to.match(PAYMENT_ID);
  return body.paymentId ?? '';
}

/** The payins that were made for the cart, declined ones too. */
export async function payinsOf(server: TestServer, cart: string): Promise<readonly Payin[]> {
  const { results } = await clientOf(server).get<Page<Payin>>('/v1/payins');
  return results.filter((payin) => payin.payin_config_id === cart);
}

/** What the sandbox really charged for the cart, in minor units. */
export async function charged(server: TestServer, cart: string): Promise<readonly (number | undefined)[]> {
  const made = await chargesOf(server, cart);
  return made.map(({ operation }) => operation?.money?.amount);
}
