/** What holds for every test: no connection leaves this machine. */
import nock from 'nock';

export const mochaHooks = {
  beforeAll() {
    nock.disableNetConnect();
    nock.enableNetConnect(/^(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]+)?$/);
  },
  afterAll() {
    nock.restore();
  },
};
