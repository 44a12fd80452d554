/** What must hold of the replies to Twilio for every result: its shape, and that no word of a tender is in them. */
import { expect } from 'chai';
import fc from 'fast-check';
import { twilio } from '../../adapters/twilio/adapter.ts';
import type { AdapterRoute } from '../../src/core/adapter.ts';
import { systemClock } from '../../src/core/clock.ts';
import { DECLINE_CODES, ERROR_CODES, type OpenCode, type RefusalCode } from '../../src/core/errors.ts';
import { createIds } from '../../src/core/ids.ts';
import { CURRENCIES } from '../../src/core/money.ts';
import { type PaymentResult, refusal } from '../../src/core/payment.ts';
import { CARD_BRANDS } from '../../src/core/tender.ts';

const digits = (from: number, to: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: from, maxLength: to });
const route = fc.constantFrom(...twilio.routes);
const DECLINES: ReadonlySet<string> = new Set(DECLINE_CODES);
const isOurs = (code: string): code is RefusalCode | OpenCode => !DECLINES.has(code);

const ids = createIds({ sandbox: true, clock: systemClock });
const idOf = <P extends 'pyi' | 'mtd'>(prefix: P) => fc.constant(prefix).map(() => ids.make(prefix));
const last4 = digits(4, 4);
const instrument = fc.oneof(
  fc.record({
    kind: fc.constant('card' as const),
    brand: fc.constantFrom(...CARD_BRANDS),
    last4,
    expMonth: fc.integer({ min: 1, max: 12 }),
    expYear: fc.integer({ min: 2000, max: 2099 }),
  }),
  fc.record({
    kind: fc.constant('bank_account' as const),
    last4,
    routing: fc.constant('110000000'),
    accountType: fc.constantFrom('CHECKING' as const, 'SAVINGS' as const),
    holderType: fc.constantFrom('PERSONAL' as const, 'BUSINESS' as const),
  }),
);
const approved: fc.Arbitrary<PaymentResult> = fc.oneof(
  fc.record({
    kind: fc.constant('approved' as const),
    command: fc.constant('charge' as const),
    payinId: idOf('pyi'),
    paymentMethodId: idOf('mtd'),
    confirmationCode: fc.string({ unit: fc.constantFrom(...'234679FKLMRW'), minLength: 8, maxLength: 8 }),
    status: fc.constantFrom('AUTHORIZED' as const, 'PROCESSING' as const, 'IN_REVIEW' as const),
    money: fc.record({ amount: fc.maxSafeNat(), currency: fc.constantFrom(...CURRENCIES) }),
    instrument,
  }),
  fc.record({
    kind: fc.constant('approved' as const),
    command: fc.constant('tokenize' as const),
    paymentMethodId: idOf('mtd'),
    instrument,
  }),
);
const notApproved: fc.Arbitrary<PaymentResult> = fc.oneof(
  fc.record({
    kind: fc.constant('declined' as const),
    code: fc.constantFrom(...DECLINE_CODES),
    payinId: fc.option(idOf('pyi')),
    paymentMethodId: idOf('mtd'),
  }),
  fc.constantFrom(...ERROR_CODES.filter(isOurs)).map((code) => refusal(code, 'amount')),
  fc.record({
    kind: fc.constantFrom('pending' as const, 'unknown' as const),
    payinId: fc.option(idOf('pyi')),
    paymentMethodId: fc.option(idOf('mtd')),
  }),
);

describe('a result in the shape of Twilio, whatever it is', () => {
  const method = fc.oneof(fc.constantFrom('charge', 'tokenize', '', null), fc.jsonValue());
  const bodies = fc.oneof(fc.record({ method }), fc.jsonValue());
  /** The reply as it goes out. */
  const reply = (result: PaymentResult, by: AdapterRoute, given: unknown) => {
    const { status, body: told } = twilio.encode(result, by, given);
    expect(status).to.equal(200);
    return JSON.stringify(told);
  };

  it('is JSON with lower-case keys: an id or an error, and texts for parameters', () => {
    fc.assert(
      fc.property(fc.oneof(approved, notApproved), route, bodies, (result, by, given) => {
        const { charge_id, token_id, error_code, error_message, parameters, ...more } = JSON.parse(
          reply(result, by, given),
        );
        const id = charge_id === undefined ? token_id : charge_id;
        expect(more).to.deep.equal({});
        expect([charge_id, token_id].filter((one) => one !== undefined)).to.have.length(1);
        for (const [name, told] of Object.entries(parameters)) {
          expect(name).to.match(/^[a-z][a-z_0-9]*$/);
          expect(told).to.be.a('string').that.is.not.empty;
        }
        if (result.kind === 'approved') {
          expect(id).to.equal(result.command === 'charge' ? result.payinId : result.paymentMethodId);
          expect([error_code, error_message]).to.deep.equal([null, null]);
        } else {
          expect({ id, parameters }).to.deep.equal({ id: null, parameters: {} });
          expect(ERROR_CODES).to.include(error_code);
          expect(error_message).to.be.a('string').that.is.not.empty;
        }
      }),
    );
  });

  it('tells nothing of the body but whether it was a charge, and of a bank account no routing number', () => {
    const account = fc.record({ cardnumber: digits(12, 19), cvv: digits(3, 4), bankaccountnumber: digits(4, 17) });
    fc.assert(
      fc.property(fc.oneof(approved, notApproved), route, method, account, (result, by, said, tender) => {
        const told = reply(result, by, { ...tender, method: said, description: tender.cardnumber });
        expect(told).to.equal(reply(result, by, { method: said }));
        expect(told).not.to.include('110000000');
      }),
    );
  });
});
