/** Stripe's words for a no, as our declines. */
import { expect } from 'chai';
import type { DeclineCode } from '../../src/core/errors.ts';
import { declineCodeOf, namedDecline } from '../../src/processors/stripe/declines.ts';

describe("Stripe's decline codes", () => {
  const rows: readonly [code: string | null, declineCode: string | null, ours: DeclineCode][] = [
    ['card_declined', 'insufficient_funds', 'INSUFFICIENT_FUNDS'],
    ['card_declined', 'generic_decline', 'DECLINED'],
    ['card_declined', 'do_not_honor', 'DO_NOT_HONOR'],
    ['card_declined', 'lost_card', 'LOST_CARD'],
    ['card_declined', 'stolen_card', 'STOLEN_CARD'],
    ['card_declined', 'fraudulent', 'FRAUDULENT_CARD'],
    ['authentication_required', null, 'RETRY_WITH_THREEDS'],
    ['expired_card', null, 'EXPIRED_CARD'],
    ['incorrect_cvc', null, 'INVALID_CARD_SECURITY_CODE'],
    ['incorrect_cvc', 'incorrect_cvc', 'INVALID_CARD_SECURITY_CODE'],
    ['incorrect_number', null, 'NO_CARD_NUMBER_ON_FILE_WITH_ISSUER'],
    ['processing_error', null, 'PROCESSING_ERROR'],
    ['charge_expired_for_capture', null, 'AUTHORIZATION_EXPIRED'],
    ['card_declined', null, 'DECLINED'],
    ['card_declined', 'a word of tomorrow', 'DECLINED'],
    ['a word of tomorrow', null, 'DECLINED'],
    [null, null, 'DECLINED'],
    ['card_declined', 'constructor', 'DECLINED'],
  ];
  for (const [code, declineCode, ours] of rows) {
    it(`are ${ours} for ${code} with ${declineCode}`, () => {
      expect(declineCodeOf({ code, declineCode })).to.equal(ours);
    });
  }

  it('are none where no table has the word', () => {
    expect(namedDecline({ code: 'parameter_missing', declineCode: null })).to.equal(null);
    expect(namedDecline({ code: 'toString', declineCode: 'valueOf' })).to.equal(null);
  });
});
