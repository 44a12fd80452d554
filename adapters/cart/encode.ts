/**
 * Any result in the cart API's shape. A payment that failed is 200 with an `errorCode`, one whose outcome is not known
 * has neither `errorCode` nor `paymentId` and is never 200: a client that decides by the body looks the cart up.
 *
 * Source: PaymentExpress, "Taking payments by voice", https://docs.gsg.tech/docs/taking-payments-by-voice, for `cartId`,
 * `fees`, `paymentId`, the three members of an error and the code `InvalidRouting`. Every other name, code and status is
 * ours (docs/carts.md).
 */
import type { AdapterRoute, Reply } from '../../src/core/adapter.ts';
import type { CartCommandResult, CartPaymentResult, CartResult } from '../../src/core/cart.ts';
import { ERRORS, type ErrorCode, type OpenCode, type RefusalCode } from '../../src/core/errors.ts';
import type { PaymentResult } from '../../src/core/payment.ts';
import { TENDER_KINDS } from '../../src/core/tender.ts';
import { dollars, TENDER_TYPES } from './names.ts';

/** Of refusals that are not about the tender; those that are, and declines, are 200 as the source wants it. */
const STATUSES: Partial<Record<RefusalCode | OpenCode, number>> = {
  INVALID_REQUEST: 400,
  CARD_DATA_IN_TEXT: 400,
  CURRENCY_MISMATCH: 400,
  MERCHANT_NOT_FOUND: 400,
  MERCHANT_NOT_ACTIVE: 400,
  FORBIDDEN: 403,
  CART_NOT_FOUND: 404,
  CART_PAYMENT_NOT_FOUND: 404,
  AMOUNT_MISMATCH: 409,
  CART_PAID: 409,
  CART_EXPIRED: 409,
  NOT_REVERSIBLE: 409,
  PARTIAL_VOID: 409,
  AMOUNT_ABOVE_BALANCE: 409,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  TOO_MANY_ATTEMPTS: 429,
  STORE_UNAVAILABLE: 503,
  PROCESSOR_UNREACHABLE: 503,
  SERVICE_STOPPING: 503,
};

/** The reply to a command, or to a body that could not be read. */
export function encode(result: PaymentResult | CartCommandResult, route: AdapterRoute): Reply {
  switch (result.kind) {
    case 'approved':
      return result.command === 'charge' && result.cartPaymentId !== undefined
        ? { status: 200, body: { paymentId: result.cartPaymentId } }
        : open('unknown');
    case 'declined':
      return failure(200, result.code);
    case 'refused':
      return refused(result.code, route);
    case 'pending':
      return open('paying');
    case 'unknown':
      return open('unknown');
    case 'cart':
      return { status: 200, body: route.operation === 'openCart' ? handedOver(result) : standing(result) };
    case 'cartPayment':
      return { status: 200, body: payment(result) };
  }
}

function refused(code: RefusalCode | OpenCode, { operation }: AdapterRoute): Reply {
  if (code === 'PAYMENT_PENDING') return open('paying');
  if (code === 'OUTCOME_UNKNOWN') return open('unknown');
  return failure(STATUSES[code] ?? (operation === 'charge' ? 200 : 400), code);
}

/** `status` as `GET` of the cart has it. */
function open(status: 'paying' | 'unknown'): Reply {
  const { sentence } = ERRORS[status === 'paying' ? 'PAYMENT_PENDING' : 'OUTCOME_UNKNOWN'];
  return { status: 503, body: { status, displayMessage: sentence } };
}

/** `errorMessage` is for staff and logs, `displayMessage` for the caller. */
function failure(status: number, code: ErrorCode): Reply {
  const { meaning, sentence } = ERRORS[code];
  return { status, body: { errorCode: nameOf(code), errorMessage: meaning, displayMessage: sentence } };
}

/** The one published code by its name; ours as words in the same style: `INSUFFICIENT_FUNDS` is `InsufficientFunds`. */
function nameOf(code: ErrorCode): string {
  if (code === 'INVALID_ROUTING_NUMBER') return 'InvalidRouting';
  return code
    .split('_')
    .map((word) => `${word.charAt(0)}${word.slice(1).toLowerCase()}`)
    .join('');
}

function handedOver({ cartId, amount, fees }: CartResult) {
  const offered = TENDER_KINDS.flatMap((kind) => {
    const fee = fees[kind];
    if (fee === null) return [];
    return [[TENDER_TYPES[kind], { primary: dollars(amount), fee: dollars(fee), total: dollars(amount + fee) }]];
  });
  return { cartId, fees: Object.fromEntries(offered) };
}

function standing(cart: CartResult) {
  const { state, paymentId, expiresAt } = cart;
  return { ...handedOver(cart), status: state, paymentId, expiresAt: time(expiresAt) };
}

/** `status` as the source's activity file calls it. */
function payment(paid: CartPaymentResult) {
  return {
    paymentId: paid.paymentId,
    cartId: paid.cartId,
    clientTransactionId: paid.transactionId,
    location: paid.location,
    status: paid.state,
    timestamp: time(paid.madeAt),
    confirmationCode: paid.confirmationCode,
    tenderType: TENDER_TYPES[paid.tender],
    amounts: { primary: dollars(paid.amount), fees: dollars(paid.fee), total: dollars(paid.amount + paid.fee) },
    balance: dollars(paid.balance),
    items: paid.items.map(({ id, description, state, amount, balance }) => ({
      clientItemId: id,
      description,
      status: state,
      amount: dollars(amount),
      balance: dollars(balance),
    })),
  };
}

/** RFC 3339, UTC. */
function time(ms: number): string {
  return new Date(ms).toISOString();
}
