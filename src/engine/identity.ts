/**
 * When two requests are the same payment. Decides the dedupe key (which attempt a delivery belongs to) and the
 * fingerprint (whether it still says the same); exactly-once rules 1 and 2.
 */
import type { Command } from '../core/payment.ts';
import type { Chargeable } from '../core/store.ts';
import { looksLikeCardNumber, type Tender } from '../core/tender.ts';
import { plainDigest } from './keyring.ts';

/**
 * The id of the attempt: who asks (adapter and merchant, never the credential, which may be rotated between two
 * deliveries) and the provider's transaction id; for callers without one, the config and its epoch.
 */
export function attemptIdFor(command: Command, adapter: string, chargeable: Chargeable): string {
  const owner = chargeable.merchantId ?? chargeable.platformId;
  const transaction = command.transactionId ?? `${chargeable.id}#${chargeable.epoch}`;
  return `att_${plainDigest([adapter, owner, command.transactionId === null ? 'epoch' : 'transaction', transaction])}`;
}

/** The provider's transaction id as it may be stored: a digest where it looks like a card number. */
export function storableTransactionId(transactionId: string | null): string | null {
  if (transactionId === null || !looksLikeCardNumber(transactionId)) return transactionId;
  return `digest_${plainDigest([transactionId])}`;
}

/** The money-relevant words of a request, for a keyed digest. The security code is never among them. */
export function contentOf(command: Command): readonly string[] {
  const money = command.kind === 'charge' && command.money !== null ? command.money : null;
  return [
    command.kind,
    command.configId,
    money === null ? '' : `${money.amount} ${money.currency}`,
    ...tenderWords(command.tender),
  ];
}

function tenderWords(tender: Tender): readonly string[] {
  switch (tender.kind) {
    case 'card':
      return ['card', tender.number.reveal(), `${tender.expiry.month}/${tender.expiry.year}`];
    case 'bank_account':
      return ['bank_account', tender.account.reveal(), tender.routing, tender.accountType, tender.holderType];
    case 'stored':
      return ['stored', tender.paymentMethodId];
  }
}
