/**
 * Records in the contract's shape. Every property that the contract documents is there: null, false or an empty list
 * where there is nothing behind it yet. Ours stand beside them: `transaction_id` and `confirmation_code` of a payin, the
 * limits of a config.
 */
import type { BillingContact, PaymentSource } from '../../core/payment.ts';
import type { ChargeMode } from '../../core/processor.ts';
import type { Attempt, PaymentMethod } from '../../core/store.ts';
import type { CardBrand, Instrument, TenderKind } from '../../core/tender.ts';
import { approvedOf, refusalOf, takenOf } from '../../engine/authorization.ts';
import { followUpsOf, isOpen } from '../../engine/follow-up.ts';
import { balanceOf } from '../../engine/reversal.ts';
import type { PayinConfigView, PayinView, PaymentMethodConfigView } from '../../engine/views.ts';
import { refundsOf, showRefund } from './render-refund.ts';
import { showRefusal, time } from './words.ts';

/** The words of `accepted_brands`; a card in a reply has the contract's five. */
export const BRAND_NAMES = {
  visa: 'VISA',
  mastercard: 'MASTERCARD',
  amex: 'AMERICAN_EXPRESS',
  discover: 'DISCOVER',
  jcb: 'JCB',
  'diners-club': 'DINERS_CLUB',
  maestro: 'MAESTRO',
  unionpay: 'UNIONPAY',
} as const satisfies Record<CardBrand, string>;

/** The words of `accepted_tenders`, and of `method_type` in a reply. */
export const TENDER_NAMES = { card: 'CARD', bank_account: 'ACH' } as const satisfies Record<TenderKind, string>;

/** The words of `processing_mode`. */
const MODE_NAMES = {
  authorize: 'AUTHORIZE',
  authorize_and_capture: 'AUTHORIZE_AND_CAPTURE',
} as const satisfies Record<ChargeMode, string>;

const SHOWN_BRANDS: Partial<Record<CardBrand, { readonly brand: string; readonly brand_desc: string }>> = {
  visa: { brand: 'VISA', brand_desc: 'Visa' },
  mastercard: { brand: 'MASTERCARD', brand_desc: 'Mastercard' },
  amex: { brand: 'AMERICAN_EXPRESS', brand_desc: 'American Express' },
  discover: { brand: 'DISCOVER', brand_desc: 'Discover' },
};
const OTHER_BRAND = { brand: 'OTHER', brand_desc: 'Other' } as const;

const SOURCES: Readonly<Record<PaymentSource, string>> = {
  IVR: 'IVR',
  API_DIRECT: 'API direct',
  API_STORED_PAYMENT_METHOD: 'API stored payment method',
};

/** The kinds of tender that the contract knows and nobody brings here. */
const NO_WALLETS = { apple_pay: null, plaid_ach: null, paypal_wallet: null, venmo: null, paypal_paylater: null };

function showInstrument(instrument: Instrument) {
  if (instrument.kind === 'card') {
    const { brand, last4, expMonth, expYear } = instrument;
    const shown = SHOWN_BRANDS[brand] ?? OTHER_BRAND;
    return {
      ...NO_WALLETS,
      ach: null,
      card: { type: null, ...shown, last_4: last4, exp_month: expMonth, exp_year: expYear },
    };
  }
  const { last4, routing, accountType, holderType } = instrument;
  const ach = {
    account_number_last_4: last4,
    routing_number: routing,
    bank_name: null,
    account_type: accountType,
    account_holder_type: holderType,
  };
  return { ...NO_WALLETS, card: null, ach };
}

function showContact(contact: BillingContact) {
  return {
    name: contact.name ?? null,
    address_line_1: contact.address_line_1 ?? null,
    address_line_2: contact.address_line_2 ?? null,
    city: contact.city ?? null,
    state: contact.state ?? null,
    postal_code: contact.postal_code ?? null,
    country: contact.country ?? null,
    email: contact.email ?? null,
    phone: contact.phone ?? null,
  };
}

function showAmounts(attempt: Attempt) {
  const { amount, currency, requested, payinStatus } = attempt;
  return {
    amount,
    currency_code: currency,
    is_partially_authorized: requested !== undefined,
    authorized_amount: approvedOf(attempt),
    captured_amount: takenOf(attempt),
    // An authorization can be voided, but has taken nothing that could be refunded.
    refundable_amount: payinStatus === 'AUTHORIZED' ? 0 : balanceOf(attempt),
    non_refundable_reason_code: whyNotRefundable(attempt),
  };
}

/** Null also while nothing was captured yet, or an open reversal holds what is left: there is no word for these. */
function whyNotRefundable(attempt: Attempt): 'FAILED' | 'VOIDED' | 'FULLY_REFUNDED' | null {
  if (attempt.payinStatus === 'FAILED') return 'FAILED';
  if (attempt.payinStatus === 'CANCELED') return 'VOIDED';
  const used = takenOf(attempt) > 0 && balanceOf(attempt) === 0;
  return used && !followUpsOf(attempt).some(isOpen) ? 'FULLY_REFUNDED' : null;
}

