/** Worlds that are too large to be explored: for runs at random. Decides what is in them. */
import { ABSENCES, backend, capture, MASTERCARD, ONE_FAULT, payment, reversal, upstream, VISA } from './parts.ts';
import { PRICE, type World } from './world.ts';

const FOUR_FAULTS = { ...ONE_FAULT, faultsAtMost: 4, sweeps: 4 } as const;

/** Each for as many runs as are asked for. */
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
        reversal('first', 'key 1', 500, 'A', 'B', 'A'),
        reversal('second', 'key 2', 400, 'B', 'A', 'B'),
        reversal('third', 'key 3', 300, 'A', 'B', 'A'),
      ],
      ...FOUR_FAULTS,
      begins: 'paid',
    }),
  ),
  ...ABSENCES.map(
    (absence): World => ({
      name: `captures and voids, four faults, ${absence}`,
      upstreams: [{ ...upstream(absence), captures: ['declined', 'unreachable', 'late', 'approved'] }],
      plans: [
        capture('whole', PRICE, 'A', 'B', 'A'),
        capture('part', 600, 'B', 'A', 'B'),
        reversal('void', 'key 1', null, 'A', 'B', 'A'),
        reversal('refund', 'key 2', 200, 'B', 'A'),
      ],
      ...FOUR_FAULTS,
      begins: 'authorized',
    }),
  ),
  ...ABSENCES.map(
    (absence): World => ({
      name: `late approvals that are given back, four faults, ${absence}`,
      upstreams: [upstream(absence, ['unreachable', 'late', 'declined', 'approved'])],
      plans: [
        backend('A', 'B', 'A'),
        payment('redial', VISA, 'B', 'A', 'B'),
        payment('third call', MASTERCARD, 'A', 'B'),
      ],
      ...FOUR_FAULTS,
      faults: ['crash', 'stop', 'jump'],
      lateApprovals: 'reverse',
    }),
  ),
];
