/** A nested run tells what passed and what failed, and leaves the outer run as it was. */
import { expect } from 'chai';
import { runNested } from './nested.ts';

describe('a nested run', () => {
  const define = () => {
    describe('a suite', () => {
      it('has a test that passes', () => {});
      it('has a test that fails', () => {
        throw new Error('on purpose');
      });
    });
  };

  it('tells what passed and what failed', async () => {
    const { passed, failed } = await runNested(define);
    expect(passed).to.deep.equal(['has a test that passes']);
    expect([...failed]).to.deep.equal([['has a test that fails', 'Error: on purpose']]);
  });

  it('can be of one test only', async () => {
    const { passed, failed } = await runNested(define, 'that passes');
    expect([passed.length, failed.size]).to.deep.equal([1, 0]);
  });

  it('gives the words of mocha back', async () => {
    const before = { describe, it, beforeEach };
    await runNested(define);
    expect({ describe, it, beforeEach }).to.deep.equal(before);
  });
});
