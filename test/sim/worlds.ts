/** The small worlds, which are explored whole. Decides what is in them. */
import type { Absence } from '../../src/core/processor.ts';
import {
  ABSENCES,
  AHEAD,
  backend,
  CALM,
  capture,
  MASTERCARD,
  ONE_FAULT,
  payment,
  reversal,
  upstream,
  VISA,
} from './parts.ts';
import type { Answer } from './upstream.ts';
import { PRICE, type World } from './world.ts';

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
  plans: [{ ...payment('call', VISA, 'A', 'B'), manner: 'impatient' }, payment('redial', MASTERCARD, 'A')],
  ...AHEAD,
});

/** A caller who does not wait, and messages that are lost or late. */
const doubted = (absence: Absence): World => ({
  name: `two deliveries at once and a lost message, ${absence}`,
  upstreams: [upstream(absence)],
  plans: [{ ...payment('call', VISA, 'A', 'B'), manner: 'impatient' }],
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
  plans: [reversal('first', 'key 1', 600, 'A', 'B'), reversal('second', 'key 2', 600, 'B')],
  ...ONE_FAULT,
  begins: 'paid',
});

/** The whole of an authorization is captured, and a part of it. */
const captures = (absence: Absence): World => ({
  name: `two captures and a fault, ${absence}`,
  upstreams: [upstream(absence)],
  plans: [capture('whole', PRICE, 'A', 'B'), capture('part', 600, 'B')],
  ...ONE_FAULT,
  begins: 'authorized',
});

/** What is captured is voided. */
const voided = (absence: Absence): World => ({
  name: `a capture, a void and a fault, ${absence}`,
  upstreams: [upstream(absence)],
  plans: [capture('capture', 600, 'A', 'B'), reversal('void', 'key', null, 'B')],
  ...ONE_FAULT,
  begins: 'authorized',
});

/** A backend that is told "unknown" and asks again, while the reconciler gives back what it was told of. */
const late = (absence: Absence): World => ({
  name: `a late approval, two deliveries and a reconciler, ${absence}`,
  upstreams: [upstream(absence, ['late'])],
  plans: [backend('A', 'A')],
  ...CALM,
  lateApprovals: 'reverse',
  sweeps: 1,
});

/** What it was told is in doubt. */
const lateTold = (absence: Absence): World => ({
  ...late(absence),
  name: `a late approval, two deliveries and a fault, ${absence}`,
  ...ONE_FAULT,
  lateApprovals: 'reverse',
});

/** What is given back is in doubt. */
const lateTaken = (absence: Absence): World => ({
  ...lateTold(absence),
  name: `a late approval, a reconciler and a fault, ${absence}`,
  plans: [backend('A')],
  // More beside the reconciler is too much to be explored.
  faults: absence === 'once' ? ['crash', 'lose'] : ['crash', 'jump', 'lose'],
  sweeps: 1,
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
  ...ABSENCES.map(captures),
  ...ABSENCES.map(voided),
  ...ABSENCES.map(late),
  ...ABSENCES.map(lateTold),
  ...ABSENCES.map(lateTaken),
];
