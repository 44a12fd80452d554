/**
 * The records of what one success consumes, and of the claim on it: payin configs and payment method configs. Part of the
 * store port (store.ts), in a file of its own; carts are cart-records.ts, the rules for changing them the engine's.
 */
import type { Cart } from './cart-records.ts';
import type { MerchantId, PayinConfigId, PaymentMethodConfigId, PlatformId } from './ids.ts';
import type { Currency } from './money.ts';
import type { BillingContact, Metadata } from './payment.ts';
import type { ChargeMode, Route, Routing } from './processor.ts';
import type { Stored } from './store.ts';
import type { CardBrand, TenderKind } from './tender.ts';

/** Which attempt holds a config: the claim of `generation`, made by the process that drew `nonce`. */
export interface ActiveClaim {
  readonly attempt: string;
  readonly generation: number;
  readonly nonce: string;
  /** Until then its owner is presumed alive. Decides when others look, never whether it is safe. */
  readonly leaseUntil: number;
}

/** The processor's object that the attempts of a chargeable go through (exactly-once rule 5). */
export interface Upstream {
  readonly route: Route;
  /** The processor's own id of it. */
  readonly id: string;
  /** Minor units that it was made for; null for a tokenize. */
  readonly amount: number | null;
  /** It takes no attempt any more: another may take its place. */
  readonly closed: boolean;
  /** Something of which nobody knows went through it: nothing may ever take its place. */
  readonly doubtful: boolean;
}

/** What every kind of chargeable has: the lock that one success consumes. */
export interface ChargeableBase extends Stored {
  readonly platformId: PlatformId;
  /** The merchant's, as it was when this was made; absent: where the server's setting says. */
  readonly routing?: Routing;
  /** As the merchant's, as it was when this was made. */
  readonly reverseLate?: boolean;
  /** Absent until a claim needed one. */
  readonly upstream?: Upstream;
  readonly active: ActiveClaim | null;
  /** The attempt that succeeded. */
  readonly used: string | null;
  /** Grows whenever the config is freed; part of the dedupe key of callers without a transaction id. */
  readonly epoch: number;
  /** Claims so far: the limit on attempts per config counts these. */
  readonly claims: number;
  readonly billingContact: BillingContact;
  readonly metadata: Metadata;
  readonly idempotencyKey: string;
  readonly createdAt: number;
  /** When the record may be purged; null while an attempt holds it. */
  readonly expiresAt: number | null;
}

/** A charge that a merchant's backend allows: Rainforest, Payin configs, and the limits that Tollbridge adds. */
export interface PayinConfig extends ChargeableBase {
  readonly kind: 'payin';
  readonly id: PayinConfigId;
  readonly merchantId: MerchantId;
  /** The payment method config that stands behind the method which a payin stores (Rainforest shows it). */
  readonly paymentMethodConfigId: PaymentMethodConfigId;
  /** Minor units, at least 1. */
  readonly amount: number;
  readonly currency: Currency;
  readonly tenders: readonly TenderKind[];
  readonly brands: readonly CardBrand[];
  /** Becomes the metadata of the method that a payin stores. */
  readonly methodMetadata: Metadata;
  readonly requirePostalCode: boolean;
  readonly requireSecurityCode: boolean;
  /** Charges are refused from then on; null for no end. */
  readonly validUntil: number | null;
  /** Absent: `authorize_and_capture`. */
  readonly mode?: ChargeMode;
  /** Less than `amount` may be approved, and then counts; absent: it may not. */
  readonly partial?: boolean;
  /** The processor's own object, where the platform has made it itself. */
  readonly givenUpstream?: string;
}

/** A payment method that a platform's backend lets a caller store: Rainforest, Payment method configs. */
export interface PaymentMethodConfig extends ChargeableBase {
  readonly kind: 'payment_method';
  readonly id: PaymentMethodConfigId;
  /** `billable_merchant_id`; null where every merchant of the platform may charge the method. */
  readonly merchantId: MerchantId | null;
  readonly tenders: readonly TenderKind[];
  readonly brands: readonly CardBrand[];
  readonly requirePostalCode: boolean;
  readonly requireSecurityCode: boolean;
}

/** What one success consumes. */
export type Chargeable = PayinConfig | PaymentMethodConfig | Cart;
