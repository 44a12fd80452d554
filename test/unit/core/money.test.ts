/** Money: decimal text and minor units, exactly. */
import { expect } from 'chai';
import {
  CURRENCIES,
  type Currency,
  decimalsOf,
  ENABLED_CURRENCIES,
  formatMoney,
  isCurrency,
  parseMoney,
  sameMoney,
} from '../../../src/core/money.ts';

describe('money', () => {
  const read: readonly [string, Currency, number][] = [
    ['10', 'USD', 1000],
    ['10.0', 'USD', 1000],
    ['10.00', 'USD', 1000],
    ['0.01', 'USD', 1],
    ['0', 'USD', 0],
    ['1257.38', 'USD', 125_738],
    ['90071992547409.91', 'USD', Number.MAX_SAFE_INTEGER],
    ['1000', 'JPY', 1000],
    ['9007199254740991', 'JPY', Number.MAX_SAFE_INTEGER],
    ['1.5', 'BHD', 1500],
    ['1.005', 'BHD', 1005],
    ['9007199254740.991', 'BHD', Number.MAX_SAFE_INTEGER],
    ['3', 'HUF', 300],
  ];
  for (const [text, currency, amount] of read) {
    it(`reads ${text} ${currency} as ${amount} minor units`, () => {
      expect(parseMoney(text, currency)).to.deep.equal({ amount, currency });
    });
  }

  const refused: readonly [string, Currency][] = [
    ...['10.005', '1e3', '1,000', '1,000.00', ' 10', '10 ', '+1', '-1', '-0', '', '.', '.5', '1.', '1..0'].map(
      (text): [string, Currency] => [text, 'USD'],
    ),
    ...['0x10', '1_0', '01', '00', '１０', '١', '10\n', '$1', '1.0.0', 'NaN', 'Infinity', 'null'].map(
      (text): [string, Currency] => [text, 'USD'],
    ),
    ['90071992547409.92', 'USD'],
    ['9007199254740992', 'JPY'],
    ['9007199254740.992', 'BHD'],
    ['99999999999999999', 'USD'],
    ['1.0', 'JPY'],
    ['1.0005', 'BHD'],
  ];
  for (const [text, currency] of refused) {
    it(`refuses ${JSON.stringify(text)} ${currency}`, () => {
      expect(parseMoney(text, currency)).to.equal(null);
    });
  }

  const written: readonly [number, Currency, string][] = [
    [0, 'USD', '0.00'],
    [5, 'USD', '0.05'],
    [1000, 'USD', '10.00'],
    [5, 'BHD', '0.005'],
    [1005, 'BHD', '1.005'],
    [1000, 'JPY', '1000'],
    [Number.MAX_SAFE_INTEGER, 'USD', '90071992547409.91'],
  ];
  for (const [amount, currency, text] of written) {
    it(`writes ${amount} minor units of ${currency} as ${text}`, () => {
      expect(formatMoney({ amount, currency })).to.equal(text);
    });
  }

  it('is the same only with the same amount and currency', () => {
    const ten = { amount: 1000, currency: 'USD' } as const;
    expect(sameMoney(ten, { ...ten })).to.equal(true);
    expect(sameMoney(ten, { ...ten, amount: 1001 })).to.equal(false);
    expect(sameMoney(ten, { ...ten, currency: 'CAD' })).to.equal(false);
  });

  it('knows currencies of ISO 4217 by their exact code, and charges in US dollars', () => {
    for (const text of ['USD', 'JPY', 'KWD']) expect(isCurrency(text)).to.equal(true);
    for (const text of ['usd', 'US', 'XXX', '', 'toString', '__proto__']) expect(isCurrency(text)).to.equal(false);
    expect(new Set(CURRENCIES.map(decimalsOf))).to.deep.equal(new Set([0, 2, 3]));
    expect(ENABLED_CURRENCIES).to.deep.equal(['USD']);
  });
});
