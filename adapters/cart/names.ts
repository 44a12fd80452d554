/** The words of the cart API that requests and replies share: its tender types, and the form of its amounts. */
import { formatMoney, type Money, parseMoney } from '../../src/core/money.ts';
import type { TenderKind } from '../../src/core/tender.ts';

/** PaymentExpress, taking payments by voice: the keys of `fees`. */
export const TENDER_TYPES = { card: 'CreditCard', bank_account: 'ECheck' } as const satisfies Record<
  TenderKind,
  string
>;

/** PaymentExpress, createcart: "standard USD format"; no page has a field for a currency. */
export const CURRENCY = 'USD';

/** `"1257.38"` from minor units. */
export const dollars = (amount: number): string => formatMoney({ amount, currency: CURRENCY });

/** The documented form lets zeros stand in front. Null where it is past what can be counted exactly. */
export function parseDollars(text: string): Money | null {
  return parseMoney(text.replace(/^0+(?=[0-9])/, ''), CURRENCY);
}
