/** The cart API's reading, whatever comes: every body and path is a command or a refusal, and amounts are exact. */
import { expect } from 'chai';
import fc from 'fast-check';
import { cart } from '../../adapters/cart/adapter.ts';
import { dollars, parseDollars } from '../../adapters/cart/names.ts';
import {
  DECLINE_CODES,
  ERROR_CODES,
  ERRORS,
  type ErrorCode,
  type OpenCode,
  type RefusalCode,
  Refused,
} from '../../src/core/errors.ts';
import { createIds } from '../../src/core/ids.ts';
import { refusal } from '../../src/core/payment.ts';
import { compile } from '../../src/http/validate.ts';
import { cardBody, cartBody, echeckBody } from '../support/carts.ts';
import { manualClock } from '../support/clock.ts';

const ROUTES = cart.routes.map((route) => {
  const schema = route.schema === undefined ? cart.schema : route.schema;
  return { route, validate: schema === null ? null : compile(schema) };
});

/** As the pipeline reads a request. */
function read({ route, validate }: (typeof ROUTES)[number], body: unknown, id: string) {
  try {
    validate?.(body);
    return cart.decode({ body: validate === null ? null : body, route, params: { cartId: id, paymentId: id } });
  } catch (error) {
    if (error instanceof Refused) return refusal(error.code, error.field);
    throw error;
  }
}

/** Bodies of the page with one member, at any depth, put out of its way. */
const spoiled = fc
  .tuple(fc.constantFrom<object>(cartBody(), cardBody(), echeckBody()), fc.nat(20), fc.jsonValue())
  .map(([body, at, value]) => {
    let seen = 0;
    return JSON.parse(JSON.stringify(body), (_key, member: unknown) => (seen++ === at ? value : member));
  });

const isOurs = (code: ErrorCode): code is RefusalCode | OpenCode => ERRORS[code].family !== 'declined';

describe('the cart API, whatever comes', () => {
  it('reads a command or refuses', () => {
    const anything = fc.oneof(fc.jsonValue(), spoiled);
    fc.assert(
      fc.property(fc.constantFrom(...ROUTES), anything, fc.string(), (served, body, id) => {
        const command = read(served, body, id);
        expect(command.kind).to.be.oneOf([served.route.operation, 'refused']);
      }),
      { numRuns: 500 },
    );
  });

  it('reads every amount that it writes, with zeros in front or not', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(3), (amount, zeros) => {
        expect(parseDollars(`${'0'.repeat(zeros)}${dollars(amount)}`)).to.deep.equal({ amount, currency: 'USD' });
      }),
    );
  });

  it('answers every code as a failure, by a status of its own list', () => {
    const paymentMethodId = createIds({ sandbox: true, clock: manualClock() }).make('mtd');
    const results = [
      ...DECLINE_CODES.map((code) => ({ kind: 'declined', code, payinId: null, paymentMethodId }) as const),
      ...ERROR_CODES.filter(isOurs).map((code) => refusal(code)),
    ];
    for (const { route } of ROUTES) {
      for (const result of results) {
        const { status, body } = cart.encode(result, route, null);
        expect(status, result.code).to.be.oneOf([200, 400, 403, 404, 409, 413, 429, 503]);
        if (result.kind === 'declined') expect(status).to.equal(200);
        expect(body, result.code).to.have.property(ERRORS[result.code].family === 'open' ? 'status' : 'errorCode');
        expect(body).not.to.have.property('paymentId');
      }
    }
  });
});
