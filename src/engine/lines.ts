/**
 * Lines without a config: a caller keys in the amount, and no backend has allowed it beforehand. Decides who may do
 * that (a key that may make configs for exactly one merchant), and up to which amount (the merchant's line limit). The
 * config is made once per transaction, whatever card it comes with; from then on the charge is like any other.
 */

import type { PayinConfig } from '../core/chargeable-records.ts';
import { Refused } from '../core/errors.ts';
import type { ChargeCommand } from '../core/payment.ts';
import { mayReach, merchantsWithin } from '../core/principal.ts';
import { CARD_BRANDS, TENDER_KINDS } from '../core/tender.ts';
import type { Configs } from './configs.ts';
import type { EngineContext } from './context.ts';
import type { Caller } from './join.ts';
import { plainDigest } from './keyring.ts';
import type { CheckSignature } from './signing-keys.ts';

/**
 * The config of a charge that names none.
 * @throws {Refused} `FORBIDDEN`, `INVALID_REQUEST` where there is no such line, `AMOUNT_ABOVE_LIMIT`, `CURRENCY_MISMATCH`,
 *   `TRANSACTION_CHANGED`, `MERCHANT_NOT_ACTIVE`, `SIGNATURE_INVALID`
 */
export type OpenLine = (command: ChargeCommand, caller: Caller) => Promise<PayinConfig>;

/** Makes configs through `configs`, so that a line's are like any others. */
export function createOpenLine({ store }: EngineContext, configs: Configs, checkSignature: CheckSignature): OpenLine {
  return async ({ money, transactionId }, caller) => {
    const { principal, adapter } = caller;
    const [merchantId, ...others] = merchantsWithin(principal, 'payin_config:create') ?? [];
    const merchant = merchantId === undefined || others.length > 0 ? null : await store.get('merchants', merchantId);
    if (merchant === null || merchant.lineLimit === null || transactionId === null) {
      throw new Refused('INVALID_REQUEST', 'payin_config_id');
    }
    const { platformId, id, lineLimit } = merchant;
    if (!mayReach(principal, 'payin:create', { platformId, merchantId: id })) throw new Refused('FORBIDDEN');
    await checkSignature(caller, id);
    if (money === null || money.amount === 0) throw new Refused('INVALID_REQUEST', 'amount');
    if (money.currency !== lineLimit.currency) throw new Refused('CURRENCY_MISMATCH', 'currency');
    if (money.amount > lineLimit.amount) throw new Refused('AMOUNT_ABOVE_LIMIT', 'amount');
    try {
      return await configs.createPayinConfig(principal, {
        merchantId: id,
        idempotencyKey: `line_${plainDigest([adapter, transactionId])}`,
        ...money,
        billingContact: {},
        metadata: {},
        methodMetadata: {},
        tenders: TENDER_KINDS,
        brands: CARD_BRANDS,
        requirePostalCode: false,
        requireSecurityCode: false,
        validUntil: null,
        givenUpstream: null,
      });
    } catch (error) {
      if (error instanceof Refused && error.code === 'CONFLICT') throw new Refused('TRANSACTION_CHANGED');
      throw error;
    }
  };
}
