/** A body that its schema does not take is told by a name of the schema, however deep and by whatever reference. */
import { expect } from 'chai';
import twilioSchema from '../../schemas/twilio/pay.schema.json' with { type: 'json' };
import { Refused } from '../../src/core/errors.ts';
import { SCHEMAS } from '../../src/http/api/schemas.ts';
import { compile } from '../../src/http/validate.ts';

/** The field that is to blame, or `'fits'`. */
function faultIn(schema: object, body: unknown): string | null {
  try {
    compile(schema)(body);
    return 'fits';
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    expect(error.code).to.equal('INVALID_REQUEST');
    return error.field;
  }
}

describe('a body that does not fit its schema', () => {
  it("is told by the field, for each field of Twilio's, those that share a part included", () => {
    for (const field of Object.keys(twilioSchema.properties)) {
      expect(faultIn(twilioSchema, { transaction_id: 't', [field]: 1 })).to.equal(field);
    }
  });

  it('is told by the whole way to the field', () => {
    const config = { merchant_id: 'm', idempotency_key: 'k', amount: 1, currency_code: 'USD' };
    expect(faultIn(SCHEMAS.payinConfig, config)).to.equal('fits');
    for (const [field, changes] of Object.entries({
      merchant_id: { merchant_id: 1 },
      billing_contact: { billing_contact: 'x' },
      'billing_contact.postal_code': { billing_contact: { postal_code: 1 } },
      'billing_contact.name': { billing_contact: { name: 1 } },
      accepted_brands: { accepted_brands: ['VISA', 'x'] },
    })) {
      expect(faultIn(SCHEMAS.payinConfig, { ...config, ...changes })).to.equal(field);
    }
    const payin = { payin_config_id: 'c', method_type: 'CARD' };
    expect(faultIn(SCHEMAS.payin, { ...payin, card: {} })).to.equal('card.card_number');
    const statement = { permissions: ['payin:create'], constraints: { merchant: { merchant_id: 1 } } };
    expect(faultIn(SCHEMAS.apiKey, { platform_id: 'p', statements: [statement] })).to.equal(
      'statements.constraints.merchant.merchant_id',
    );
  });

  it('is told by the field that is missing', () => {
    expect(faultIn(twilioSchema, {})).to.equal('transaction_id');
    expect(faultIn(SCHEMAS.payin, { payin_config_id: 'c' })).to.equal('method_type');
  });

  it("is told by no name of the body's own, and by none where it is no object", () => {
    expect(faultIn(twilioSchema, { transaction_id: 't', parameters: { '4111111111111111': 1 } })).to.equal(
      'parameters',
    );
    for (const body of [undefined, null, 1, 'x', []]) expect(faultIn(twilioSchema, body)).to.equal(null);
  });
});

describe('a schema that refers to a part that is not there', () => {
  for (const $ref of ['#/$defs/none', '#/$defs/toString', 'https://example.com/x', 1]) {
    it(`stops the start: ${$ref}`, () => {
      expect(() => compile({ type: 'object', $defs: {}, properties: { a: { $ref } } })).to.throw('not there');
    });
  }
});
