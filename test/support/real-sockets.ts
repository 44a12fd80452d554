/** Takes nock out of the way of a suite that is about connections themselves: nock's own stand between, and differ. */
import nock from 'nock';

/** Call it in a `describe`. Nothing keeps such a suite on this machine but its own addresses. */
export function useRealSockets(): void {
  before(() => nock.restore());
  after(() => nock.activate());
}
