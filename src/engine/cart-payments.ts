/**
 * The payment of a cart: found by its number, and given back, whole or item by item. Decides what of a cart's payment is
 * shown and which part of its payin a reversal is about; how that is done once is reverse.ts.
 */
import type { CartPaymentResult, CartPaymentState, ReversePaymentCommand } from '../core/cart.ts';
import type { Cart } from '../core/cart-records.ts';
import { Refused } from '../core/errors.ts';
import type { DeclinedResult, OpenResult } from '../core/payment.ts';
import type { Permission } from '../core/principal.ts';
import type { Attempt } from '../core/store.ts';
import type { EngineContext } from './context.ts';
import { readCartOfPayment, withinReach } from './find-cart.ts';
import { isOpen, reversalsOf } from './follow-up.ts';
import { storableId } from './identity.ts';
import type { Caller } from './join.ts';
import type { Reconciler } from './reconcile.ts';
import { balanceOf, leftOf } from './reversal.ts';
import type { Reversals } from './reverse.ts';
import type { RefreshSettlement } from './settlement.ts';
import type { CheckSignature } from './signing-keys.ts';

/** Payments of carts. Either method: @throws {Refused} `FORBIDDEN`, `CART_PAYMENT_NOT_FOUND` @throws {StoreUnavailable} */
export interface CartPayments {
  /** As it stands; asks whether it has settled. */
  find(paymentId: string, caller: Caller): Promise<CartPaymentResult>;
  /**
   * The payment after the reversal; or that the processor declined it, or that nobody knows yet. The same words within ten
   * minutes are a repeat.
   * @throws {Refused} as `Reversals`, and `AMOUNT_MISMATCH` for an amount that is not all that is left of the payment
   */
  reverse(command: ReversePaymentCommand, caller: Caller): Promise<CartPaymentResult | DeclinedResult | OpenResult>;
}

/** The other stories that a cart's payment is told with. */
export interface CartPaymentParts {
  /** Completes pointers that a crash left, so that a payment that was made is found. */
  readonly reconciler: Reconciler;
  readonly refreshSettlement: RefreshSettlement;
  readonly reversals: Reversals;
  readonly checkSignature: CheckSignature;
}

/** Keeps nothing between calls. */
export function createCartPayments(
  { store }: EngineContext,
  { reconciler, refreshSettlement, reversals, checkSignature }: CartPaymentParts,
): CartPayments {
  async function read(id: string, caller: Caller, permission: Permission): Promise<Paid> {
    const cart = await withinReach(caller.principal, permission, () => readCartOfPayment(store, id));
    if (cart !== null) await checkSignature(caller, cart.merchantId);
    const used = cart === null ? null : (await reconciler.complete(cart)).chargeable.used;
    const attempt = used === null ? null : await store.get('attempts', used);
    if (cart === null || attempt === null) throw new Refused('CART_PAYMENT_NOT_FOUND');
    return { cart, attempt };
  }

  async function find(paymentId: string, caller: Caller): Promise<CartPaymentResult> {
    const { cart, attempt } = await read(paymentId, caller, 'payin:read');
    return show(cart, await refreshSettlement(attempt));
  }

  async function reverse({ paymentId, itemId, amount }: ReversePaymentCommand, caller: Caller) {
    const { cart, attempt: payin } = await read(paymentId, caller, 'refund:create');
    const item = itemId === null ? null : cart.items.find(({ id }) => id === storableId(itemId));
    if (item === undefined) throw new Refused('CART_PAYMENT_NOT_FOUND');
    const reversed = await reversals.reverse(
      {
        payinId: payin.payinId ?? '',
        idempotencyKey: null,
        amount,
        allThatIsLeft: item === null,
        item,
        reason: 'REQUESTED_BY_CUSTOMER',
        metadata: {},
      },
      caller,
    );
    if (reversed === null) throw new Refused('CART_PAYMENT_NOT_FOUND');
    const { attempt, reversal } = reversed;
    const { payinId, paymentMethodId } = attempt;
    if (isOpen(reversal)) return { kind: 'unknown', payinId, paymentMethodId } as const;
    if (reversal.code !== null) return { kind: 'declined', code: reversal.code, payinId, paymentMethodId } as const;
    return show(cart, attempt);
  }

  return { find, reverse };
}

/** A cart and the attempt that paid it. */
interface Paid {
  readonly cart: Cart;
  readonly attempt: Attempt;
}

function show(cart: Cart, attempt: Attempt): CartPaymentResult {
  const tender = attempt.instrument.kind;
  const balance = balanceOf(attempt);
  return {
    kind: 'cartPayment',
    paymentId: cart.paymentId,
    cartId: cart.id,
    transactionId: cart.transactionId,
    location: cart.location,
    confirmationCode: attempt.confirmationCode,
    madeAt: attempt.createdAt,
    currency: cart.currency,
    tender,
    state: stateOf(attempt, balance),
    amount: cart.amount,
    fee: cart.fees[tender] ?? 0,
    balance,
    items: cart.items.map((item) => {
      const left = leftOf(attempt, item);
      return { ...item, state: stateOf(attempt, left), balance: left };
    }),
  };
}

/** While a reversal is open, nobody can say that anything was given back. */
function stateOf(attempt: Attempt, left: number): CartPaymentState {
  if (attempt.payinStatus === 'CANCELED') return 'voided';
  return left === 0 && !reversalsOf(attempt).some(isOpen) ? 'reversed' : 'charged';
}
