/** What a config or a cart costs. Whether that is what the caller was told is terms.ts. */

import type { Chargeable } from '../core/chargeable-records.ts';
import type { Money } from '../core/money.ts';
import type { TenderKind } from '../core/tender.ts';

/** What is charged with this kind of tender; null for a tokenize, and for a kind that a cart does not take. */
export function priceOf(chargeable: Chargeable, tender: TenderKind): Money | null {
  if (chargeable.kind === 'payment_method') return null;
  const { amount, currency } = chargeable;
  if (chargeable.kind === 'payin') return { amount, currency };
  const fee = chargeable.fees[tender];
  return fee === null ? null : { amount: amount + fee, currency };
}
