/** Fees, whatever amount and rule: exact to the minor unit, within their bounds, and never less for more. */
import { expect } from 'chai';
import fc from 'fast-check';
import { type FeeRule, feeOf, formatRate, parseRate } from '../../src/core/fees.ts';

const rate = fc.integer({ min: 0, max: 1_000_000 });
const rule: fc.Arbitrary<FeeRule> = fc
  .record({ fixed: fc.nat(10_000), rate, least: fc.nat(5_000), room: fc.option(fc.nat(1_000_000)) })
  .map(({ room, ...given }) => ({ ...given, most: room === null ? null : given.least + room }));
const amount = fc.oneof(fc.nat(1_000_000), fc.maxSafeNat());
const bare = (rate: number): FeeRule => ({ fixed: 0, rate, least: 0, most: null });

/** For amounts that must have a fee. */
function fee(of: number, by: FeeRule): number {
  const found = feeOf(of, by);
  if (found === null) throw new Error(`no fee for ${of}`);
  return found;
}

describe('a fee, whatever amount and rule', () => {
  it('is the rate of the amount, to the nearest minor unit and half of one up', () => {
    fc.assert(
      fc.property(amount, rate, (of, rate) => {
        const found = feeOf(of, bare(rate));
        if (found === null) return;
        // Twice the distance to the exact share, in millionths: above -1000000, for half is rounded up, to 1000000.
        const off = 2n * (BigInt(found) * 1_000_000n - BigInt(of) * BigInt(rate));
        expect(off > -1_000_000n && off <= 1_000_000n, `${of} at ${rate}: ${found}`).to.equal(true);
      }),
    );
  });

  it('is the sum of its parts, between the least and the most', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), rule, (of, by) => {
        const plain = fee(of, bare(by.rate)) + by.fixed;
        const most = by.most ?? Number.POSITIVE_INFINITY;
        expect(fee(of, by)).to.equal(Math.min(Math.max(plain, by.least), most));
      }),
    );
  });

  it('never falls as the amount grows', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), fc.nat(1_000), rule, (of, more, by) => {
        expect(fee(of + more, by)).to.be.at.least(fee(of, by));
      }),
    );
  });

  it('is a safe integer beside its amount, or there is none', () => {
    fc.assert(
      fc.property(amount, rule, (of, by) => {
        const found = feeOf(of, by);
        const exact = (BigInt(of) * BigInt(by.rate) + 500_000n) / 1_000_000n + BigInt(by.fixed);
        const raised = exact > BigInt(by.least) ? exact : BigInt(by.least);
        const due = by.most !== null && raised > BigInt(by.most) ? BigInt(by.most) : raised;
        const fits = BigInt(of) + due <= BigInt(Number.MAX_SAFE_INTEGER);
        expect(found).to.equal(fits ? Number(due) : null);
      }),
    );
  });

  const ROWS: readonly [amount: number, percent: string, fee: number][] = [
    [125_738, '0', 0],
    [125_738, '2.35', 2_955],
    [100, '0.5', 1],
    [99, '0.5', 0],
    [100, '0.4999', 0],
    [100, '100', 100],
    [9_007_199_254_740_991, '0', 0],
  ];
  for (const [of, percent, due] of ROWS) {
    it(`of ${percent} % for ${of} is ${due}`, () => expect(feeOf(of, bare(parseRate(percent) ?? -1))).to.equal(due));
  }
});

describe('a rate', () => {
  it('is the same after it was written and read', () => {
    fc.assert(
      fc.property(rate, (one) => {
        expect(parseRate(formatRate(one))).to.equal(one);
      }),
    );
  });

  for (const text of ['', ' 1', '1 ', '+1', '-1', '01', '1.', '.5', '1.23456', '1e1', '1,5', '100.0001', '101', '١']) {
    it(`is not read from ${JSON.stringify(text)}`, () => expect(parseRate(text)).to.equal(null));
  }
});
