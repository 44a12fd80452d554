/**
 * When two requests are the same payment. Decides the dedupe key (which attempt a delivery belongs to) and the
 * fingerprint (whether it still says the same); exactly-once rules 1 and 2.
 */

import type { Chargeable } from '../core/chargeable-records.ts';
import type { Command } from '../core/payment.ts';
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

/** Whether the attempt is found by its tender, too: where the provider may send several of them in one transaction. */
export function isManyTenders(command: Command, tenders: 'one' | 'many'): boolean {
  return tenders === 'many' && command.transactionId !== null && command.tender.kind !== 'stored';
}

/**
 * The id of the `n`-th attempt with one tender of a transaction.
 * @param digest keyed, of `tenderIdentityOf` the tender.
 */
export function tenderAttemptIdFor(
  command: Command,
  adapter: string,
  chargeable: Chargeable,
  digest: string,
  n: number,
): string {
  const owner = chargeable.merchantId ?? chargeable.platformId;
  return `att_${plainDigest([adapter, owner, 'tender', command.transactionId ?? '', digest, String(n)])}`;
}

/** What makes two tenders the same card or account, for a keyed digest. */
export function tenderIdentityOf(tender: Tender): readonly string[] {
  const [kind = '', identity = ''] = tenderWords(tender);
  return [kind, identity];
}

/** A name that somebody else gave, as it may be stored: a digest where it looks like a card number. */
export function storableId(id: string): string {
  return looksLikeCardNumber(id) ? `digest_${plainDigest([id])}` : id;
}

/** As `storableId`, of the provider's transaction id, which some callers have not. */
export function storableTransactionId(transactionId: string | null): string | null {
  return transactionId === null ? null : storableId(transactionId);
}

/**
 * The money-relevant words of a request, for a keyed digest; where a caller may correct a card, its postal code too. The
 * security code is never among them.
 */
export function contentOf(command: Command, tenders: 'one' | 'many'): readonly string[] {
  const money = command.kind === 'charge' && command.money !== null ? command.money : null;
  return [
    command.kind,
    command.configId ?? '',
    money === null ? '' : `${money.amount} ${money.currency}`,
    ...tenderWords(command.tender),
    ...(tenders === 'many' && command.tender.kind === 'card' ? [command.tender.postalCode ?? ''] : []),
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
