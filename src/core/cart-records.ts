/**
 * The records of carts: the cart itself, the number of its payment, the fees of a merchant. Part of the store port
 * (store.ts), in a file of its own; the rules for changing them are the engine's.
 */
import type { CartItem } from './cart.ts';
import type { ChargeableBase } from './chargeable-records.ts';
import type { FeeRules, PerTender } from './fees.ts';
import type { CartId, CartPaymentId, MerchantId, PaymentMethodConfigId, PlatformId } from './ids.ts';
import type { Currency } from './money.ts';
import type { Metadata } from './payment.ts';
import type { Stored } from './store.ts';
import type { CardBrand, TenderKind } from './tender.ts';

/** What a caller is about to pay for, with the total for each kind of tender; one payment consumes it. */
export interface Cart extends ChargeableBase {
  readonly kind: 'cart';
  readonly id: CartId;
  readonly merchantId: MerchantId;
  /** Preallocated; shown once it is paid. */
  readonly paymentId: CartPaymentId;
  /** The payment method config that stands behind the method which its payin stores. */
  readonly paymentMethodConfigId: PaymentMethodConfigId;
  readonly methodMetadata: Metadata;
  /** The client's id of the transaction; a digest where it looks like a card number. */
  readonly transactionId: string;
  readonly location: string;
  readonly items: readonly CartItem[];
  /** Minor units: the sum of the items. */
  readonly amount: number;
  /** Minor units, as the fee schedule had it when the cart was made; null for a kind that the cart does not take. */
  readonly fees: PerTender<number>;
  readonly currency: Currency;
  readonly tenders: readonly TenderKind[];
  readonly brands: readonly CardBrand[];
  readonly requirePostalCode: boolean;
  readonly requireSecurityCode: boolean;
  /** Payments are refused from then on. */
  readonly validUntil: number;
}

/** Makes the number of a cart's payment unique and finds the cart; its id is the number. */
export interface CartPaymentNumber extends Stored {
  readonly id: CartPaymentId;
  readonly cart: CartId;
  readonly expiresAt: number | null;
}

/**
 * A merchant's fees, or those of one of its locations. Its id is the merchant's, or a digest of platform and location:
 * a location has one owner on its platform.
 */
export interface FeeSchedule extends Stored {
  readonly platformId: PlatformId;
  readonly merchantId: MerchantId;
  readonly location: string | null;
  readonly currency: Currency;
  readonly fees: FeeRules;
  readonly createdAt: number;
  readonly updatedAt: number;
}
