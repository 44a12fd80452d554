/**
 * Carts in the payment model: what is to be paid, handed over before the caller has chosen a tender. Commands that open
 * and find a cart and its payment and give that back, and what they end in. Paying a cart is a charge.
 */
import type { PerTender } from './fees.ts';
import type { CartId, CartPaymentId } from './ids.ts';
import type { Currency } from './money.ts';
import type { DeclinedResult, Metadata, OpenResult, RefusedResult } from './payment.ts';
import type { TenderKind } from './tender.ts';

/** One thing that a cart pays for. Amounts are minor units, at least 1. */
export interface CartItem {
  /** The client's own id, unique within the cart; a digest where it looks like a card number. */
  readonly id: string;
  readonly description: string;
  readonly amount: number;
  readonly type: string | null;
  /** Where the money goes, in the client's books. */
  readonly fundCategory: string;
  readonly department: string | null;
  readonly metadata: Metadata;
}

/** Make a cart with the fees of this moment, or find the one that the same words made before. */
export interface OpenCartCommand {
  readonly kind: 'openCart';
  /** The client's id of the transaction: one cart for each, whatever is repeated. */
  readonly transactionId: string;
  /** Says whose cart it is where the key does not. */
  readonly location: string;
  readonly currency: Currency;
  /** At least one. */
  readonly items: readonly CartItem[];
  /** The kinds of tender that every item may be paid with. */
  readonly tenders: readonly TenderKind[];
  readonly metadata: Metadata;
}

/** How a cart stands; what a client does that lost an answer. */
export interface FindCartCommand {
  readonly kind: 'findCart';
  /** As given; an id that cannot exist is simply not found. */
  readonly cartId: string;
}

/** A payment that was made, by its number. */
export interface FindPaymentCommand {
  readonly kind: 'findPayment';
  /** As given. */
  readonly paymentId: string;
}

/** Give a payment back, or one of its items. Whether that is a void or a refund is not the client's to choose. */
export interface ReversePaymentCommand {
  readonly kind: 'reversePayment';
  /** As given. */
  readonly paymentId: string;
  /** The client's own id of the item, as given; null for the whole payment, the fee too. */
  readonly itemId: string | null;
  /** Minor units, at least 1; of a whole payment only a check. Null for all that is left. */
  readonly amount: number | null;
}

/** Whatever is asked of a cart but to pay it. */
export type CartCommand = OpenCartCommand | FindCartCommand | FindPaymentCommand | ReversePaymentCommand;

/**
 * `paying`: a payment is in flight. `unknown`: one was sent and its outcome is not known. Only `open` takes a payment;
 * one that is declined leaves the cart open.
 */
export type CartState = 'open' | 'paying' | 'paid' | 'unknown' | 'expired';

/** A cart as it stands. Amounts in minor units, times in milliseconds since the epoch. */
export interface CartResult {
  readonly kind: 'cart';
  readonly cartId: CartId;
  readonly state: CartState;
  /** Null until it is paid. */
  readonly paymentId: CartPaymentId | null;
  readonly currency: Currency;
  /** The sum of the items, without a fee. */
  readonly amount: number;
  /** Frozen when the cart was made; the total is `amount` and the fee. */
  readonly fees: PerTender<number>;
  readonly expiresAt: number;
}

/** `voided`: as a whole, before it settled. `reversed`: nothing is left, for certain. */
export type CartPaymentState = 'charged' | 'voided' | 'reversed';

/** A cart's payment. `balance`: what is left of an amount after reversals. */
export interface CartPaymentResult {
  readonly kind: 'cartPayment';
  readonly paymentId: CartPaymentId;
  readonly cartId: CartId;
  readonly transactionId: string;
  readonly location: string;
  readonly confirmationCode: string | null;
  readonly madeAt: number;
  readonly currency: Currency;
  readonly tender: TenderKind;
  readonly state: CartPaymentState;
  readonly amount: number;
  readonly fee: number;
  /** Of `amount` and `fee` together. */
  readonly balance: number;
  readonly items: readonly (CartItem & { readonly state: CartPaymentState; readonly balance: number })[];
}

/** What a cart command ends in; declined and open are only reversals. */
export type CartCommandResult = CartResult | CartPaymentResult | DeclinedResult | OpenResult | RefusedResult;
