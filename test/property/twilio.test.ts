/** What must hold of Twilio's words for every body: each comes to a command or a refusal, the same each time, to the cent. */
import { expect } from 'chai';
import fc from 'fast-check';
import { twilio } from '../../adapters/twilio/adapter.ts';
import type { AdapterRoute } from '../../src/core/adapter.ts';
import { ERRORS, Refused } from '../../src/core/errors.ts';
import { CURRENCIES, decimalsOf, formatMoney } from '../../src/core/money.ts';
import { type Command, type RefusedResult, refusal } from '../../src/core/payment.ts';
import type { Secret } from '../../src/core/secret.ts';
import { compile } from '../../src/http/validate.ts';
import { chargeBody, tokenizeBody } from '../support/twilio.ts';

const validate = compile(twilio.schema);
const route = fc.constantFrom(...twilio.routes);
const BY_METHOD: AdapterRoute = { method: 'POST', path: '/vendor/twilio/pay_generic', operation: null };

/** As the pipeline reads a body: its schema, then the adapter. */
function read(body: unknown, by = BY_METHOD): Command | RefusedResult {
  try {
    validate(body);
  } catch (error) {
    if (error instanceof Refused) return refusal(error.code, error.field);
    throw error;
  }
  return twilio.decode({ body, route: by });
}

/** A command with its secrets in the open, so that two can be compared. */
function open(read: Command | RefusedResult): unknown {
  if (read.kind === 'refused' || read.tender.kind === 'stored') return read;
  const reveal = (secret: Secret<string> | null) => secret?.reveal();
  const { tender } = read;
  return tender.kind === 'card'
    ? { ...read, tender: { ...tender, number: reveal(tender.number), securityCode: reveal(tender.securityCode) } }
    : { ...read, tender: { ...tender, account: reveal(tender.account) } };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const member of Object.values(Object.freeze(value))) deepFreeze(member);
  return value;
}

const CARD_FIELDS = ['cardnumber', 'cvv', 'expiry_month', 'expiry_year', 'postal_code'] as const;
const OPTIONAL = ['cvv', 'postal_code', 'currency_code', 'description', 'bankaccountnumber', 'routingnumber'] as const;
const BANK = {
  ...Object.fromEntries(CARD_FIELDS.map((field) => [field, null])),
  bankaccountnumber: '123456789',
  routingnumber: '110000000',
};

const good = fc.constantFrom(
  chargeBody('cfg'),
  tokenizeBody('pmc'),
  chargeBody('cfg', BANK),
  tokenizeBody('pmc', { ...BANK, parameters: { payment_method_id: 'pmc', account_type: 'commercial-savings' } }),
);
const digits = (from: number, to: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: from, maxLength: to });
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  digits(0, 20),
  fc.constantFrom('', 'charge', 'tokenize', '__proto__', 'constructor', '10.00', 'usd', 'JPY', '08', '2030'),
);
const value = fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: fc.jsonValue() });
const parameterNames = fc.oneof(
  fc.constantFrom('payin_config_id', 'payment_method_config_id', 'payment_method_id', 'account_type', 'AVSName'),
  fc.constantFrom('account_holder_name', 'account_holder_type', '__proto__', 'constructor', 'toString', 'description'),
  fc.string({ unit: 'binary' }),
);
const FIELDS = Object.keys(chargeBody(''));

/** A good body in which little is wrong, so that much of it is read: a field is gone or anything at all, or a parameter is. */
const body = fc
  .record({
    start: good,
    changes: fc.dictionary(fc.constantFrom(...FIELDS, 'unknown'), value, { maxKeys: 2 }),
    more: fc.dictionary(parameterNames, value, { maxKeys: 2 }),
    gone: fc.subarray(FIELDS, { maxLength: 1 }),
  })
  .map(({ start, changes, more, gone }) => {
    const whole = { ...start, parameters: { ...Object(start['parameters']), ...more }, ...changes };
    return Object.fromEntries(Object.entries(whole).filter(([field]) => !gone.includes(field)));
  });

