/** Waiting for work that goes on by itself. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { StoreUnavailable } from '../../src/core/store.ts';
import { LATE, within } from '../../src/engine/wait.ts';
import { manualClock } from '../support/clock.ts';

describe('Work that is waited for', () => {
  for (const ms of [0, 1]) {
    it(`may fail when the wait of ${ms} ms is over`, async () => {
      const clock = manualClock();
      let fail = (_: Error) => {};
      const work = new Promise<never>((_, reject) => {
        fail = reject;
      });
      const waiting = within(clock, work, ms);
      await clock.advance(ms);
      expect(await waiting).to.equal(LATE);
      const unhandled: unknown[] = [];
      const note = (error: unknown) => unhandled.push(error);
      process.on('unhandledRejection', note);
      fail(new StoreUnavailable());
      await turn();
      process.off('unhandledRejection', note);
      expect(unhandled).to.deep.equal([]);
    });
  }
});
