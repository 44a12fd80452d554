/**
 * Carts paid, over HTTP: one payment whatever the tender and however many ask, and what is told while it is under way.
 * The sandbox's ledger says what was charged.
 */
import { expect } from 'chai';
import {
  cardBody,
  cartBody,
  charged,
  echeckBody,
  getCart,
  getPayment,
  isFailure,
  isPaid,
  newCart,
  payCart,
  payinsOf,
  setFees,
} from '../support/carts.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import { chargesOf } from '../support/twilio.ts';

const MASTERCARD = '5555555555554444';
const POOR_VISA = '4000000000009995';
const LOCATION = 'defaultIVRLocation';
const HOUR = 3_600_000;

eachStore('Carts to be paid', (stores) => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ store: stores.store() });
    await setFees(server, { location: LOCATION });
  });
  after(() => server.close());

  it('with a card are charged the total of cards, once, and show as a payin', async () => {
    const cart = await newCart(server);
    const paymentId = isPaid(await payCart(server, cart));
    expect(await charged(server, cart)).to.deep.equal([125_861]);
    const [payin] = await payinsOf(server, cart);
    expect(payin).to.include({ amount: 125_861, status: 'PROCESSING', source: 'IVR', method_type: 'CARD' });
    expect(payin?.metadata).to.include({ location: LOCATION, 'extra information': 'here' });
    const found = await getCart(server, cart);
    expect(found.body).to.include({ cartId: cart, status: 'paid', paymentId });
  });

  it('from a bank account are charged the total of eChecks, and keep the authorization reference', async () => {
    const cart = await newCart(server);
    isPaid(await payCart(server, cart, echeckBody({ authorizationReference: 'tape 17', withdrawalType: 'Savings' })));
    expect(await charged(server, cart)).to.deep.equal([125_788]);
    const [payin] = await payinsOf(server, cart);
    expect(payin?.metadata).to.include({ authorization_reference: 'tape 17' });
    expect(payin?.ach).to.include({ account_type: 'SAVINGS', account_number_last_4: '1111' });
  });

  it('again with the same tender are answered alike and charged once', async () => {
    const cart = await newCart(server);
    const first = await payCart(server, cart);
    expect(await payCart(server, cart)).to.deep.equal(first);
    expect(await charged(server, cart)).to.deep.equal([125_861]);
  });

  it('again with another tender are refused', async () => {
    const cart = await newCart(server);
    isPaid(await payCart(server, cart));
    isFailure(await payCart(server, cart, cardBody({ accountNumber: MASTERCARD })), 'CartPaid', 409);
    isFailure(await payCart(server, cart, echeckBody()), 'CartPaid', 409);
    expect(await charged(server, cart)).to.deep.equal([125_861]);
  });

  it('with amounts that are not the frozen ones are refused', async () => {
    const cart = await newCart(server);
    for (const amounts of [
      { primary: '1257.38', fees: '0.50', total: '1257.88' },
      { primary: '1257.38', fees: '1.22', total: '1258.60' },
      { primary: '1257.37', fees: '1.24', total: '1258.61' },
      { primary: '1257.38', fees: '1.23', total: '1258.60' },
      { primary: '0.00', fees: '0.00', total: '0.00' },
    ]) {
      isFailure(await payCart(server, cart, cardBody({ amounts })), 'AmountMismatch', 409);
    }
    isFailure(await payCart(server, cart, echeckBody({ amounts: cardBody().amounts })), 'AmountMismatch', 409);
    for (const amounts of [undefined, {}, { primary: '1257.38', fees: '1.23' }, { ...cardBody().amounts, fees: 'x' }]) {
      isFailure(await payCart(server, cart, cardBody({ amounts })), 'InvalidRequest', 400);
    }
    expect(await charged(server, cart)).to.deep.equal([]);
    isPaid(await payCart(server, cart));
  });

  it('with a tender that fails are told so with 200, and stay open for another', async () => {
    const cart = await newCart(server);
    isFailure(await payCart(server, cart, cardBody({ accountNumber: POOR_VISA })), 'InsufficientFunds');
    const bad: readonly [object, string][] = [
      [cardBody({ accountNumber: '1234123412341234' }), 'InvalidCardNumber'],
      [cardBody({ accountNumber: '4111x' }), 'InvalidCardNumber'],
      [cardBody({ expirationYear: 2020 }), 'InvalidExpiry'],
      [cardBody({ expirationMonth: 13 }), 'InvalidExpiry'],
      [cardBody({ securityCode: '12345' }), 'InvalidSecurityCode'],
      [echeckBody({ routingNumber: '9999999992' }), 'InvalidRouting'],
      [echeckBody({ routingNumber: '110000001' }), 'InvalidRouting'],
      [echeckBody({ accountNumber: '12' }), 'InvalidAccountNumber'],
      [echeckBody({ accountNumber: '((' }), 'InvalidAccountNumber'],
    ];
    for (const [body, code] of bad) isFailure(await payCart(server, cart, body), code);
    isFailure(await payCart(server, cart, echeckBody({ withdrawalType: 'Gold' })), 'InvalidRequest', 400);
    expect((await getCart(server, cart)).body).to.include({ status: 'open', paymentId: null });
    isPaid(await payCart(server, cart));
    expect((await payinsOf(server, cart)).map(({ status }) => status)).to.have.members(['FAILED', 'PROCESSING']);
  });

  it('with a security code as a number or as a text are paid alike, zeros in front or not', async () => {
    for (const securityCode of [999, '999', 12, '012', null, undefined]) {
      isPaid(await payCart(server, await newCart(server), cardBody({ securityCode })));
    }
    const amex = cardBody({ accountNumber: '378282246310005', securityCode: 12 });
    isPaid(await payCart(server, await newCart(server), amex));
  });

  it('by a hundred at once with one card are charged once, and all are told the same number', async () => {
    const cart = await newCart(server);
    const replies = await Promise.all(Array.from({ length: 100 }, () => payCart(server, cart)));
    expect(new Set(replies.map(isPaid)).size).to.equal(1);
    expect(await charged(server, cart)).to.deep.equal([125_861]);
  });

  it('by a hundred at once with many tenders are charged once, and nobody else is told so', async () => {
    const cart = await newCart(server);
    const tenders = [
      cardBody(),
      cardBody({ accountNumber: MASTERCARD }),
      echeckBody(),
      echeckBody({ accountNumber: '12345678' }),
    ];
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, i) => payCart(server, cart, tenders[i % tenders.length])),
    );
    const won = replies.flatMap(({ body }, i) => (body.paymentId ? [i % tenders.length] : []));
    expect(new Set(won).size).to.equal(1);
    for (const { status, body } of replies.filter(({ body }) => !body.paymentId)) {
      expect(status === 503 ? body.status : body.errorCode).to.be.oneOf(['paying', 'CartPaid']);
    }
    expect(await charged(server, cart)).to.have.length(1);
    expect((await getCart(server, cart)).body.status).to.equal('paid');
  });

  it('through two processes at once are charged once', async () => {
    const other = await startServer({ store: await stores.open(), ledger: server.ledger });
    const cart = await newCart(server);
    const replies = await Promise.all(
      Array.from({ length: 40 }, (_, i) => payCart(i % 2 === 0 ? server : other, cart, cardBody(), server.adminKey)),
    );
    expect(new Set(replies.map(isPaid)).size).to.equal(1);
    expect(await charged(server, cart)).to.deep.equal([125_861]);
    await other.close();
  });

  it('are found by their number, item by item', async () => {
    const cart = await newCart(server);
    const paymentId = isPaid(await payCart(server, cart));
    const { status, body } = await getPayment(server, paymentId);
    expect(status).to.equal(200);
    expect(body['timestamp']).to.match(/^20[0-9-]{8}T[0-9:.]+Z$/);
    expect(body['confirmationCode']).to.match(/^[0-9A-Z]{8}$/);
    expect(body).to.deep.include({
      paymentId,
      cartId: cart,
      location: LOCATION,
      status: 'charged',
      tenderType: 'CreditCard',
      amounts: { primary: '1257.38', fees: '1.23', total: '1258.61' },
      balance: '1258.61',
    });
    expect(body['items']).to.have.length(1);
  });
});

