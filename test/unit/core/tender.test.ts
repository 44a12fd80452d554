/** Tenders: which numbers can be a card or a bank account at all. Numbers are published test numbers or unassigned. */
import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Secret } from '../../../src/core/secret.ts';
import {
  type BankAccount,
  brandOf,
  CARD_BRANDS,
  type Card,
  type CardBrand,
  findBankAccountFault,
  findCardFault,
  instrumentOf,
  isRoutingNumber,
  looksLikeCardNumber,
  parseExpiryMonth,
  parseExpiryYear,
  passesLuhn,
} from '../../../src/core/tender.ts';
import { manualClock } from '../../support/clock.ts';

const VISA = '4111111111111111';
const AMEX = '378282246310005';
const TWILIO_DINERS = '3065930009020004';

interface CardText {
  readonly number?: string;
  readonly month?: number;
  readonly year?: number;
  readonly code?: string | null;
}

function card({ number = VISA, month = 12, year = 2030, code = '123' }: CardText): Card {
  return {
    kind: 'card',
    number: new Secret(number),
    expiry: { month, year },
    securityCode: code === null ? null : new Secret(code),
    postalCode: null,
  };
}

const rules = { clock: manualClock(Date.UTC(2026, 10, 21)), sandbox: false, requireSecurityCode: false };

/** The number with the last digit that makes it pass Luhn. */
function withCheckDigit(body: string): string {
  const number = Array.from({ length: 10 }, (_, digit) => `${body}${digit}`).find(passesLuhn);
  if (number === undefined) throw new Error('no check digit fits');
  return number;
}

describe('card numbers', () => {
  const published: readonly [CardBrand, readonly string[]][] = [
    ['visa', [VISA, '4242424242424242', '4222222222222', '4000056655665556']],
    ['mastercard', ['5555555555554444', '5105105105105100', '2223003122003222', '2301350000000001']],
    ['amex', [AMEX, '371449635398431', '340082000000007']],
    ['discover', ['6011111111111117', '6011000990139424', '6011981111111113']],
    ['jcb', ['3530111333300000', '3566002020360505']],
    ['diners-club', ['30569309025904', '38520000023237', '36259600000004']],
    ['maestro', ['6304000000000000', '6771798021000008']],
    ['unionpay', ['6200000000000005']],
  ];
  for (const [brand, numbers] of published) {
    it(`of ${brand} are taken`, () => {
      const code = brand === 'amex' ? '1234' : '123';
      for (const number of numbers) {
        expect(brandOf(number), number).to.equal(brand);
        expect(findCardFault(card({ number, code }), rules), number).to.equal(null);
      }
    });
  }

  it('are published for every brand', () => {
    expect(published.map(([brand]) => brand)).to.have.members([...CARD_BRANDS]);
  });

  const edges: readonly [string, CardBrand | null][] = [
    ['2220', null],
    ['2221', 'mastercard'],
    ['2720', 'mastercard'],
    ['2721', null],
    ['50', 'maestro'],
    ['51', 'mastercard'],
    ['55', 'mastercard'],
    ['56', 'maestro'],
    ['33', null],
    ['34', 'amex'],
    ['35', null],
    ['3527', null],
    ['3528', 'jcb'],
    ['3589', 'jcb'],
    ['3590', null],
    ['300', 'diners-club'],
    ['305', 'diners-club'],
    ['306', null],
    ['3095', 'diners-club'],
    ['36', 'diners-club'],
    ['37', 'amex'],
    ['643', 'maestro'],
    ['644', 'discover'],
    ['649', 'discover'],
    ['65', 'discover'],
    ['6011', 'discover'],
    ['6012', 'maestro'],
    ['61', 'maestro'],
    ['62', 'unionpay'],
    ['63', 'maestro'],
    ['81', 'unionpay'],
    ['80', null],
    ['493697', 'visa'],
    ['493698', 'maestro'],
    ['493699', 'visa'],
    ['0', null],
    ['1', null],
    ['7', null],
    ['9', null],
    ['', null],
  ];
  for (const [lead, brand] of edges) {
    it(`that start with ${lead || 'nothing'} are of ${brand ?? 'no brand'}`, () => {
      expect(brandOf(lead.padEnd(lead === '' ? 0 : 16, '0'))).to.equal(brand);
    });
  }

  const taken: readonly [string, readonly number[]][] = [
    ['4', [13, 16, 18, 19]],
    ['51', [16]],
    ['2221', [16]],
    ['34', [15]],
    ['6011', [16, 19]],
    ['3528', [16, 17, 18, 19]],
    ['36', [14, 15, 16, 17, 18, 19]],
    ['50', [12, 13, 14, 15, 16, 17, 18, 19]],
    ['62', [14, 15, 16, 17, 18, 19]],
    ['9', []],
  ];
  for (const [lead, lengths] of taken) {
    it(`that start with ${lead} have ${lengths.join(', ') || 'no length that is taken'} digits`, () => {
      const code = lead === '34' ? '1234' : '123';
      for (let length = 8; length <= 24; length++) {
        const number = withCheckDigit(lead.padEnd(length - 1, '0'));
        const fault = findCardFault(card({ number, code }), rules);
        expect(fault, `${length}`).to.equal(lengths.includes(length) ? null : 'INVALID_CARD_NUMBER');
      }
    });
  }

  it('with any single wrong digit are refused', () => {
    for (let place = 0; place < VISA.length; place++) {
      const digit = (Number(VISA[place]) + 1) % 10;
      const number = `${VISA.slice(0, place)}${digit}${VISA.slice(place + 1)}`;
      expect(findCardFault(card({ number }), rules), number).to.equal('INVALID_CARD_NUMBER');
    }
  });

  it("of Twilio's test mode with a wrong check digit are taken in sandbox mode only", () => {
    const diners = card({ number: TWILIO_DINERS });
    expect(passesLuhn(TWILIO_DINERS)).to.equal(false);
    expect(findCardFault(diners, rules)).to.equal('INVALID_CARD_NUMBER');
    expect(findCardFault(diners, { ...rules, sandbox: true })).to.equal(null);
    expect(instrumentOf(diners)).to.include({ brand: 'diners-club', last4: '0004' });
    const other = card({ number: '3065930009020005' });
    expect(findCardFault(other, { ...rules, sandbox: true })).to.equal('INVALID_CARD_NUMBER');
  });

  it('pass Luhn by their digits, of which there must be some', () => {
    expect(['79927398713', '0', '18'].map(passesLuhn)).to.deep.equal([true, true, true]);
    expect(['79927398710', '', '19'].map(passesLuhn)).to.deep.equal([false, false, false]);
  });
});

