/**
 * The words of the cart API to commands. Decides how amounts, tenders and limits are read; whether a cart allows a
 * payment is the engine's decision. Each route has its own body, which its schema has checked.
 *
 * Source: PaymentExpress, "Taking payments by voice", https://docs.gsg.tech/docs/taking-payments-by-voice, "createcart",
 * https://docs.gsg.tech/reference/createcart, and "reversepayment", https://docs.gsg.tech/reference/reversepayment; what
 * they leave open is in docs/carts.md.
 */
import type { CardBody } from '../../schemas/cart/card.types.ts';
import type { EcheckBody } from '../../schemas/cart/echeck.types.ts';
import type { Item, OpenBody } from '../../schemas/cart/open.types.ts';
import type { ReversalBody } from '../../schemas/cart/reversal.types.ts';
import type { Delivery } from '../../src/core/adapter.ts';
import type { CartCommand, CartItem, OpenCartCommand, ReversePaymentCommand } from '../../src/core/cart.ts';
import { Refused } from '../../src/core/errors.ts';
import { type Money, sameMoney } from '../../src/core/money.ts';
import { type ChargeCommand, type Metadata, type RefusedResult, refusal } from '../../src/core/payment.ts';
import { Secret } from '../../src/core/secret.ts';
import {
  type BankAccount,
  brandOf,
  type Card,
  type NewTender,
  parseExpiryMonth,
  parseExpiryYear,
  TENDER_KINDS,
} from '../../src/core/tender.ts';
import { CURRENCY, parseDollars, TENDER_TYPES } from './names.ts';

/** The body of each operation. A GET has none. */
export type CartBody = OpenBody | CardBody | EcheckBody | ReversalBody | null;

/** All that the cart API can ask for. */
export type CartApiCommand = CartCommand | ChargeCommand;

/** The command of one request; a refusal names the field in the API's own words. Never throws for what a body says. */
export function decode({ body, route, params }: Delivery<CartBody>): CartApiCommand | RefusedResult {
  const cartId = params?.['cartId'] ?? '';
  try {
    switch (route.operation) {
      case 'findCart':
        return { kind: 'findCart', cartId };
      case 'findPayment':
        return { kind: 'findPayment', paymentId: params?.['paymentId'] ?? '' };
      case 'reversePayment':
        return reversalOf(params ?? {}, body !== null && 'amount' in body ? body.amount : null);
      case 'openCart':
        if (body !== null && 'items' in body) return openOf(body);
        break;
      case 'charge':
        if (body !== null && 'routingNumber' in body) return chargeOf(cartId, body, accountOf(body), referenceOf(body));
        if (body !== null && 'expirationYear' in body) return chargeOf(cartId, body, cardOf(body), {});
    }
  } catch (error) {
    if (error instanceof Refused) return refusal(error.code, error.field);
    throw error;
  }
  return refusal('INVALID_REQUEST');
}

function openOf({ request, items }: OpenBody): OpenCartCommand {
  return {
    kind: 'openCart',
    transactionId: request.clientTransactionId,
    location: request.location,
    currency: CURRENCY,
    items: items.map(itemOf),
    tenders: TENDER_KINDS.filter((kind) =>
      items.every((item) => item.limitTenders?.includes(TENDER_TYPES[kind]) ?? true),
    ),
    metadata: request.meta ?? {},
  };
}

function itemOf(item: Item): CartItem {
  const money = parseDollars(item.amount);
  if (money === null || money.amount === 0) throw new Refused('INVALID_REQUEST', 'items.amount');
  return {
    id: item.clientItemId,
    description: item.description,
    amount: money.amount,
    type: item.type ?? null,
    fundCategory: item.fundCategory,
    department: item.department ?? null,
    metadata: item.meta ?? {},
  };
}

/**
 * The three amounts are what the caller was told: they must add up, and the engine holds them against the cart. Trap of the
 * source: the second is `fees` here and `fee` in its replies.
 */
function chargeOf(
  cartId: string,
  { amounts }: CardBody | EcheckBody,
  tender: NewTender,
  metadata: Metadata,
): ChargeCommand {
  const [primary, fee, total] = [amounts.primary, amounts.fees, amounts.total].map(moneyOf);
  if (primary === undefined || fee === undefined || total === undefined)
    throw new Refused('INVALID_REQUEST', 'amounts');
  if (!sameMoney(total, { ...primary, amount: primary.amount + fee.amount })) {
    throw new Refused('AMOUNT_MISMATCH', 'amounts');
  }
  return {
    kind: 'charge',
    source: 'IVR',
    configId: cartId,
    transactionId: null,
    money: total,
    cartFee: fee,
    tender,
    billingContact: {},
    metadata,
  };
}

/** Of a whole payment the amount is only a check; of an item it may be a part. */
function reversalOf(params: Readonly<Record<string, string>>, amount: ReversalBody['amount']): ReversePaymentCommand {
  const money = amount == null ? null : parseDollars(amount);
  if (amount != null && (money === null || money.amount === 0)) throw new Refused('INVALID_REQUEST', 'amount');
  return {
    kind: 'reversePayment',
    paymentId: params['paymentId'] ?? '',
    itemId: params['clientItemId'] ?? null,
    amount: money?.amount ?? null,
  };
}

function moneyOf(text: string): Money {
  const money = parseDollars(text);
  if (money === null) throw new Refused('INVALID_REQUEST', 'amounts');
  return money;
}

function cardOf({ accountNumber, expirationMonth, expirationYear, securityCode }: CardBody): Card {
  if (!isDigits(accountNumber)) throw new Refused('INVALID_CARD_NUMBER', 'accountNumber');
  const month = parseExpiryMonth(expirationMonth);
  const year = parseExpiryYear(expirationYear);
  if (month === null) throw new Refused('INVALID_EXPIRY', 'expirationMonth');
  if (year === null) throw new Refused('INVALID_EXPIRY', 'expirationYear');
  return {
    kind: 'card',
    number: new Secret(accountNumber),
    expiry: { month, year },
    securityCode: codeOf(securityCode || null, accountNumber),
    postalCode: null,
  };
}

/** The source's sample is a JSON number, which has lost its zeros in front: they are put back, to the brand's length. */
function codeOf(code: string | null, cardNumber: string): Secret<string> | null {
  if (code === null) return null;
  if (!isDigits(code)) throw new Refused('INVALID_SECURITY_CODE', 'securityCode');
  return new Secret(code.padStart(brandOf(cardNumber) === 'amex' ? 4 : 3, '0'));
}

function accountOf({ accountNumber, routingNumber, withdrawalType }: EcheckBody): BankAccount {
  return {
    kind: 'bank_account',
    account: new Secret(accountNumber),
    routing: routingNumber,
    accountType: withdrawalType === 'Savings' ? 'SAVINGS' : 'CHECKING',
    holderType: 'PERSONAL',
    holderName: null,
  };
}

function referenceOf({ authorizationReference }: EcheckBody): Metadata {
  return authorizationReference ? { authorization_reference: authorizationReference } : {};
}

function isDigits(text: string): boolean {
  return /^[0-9]+$/.test(text);
}
