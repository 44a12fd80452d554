/**
 * Charges and stored tenders that come by our own API: from a request to a command, and from the engine's answer to a
 * payin or a payment method. A decline is an answer, not an error; a payment that is still open is `PRESENTING`.
 */
import type { Patience } from '../../core/adapter.ts';
import { type OpenCode, type RefusalCode, Refused } from '../../core/errors.ts';
import type { Command } from '../../core/payment.ts';
import type { Attempt } from '../../core/store.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Caller } from '../../engine/join.ts';
import type { ApiRequest } from './route.ts';

/** Executes a command for a request. @throws {Refused} where nothing was sent. */
export type Execute = (command: Command, request: ApiRequest<unknown>) => Promise<Attempt>;

/** Our own API among the adapters. Part of the dedupe key, so it never changes. */
export const API_ADAPTER = 'api';

/** Who asks by a request, and how long it waits. */
export type CallerOf = (request: ApiRequest<unknown>) => Caller;

/** @param patienceMs how long a request waits for an outcome. */
export function callerFor(patienceMs: number): CallerOf {
  const patience: Patience = { deliveryMs: patienceMs, totalMs: patienceMs, repeatsOnSilence: false };
  return ({ principal, receivedAt, requestId }) => ({
    principal,
    adapter: API_ADAPTER,
    patience,
    tenders: 'one',
    receivedAt,
    requestId,
  });
}

/** Every command of this API goes this one way to the engine. */
export function createExecute(engine: Engine, callerOf: CallerOf): Execute {
  return async (command, request) => {
    const { result, attempt } = await engine.answer(command, callerOf(request));
    if (result.kind === 'refused') throw new Refused(result.code, FIELDS[result.code] ?? result.field);
    if (attempt === null) throw new Error('a payment that was not refused has an attempt');
    return attempt;
  };
}

/** Which field of a request a refusal is about, where the code alone tells. */
const FIELDS: Partial<Record<RefusalCode | OpenCode, string>> = {
  PAYIN_CONFIG_NOT_FOUND: 'payin_config_id',
  PAYIN_CONFIG_USED: 'payin_config_id',
  PAYIN_CONFIG_EXPIRED: 'payin_config_id',
  PAYMENT_METHOD_CONFIG_NOT_FOUND: 'payment_method_config_id',
  PAYMENT_METHOD_CONFIG_USED: 'payment_method_config_id',
  PAYMENT_METHOD_NOT_AVAILABLE: 'payment_method_id',
  TENDER_NOT_ACCEPTED: 'method_type',
  BRAND_NOT_ACCEPTED: 'card.card_number',
  INVALID_CARD_NUMBER: 'card.card_number',
  INVALID_EXPIRY: 'card.exp_year',
  INVALID_SECURITY_CODE: 'card.cvc',
  INVALID_POSTAL_CODE: 'billing_contact.postal_code',
  INVALID_ROUTING_NUMBER: 'ach.routing_number',
  INVALID_ACCOUNT_NUMBER: 'ach.account_number',
  ACCOUNT_HOLDER_REQUIRED: 'billing_contact.name',
};
