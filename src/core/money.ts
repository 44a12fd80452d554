/**
 * Money: integer minor units and an ISO 4217 currency. Decides how decimal text becomes minor units and back, exactly;
 * no floating-point number ever holds an amount. Which currencies are accepted is the engine's decision.
 */

/** Decimal places per currency (ISO 4217 list one; `Intl` follows CLDR instead and differs for some currencies). */
const DECIMALS = {
  AUD: 2,
  BHD: 3,
  BIF: 0,
  CAD: 2,
  CHF: 2,
  CLP: 0,
  DJF: 0,
  EUR: 2,
  GBP: 2,
  GNF: 0,
  HUF: 2,
  INR: 2,
  IQD: 3,
  ISK: 0,
  JOD: 3,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  KWD: 3,
  LYD: 3,
  MXN: 2,
  NZD: 2,
  OMR: 3,
  PYG: 0,
  RWF: 0,
  SGD: 2,
  TND: 3,
  UGX: 0,
  USD: 2,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  ZAR: 2,
} as const;

/** An ISO 4217 code whose decimals are known here; which of them can be charged is `ENABLED_CURRENCIES`. */
export type Currency = keyof typeof DECIMALS;

/** An amount in minor units (1000 = 10.00 USD): a safe integer, never negative. */
export interface Money {
  readonly amount: number;
  readonly currency: Currency;
}

/** Every currency that the model carries, in alphabetical order. */
export const CURRENCIES = Object.keys(DECIMALS) as readonly Currency[];

/** Currencies in which this release charges. */
export const ENABLED_CURRENCIES: readonly Currency[] = ['USD'];

/** Whether the text is a known code as it stands; in lower case it is not. */
export function isCurrency(text: string): text is Currency {
  return Object.hasOwn(DECIMALS, text);
}

/** Decimal places of a currency: 0, 2 or 3. */
export function decimalsOf(currency: Currency): 0 | 2 | 3 {
  return DECIMALS[currency];
}

const DECIMAL_TEXT = /^(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,3}))?$/;

/**
 * Reads decimal text in major units: `"10"`, `"10.0"` and `"10.00"` are 1000 cents.
 * @returns null for any other spelling: signs, blanks, exponents, separators, leading zeros, non-ASCII digits, more
 *   decimals than the currency has, or an amount past 2^53 - 1 minor units.
 */
export function parseMoney(text: string, currency: Currency): Money | null {
  const match = DECIMAL_TEXT.exec(text);
  if (match === null) return null;
  const decimals = decimalsOf(currency);
  const fraction = match[2] ?? '';
  if (fraction.length > decimals) return null;
  const amount = Number(`${match[1]}${fraction.padEnd(decimals, '0')}`);
  return Number.isSafeInteger(amount) ? { amount, currency } : null;
}

/** Major units with exactly the currency's decimals: 1000 USD is `"10.00"`, 1000 JPY is `"1000"`. */
export function formatMoney(money: Money): string {
  const decimals = decimalsOf(money.currency);
  if (decimals === 0) return String(money.amount);
  const digits = String(money.amount).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** Equal in amount and in currency: nothing is converted, and 0 USD is not 0 EUR. */
export function sameMoney(a: Money, b: Money): boolean {
  return a.amount === b.amount && a.currency === b.currency;
}
