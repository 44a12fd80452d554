/**
 * The requests of a cart API's client, byte for byte, for its simulator. They are written here from the source's samples,
 * apart from what the adapter reads, so that a misunderstanding in one is not confirmed by the other.
 *
 * Source: PaymentExpress, "Taking payments by voice" and "createcart"; the paths of the token, the cart and the look-up
 * are ours (docs/carts.md).
 */
import { parseMoney } from '../../src/core/money.ts';
import type { Call, Login, WireRequest } from '../../src/core/simulator.ts';
import type { NewTender } from '../../src/core/tender.ts';
import { dollars } from './names.ts';

/** The path of the token; ours. */
export const TOKEN = '/oauth/token';
/** What a cart's id stands behind to be looked up; ours. */
export const LOOK = '/pay/carts/';

const SCOPE = 'cart:create cart:read payin:create payin:read';

/** The amounts of one tender as a cart's reply has them; a payment says `fees` for `fee`. */
export interface Fees {
  readonly primary: string;
  readonly fee: string;
  readonly total: string;
}

/** What one client writes otherwise than another. */
export interface Words {
  readonly openPath: `/${string}`;
  /** The source's sample has a number, which loses zeros in front. */
  readonly codeAsText: boolean;
  /** "Surrounding double quotes are ignored." */
  readonly amountAsNumber: boolean;
  readonly optional: boolean;
  /** At least 1. */
  readonly items: number;
  readonly more: { readonly [name: string]: string };
}

/** As the source's samples have it. */
export const PLAIN: Words = {
  openPath: '/pay/voice/carts',
  codeAsText: false,
  amountAsNumber: false,
  optional: true,
  items: 1,
  more: {},
};

/** Client credentials, as form data. */
export function tokenRequest({ username, password }: Login): WireRequest {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: username,
    client_secret: password.reveal(),
    scope: SCOPE,
  });
  return {
    method: 'POST',
    path: TOKEN,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    pays: false,
  };
}

/** The parameter `location` is the cart's; the others are its `meta`. */
export function openRequest(words: Words, call: Call, token: string): WireRequest {
  const { location = 'Simulated line', ...meta } = call.parameters;
  const { optional, more } = words;
  const request = {
    clientTransactionId: call.transactionId,
    location,
    ...(optional ? { meta } : {}),
    ...more,
  };
  const body = JSON.stringify({ request, items: itemsOf(words, call), ...more });
  // A number must be written with its cents, which JSON.stringify would cut.
  return posted(
    words.openPath,
    token,
    words.amountAsNumber ? body.replace(/"amount":"([0-9.]+)"/g, '"amount":$1') : body,
  );
}

/** The last item has what the others leave of the amount. */
function itemsOf({ items, optional, more }: Words, { amount, currency, description }: Call): readonly object[] {
  const money = currency === 'USD' ? parseMoney(amount, currency) : null;
  const whole = money?.amount ?? 0;
  return Array.from({ length: items }, (_, i) => ({
    clientItemId: `item-${String(i + 1).padStart(3, '0')}`,
    description: description ?? 'A simulated call',
    amount: dollars(i + 1 < items ? i + 1 : whole - (items * (items - 1)) / 2),
    fundCategory: 'Simulated',
    ...(optional ? { type: 'Simulated', meta: {} } : {}),
    ...more,
  }));
}

/** The tender, and the amounts that the caller was told. */
export function payRequest(words: Words, cartId: string, token: string, tender: NewTender, told: Fees): WireRequest {
  const { primary, fee, total } = told;
  const amounts = { primary, fees: fee, total };
  const path = `/pay/voice/carts/${encodeURIComponent(cartId)}/payments` as const;
  if (tender.kind === 'bank_account') {
    const body = {
      amounts,
      withdrawalType: tender.accountType === 'SAVINGS' ? 'Savings' : 'Checking',
      accountNumber: tender.account.reveal(),
      routingNumber: tender.routing,
      ...words.more,
    };
    return { ...posted(`${path}/echeck`, token, JSON.stringify(body)), pays: true };
  }
  const { month, year } = tender.expiry;
  const code = tender.securityCode?.reveal();
  const body = {
    amounts,
    expirationYear: year,
    expirationMonth: month,
    ...(code === undefined
      ? {}
      : { securityCode: words.codeAsText || !/^[1-9][0-9]*$/.test(code) ? code : Number(code) }),
    accountNumber: tender.number.reveal(),
    ...words.more,
  };
  return { ...posted(`${path}/card`, token, JSON.stringify(body)), pays: true };
}

const LOOK_AGAIN_MS = 1_000;

/** How the cart stands. @param later whether it was asked already, and its payment was still open. */
export function lookRequest(cartId: string, token: string, later: boolean): WireRequest {
  return {
    method: 'GET',
    path: `${LOOK}${encodeURIComponent(cartId)}`,
    headers: { Authorization: `Bearer ${token}` },
    body: null,
    pays: false,
    ...(later ? { afterMs: LOOK_AGAIN_MS } : {}),
  };
}

function posted(path: `/${string}`, token: string, body: string): WireRequest {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  return { method: 'POST', path, headers, body, pays: false };
}