describe('expiry', () => {
  const lastMoment = manualClock(Date.UTC(2028, 2, 1) - 1);
  const february = { month: 2, year: 2028 };

  it('is good through the last moment of its month, UTC, and not one longer', async () => {
    expect(findCardFault(card(february), { ...rules, clock: lastMoment })).to.equal(null);
    await lastMoment.advance(1);
    expect(findCardFault(card(february), { ...rules, clock: lastMoment })).to.equal('INVALID_EXPIRY');
  });

  it('lies at most twenty years ahead', () => {
    expect(findCardFault(card({ month: 11, year: 2046 }), rules)).to.equal(null);
    expect(findCardFault(card({ month: 12, year: 2046 }), rules)).to.equal('INVALID_EXPIRY');
    expect(findCardFault(card({ month: 12, year: 2025 }), rules)).to.equal('INVALID_EXPIRY');
  });

  it('is read from two or four digits for the year and one or two for the month', () => {
    expect(['27', '00', '99', '2027'].map(parseExpiryYear)).to.deep.equal([2027, 2000, 2099, 2027]);
    for (const text of ['', '7', '027', '1999', '3000', '20270', ' 27', '2e3', '２７']) {
      expect(parseExpiryYear(text), text).to.equal(null);
    }
    expect(['1', '01', '9', '10', '12'].map(parseExpiryMonth)).to.deep.equal([1, 1, 9, 10, 12]);
    for (const text of ['', '0', '00', '13', '001', '1.0', ' 1', '-1', 'Jan']) {
      expect(parseExpiryMonth(text), text).to.equal(null);
    }
  });
});

