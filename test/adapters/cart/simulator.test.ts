/** That the cart API's client sends what the source's page prints, and goes the way that the page tells it to go. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { cartSimulator as simulator } from '../../../adapters/cart/simulator.ts';
import { Secret } from '../../../src/core/secret.ts';
import { type Exchange, shownCall, shownLogin, type WireReply } from '../../../src/core/simulator.ts';
import { bankCall, cardCall, LOGIN } from '../../support/calls.ts';
import { card } from '../../support/orders.ts';

const fixture = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8'));
const reply = (body: object, status = 200): WireReply => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});

const TOKEN = reply({ access_token: 'a.b.c', token_type: 'Bearer', expires_in: 28_800, scope: '' });
const CART = reply({ ...fixture('01-open.json').reply, cartId: '4ed4137c-3d89-44ad-92a1-c9f3e916f51e' });
const PAID = reply({ paymentId: 'Z8290409311' });
const DECLINED = reply({ errorCode: 'Declined', errorMessage: 'No.', displayMessage: 'The card was declined.' });
const standing = (status: string, paymentId: string | null = null) =>
  reply({ ...JSON.parse(CART.body), status, paymentId });

/** Plays the replies, one for each request. */
function play(call: Parameters<typeof simulator.next>[0], replies: readonly (WireReply | null)[], login = LOGIN) {
  const exchanges: Exchange[] = [];
  for (const one of replies) {
    const request = simulator.next(call, login, exchanges);
    if (request === null) break;
    exchanges.push({ request, reply: one });
  }
  return {
    exchanges,
    sent: exchanges.map(({ request: { method, path } }) => `${method} ${path}`),
    over: simulator.next(call, login, exchanges) === null,
    ending: simulator.ending(call, exchanges),
  };
}

const OPENED = [TOKEN, CART];
const PATH = '/pay/voice/carts/4ed4137c-3d89-44ad-92a1-c9f3e916f51e/payments';
const LOOK = 'GET /pay/carts/4ed4137c-3d89-44ad-92a1-c9f3e916f51e';