/** The carts whose payment takes its time; the sandbox goes by the whole amount, fee and all. */
eachStore('Slow carts', (stores) => {
  let server: TestServer;
  let clock: ManualClock;
  before(async () => {
    clock = manualClock();
    server = await startServer({ store: stores.store(), clock });
    await setFees(server, { location: LOCATION, fees: { CARD: { fixed: 100 }, ACH: {} } });
  });
  after(() => server.close());

  const of = (amount: string, total: string) => ({
    cart: cartBody({ item: { amount } }),
    pay: cardBody({ amounts: { primary: amount, fees: '1.00', total } }),
  });

  it('say that a payment is in flight, then that they are paid', async () => {
    const { cart: body, pay } = of('900001.00', '900002.00');
    const cart = await newCart(server, body);
    const paying = payCart(server, cart, pay);
    while ((await getCart(server, cart)).body.status === 'open') await clock.advance(0);
    expect((await getCart(server, cart)).body).to.include({ status: 'paying', paymentId: null });
    const other = await payCart(server, cart, { ...pay, accountNumber: MASTERCARD });
    expect(other.status).to.equal(503);
    expect(Object.keys(other.body)).to.deep.equal(['status', 'displayMessage']);
    await clock.advance(10_000);
    const told = await paying;
    expect(told.status).to.equal(503);
    expect(told.body.status).to.equal('paying');
    await clock.advance(2_000);
    await server.engine.background.idle();
    const paid = await getCart(server, cart);
    expect(paid.body.status).to.equal('paid');
    expect((await payCart(server, cart, pay)).body).to.deep.equal({ paymentId: paid.body.paymentId });
  });

  it('say that an outcome is not known, take no other tender, and tell it once it is', async () => {
    const { cart: body, pay } = of('900004.00', '900005.00');
    const cart = await newCart(server, body);
    const paying = payCart(server, cart, pay);
    while ((await getCart(server, cart)).body.status !== 'unknown') await clock.advance(1);
    expect((await getCart(server, cart)).body.paymentId).to.equal(null);
    const other = payCart(server, cart, { ...pay, accountNumber: MASTERCARD });
    expect((await other).body.status).to.equal('unknown');
    expect((await other).status).to.equal(503);
    while ((await getCart(server, cart)).body.status === 'unknown') await clock.advance(500);
    const { body: paid } = await getCart(server, cart);
    expect(paid.status).to.equal('paid');
    expect((await paying).body).to.deep.equal({ paymentId: paid.paymentId });
    expect(await chargesOf(server, cart)).to.have.length(1);
  });

  it('expire, but not from under their payment', async () => {
    const unpaid = await newCart(server);
    const paid = await newCart(server);
    const amounts = { primary: '1257.38', fees: '1.00', total: '1258.38' };
    const first = await payCart(server, paid, cardBody({ amounts }));
    await clock.advance(24 * HOUR);
    expect((await getCart(server, unpaid)).body).to.include({ status: 'expired', paymentId: null });
    const late = await payCart(server, unpaid, cardBody({ amounts }));
    expect([late.status, late.body.errorCode]).to.deep.equal([409, 'CartExpired']);
    expect(await payCart(server, paid, cardBody({ amounts }))).to.deep.equal(first);
    expect((await getCart(server, paid)).body.status).to.equal('paid');
  });
});
