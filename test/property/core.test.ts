/** What must hold of the vocabulary for every input: exact money, total card rules, and no card number overlooked. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createIds, isId } from '../../src/core/ids.ts';
import { CURRENCIES, decimalsOf, formatMoney, parseMoney } from '../../src/core/money.ts';
import { Secret } from '../../src/core/secret.ts';
import {
  brandOf,
  CARD_BRANDS,
  type Card,
  findCardFault,
  isRoutingNumber,
  looksLikeCardNumber,
  parseExpiryMonth,
  parseExpiryYear,
  passesLuhn,
} from '../../src/core/tender.ts';
import { redact } from '../../src/log/redact.ts';
import { manualClock } from '../support/clock.ts';

const currency = fc.constantFrom(...CURRENCIES);
const money = fc.record({ amount: fc.maxSafeNat(), currency });
const digits = (from: number, to: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: from, maxLength: to });

describe('money, whatever the amount', () => {
  it('is the same after it was written and read', () => {
    fc.assert(
      fc.property(money, (m) => {
        expect(parseMoney(formatMoney(m), m.currency)).to.deep.equal(m);
      }),
    );
  });

  it('is read from every spelling with fewer zeros at the end', () => {
    fc.assert(
      fc.property(money, (m) => {
        let text = formatMoney(m);
        while (text.includes('.') && /[.0]$/.test(text)) {
          text = text.slice(0, -1);
          if (!text.endsWith('.')) expect(parseMoney(text, m.currency), text).to.deep.equal(m);
        }
      }),
    );
  });

  it('grows with the next minor unit and never skips one', () => {
    const below = fc.record({ amount: fc.nat(Number.MAX_SAFE_INTEGER - 1), currency });
    fc.assert(
      fc.property(below, (m) => {
        const next = parseMoney(formatMoney({ ...m, amount: m.amount + 1 }), m.currency);
        expect(next?.amount).to.equal(m.amount + 1);
      }),
    );
  });

  it('is refused in every spelling but the plain one', () => {
    const spoil = fc.constantFrom<(text: string) => string>(
      (text) => ` ${text}`,
      (text) => `${text} `,
      (text) => `${text}\n`,
      (text) => `+${text}`,
      (text) => `-${text}`,
      (text) => `0${text}`,
      (text) => `$${text}`,
      (text) => `${text}e0`,
      (text) => `${text}.`,
      (text) => `${text}${text.includes('.') ? '' : '.00'}00`,
      (text) => `1,${text.padStart(6, '0')}`,
      (text) => text.replace(/[0-9]/, (digit) => String.fromCharCode(0xff10 + Number(digit))),
      (text) => text.replace(/[0-9]$/, (digit) => `_${digit}`),
    );
    fc.assert(
      fc.property(money, spoil, (m, spoiled) => {
        expect(parseMoney(spoiled(formatMoney(m)), m.currency)).to.equal(null);
      }),
    );
  });

  it('past 2^53 - 1 minor units is refused', () => {
    const over = fc.bigInt({ min: 2n ** 53n, max: 10n ** 24n });
    fc.assert(
      fc.property(over, currency, (amount, code) => {
        const decimals = decimalsOf(code);
        const all = String(amount);
        const text = decimals === 0 ? all : `${all.slice(0, -decimals)}.${all.slice(-decimals)}`;
        expect(parseMoney(text, code)).to.equal(null);
      }),
    );
  });

  it('is read from any text to an exact amount or not at all', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789.,+-e _') }));
    fc.assert(
      fc.property(text, currency, (given, code) => {
        const read = parseMoney(given, code);
        if (read === null) return;
        expect(Number.isSafeInteger(read.amount) && read.amount >= 0).to.equal(true);
        // The written form is the given one with its zeros filled up.
        expect(formatMoney(read).startsWith(given)).to.equal(true);
      }),
    );
  });
});

const BRAND_LEADS = ['4', '51', '55', '2221', '2720', '34', '37', '6011', '65', '3528', '36', '305', '50', '67', '62'];

/** Any number that starts as a card of some brand does and passes Luhn. */
const cardNumber = fc
  .tuple(fc.constantFrom(...BRAND_LEADS), digits(18, 18), fc.integer({ min: 13, max: 19 }))
  .map(([lead, rest, length]) => {
    const body = `${lead}${rest}`.slice(0, length - 1);
    const check = [...'0123456789'].find((digit) => passesLuhn(body + digit)) ?? '';
    return body + check;
  });

