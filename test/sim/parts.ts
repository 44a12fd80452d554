/** What worlds are put together from: cards, plans, upstreams, and how much goes wrong. */
import type { Absence } from '../../src/core/processor.ts';
import type { Answer, Upstream } from './upstream.ts';
import { type Capture, type Payment, type ProcessName, type Reversal, TIMES } from './world.ts';

export const ABSENCES: readonly Absence[] = ['abandon', 'once', 'unproven'];

export const VISA = '4242424242424242';
export const MASTERCARD = '5555555555554444';

export const payment = (name: string, card: string, ...to: readonly ProcessName[]): Payment => ({
  kind: 'payment',
  name,
  card,
  to,
});

export const capture = (name: string, amount: number, ...to: readonly ProcessName[]): Capture => ({
  kind: 'capture',
  name,
  amount,
  to,
});

/** @param amount minor units; null for all that is left */
export const reversal = (
  name: string,
  idempotencyKey: string,
  amount: number | null,
  ...to: readonly ProcessName[]
): Reversal => ({
  kind: 'reversal',
  name,
  idempotencyKey,
  amount,
  to,
});

/** @param answers to the Visa card, send by send; the other is always approved. */
export const upstream = (absence: Absence, answers: readonly Answer[] = ['approved'], name = 'first'): Upstream => ({
  name,
  absence,
  answers: { '4242': answers },
  captures: ['approved'],
});

export const CALM = {
  begins: 'unpaid',
  lateApprovals: 'keep',
  faults: [],
  faultsAtMost: 0,
  aheadMs: 0,
  sweeps: 0,
} as const;
export const ONE_FAULT = { ...CALM, faults: ['crash', 'stop', 'jump', 'lose'], faultsAtMost: 1 } as const;
/** To B every lease is over as soon as it is written, so that it meets A at each of its steps. */
export const AHEAD = { ...CALM, aheadMs: TIMES.jumpMs } as const;

/** Asks again on "unknown", as nobody at a telephone can. */
export const backend = (...to: readonly ProcessName[]): Payment => ({
  ...payment('call', VISA, ...to),
  manner: 'backend',
});
