/** The error table: complete, consistent, and safe to read to a caller. */
import { expect } from 'chai';
import { DECLINE_CODES, ERROR_CODES, ERRORS, Refused } from '../../../src/core/errors.ts';

describe('the error table', () => {
  for (const code of ERROR_CODES) {
    it(`explains ${code} to the engineer and in one plain sentence or two to the caller`, () => {
      const { meaning, sentence } = ERRORS[code];
      expect(code).to.match(/^[A-Z]+(?:_[A-Z]+)*$/);
      expect(meaning).to.match(/^[A-Z3].*\.$/);
      expect(sentence).to.match(/^[A-Z3][^\n{}$`]*\.$/);
      expect(sentence).to.have.lengthOf.at.most(100);
      // Read aloud on the phone: no codes, no names of fields, no jargon of ours.
      expect(sentence).to.not.match(/[A-Z]{4}|_|\b(?:payin|config|tender|idempoten)/);
    });
  }

  it('names the codes that payments are refused and held open with', () => {
    const ours = ['INVALID_REQUEST', 'FORBIDDEN', 'PAYIN_CONFIG_NOT_FOUND', 'PAYIN_CONFIG_USED', 'AMOUNT_MISMATCH'];
    const more = ['CURRENCY_MISMATCH', 'TENDER_NOT_ACCEPTED', 'BRAND_NOT_ACCEPTED', 'TRANSACTION_CHANGED'];
    const open = ['PAYMENT_PENDING', 'OUTCOME_UNKNOWN', 'TOO_MANY_ATTEMPTS', 'STORE_UNAVAILABLE'];
    expect(ERROR_CODES).to.include.members([...ours, ...more, ...open]);
    expect(ERROR_CODES).to.include.members(['PAYMENT_METHOD_CONFIG_NOT_FOUND', 'PAYMENT_METHOD_CONFIG_USED']);
  });

  it('has every code in one family, declines in theirs', () => {
    const declined = ERROR_CODES.filter((code) => ERRORS[code].family === 'declined');
    expect(declined).to.have.members([...DECLINE_CODES]);
    expect(ERROR_CODES.filter((code) => ERRORS[code].family === 'open')).to.have.members([
      'PAYMENT_PENDING',
      'OUTCOME_UNKNOWN',
    ]);
    expect(new Set(ERROR_CODES).size).to.equal(ERROR_CODES.length);
  });

  it('never tells a caller to try again while a payment is open', () => {
    for (const code of ['PAYMENT_PENDING', 'OUTCOME_UNKNOWN'] as const) {
      expect(ERRORS[code].sentence).to.include('do not pay again');
    }
  });

  it('is what a refusal carries, beside a field of our own at most', () => {
    const refused = new Refused('AMOUNT_MISMATCH', 'amount');
    expect(refused).to.be.instanceOf(Error).and.include({ code: 'AMOUNT_MISMATCH', field: 'amount' });
    expect(refused.message).to.equal('AMOUNT_MISMATCH');
    expect(new Refused('NOT_FOUND').field).to.equal(null);
  });
});
