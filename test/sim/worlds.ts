/** The small worlds that are explored whole, and a larger one for runs at random. Decides what is in them. */
import type { Absence } from '../../src/core/processor.ts';
import type { Answer, Upstream } from './upstream.ts';
import { type Payment, type ProcessName, type Refund, TIMES, type World } from './world.ts';

const ABSENCES: readonly Absence[] = ['abandon', 'once', 'unproven'];

const VISA = '4242424242424242';
const MASTERCARD = '5555555555554444';

const payment = (name: string, card: string, ...to: readonly ProcessName[]): Payment => ({
  kind: 'payment',
  name,
  card,
  to,
});

const refund = (name: string, idempotencyKey: string, amount: number, ...to: readonly ProcessName[]): Refund => ({
  kind: 'refund',
  name,
  idempotencyKey,
  amount,
  to,
});

/** @param answers to the Visa card, send by send; the other is always approved. */
const upstream = (absence: Absence, answers: readonly Answer[] = ['approved'], name = 'first'): Upstream => ({
  name,
  absence,
  answers: { '4242': answers },
});

const CALM = { faults: [], faultsAtMost: 0, aheadMs: 0, sweeps: 0 } as const;
const ONE_FAULT = { ...CALM, faults: ['crash', 'stop', 'jump', 'lose'], faultsAtMost: 1 } as const;
/** To B every lease is over as soon as it is written, so that it meets A at each of its steps. */
const AHEAD = { ...CALM, aheadMs: TIMES.jumpMs } as const;

/** Nothing goes wrong. */
const calm = (absence: Absence): World => ({
  name: `two cards, ${absence}`,
  upstreams: [upstream(absence)],
  plans: [payment('call', VISA, 'A', 'B'), payment('redial', MASTERCARD, 'B')],
  ...CALM,
});

/** One transaction, delivered to one process, to the other, and to the first again. */
const repeats = (absence: Absence): World => ({
  name: `three deliveries and a fault, ${absence}`,
  upstreams: [upstream(absence)],
  plans: [payment('call', VISA, 'A', 'B', 'A')],
  ...ONE_FAULT,
  // A sleep puts three deliveries beside each other: where nothing closes a key, that is too much to be explored.
  faults: absence === 'abandon' ? ONE_FAULT.faults : ['crash', 'jump', 'lose'],
});

/** One transaction, whose process sleeps and wakes beside the repeat. */
const slept = (absence: Absence): World => ({
  name: `two deliveries and a stop, ${absence}`,
  upstreams: [upstream(absence)],
  plans: [payment('call', VISA, 'A', 'B')],
  ...ONE_FAULT,
  faults: ['stop'],
});

/** Two transactions with a card each on one config. */
const redial = (absence: Absence): World => ({
  name: `two cards and a fault, ${absence}`,
  upstreams: [upstream(absence)],
  plans: [payment('call', VISA, 'A'), payment('redial', MASTERCARD, 'B')],
  ...ONE_FAULT,
});

/** One transaction beside the reconciler. */
const reconciled = (absence: Absence): World => ({
  name: `a delivery, a reconciler and a fault, ${absence}`,
  upstreams: [upstream(absence)],
  plans: [payment('call', VISA, 'A')],
  ...ONE_FAULT,
  sweeps: 1,
});

/** Two callers, and a reconciler that takes each of their processes for dead. */
const presumed = (absence: Absence): World => ({
  name: `two cards and a reconciler ahead of time, ${absence}`,
  upstreams: [upstream(absence)],
  plans: [payment('call', VISA, 'A'), payment('redial', MASTERCARD, 'A')],
  ...AHEAD,
  sweeps: 1,
});

/** A caller who does not wait, whose card is answered in these ways, and another. */
const hasty = (absence: Absence, ...answers: readonly [Answer, ...Answer[]]): World => ({
  name: `two deliveries at once and a card, ${answers.join(' then ')}, ${absence}`,
  upstreams: [upstream(absence, answers)],
  plans: [{ ...payment('call', VISA, 'A', 'B'), impatient: true }, payment('redial', MASTERCARD, 'A')],
  ...AHEAD,
});

/** A caller who does not wait, and messages that are lost or late. */
const doubted = (absence: Absence): World => ({
  name: `two deliveries at once and a lost message, ${absence}`,
  upstreams: [upstream(absence)],
  plans: [{ ...payment('call', VISA, 'A', 'B'), impatient: true }],
  ...AHEAD,
  faults: ['lose'],
  faultsAtMost: 1,
});

/** What the first processor declines or cannot be reached for goes to the second. */
const routed = (absence: Absence, answer: Answer): World => ({
  name: `a second processor and a fault, ${answer} by abandon, ${absence}`,
  upstreams: [upstream('abandon', [answer]), upstream(absence, ['approved'], 'second')],
  plans: [payment('call', VISA, 'A', 'B')],
  ...ONE_FAULT,
});

/** More is asked back than was paid, the first part twice. */
const refunds = (absence: Absence): World => ({
  name: `two partial refunds and a fault, ${absence}`,
  upstreams: [upstream(absence)],
  plans: [refund('first', 'key 1', 600, 'A', 'B'), refund('second', 'key 2', 600, 'B')],
  ...ONE_FAULT,
});

/** Each is explored to its end. */
export const SMALL_WORLDS: readonly World[] = [
  ...ABSENCES.map(calm),
  ...ABSENCES.map(repeats),
  slept('once'),
  slept('unproven'),
  ...ABSENCES.map(redial),
  ...ABSENCES.map(reconciled),
  ...ABSENCES.map(presumed),
  hasty('unproven', 'declined', 'approved'),
  hasty('abandon', 'unreachable', 'approved'),
  ...ABSENCES.map(doubted),
  routed('once', 'declined'),
  routed('unproven', 'unreachable'),
  ...ABSENCES.map(refunds),
];

const FOUR_FAULTS = { ...ONE_FAULT, faultsAtMost: 4, sweeps: 4 } as const;

/** Too large to be explored: for runs at random. */
export const LARGE_WORLDS: readonly World[] = [
  ...ABSENCES.map(
    (absence): World => ({
      name: `three callers, four faults, ${absence}`,
      upstreams: [upstream(absence, ['declined', 'approved', 'unreachable', 'approved'])],
      plans: [
        payment('call', VISA, 'A', 'B', 'A', 'B', 'A'),
        payment('redial', MASTERCARD, 'B', 'A', 'B'),
        payment('third call', VISA, 'A', 'B', 'A'),
      ],
      ...FOUR_FAULTS,
    }),
  ),
  ...ABSENCES.map(
    (absence): World => ({
      name: `two processors, four faults, ${absence}`,
      upstreams: [
        upstream('abandon', ['unreachable', 'declined', 'approved']),
        upstream(absence, ['approved'], 'second'),
      ],
      plans: [payment('call', VISA, 'A', 'B', 'A', 'B'), payment('redial', MASTERCARD, 'B', 'A')],
      ...FOUR_FAULTS,
    }),
  ),
  ...ABSENCES.map(
    (absence): World => ({
      name: `three refunds, four faults, ${absence}`,
      upstreams: [upstream(absence)],
      plans: [
        refund('first', 'key 1', 500, 'A', 'B', 'A'),
        refund('second', 'key 2', 400, 'B', 'A', 'B'),
        refund('third', 'key 3', 300, 'A', 'B', 'A'),
      ],
      ...FOUR_FAULTS,
    }),
  ),
];
