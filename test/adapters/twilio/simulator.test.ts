/** That the simulator sends what Twilio sends, and makes of replies what Twilio makes of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { twilio } from '../../../adapters/twilio/adapter.ts';
import { twilioSimulator as simulator } from '../../../adapters/twilio/simulator.ts';
import type { Json } from '../../../src/core/adapter.ts';
import { Secret } from '../../../src/core/secret.ts';
import { type Call, shownCall, shownLogin, type WireReply } from '../../../src/core/simulator.ts';
import { bankCall, cardCall, endingOf, faultsOf, firstRequest, LOGIN } from '../../support/calls.ts';
import { card } from '../../support/orders.ts';

const bodyOf = (call: Call) => JSON.parse(firstRequest(simulator, call).body ?? '');
const fixture = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8')).body;
const reply = (body: object | string, status = 200): WireReply => ({
  status,
  contentType: 'application/json',
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const told = (call: Call, heard: WireReply | null): Readonly<Record<string, Json>> => {
  const [notice, ...more] = endingOf(simulator, call, heard).notices;
  expect(more).to.deep.equal([]);
  expect(notice).to.include({ to: 'action', form: 'form' });
  return JSON.parse(JSON.stringify(notice?.fields));
};

const CHARGED = { charge_id: 'ch_1', error_code: null, error_message: null };

describe("Twilio's simulator", () => {
  it('sends the body that a real connector logged, for the same call', () => {
    const logged = fixture('07-charge-logged-by-a-function');
    const call = cardCall({
      transactionId: logged.transaction_id,
      tender: {
        kind: 'card',
        number: new Secret(logged.cardnumber),
        expiry: { month: 12, year: 2025 },
        securityCode: new Secret(logged.cvv),
        postalCode: logged.postal_code,
      },
    });
    expect(bodyOf(call)).to.deep.equal(logged);
  });

  it('sends the same fields as the documented bodies', () => {
    const cases: readonly [string, Call][] = [
      ['01-charge-card', cardCall()],
      ['02-charge-ach-placeholders', bankCall()],
      ['03-tokenize-card', cardCall({ operation: 'tokenize' })],
      ['04-tokenize-ach-placeholders', bankCall({ operation: 'tokenize' })],
    ];
    for (const [name, call] of cases) expect(bodyOf(call), name).to.have.all.keys(Object.keys(fixture(name)));
  });

  it('signs in as the logged request did', () => {
    const { method, headers } = firstRequest(simulator, cardCall());
    expect(method).to.equal('POST');
    expect(headers).to.include({
      Authorization: 'Basic bXlfY29ubmVjdG9yX3VzZXJuYW1lOnRlc3RpbmcxMjM=',
      'User-Agent': 'AHC/2.1',
    });
  });

  it('passes an amount on as it was written', () => {
    expect(bodyOf(cardCall({ amount: '50' })).amount).to.equal('50');
  });

  it('waits as long and repeats as often as the adapter counts on', () => {
    const { deliveryMs, deliveries } = simulator.persistence;
    expect(deliveryMs).to.equal(twilio.patience.deliveryMs);
    // The last repeat begins when the adapter's total is over, so that there is time to take the answer.
    expect(deliveryMs * (deliveries - 1)).to.equal(twilio.patience.totalMs);
    expect(twilio.routes.map(({ path }) => path)).to.include(simulator.path);
  });

  it('asks for what the call has, in order', () => {
    const names = (call: Call) => simulator.steps(call, []).map(({ name }) => name);
    expect(names(cardCall())).to.deep.equal([
      'payment-card-number',
      'expiration-date',
      'security-code',
      'postal-code',
      'payment-processing',
    ]);
    expect(names(bankCall())).to.deep.equal(['bank-routing-number', 'bank-account-number', 'payment-processing']);
  });

  it('shows nobody the account data', () => {
    for (const call of [cardCall(), bankCall()]) {
      const seen = JSON.stringify([
        simulator.steps(call, []),
        endingOf(simulator, call, reply(CHARGED)),
        firstRequest(simulator, shownCall(call), shownLogin(LOGIN)),
      ]);
      expect(seen).to.not.match(/4111111111111111|"123"|123#|123456789|testing123/);
      expect(seen).to.match(/x{12}1111|x{7}89/);
    }
  });

  it('tells the application of an approval, the parameters by their names', () => {
    const call = cardCall();
    const fields = told(call, reply({ ...CHARGED, parameters: { confirmation_code: 'KLM234' } }));
    expect(fields).to.include({
      Result: 'success',
      PaymentConfirmationCode: 'ch_1',
      PaymentToken: '',
      PaymentCardNumber: 'xxxxxxxxxxxx1111',
      PaymentCardType: 'visa',
      ExpirationDate: '1230',
      SecurityCode: 'xxx',
      PayConnector_confirmation_code: 'KLM234',
    });
    const token = told(
      cardCall({ operation: 'tokenize' }),
      reply({ token_id: 't_1', error_code: null, error_message: null }),
    );
    expect(token).to.include({ Result: 'success', PaymentConfirmationCode: '', PaymentToken: 't_1' });
  });

  it('tells the application of a decline', () => {
    const heard = reply({ charge_id: null, error_code: 'insufficient_funds', error_message: 'No.' });
    expect(told(cardCall(), heard)).to.include({
      Result: 'payment-connector-error',
      PayErrorCode: '64008',
      ConnectorError: 'insufficient_funds',
      PaymentConfirmationCode: '',
    });
    expect(told(cardCall({ operation: 'tokenize' }), heard)).to.include({ PayErrorCode: '64010' });
  });

  it('takes no answer that is none', () => {
    const call = cardCall();
    const cases: readonly (readonly [string, WireReply])[] = [
      ['no JSON', reply('<html>')],
      ['a list', reply('[]')],
      ['no id', reply({ error_code: null, error_message: null })],
      ["the other operation's id", reply({ token_id: 't', error_code: null, error_message: null })],
      ['a success with a status that says no', reply(CHARGED, 500)],
    ];
    for (const [name, heard] of cases) {
      expect(endingOf(simulator, call, heard), name).to.include({ verdict: 'malformed', id: null });
      expect(told(call, heard)['PaymentError'], name).to.match(/Got malformed response from Payment Provider\.$/);
    }
    expect(endingOf(simulator, call, null)).to.include({ verdict: 'silent', id: null });
  });

  it('finds fault with what the documentation does not allow, and with nothing else', () => {
    const faults = (body: object, status = 200) => faultsOf(simulator, cardCall(), reply(body, status));
    const declined = { charge_id: null, error_code: 'no', error_message: 'No.' };
    for (const good of [CHARGED, { ...CHARGED, parameters: { a: 'b' } }, declined]) {
      expect(faults(good)).to.deep.equal([]);
    }
    const bad: readonly (readonly [object, string])[] = [
      [{ charge_id: 'ch_1', error_message: null }, 'error_code is missing'],
      [{ ...CHARGED, charge_id: 7 }, 'charge_id is not an id'],
      [{ ...CHARGED, error_message: '' }, 'error_message is not null on success'],
      [{ ...CHARGED, parameters: { a: 1 } }, 'parameters holds what is not a text'],
      [{ error_code: 'no', error_message: 'No.' }, 'charge_id is missing'],
      [{ ...declined, charge_id: 'ch_1' }, 'charge_id is not null beside an error_code'],
      [{ ...declined, error_code: 51 }, 'error_code is not a word'],
      [{ ...declined, error_message: null }, 'error_message says nothing'],
    ];
    for (const [body, fault] of bad) expect(faults(body)).to.deep.equal([fault]);
    expect(faults(declined, 402)).to.deep.equal(['the status is 402']);
    expect(faultsOf(simulator, cardCall(), { ...reply(CHARGED), contentType: null })).to.have.length(1);
  });

  it('remarks on what TEST mode would not let through', () => {
    expect(simulator.remarks(cardCall())).to.deep.equal([]);
    expect(simulator.remarks(bankCall())).to.deep.equal([]);
    const other = cardCall({ tender: card('4000000000000002') });
    expect(simulator.remarks(other).join()).to.include('64022');
  });

  it('varies the body as connectors have seen it', () => {
    const seen = simulator.forms.map((form) => {
      const call = form.of(cardCall({ description: 'pizza' }));
      const { headers, body } = firstRequest(form, call);
      return { type: headers['Content-Type'], ...JSON.parse(body ?? '') };
    });
    const [empty, none, year, amount, nulls, more] = seen;
    expect(simulator.forms).to.have.length(6);
    expect(empty?.type).to.equal('');
    expect(none?.type).to.equal(undefined);
    expect(year?.expiry_year).to.equal('2030');
    expect(amount?.amount).to.equal('10');
    expect(nulls).to.include({ cvv: null, postal_code: null, description: null });
    expect(Object.keys(more)).to.have.length(Object.keys(bodyOf(cardCall())).length + 2);
  });
});
