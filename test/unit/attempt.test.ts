/** What a process that slept may still say of an attempt: only of the send that it saw. */
import { expect } from 'chai';
import { createTransitions } from '../../src/engine/attempt.ts';
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
