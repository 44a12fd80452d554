/** That the simulator sends the bodies that Telnyx documents, and makes of replies what its page says. */
import { expect } from 'chai';
import { telnyxSimulator as simulator } from '../../../adapters/telnyx/simulator.ts';
import { twilioSimulator } from '../../../adapters/twilio/simulator.ts';
import type { Call, Simulator, WireReply } from '../../../src/core/simulator.ts';
import { bankCall, cardCall, endingOf, faultsOf, firstRequest } from '../../support/calls.ts';
import { card } from '../../support/orders.ts';

const bodyOf = (call: Call, by: Simulator = simulator) => JSON.parse(firstRequest(by, call).body ?? '');
const reply = (body: object): WireReply => ({
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify(body),
});
const payloadOf = (call: Call, body: object) =>
  JSON.parse(JSON.stringify(endingOf(simulator, call, reply(body)).notices[0]?.fields)).data.payload;

const CARD_FIELDS = ['cardnumber', 'cvv', 'expiry_month', 'expiry_year', 'postal_code'];
const CHARGED = { charge_id: 'ch_abc123', error_code: null, error_message: null };
const DECLINED = { error_code: 'card_declined', error_message: 'The card was declined.' };

describe("Telnyx's simulator", () => {
  it('sends the documented fields, neither amount nor currency on a tokenize', () => {
    const common = ['method', 'transaction_id', 'description', 'parameters'];
    const money = ['amount', 'currency_code'];
    expect(bodyOf(cardCall())).to.have.all.keys(...common, ...money, ...CARD_FIELDS);
    expect(bodyOf(cardCall({ operation: 'tokenize' }))).to.have.all.keys(...common, ...CARD_FIELDS);
    expect(bodyOf(bankCall())).to.have.all.keys(...common, ...money, 'bankaccountnumber', 'routingnumber');
    expect(bodyOf(cardCall()).description).to.equal('');
  });

  it("sends Twilio's body, field for field", () => {
    for (const call of [cardCall({ description: 'pizza' }), bankCall({ description: 'pizza' })]) {
      expect(bodyOf(call)).to.deep.equal(bodyOf(call, twilioSimulator));
    }
  });

  it('tells the webhook how the payment was completed', () => {
    expect(payloadOf(cardCall(), CHARGED)).to.include({
      result: 'success',
      charge_id: 'ch_abc123',
      payment_confirmation_code: 'ch_abc123',
      payment_card_number: 'xxxxxxxxxxxx1111',
      security_code: 'xxx',
    });
    expect(payloadOf(bankCall(), CHARGED)).to.include({ bank_account_number: 'xxxxxxx89' });
    expect(payloadOf(cardCall(), DECLINED)).to.deep.include({
      result: 'payment-connector-error',
      pay_error_code: 'card_declined',
      connector_error: DECLINED,
    });
    expect(payloadOf(cardCall(), { error_code: null })).to.include({ result: 'internal-error' });
    expect(endingOf(simulator, cardCall(), null)).to.include({ verdict: 'silent' });
  });

  it('finds no fault with a decline that leaves the id out', () => {
    expect(faultsOf(simulator, cardCall(), reply(DECLINED))).to.deep.equal([]);
    expect(faultsOf(simulator, cardCall(), { ...reply(DECLINED), status: 402 })).to.have.length(1);
  });

  it('remarks on a card that no test connector gets', () => {
    expect(simulator.remarks(cardCall())).to.deep.equal([]);
    expect(simulator.remarks(cardCall({ tender: card('4000000000000002') })).join()).to.include('invalid-card-number');
  });
});