/** A payin: an attempt that was sent. */
export function showPayin({ attempt, config }: PayinView) {
  const refunds = refundsOf(attempt);
  return {
    payin_id: attempt.payinId,
    payin_config_id: attempt.chargeableId,
    merchant_id: attempt.merchantId,
    payment_method_id: attempt.paymentMethodId,
    payment_method_config_id: config?.paymentMethodConfigId ?? null,
    device_registration_id: null,
    threeds_attempt_id: null,
    idempotency_key: config?.idempotencyKey ?? null,
    billing_type: null,
    ...showAmounts(attempt),
    status: attempt.payinStatus,
    ...showRefusal(refusalOf(attempt)),
    auth_code: attempt.verdict?.checks.authCode ?? null,
    avs_result_code: attempt.verdict?.checks.avs ?? null,
    cvc_result_code: attempt.verdict?.checks.securityCode ?? null,
    amount_splits: [],
    merchant_fees: null,
    method_type: attempt.methodType,
    ...showInstrument(attempt.instrument),
    billing_contact: showContact(attempt.billingContact),
    device_data: null,
    method_metadata: config?.methodMetadata ?? {},
    metadata: attempt.metadata,
    refunds: refunds.map(showRefund),
    has_refunds: refunds.length > 0,
    chargebacks: [],
    has_chargebacks: false,
    ach_return: null,
    has_ach_return: false,
    payin_config: {
      payin_config_id: attempt.chargeableId,
      processing_mode: MODE_NAMES[(config ?? attempt).mode ?? 'authorize_and_capture'],
      amount: attempt.requested ?? attempt.amount,
      currency_code: attempt.currency,
      amount_splits: [],
    },
    threeds_attempt: null,
    expected_deposit_date: null,
    source: attempt.source,
    source_desc: SOURCES[attempt.source],
    created_at: time(attempt.createdAt),
    updated_at: time(attempt.updatedAt),
    transaction_id: attempt.transactionId,
    confirmation_code: attempt.confirmationCode,
  };
}

/** Rainforest, Payin config: amounts in minor units, times in RFC 3339. */
export function showPayinConfig({ config, merchant, used }: PayinConfigView) {
  return {
    payin_config_id: config.id,
    payment_method_config_id: config.paymentMethodConfigId,
    merchant_id: config.merchantId,
    merchant: { id: config.merchantId, name: merchant?.name ?? null, dba_name: merchant?.dbaName ?? null },
    idempotency_key: config.idempotencyKey,
    amount: config.amount,
    currency_code: config.currency,
    amount_splits: [],
    billing_fees_reversal_config: null,
    merchant_billing: null,
    allow_bin_lookup: false,
    allow_partial_authorization: config.partial ?? false,
    billing_contact: showContact(config.billingContact),
    shipping_address: null,
    risk_data: null,
    level_2_3: null,
    metadata: config.metadata,
    method_metadata: config.methodMetadata,
    processing_mode: MODE_NAMES[config.mode ?? 'authorize_and_capture'],
    threeds_mode: 'NONE',
    device_signature_mode: 'NONE',
    ach_balance_check_mode: 'NONE',
    payin: used?.payinId ? { payin_id: used.payinId } : null,
    expires_at: config.validUntil === null ? null : time(config.validUntil),
    ...showLimits(config),
  };
}

/** Rainforest, Payment method config; `payment_method` is null until one was stored. Times in RFC 3339. */
export function showPaymentMethodConfig({ config, platform, used }: PaymentMethodConfigView) {
  return {
    payment_method_config_id: config.id,
    platform_id: config.platformId,
    billable_merchant_id: config.merchantId,
    originating_merchant_id: null,
    platform: { platform_id: config.platformId, name: platform?.name ?? null },
    idempotency_key: config.idempotencyKey,
    billing_contact: showContact(config.billingContact),
    metadata: config.metadata,
    payment_method: used === null ? null : { payment_method_id: used.paymentMethodId },
    allow_bin_lookup: false,
    device_signature_mode: 'NONE',
    created_at: time(config.createdAt),
    ...showLimits(config),
  };
}

function showLimits(config: PayinConfigView['config'] | PaymentMethodConfigView['config']) {
  return {
    accepted_tenders: config.tenders.map((tender) => TENDER_NAMES[tender]),
    accepted_brands: config.brands.map((brand) => BRAND_NAMES[brand]),
    require_postal_code: config.requirePostalCode,
    require_security_code: config.requireSecurityCode,
  };
}

/** Rainforest, Stored methods: of an account the last four digits at most. Times in RFC 3339. */
export function showPaymentMethod(method: PaymentMethod) {
  return {
    payment_method_id: method.id,
    payment_method_config_id: method.paymentMethodConfigId,
    device_registration_id: null,
    billable_merchant_id: method.merchantId,
    merchant_id: method.merchantId,
    fingerprint: null,
    method_type: method.methodType,
    ...showInstrument(method.instrument),
    status: method.status,
    is_available: method.status === 'ACTIVE',
    billing_contact: showContact(method.billingContact),
    device_data: null,
    metadata: method.metadata,
    created_at: time(method.createdAt),
    updated_at: time(method.updatedAt),
    replaces_payment_method_id: null,
    replaced_by_payment_method_id: null,
    replaced_at: null,
    replaced_reason_code: null,
    replaced_reason_desc: null,
    replacement_disabled_at: null,
    replacement_disabled_reason_code: null,
    replacement_disabled_reason_desc: null,
  };
}
