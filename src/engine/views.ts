/**
 * What is shown beside a record: the config of a payin, the merchant and the payin of a config. Reads by the ids that
 * the record itself names and asks for no permission: who may see a record may see these parts of it.
 */

import type { Merchant, Platform } from '../core/account-records.ts';
import type { Chargeable, PayinConfig, PaymentMethodConfig } from '../core/chargeable-records.ts';
import { isId } from '../core/ids.ts';
import { type Attempt, type PaymentMethod, StoreUnavailable } from '../core/store.ts';
import type { EngineContext } from './context.ts';

/** `config` is null where it has been purged. */
export interface PayinView {
  readonly attempt: Attempt;
  readonly config: PayinConfig | null;
}

/** `merchant` is null only where its record is gone. */
export interface PayinConfigView {
  readonly config: PayinConfig;
  readonly merchant: Merchant | null;
  /** The attempt that succeeded; null until one has. */
  readonly used: Attempt | null;
}

/** `used` is the attempt that stored the method, null until one has. */
export interface PaymentMethodConfigView {
  readonly config: PaymentMethodConfig;
  readonly platform: Platform | null;
  readonly used: Attempt | null;
}

/** Records with what is shown beside them. Whatever does not say otherwise: @throws {StoreUnavailable} */
export interface Views {
  payin(attempt: Attempt): Promise<PayinView>;
  /** In the order given; at most 1000. */
  payins(attempts: readonly Attempt[]): Promise<readonly PayinView[]>;
  /** Never fails: the outcome of a payment is told also when the store is gone, then without the config. */
  payinJustMade(attempt: Attempt): Promise<PayinView>;
  payinConfig(config: PayinConfig): Promise<PayinConfigView>;
  paymentMethodConfig(config: PaymentMethodConfig): Promise<PaymentMethodConfigView>;
  /** The method of a tokenize: as stored, or as its attempt tells while nothing is. Never fails. */
  methodJustMade(attempt: Attempt): Promise<PaymentMethod>;
}

/** No list of attempts is longer than a page of the store. */
const PAGE = 1_000;

/** Reads what is shown beside many records in one question, not one each. */
export function createViews({ store }: EngineContext): Views {
  async function payins(attempts: readonly Attempt[]): Promise<readonly PayinView[]> {
    const ids = [...new Set(attempts.map((attempt) => attempt.chargeableId))];
    const configs =
      ids.length === 0
        ? []
        : await store.list('chargeables', {
            where: [{ field: 'id', is: 'in', values: ids }],
            sortBy: 'id',
            order: 'asc',
            limit: PAGE,
          });
    const known = new Map(configs.map((config) => [config.id, config]));
    return attempts.map((attempt) => ({ attempt, config: payinConfigOf(known.get(attempt.chargeableId)) }));
  }

  async function usedBy(config: Chargeable): Promise<Attempt | null> {
    return config.used === null ? null : store.get('attempts', config.used);
  }

  return {
    async payin(attempt) {
      return { attempt, config: payinConfigOf(await store.get('chargeables', attempt.chargeableId)) };
    },
    payins,
    async payinJustMade(attempt) {
      const config = await orNull(store.get('chargeables', attempt.chargeableId));
      return { attempt, config: payinConfigOf(config) };
    },
    async payinConfig(config) {
      const [merchant, used] = await Promise.all([store.get('merchants', config.merchantId), usedBy(config)]);
      return { config, merchant, used };
    },
    async paymentMethodConfig(config) {
      const [platform, used] = await Promise.all([store.get('platforms', config.platformId), usedBy(config)]);
      return { config, platform, used };
    },
    async methodJustMade(attempt) {
      return (await orNull(store.get('methods', attempt.paymentMethodId))) ?? methodTold(attempt);
    },
  };
}

function payinConfigOf(config: Chargeable | null | undefined): PayinConfig | null {
  return config?.kind === 'payin' ? config : null;
}

async function orNull<T>(reading: Promise<T | null>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof StoreUnavailable) return null;
    throw error;
  }
}

/** What an attempt to store a tender says of the method, before or without the method's own record. */
function methodTold(attempt: Attempt): PaymentMethod {
  const { chargeableId, state } = attempt;
  if (!isId('pmc', chargeableId)) throw new Error('only a tokenize tells of a method');
  return {
    id: attempt.paymentMethodId,
    rev: 0,
    platformId: attempt.platformId,
    merchantId: attempt.merchantId,
    paymentMethodConfigId: chargeableId,
    status: state === 'approved' ? 'ACTIVE' : state === 'declined' ? 'FAILED' : 'PRESENTING',
    methodType: attempt.methodType,
    instrument: attempt.instrument,
    route: attempt.route,
    token: null,
    billingContact: attempt.billingContact,
    metadata: attempt.metadata,
    createdAt: attempt.createdAt,
    updatedAt: attempt.updatedAt,
  };
}
