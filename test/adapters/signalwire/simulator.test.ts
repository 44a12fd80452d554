/** That the simulator sends what SignalWire's pages print, and makes of replies what they say. */
import { expect } from 'chai';
import { signalwireSimulator as simulator } from '../../../adapters/signalwire/simulator.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { Call, WireReply } from '../../../src/core/simulator.ts';
import { cardCall, endingOf, faultsOf, firstRequest, LOGIN } from '../../support/calls.ts';
import { card } from '../../support/orders.ts';

/** The call of the SWML page, its card made whole. */
const PAGE_CALL = cardCall({
  transactionId: '8c9d14d5-52ae-4e2e-b880-a14e6e1cda7d',
  tender: {
    kind: 'card',
    number: new Secret('4111111111111111'),
    expiry: { month: 12, year: 2099 },
    securityCode: new Secret('123'),
    postalCode: '123456',
  },
  description: 'Payment description',
  amount: '10.55',
});

const bodyOf = (call: Call) => JSON.parse(firstRequest(simulator, call).body ?? '');
const reply = (status: number, body: object): WireReply => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});
const formNamed = (name: string, call: Call) => {
  const form = simulator.forms.find((one) => one.name === name);
  return form === undefined ? null : JSON.parse(firstRequest(form, form.of(call)).body ?? '');
};

const CHARGED = { charge_id: 'ch_123456789', error_code: null, error_message: null };
const DECLINED = { charge_id: null, error_code: 'insufficient_funds', error_message: 'Card has insufficient funds' };

describe("SignalWire's simulator", () => {
  it('sends the body of the SWML page, `method` naming the tender', () => {
    expect(bodyOf(PAGE_CALL)).to.deep.equal({
      transaction_id: '8c9d14d5-52ae-4e2e-b880-a14e6e1cda7d',
      method: 'credit-card',
      cardnumber: '4111111111111111',
      cvv: '123',
      postal_code: '123456',
      description: 'Payment description',
      chargeAmount: '10.55',
      token_type: 'reusable',
      expiry_month: '12',
      expiry_year: '99',
      currency_code: 'usd',
    });
  });

  it('sends parameters as a list of single pairs, as a connector of theirs has seen it', () => {
    const { parameters } = bodyOf(cardCall({ parameters: { order_id: '7', kind: 'x' } }));
    expect(parameters).to.deep.equal([{ order_id: '7' }, { kind: 'x' }]);
  });

  it("has cXML's forms, the amount a number", () => {
    const call = { ...PAGE_CALL, parameters: { custom1: 'value1' } };
    expect(formNamed("cXML's charge", call)).to.include({
      method: 'credit-card',
      chargeAmount: 10.55,
      currency_code: 'USD',
    });
    const tokenize = formNamed("cXML's tokenize", call);
    expect(tokenize).to.deep.include({ amount: 0, token_type: 'reusable', parameters: { custom1: 'value1' } });
    expect(tokenize).to.not.have.any.keys('method', 'chargeAmount');
    expect(formNamed('parameters as a list of names and values', call).parameters).to.deep.equal([
      { name: 'custom1', value: 'value1' },
    ]);
    expect(formNamed('a body without what was not collected', call)).to.not.have.any.keys(
      'cvv',
      'postal_code',
      'description',
    );
  });

  it('signs in with the credentials of the URL', () => {
    expect(firstRequest(simulator, PAGE_CALL).headers).to.have.property(
      'Authorization',
      'Basic bXlfY29ubmVjdG9yX3VzZXJuYW1lOnRlc3RpbmcxMjM=',
    );
  });

  it('tells status_url and the variables, masked with stars', () => {
    const { verdict, notices } = endingOf(simulator, PAGE_CALL, reply(200, CHARGED));
    expect(verdict).to.equal('approved');
    const [status, variables] = notices.map(({ fields }) => JSON.parse(JSON.stringify(fields)));
    expect(notices.map(({ to }) => to)).to.deep.equal(['status_url', 'variables']);
    expect(status.params).to.include({
      for: 'payment-completed',
      payment_card_number: '************1111',
      security_code: '***',
      expiration_date: '1299',
    });
    expect(variables.pay_result).to.equal('success');
    expect(variables.pay_payment_results).to.include({ payment_confirmation_code: 'ch_123456789', payment_token: '' });
  });

  it('takes a failure whatever its status, and asks for one that is not 200', () => {
    for (const status of [200, 402, 422, 503]) {
      const ending = endingOf(simulator, PAGE_CALL, reply(status, DECLINED));
      expect(ending).to.include({ verdict: 'failed', code: 'insufficient_funds' });
      expect(ending.notices[1]?.fields).to.deep.include({ pay_result: 'payment-connector-error' });
      expect(faultsOf(simulator, PAGE_CALL, reply(status, DECLINED))).to.have.length(status === 200 ? 1 : 0);
    }
    expect(faultsOf(simulator, PAGE_CALL, reply(200, CHARGED))).to.deep.equal([]);
    expect(endingOf(simulator, PAGE_CALL, reply(402, CHARGED)).verdict).to.equal('malformed');
    expect(endingOf(simulator, PAGE_CALL, null).verdict).to.equal('silent');
  });

  it('asks for another card after a decline, once, in the same transaction', () => {
    const call = { ...PAGE_CALL, tender: card('4000000000000002'), thenTender: card('4111111111111111', '456') };
    const first = { request: firstRequest(simulator, call), reply: reply(402, DECLINED) };
    const second = simulator.next(call, LOGIN, [first]);
    expect(JSON.parse(second?.body ?? '')).to.include({
      transaction_id: call.transactionId,
      cardnumber: '4111111111111111',
      cvv: '456',
    });
    if (second === null) return;
    const both = [first, { request: second, reply: reply(200, CHARGED) }];
    expect(simulator.next(call, LOGIN, both)).to.equal(null);
    expect(simulator.ending(call, both).notices[1]?.fields).to.nested.include({
      'pay_payment_results.payment_card_number': '************1111',
    });
    expect(simulator.steps(call, both).map(({ name }) => name)).to.include('card-declined');
    for (const kept of [reply(200, CHARGED), null]) {
      expect(simulator.next(call, LOGIN, [{ ...first, reply: kept }])).to.equal(null);
    }
  });
});