describe('the security code', () => {
  it('has four digits for amex and three for every other brand', () => {
    expect(findCardFault(card({ number: AMEX, code: '1234' }), rules)).to.equal(null);
    expect(findCardFault(card({ number: AMEX, code: '123' }), rules)).to.equal('INVALID_SECURITY_CODE');
    expect(findCardFault(card({ code: '012' }), rules)).to.equal(null);
    expect(findCardFault(card({ code: '1234' }), rules)).to.equal('INVALID_SECURITY_CODE');
  });

  it('may be missing unless it is required', () => {
    expect(findCardFault(card({ code: null }), rules)).to.equal(null);
    const strict = { ...rules, requireSecurityCode: true };
    expect(findCardFault(card({ code: null }), strict)).to.equal('INVALID_SECURITY_CODE');
  });
});

describe('bank accounts', () => {
  const account = (fields: { routing?: string; account?: string; holderName?: string | null }): BankAccount => ({
    kind: 'bank_account',
    account: new Secret(fields.account ?? '000123456789'),
    routing: fields.routing ?? '110000000',
    accountType: 'CHECKING',
    holderType: 'PERSONAL',
    holderName: fields.holderName === undefined ? 'A. Caller' : fields.holderName,
  });

  it('have a routing number that checks out and whose prefix is assigned', () => {
    for (const good of ['021000021', '011000015', '110000000', '111000025', '122105155', '122105278']) {
      expect(isRoutingNumber(good), good).to.equal(true);
    }
    // In turn: check digit, unassigned prefixes (99, 13, 33, 60, 73, 81), all zero, length, and no digits of ours.
    const bad = [
      '021000022',
      '999999992',
      '130000006',
      '330000000',
      '600000002',
      '730000008',
      '810000009',
      '000000000',
    ];
    for (const text of [...bad, '9999999992', '02100002', '', ' 021000021', '02100002１', '02100002a']) {
      expect(isRoutingNumber(text), text).to.equal(false);
    }
  });

  it('refuse a routing number with any single wrong digit', () => {
    const good = '021000021';
    for (let place = 0; place < good.length; place++) {
      for (let step = 1; step < 10; step++) {
        const digit = (Number(good[place]) + step) % 10;
        expect(isRoutingNumber(`${good.slice(0, place)}${digit}${good.slice(place + 1)}`)).to.equal(false);
      }
    }
  });

  it('have four to seventeen digits and a holder', () => {
    for (const number of ['0000', '12345678901234567']) {
      expect(findBankAccountFault(account({ account: number }))).to.equal(null);
    }
    for (const number of ['123', '123456789012345678', '', '12 34', '١٢٣٤']) {
      expect(findBankAccountFault(account({ account: number })), number).to.equal('INVALID_ACCOUNT_NUMBER');
    }
    expect(findBankAccountFault(account({ routing: '021000022' }))).to.equal('INVALID_ROUTING_NUMBER');
    expect(findBankAccountFault(account({ holderName: null }))).to.equal('ACCOUNT_HOLDER_REQUIRED');
  });

  it('are kept by their last four digits, as cards are', () => {
    expect(instrumentOf(account({}))).to.deep.equal({
      kind: 'bank_account',
      last4: '6789',
      routing: '110000000',
      accountType: 'CHECKING',
      holderType: 'PERSONAL',
    });
    const kept = { kind: 'card', brand: 'visa', last4: '1111', expMonth: 12, expYear: 2030 };
    expect(instrumentOf(card({}))).to.deep.equal(kept);
  });
});

describe('a text that looks like a card number', () => {
  it('is no random UUID, as backends use them for keys', () => {
    for (let i = 0; i < 5_000; i++) {
      const uuid = randomUUID();
      // One in five million has digits only.
      if (/[a-f]/.test(uuid)) expect(looksLikeCardNumber(`order ${uuid}`), uuid).to.equal(false);
    }
  });

  for (const text of [
    VISA,
    AMEX,
    `order ${VISA}, please`,
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '4111.1111.1111.1111',
    '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1',
    `12${VISA}`,
    `${VISA}1230`,
    `{"note":"${VISA}"}`,
    // A card's digits in the form of a UUID.
    '41111111-1111-1111-0000-000000000000',
  ]) {
    it(`is ${text}`, () => expect(looksLikeCardNumber(text)).to.equal(true));
  }

  for (const text of [
    '',
    '411111111111',
    '1234567890123',
    '2026-11-21T12:00:00.000Z',
    '+1 (555) 010-0199',
    'a1b2c3',
    'b4111111-1111-1111-1100-000000000000',
  ]) {
    it(`is not ${text || 'an empty one'}`, () => expect(looksLikeCardNumber(text)).to.equal(false));
  }
});