describe("The cart API's client", () => {
  it('asks for a token, opens the cart, and pays it with the amounts of the reply', () => {
    const { sent, over, ending, exchanges } = play(cardCall({ amount: '1257.38' }), [...OPENED, PAID]);
    expect(sent).to.deep.equal(['POST /oauth/token', 'POST /pay/voice/carts', `POST ${PATH}/card`]);
    expect({ over, ...ending }).to.include({ over: true, verdict: 'approved', id: 'Z8290409311' });
    expect(JSON.parse(exchanges[2]?.request.body ?? '').amounts).to.deep.equal(fixture('02-card.json').body.amounts);
    expect(exchanges.map(({ request }) => request.pays)).to.deep.equal([false, false, true]);
  });

  it('sends the fields of the documented bodies', () => {
    const { exchanges } = play(cardCall({ amount: '1257.38' }), OPENED.concat(PAID));
    const [, open, pay] = exchanges.map(({ request }) => request.body ?? '');
    expect(JSON.parse(open ?? '')).to.have.all.keys('request', 'items');
    expect(JSON.parse(open ?? '').items[0]).to.have.all.keys(Object.keys(fixture('01-open.json').body.items[0]));
    expect(JSON.parse(pay ?? '')).to.have.all.keys(Object.keys(fixture('02-card.json').body));
    expect(JSON.parse(pay ?? '').securityCode).to.equal(123);
    const echeck = play(bankCall(), OPENED.concat(PAID)).exchanges[2]?.request;
    expect(echeck?.path).to.equal(`${PATH}/echeck`);
    expect(JSON.parse(echeck?.body ?? '')).to.have.all.keys(Object.keys(fixture('03-echeck.json').body));
  });

  it('writes a security code that begins with a zero as text', () => {
    const call = cardCall({ tender: card('4111111111111111', '012') });
    const { exchanges } = play(call, [...OPENED, PAID]);
    expect(JSON.parse(exchanges[2]?.request.body ?? '').securityCode).to.equal('012');
  });

  it('looks the cart up after a lost answer, and pays again only where it is open', () => {
    const lost = [...OPENED, null];
    expect(play(cardCall(), [...lost, standing('paid', 'Z8290409311')])).to.deep.include({
      over: true,
      ending: { verdict: 'approved', id: 'Z8290409311', code: null, notices: [] },
    });
    expect(play(cardCall(), [...lost, standing('open'), PAID]).sent.slice(2)).to.deep.equal([
      `POST ${PATH}/card`,
      LOOK,
      `POST ${PATH}/card`,
    ]);
    const waiting = play(cardCall(), [...lost, standing('paying'), standing('unknown'), standing('expired')]);
    expect(waiting.sent.slice(3)).to.deep.equal([LOOK, LOOK, LOOK]);
    expect(waiting.exchanges.map(({ request }) => request.afterMs ?? 0)).to.deep.equal([0, 0, 0, 0, 1_000, 1_000]);
    expect(waiting.ending).to.include({ verdict: 'failed', code: 'expired' });
  });

  it('pays the same cart with another card after a decline, once', () => {
    const call = cardCall({ tender: card('4000000000000002'), thenTender: card('4111111111111111', '123') });
    const paid = play(call, [...OPENED, DECLINED, PAID]);
    expect(paid.sent.slice(2)).to.deep.equal([`POST ${PATH}/card`, `POST ${PATH}/card`]);
    expect(paid.exchanges.map(({ request }) => request.body?.includes('4111111111111111'))[3]).to.equal(true);
    const heard = simulator.steps(call, paid.exchanges).map(({ hears }) => hears);
    expect(heard.join('\n')).to.include('The card was declined.').and.to.include('receipt number is Z8290409311');
    expect(play(call, [...OPENED, DECLINED, DECLINED]))
      .to.deep.include({ over: true })
      .and.to.have.nested.property('ending.code', 'Declined');
    const twice = simulator.steps(call, play(call, [...OPENED, DECLINED, DECLINED]).exchanges);
    expect(twice.filter(({ name }) => name === 'payment-card-number')).to.have.length(2);
    expect(play(cardCall(), [...OPENED, DECLINED]).over).to.equal(true);
  });

  it('gives up after three silences, and where it is refused', () => {
    expect(play(cardCall(), [null, null, null])).to.deep.include({
      over: true,
      ending: { verdict: 'silent', id: null, code: null, notices: [] },
    });
    const refused: readonly (readonly [WireReply, string])[] = [
      [reply({ error: 'invalid_client', error_description: '' }, 401), 'invalid_client'],
      [reply({ errorCode: 'MerchantNotFound', errorMessage: '.', displayMessage: '.' }, 400), 'MerchantNotFound'],
    ];
    for (const [answer, code] of refused) {
      expect(play(cardCall(), [answer]).ending, code).to.include({ verdict: 'failed', code });
    }
    const cardsOnly = reply({ cartId: 'c', fees: { CreditCard: JSON.parse(CART.body).fees.CreditCard } });
    expect(play(bankCall(), [TOKEN, cardsOnly]))
      .to.deep.include({ over: true })
      .and.to.have.nested.property('ending.verdict', 'failed');
  });

  it('signs in with the key itself where it knows no client id', () => {
    const { sent, exchanges } = play(cardCall(), [CART, PAID], { username: '', password: new Secret('key') });
    expect(sent[0]).to.equal('POST /pay/voice/carts');
    expect(exchanges[0]?.request.headers).to.include({ Authorization: 'Bearer key' });
  });

  it('reads the totals to the caller, and shows nobody the account data', () => {
    for (const call of [cardCall(), bankCall()]) {
      const { exchanges } = play(shownCall(call), [...OPENED, PAID], shownLogin(LOGIN));
      const seen = JSON.stringify([simulator.steps(call, exchanges), exchanges, simulator.ending(call, exchanges)]);
      expect(seen).to.include('1258.61 with a card, press 1; 1257.88 from a bank account, press 2');
      expect(seen).to.not.match(/4111111111111111|"123"|:123[,}]|123#|"123456789"|testing123/);
    }
  });

  it('finds fault with what the page does not allow, and with nothing else', () => {
    const pays = play(cardCall(), [...OPENED, PAID]).exchanges[2];
    if (pays === undefined) throw new Error('nothing was paid');
    const faults = (answer: WireReply) => simulator.faults(cardCall(), { ...pays, reply: answer });
    for (const good of [PAID, DECLINED, CART, standing('paying')]) expect(faults(good)).to.deep.equal([]);
    expect(faults({ ...PAID, status: 201 })).to.deep.equal(['the status of a payment is 201']);
    expect(faults(reply({ errorCode: 'Declined', errorMessage: 'No.' }))).to.deep.equal([
      'displayMessage says nothing',
    ]);
    expect(faults(reply({ ...JSON.parse(DECLINED.body), paymentId: 'Z8290409311' }))).to.deep.equal([
      'a paymentId stands beside an errorCode',
    ]);
    expect(faults(reply({ cartId: 'c', fees: {} }))).to.deep.equal(['the cart has no total for any tender']);
  });
});