describe("Twilio's words, whatever they are", () => {
  it('come to a command or a refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof({ weight: 9, arbitrary: body }, { weight: 1, arbitrary: fc.jsonValue() }),
        route,
        (given, by) => {
          const command = read(given, by);
          expect(command.kind).to.be.oneOf(['charge', 'tokenize', 'refused']);
          if (command.kind === 'refused') {
            expect(ERRORS[command.code].family).to.equal('refused');
            expect(command.field ?? 'method').to.match(/^(?:parameters\.)?[A-Za-z_]+$/);
          } else {
            expect(command).to.include({ source: 'IVR', transactionId: Reflect.get(Object(given), 'transaction_id') });
            expect(command.transactionId).to.be.a('string').that.is.not.empty;
            if (command.tender.kind === 'bank_account') {
              expect(command.tender.accountType).to.be.oneOf(['CHECKING', 'SAVINGS']);
              expect(command.tender.holderType).to.be.oneOf(['PERSONAL', 'BUSINESS']);
            }
            expect(Object.values(command.metadata).every((kept) => typeof kept === 'string' && kept !== '')).to.equal(
              true,
            );
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('come to the same each time, and stay as they are', () => {
    fc.assert(
      fc.property(body, route, (given, by) => {
        const before = structuredClone(given);
        expect(open(read(deepFreeze(given), by))).to.deep.equal(open(read(before, by)));
      }),
    );
  });

  it('may come with fields that nobody knows', () => {
    const known = new Set(Object.keys({ ...chargeBody(''), ...BANK }));
    const unknown = fc
      .dictionary(fc.string(), fc.jsonValue())
      .map((extra) =>
        Object.fromEntries(Object.entries(extra).filter(([name]) => !known.has(name) && name !== '__proto__')),
      );
    fc.assert(
      fc.property(good, unknown, (given, extra) => {
        expect(open(read({ ...extra, ...given }))).to.deep.equal(open(read(given)));
      }),
    );
  });

  it('say the same where a field is null, empty or absent', () => {
    fc.assert(
      fc.property(good, fc.constantFrom(...OPTIONAL), (given, field) => {
        const { [field]: _gone, ...without } = given;
        const absent = open(read(without));
        for (const nothing of [null, '']) expect(open(read({ ...given, [field]: nothing }))).to.deep.equal(absent);
      }),
    );
  });

  it('keep every parameter but our own as it is, whatever its name', () => {
    const OURS = /^(?:payin_config_id|payment_method(?:_config)?_id|AVSName|account_(?:holder_name|type|holder_type))$/;
    const custom = fc.dictionary(
      parameterNames.filter((name) => !OURS.test(name) && name !== 'description'),
      text,
    );
    fc.assert(
      fc.property(custom, (given) => {
        const kept = Object.entries(given).filter(([, kept]) => kept !== '');
        const command = read(
          chargeBody('cfg', { parameters: { ...given, payin_config_id: 'cfg' }, description: null }),
        );
        if (command.kind === 'refused') throw new Error(`${command.code} ${command.field}`);
        expect(Object.entries(command.metadata)).to.have.deep.members(kept);
        expect(Object.getPrototypeOf(command.metadata)).to.equal(Object.prototype);
      }),
    );
  });
});

/** By the words of the issue, without the parser: digits, at most as many decimals as the currency has, no zero in front. */
function minorUnits(spelled: string, decimals: number): number | null {
  const [whole = '', fraction, ...more] = spelled.split('.');
  const isPlain = /^[0-9]+$/.test(whole) && (whole === '0' || !whole.startsWith('0'));
  if (!isPlain || more.length > 0 || (fraction !== undefined && !/^[0-9]+$/.test(fraction))) return null;
  if ((fraction ?? '').length > decimals) return null;
  const amount = BigInt(whole) * 10n ** BigInt(decimals) + BigInt((fraction ?? '').padEnd(decimals, '0') || '0');
  return amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : null;
}

describe("an amount in Twilio's words, whatever it is", () => {
  const currency = fc.constantFrom(...CURRENCIES);
  const likeAmounts = fc.string({ unit: fc.constantFrom(...'0123456789..,-+e _x٣１\n\u0000'), maxLength: 24 });
  const spelled = fc.oneof(
    likeAmounts,
    digits(0, 18),
    fc.tuple(digits(1, 16), digits(0, 4)).map((both) => both.join('.')),
  );

  function told(amount: unknown, code: string) {
    const command = read(chargeBody('cfg', { amount, currency_code: code }));
    if (command.kind === 'charge') return command.money;
    expect(command).to.deep.equal(refusal('INVALID_REQUEST', 'amount'));
    return null;
  }

  it('is read to its minor units, or refused', () => {
    fc.assert(
      fc.property(fc.oneof(spelled, fc.string({ unit: 'binary' })), currency, (amount, code) => {
        const wanted = minorUnits(amount, decimalsOf(code));
        expect(told(amount, code)).to.deep.equal(wanted === null ? null : { amount: wanted, currency: code });
      }),
      { numRuns: 2_000 },
    );
  });

  it('is read from each of its legal spellings, with the currency in any case', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), currency, fc.func(fc.boolean()), (amount, code, lower) => {
        const money = { amount, currency: code };
        const mixed = [...code].map((letter) => (lower(letter) ? letter.toLowerCase() : letter)).join('');
        let legal = formatMoney(money);
        expect(told(legal, mixed)).to.deep.equal(money);
        while (legal.includes('.') && legal.endsWith('0')) {
          legal = legal.slice(0, -1).replace(/\.$/, '');
          expect(told(legal, mixed), legal).to.deep.equal(money);
        }
      }),
    );
  });

  it('is refused where it is no text', () => {
    fc.assert(
      fc.property(
        fc.jsonValue().filter((given) => typeof given !== 'string'),
        (amount) => {
          expect(told(amount, 'USD')).to.equal(null);
        },
      ),
    );
  });
});

describe("an expiry in Twilio's words", () => {
  const expiryOf = (expiry_month: string, expiry_year: string) => {
    const command = read(chargeBody('cfg', { expiry_month, expiry_year }));
    return command.kind === 'charge' && command.tender.kind === 'card' ? command.tender.expiry : null;
  };

  it('is the same with two digits of the year and with four, with a zero before the month and without', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 99 }), (month, year) => {
        const [mm, yy] = [String(month).padStart(2, '0'), String(year).padStart(2, '0')];
        for (const m of [mm, String(month)]) {
          for (const y of [yy, `20${yy}`]) expect(expiryOf(m, y)).to.deep.equal({ month, year: 2000 + year });
        }
      }),
    );
  });
});
