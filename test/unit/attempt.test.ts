/** What a process that slept may still say of an attempt: only of the send that it saw, or a verdict. */
import { expect } from 'chai';
import type { Attempt } from '../../src/core/store.ts';
import { createTransitions } from '../../src/engine/attempt.ts';
import { takenOf } from '../../src/engine/authorization.ts';
import { sample } from '../contract/store-records.ts';

const { apply } = createTransitions({ now: () => 0, retentionMs: 1_000, settlesAfterMs: () => null });

describe('An attempt that was opened again after somebody looked at it', () => {
  const before = sample('attempts', { state: 'not_sent', generation: 0, fence: 1 });
  const way = { route: before.route, upstream: null };
  const opened = apply(before, { kind: 'reopen', owner: 'somebody', leaseUntil: 10, dueAt: 10, ...way }) ?? before;
  const seen = { generation: before.generation, fence: before.fence };

  it('is not given to a person, called unknown or called not sent for what was seen of the send before', () => {
    expect(opened.state).to.equal('reserved');
    expect(apply(opened, { kind: 'manual', ...seen })).to.equal(null);
    expect(apply(opened, { kind: 'unknown', ...seen, dueAt: 5 })).to.equal(null);
    expect(apply(opened, { kind: 'not_sent', ...seen })).to.equal(null);
  });

  it('is for what was seen of this one', () => {
    const now = { generation: opened.generation, fence: opened.fence };
    expect(apply(opened, { kind: 'manual', ...now })).to.include({ state: 'manual', dueAt: null });
    expect(apply(opened, { kind: 'unknown', ...now, dueAt: 5 })).to.include({ state: 'unknown', dueAt: 5 });
    expect(apply(opened, { kind: 'not_sent', ...now })).to.include({ state: 'not_sent' });
  });
});

describe('A capture that is told as made after it had failed', () => {
  const wanted = { id: 'first', owner: 'somebody', amount: 400, adapter: 'api', metadata: {}, leaseUntil: 10 };
  const authorized = sample('attempts', { mode: 'authorize', payinStatus: 'AUTHORIZED' });
  const held = apply(authorized, { kind: 'hold_capture', wanted }) ?? authorized;
  const failed = apply(held, { kind: 'follow_up', id: 'first', event: { kind: 'failed', code: 'PROCESSING_ERROR' } });
  const comesLate = (attempt: Attempt) =>
    apply(attempt, { kind: 'follow_up', id: 'first', event: { kind: 'done', authCode: null } });

  it('counts: the money was taken', () => {
    expect(failed).to.include({ payinStatus: 'AUTHORIZED', dueAt: null });
    const late = comesLate(failed ?? authorized) ?? authorized;
    expect(late.payinStatus).to.equal('PROCESSING');
    expect(takenOf(late)).to.equal(400);
  });

  it('does not undo what has happened to the payin since', () => {
    for (const payinStatus of ['SUCCEEDED', 'CANCELED'] as const) {
      expect(comesLate({ ...(failed ?? authorized), payinStatus })).to.include({ payinStatus });
    }
  });
});

describe('An approval that is to be given back', () => {
  const late = { state: 'approved', payinStatus: 'PROCESSING', told: 'unknown', reverseLate: true, dueAt: 5 } as const;
  const owed = sample('attempts', late);

  it('is still looked at when it has settled before', () => {
    expect(apply(owed, { kind: 'settled' })).to.include({ payinStatus: 'SUCCEEDED', dueAt: 5 });
  });

  it('is not looked at any more when somebody is told of it after all', () => {
    expect(apply(owed, { kind: 'told_outcome' })).to.include({ told: 'outcome', dueAt: null });
  });
});
