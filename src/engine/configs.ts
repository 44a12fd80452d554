/**
 * Payin configs and payment method configs: what a merchant's backend allows before any caller pays. Decides what a
 * config may say; how it is claimed and consumed is chargeable.ts.
 */

import type { Merchant } from '../core/account-records.ts';
import type { Chargeable, PayinConfig, PaymentMethodConfig } from '../core/chargeable-records.ts';
import { Refused } from '../core/errors.ts';
import { isId, type PayinConfigId, type PaymentMethodConfigId, type PlatformId } from '../core/ids.ts';
import { type Currency, ENABLED_CURRENCIES } from '../core/money.ts';
import type { BillingContact, Metadata } from '../core/payment.ts';
import { holds, mayReach, type Permission, type Principal } from '../core/principal.ts';
import type { CardBrand, TenderKind } from '../core/tender.ts';
import type { EngineContext } from './context.ts';
import { idFor } from './idempotency.ts';
import { plainDigest } from './keyring.ts';
import type { Reconciler } from './reconcile.ts';
import { checkStorable } from './terms.ts';

interface NewConfig {
  readonly idempotencyKey: string;
  readonly billingContact: BillingContact;
  readonly metadata: Metadata;
  readonly tenders: readonly TenderKind[];
  readonly brands: readonly CardBrand[];
  readonly requirePostalCode: boolean;
  readonly requireSecurityCode: boolean;
}

/** A payin config to be made; its terms never change. `validUntil` in milliseconds since the epoch, null for no end. */
export interface NewPayinConfig extends NewConfig {
  readonly merchantId: string;
  /** Minor units, at least 1. */
  readonly amount: number;
  readonly currency: Currency;
  readonly methodMetadata: Metadata;
  readonly validUntil: number | null;
  /** The processor's own object for this charge, where the platform has made it itself. */
  readonly givenUpstream: string | null;
  /** Absent: `authorize_and_capture`. A config that says so has the same idempotency as one that does not. */
  readonly mode?: 'authorize';
  /** Whether less than `amount` may be approved, and then counts; absent: it may not. */
  readonly partial?: true;
}

/** A payment method config to be made; without a billable merchant, for all merchants of the platform. */
export interface NewPaymentMethodConfig extends NewConfig {
  readonly platformId: string;
  readonly billableMerchantId: string | null;
}

/** What may be charged and stored, as far as the principal reaches. Any method: @throws {StoreUnavailable} */
export interface Configs {
  /**
   * The config, the one made first where the idempotency key is a repeat.
   * @throws {Refused} `FORBIDDEN`, `MERCHANT_NOT_FOUND`, `MERCHANT_NOT_ACTIVE`, `CURRENCY_NOT_ENABLED`, `CONFLICT`,
   *   `INVALID_REQUEST`, `CARD_DATA_IN_TEXT`
   */
  createPayinConfig(principal: Principal, input: NewPayinConfig): Promise<PayinConfig>;
  /** As `createPayinConfig`, without a currency. */
  createPaymentMethodConfig(principal: Principal, input: NewPaymentMethodConfig): Promise<PaymentMethodConfig>;
  /** Null where there is none, or none within reach; as it stands now. @throws {Refused} `FORBIDDEN` */
  getPayinConfig(principal: Principal, id: string): Promise<PayinConfig | null>;
  /** As `getPayinConfig`. */
  getPaymentMethodConfig(principal: Principal, id: string): Promise<PaymentMethodConfig | null>;
}

/** How the merchant has its payments handled, kept as it is now; nothing for a config of no merchant. */
export function handlingOf(merchant: Merchant | null): Pick<Chargeable, 'routing' | 'reverseLate'> {
  const { routing, reverseLate } = merchant ?? {};
  return { ...(routing && { routing }), ...(reverseLate && { reverseLate }) };
}

const isPayinConfigId = (id: string): id is PayinConfigId => isId('cfg', id);
const isPaymentMethodConfigId = (id: string): id is PaymentMethodConfigId => isId('pmc', id);

