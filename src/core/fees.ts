/**
 * Fees: what a merchant adds for a kind of tender, a fixed part and a rate with a least and a most. Decides the
 * arithmetic, in integers alone; which schedule counts for a cart is the engine's decision.
 */
import type { TenderKind } from './tender.ts';

/** The fee for one kind of tender. Amounts are minor units, safe integers, never negative. */
export interface FeeRule {
  readonly fixed: number;
  /** Millionths of the amount: 23500 is 2.35 %. At most 1000000, all of it. */
  readonly rate: number;
  readonly least: number;
  /** Null where nothing caps the fee. */
  readonly most: number | null;
}

/** By kind of tender; null where the kind is not taken. */
export type PerTender<T> = Readonly<Record<TenderKind, T | null>>;

/** A fee rule for each kind of tender that is taken. */
export type FeeRules = PerTender<FeeRule>;

const MILLION = 1_000_000n;

/**
 * The fee for an amount, both in minor units. The rate's part is rounded to the nearest minor unit, half of one up; then
 * the fixed part is added; then the sum is raised to the least and lowered to the most.
 * @returns null where amount and fee together pass 2^53 - 1.
 */
export function feeOf(amount: number, { fixed, rate, least, most }: FeeRule): number | null {
  const part = (BigInt(amount) * BigInt(rate) + MILLION / 2n) / MILLION;
  const raised = Math.max(Number(part) + fixed, least);
  const fee = most === null ? raised : Math.min(raised, most);
  return Number.isSafeInteger(amount + fee) ? fee : null;
}

const PERCENT = /^(0|[1-9][0-9]{0,2})(?:\.([0-9]{1,4}))?$/;

/** Percent as decimal text to millionths: `"2.35"` is 23500. Null for another spelling, or for more than `"100"`. */
export function parseRate(percent: string): number | null {
  const match = PERCENT.exec(percent);
  if (match === null) return null;
  const rate = Number(`${match[1]}${(match[2] ?? '').padEnd(4, '0')}`);
  return rate <= Number(MILLION) ? rate : null;
}

/** Millionths as percent, without zeros at the end: 23500 is `"2.35"`. */
export function formatRate(rate: number): string {
  const digits = String(rate).padStart(5, '0');
  const fraction = digits.slice(-4).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -4) : `${digits.slice(0, -4)}.${fraction}`;
}