describe('card rules, whatever the text', () => {
  it('know each number as of one brand or of none', () => {
    fc.assert(
      fc.property(fc.oneof(digits(0, 24), fc.string(), cardNumber), (text) => {
        const brand = brandOf(text);
        expect(brand === null || CARD_BRANDS.includes(brand)).to.equal(true);
        expect(passesLuhn(text)).to.be.a('boolean');
        expect(isRoutingNumber(text)).to.be.a('boolean');
      }),
    );
  });

  it('refuse what is no card with the code of what is wrong', () => {
    const clock = manualClock();
    const rules = { clock, sandbox: false, requireSecurityCode: true };
    fc.assert(
      fc.property(fc.string(), fc.integer(), fc.integer(), fc.string(), (number, month, year, code) => {
        const card: Card = {
          kind: 'card',
          number: new Secret(number),
          expiry: { month, year },
          securityCode: new Secret(code),
          postalCode: null,
        };
        expect(findCardFault(card, rules)).to.be.oneOf([
          'INVALID_CARD_NUMBER',
          'INVALID_EXPIRY',
          'INVALID_SECURITY_CODE',
        ]);
      }),
    );
  });

  it('pass exactly one check digit', () => {
    fc.assert(
      fc.property(digits(1, 18), (body) => {
        expect([...'0123456789'].filter((digit) => passesLuhn(body + digit))).to.have.lengthOf(1);
      }),
    );
  });

  it('read an expiry into its range or not at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), digits(0, 6)), (text) => {
        expect(parseExpiryMonth(text) ?? 1).to.be.within(1, 12);
        expect(parseExpiryYear(text) ?? 2000).to.be.within(2000, 2999);
      }),
    );
  });
});

/** A number that some brand issues: its lead, its length, and the check digit that makes it pass. */
const brandedNumber = fc
  .constantFrom(
    { lead: '4', length: 13 },
    { lead: '4', length: 16 },
    { lead: '4', length: 19 },
    { lead: '55', length: 16 },
    { lead: '2221', length: 16 },
    { lead: '37', length: 15 },
    { lead: '6011', length: 16 },
    { lead: '3589', length: 16 },
    { lead: '36', length: 14 },
    { lead: '62', length: 17 },
    { lead: '58', length: 13 },
  )
  .chain(({ lead, length }) => digits(length - lead.length - 1, length - lead.length - 1).map((rest) => lead + rest))
  .map((body) => [...'0123456789'].map((digit) => body + digit).find(passesLuhn) ?? body);

/** The number with a separator, or none, between any two digits. */
const spelled = fc
  .tuple(brandedNumber, fc.array(fc.constantFrom('', '', ' ', '-', '.'), { minLength: 19, maxLength: 19 }))
  .map(([number, gaps]) => [...number].map((digit, i) => (i === 0 ? digit : `${gaps[i]}${digit}`)).join(''));

describe('a card number in a text', () => {
  it('is found whatever stands before and behind it', () => {
    fc.assert(
      fc.property(fc.string(), spelled, fc.string(), (before, number, behind) => {
        expect(looksLikeCardNumber(before + number + behind)).to.equal(true);
      }),
    );
  });

  it('is found among other digits', () => {
    fc.assert(
      fc.property(digits(0, 9), brandedNumber, digits(0, 9), (before, number, behind) => {
        expect(looksLikeCardNumber(before + number + behind)).to.equal(true);
      }),
    );
  });

  it('does not survive the last look at a line', () => {
    fc.assert(
      fc.property(fc.string(), spelled, fc.string(), (before, number, behind) => {
        const { line, cuts } = redact(before + number + behind);
        expect(cuts).to.be.greaterThan(0);
        expect(looksLikeCardNumber(line)).to.equal(false);
      }),
    );
  });
});

describe('ids, whenever they are made', () => {
  it('sort by time', () => {
    const moment = fc.integer({ min: Date.UTC(2014, 5), max: Date.UTC(2100, 0) });
    const at = (ms: number) => createIds({ sandbox: false, clock: manualClock(ms) }).make('pyi');
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        const [early, late] = [at(Math.min(a, b)), at(Math.max(a, b) + 1000)];
        expect(early < late && isId('pyi', early) && isId('pyi', late)).to.equal(true);
      }),
    );
  });
});