/** @param reconciler completes pointers that a crash left, so that nobody reads a config as held that is free. */
export function createConfigs(context: EngineContext, reconciler: Reconciler): Configs {
  const { store, processors, ids, clock, settings } = context;

  async function createPayinConfig(principal: Principal, input: NewPayinConfig): Promise<PayinConfig> {
    const merchant = await activeMerchant(principal, 'payin_config:create', input.merchantId, 'merchant_id');
    if (!ENABLED_CURRENCIES.includes(input.currency)) throw new Refused('CURRENCY_NOT_ENABLED', 'currency_code');
    checkStorable(input.methodMetadata, 'method_metadata');
    checkStorable({ id: input.givenUpstream ?? '' }, 'upstream_config_id');
    const base = baseOf(input, merchant.platformId);
    const scope = [merchant.id, 'payin_configs'];
    const makes = ids.make('cfg');
    const id = await idFor(context, { scope, key: input.idempotencyKey, content: input, makes }, isPayinConfigId);
    if (input.givenUpstream !== null) await takeUpstream(merchant, input.givenUpstream, id);
    const config: PayinConfig = {
      ...base,
      kind: 'payin',
      id,
      merchantId: merchant.id,
      paymentMethodConfigId: ids.make('pmc'),
      amount: input.amount,
      currency: input.currency,
      methodMetadata: input.methodMetadata,
      validUntil: input.validUntil,
      ...handlingOf(merchant),
      ...(input.givenUpstream === null ? {} : { givenUpstream: input.givenUpstream }),
      ...(input.mode === undefined ? {} : { mode: input.mode }),
      ...(input.partial === undefined ? {} : { partial: input.partial }),
    };
    const stored = await insertOnce(config);
    if (stored.kind !== 'payin') throw new Refused('CONFLICT', 'idempotency_key');
    return stored;
  }

  /** A processor's own object succeeds once: of two configs that shared it, both would take its one charge for theirs. */
  async function takeUpstream(
    { platformId, routing }: Merchant,
    upstream: string,
    makes: PayinConfigId,
  ): Promise<void> {
    const { processor } = routing?.first ?? processors.route;
    const id = plainDigest([platformId, 'upstream', processor, upstream]);
    const expiresAt = clock.now() + settings.configRetentionMs;
    const record = { id, rev: 0, fingerprint: '', makes, expiresAt };
    if ((await store.apply({ insert: 'idempotency', record })) === 1) return;
    if ((await store.get('idempotency', id))?.makes !== makes) throw new Refused('CONFLICT', 'upstream_config_id');
  }

  async function createPaymentMethodConfig(
    principal: Principal,
    input: NewPaymentMethodConfig,
  ): Promise<PaymentMethodConfig> {
    const merchant =
      input.billableMerchantId === null
        ? null
        : await activeMerchant(
            principal,
            'payment_method_config:create',
            input.billableMerchantId,
            'billable_merchant_id',
          );
    const scopeOf = { platformId: principal.platformId, merchantId: merchant?.id ?? null };
    if (input.platformId !== principal.platformId || !mayReach(principal, 'payment_method_config:create', scopeOf)) {
      throw new Refused('FORBIDDEN');
    }
    const base = baseOf(input, principal.platformId);
    const scope = [principal.platformId, 'payment_method_configs'];
    const makes = ids.make('pmc');
    const id = await idFor(
      context,
      { scope, key: input.idempotencyKey, content: input, makes },
      isPaymentMethodConfigId,
    );
    const stored = await insertOnce({
      ...base,
      kind: 'payment_method',
      id,
      merchantId: merchant?.id ?? null,
      ...handlingOf(merchant),
    });
    if (stored.kind !== 'payment_method') throw new Refused('CONFLICT', 'idempotency_key');
    return stored;
  }

  function baseOf(input: NewConfig, platformId: PlatformId) {
    checkStorable({ key: input.idempotencyKey }, 'idempotency_key');
    checkStorable(input.metadata, 'metadata');
    checkStorable(input.billingContact, 'billing_contact');
    const now = clock.now();
    return {
      rev: 0,
      platformId,
      active: null,
      used: null,
      epoch: 0,
      claims: 0,
      billingContact: input.billingContact,
      metadata: input.metadata,
      tenders: input.tenders,
      brands: input.brands,
      requirePostalCode: input.requirePostalCode,
      requireSecurityCode: input.requireSecurityCode,
      idempotencyKey: input.idempotencyKey,
      createdAt: now,
      expiresAt: now + settings.configRetentionMs,
    };
  }

  async function insertOnce(config: Chargeable): Promise<Chargeable> {
    if ((await store.apply({ insert: 'chargeables', record: config })) === 1) return config;
    return (await store.get('chargeables', config.id)) ?? config;
  }

  async function activeMerchant(
    principal: Principal,
    permission: Permission,
    id: string,
    field: string,
  ): Promise<Merchant> {
    if (!holds(principal, permission)) throw new Refused('FORBIDDEN');
    const merchant = isId('mid', id) ? await store.get('merchants', id) : null;
    if (
      merchant === null ||
      !mayReach(principal, permission, { platformId: merchant.platformId, merchantId: merchant.id })
    ) {
      throw new Refused('MERCHANT_NOT_FOUND', field);
    }
    if (merchant.status !== 'ACTIVE') throw new Refused('MERCHANT_NOT_ACTIVE', field);
    return merchant;
  }

  async function read(principal: Principal, permission: Permission, id: string): Promise<Chargeable | null> {
    if (!holds(principal, permission)) throw new Refused('FORBIDDEN');
    const known = isPayinConfigId(id) || isPaymentMethodConfigId(id);
    const found = known ? await store.get('chargeables', id) : null;
    if (found === null || !mayReach(principal, permission, found)) return null;
    return (await reconciler.complete(found)).chargeable;
  }

  return {
    createPayinConfig,
    createPaymentMethodConfig,
    async getPayinConfig(principal, id) {
      const config = await read(principal, 'payin_config:read', id);
      return config?.kind === 'payin' ? config : null;
    },
    async getPaymentMethodConfig(principal, id) {
      const config = await read(principal, 'payment_method_config:read', id);
      return config?.kind === 'payment_method' ? config : null;
    },
  };
}
