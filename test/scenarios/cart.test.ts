/**
 * Carts from hand-off to payment over HTTP: frozen fees, one payment whatever the tender and however many ask, and every
 * way to be told no. The sandbox's ledger says what was charged.
 */
import { expect } from 'chai';
import { clientOf, type Page, type Payin } from '../support/api.ts';
import {
  type CartReply,
  cardBody,
  cartBody,
  echeckBody,
  getCart,
  getPayment,
  makeKey,
  newCart,
  openCart,
  PAYMENT_ID,
  payCart,
  send,
  setFees,
} from '../support/carts.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import { api, chargesOf } from '../support/twilio.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const VISA = '4111111111111111';
const MASTERCARD = '5555555555554444';
const POOR_VISA = '4000000000009995';
const LOCATION = 'defaultIVRLocation';
const HOUR = 3_600_000;

eachStore('Carts', (stores) => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ store: stores.store() });
    await setFees(server, { location: LOCATION });
  });
  after(() => server.close());

  const isFailure = ({ status, body, text }: CartReply, errorCode: string, wanted = 200) => {
    expect(status, text).to.equal(wanted);
    expect(Object.keys(body)).to.deep.equal(['errorCode', 'errorMessage', 'displayMessage']);
    expect(body.errorCode).to.equal(errorCode);
    expect(body.errorMessage).to.match(/\.$/);
    expect(body.displayMessage).to.match(/\.$/);
  };
  const isPaid = ({ status, body, text }: CartReply) => {
    expect(status, text).to.equal(200);
    expect(Object.keys(body)).to.deep.equal(['paymentId']);
    expect(body.paymentId).to.match(PAYMENT_ID);
    return body.paymentId ?? '';
  };
  const payinsOf = async (cart: string): Promise<readonly Payin[]> => {
    const { results } = await clientOf(server).get<Page<Payin>>('/v1/payins');
    return results.filter((payin) => payin.payin_config_id === cart);
  };
  const charged = async (cart: string) => {
    const made = await chargesOf(server, cart);
    return made.map(({ operation }) => operation?.money?.amount);
  };

  describe('handed over', () => {
    it("are answered with the page's reply", async () => {
      const { status, body } = await openCart(server);
      expect(status).to.equal(200);
      expect(body.cartId).to.match(UUID);
      expect(body).to.deep.equal({
        cartId: body.cartId,
        fees: {
          CreditCard: { primary: '1257.38', fee: '1.23', total: '1258.61' },
          ECheck: { primary: '1257.38', fee: '0.50', total: '1257.88' },
        },
      });
    });

    it('at the other path are the same cart', async () => {
      const body = cartBody();
      const first = await openCart(server, body);
      expect(await send(server, { path: '/api/v1/pay/carts/voice', body })).to.deep.equal(first);
    });

    it('again with the same content are the same cart, however many at once', async () => {
      const body = cartBody();
      const replies = await Promise.all(Array.from({ length: 20 }, () => openCart(server, body)));
      expect(new Set(replies.map(({ text }) => text)).size).to.equal(1);
    });

    it('again with other content are refused', async () => {
      const body = cartBody();
      const first = await openCart(server, body);
      for (const other of [
        { ...body, items: cartBody({ item: { amount: '1257.39' } }).items },
        { ...body, items: [...body.items, ...cartBody({ item: { clientItemId: 'another' } }).items] },
        { ...body, request: { ...body.request, meta: {} } },
      ]) {
        isFailure(await openCart(server, other), 'Conflict', 409);
      }
      expect(await openCart(server, body)).to.deep.equal(first);
    });

    it('keep the fees of that moment', async () => {
      await setFees(server, { location: 'moving', fees: { CARD: { fixed: 100 } } });
      const body = cartBody({ request: { location: 'moving' } });
      const { fees, cartId } = (await openCart(server, body)).body;
      await setFees(server, { location: 'moving', fees: { CARD: { rate_percent: '2.5', most: 2_000 } } });
      expect((await openCart(server, body)).body.fees).to.deep.equal(fees);
      const amounts = { primary: '1257.38', fees: '1.00', total: '1258.38' };
      isPaid(await payCart(server, cartId ?? '', cardBody({ amounts })));
      const later = await openCart(server, cartBody({ request: { location: 'moving' } }));
      expect(later.body.fees?.CreditCard).to.deep.equal({ primary: '1257.38', fee: '20.00', total: '1277.38' });
    });

    it('have the fees of the sum of their items, to the cent', async () => {
      const fees = { CARD: { fixed: 30, rate_percent: '2.35', least: 100 }, ACH: { rate_percent: '0.5' } };
      await setFees(server, { location: 'rates', fees });
      const [item] = cartBody().items;
      const of = async (...amounts: readonly string[]) => {
        const items = amounts.map((amount, i) => ({ ...item, clientItemId: `item-${i}`, amount }));
        return (await openCart(server, { ...cartBody({ request: { location: 'rates' } }), items })).body.fees;
      };
      expect(await of('1257.38')).to.deep.equal({
        CreditCard: { primary: '1257.38', fee: '29.85', total: '1287.23' },
        ECheck: { primary: '1257.38', fee: '6.29', total: '1263.67' },
      });
      expect(await of('0.01', '0.02')).to.deep.equal({
        CreditCard: { primary: '0.03', fee: '1.00', total: '1.03' },
        ECheck: { primary: '0.03', fee: '0.00', total: '0.03' },
      });
    });

    it('leave out the tenders that an item or the schedule does not take', async () => {
      const kinds = async (changes: Parameters<typeof cartBody>[0]) =>
        Object.keys((await openCart(server, cartBody(changes))).body.fees ?? {});
      expect(await kinds({ item: { limitTenders: ['CreditCard'] } })).to.deep.equal(['CreditCard']);
      expect(await kinds({ item: { limitTenders: ['ECheck', 'PayPal'] } })).to.deep.equal(['ECheck']);
      expect(await kinds({ item: { limitTenders: null } })).to.deep.equal(['CreditCard', 'ECheck']);
      isFailure(await openCart(server, cartBody({ item: { limitTenders: ['Cash'] } })), 'TenderNotAccepted', 400);
      await setFees(server, { location: 'checks', fees: { ACH: {} } });
      expect(await kinds({ request: { location: 'checks' } })).to.deep.equal(['ECheck']);
      const cart = await newCart(server, cartBody({ item: { limitTenders: ['ECheck'] } }));
      isFailure(await payCart(server, cart), 'TenderNotAccepted');
      isPaid(await payCart(server, cart, echeckBody()));
    });

    it('in a wrong form are refused, and name no cart', async () => {
      const one = cartBody();
      const [item] = one.items;
      const wrong: readonly unknown[] = [
        {},
        { ...one, items: [] },
        { ...one, items: [item, item] },
        cartBody({ request: { clientTransactionId: '' } }),
        cartBody({ request: { clientTransactionId: 'tab\there' } }),
        cartBody({ request: { location: undefined } }),
        cartBody({ item: { clientItemId: '12345' } }),
        cartBody({ item: { description: 'ab' } }),
        cartBody({ item: { fundCategory: 'ab' } }),
        ...['0.00', '1.2', '12', '.50', '1,000.00', '-1.00', '+1.00', '$1.00', '1e3', ' 1.00', '1.000', '٣.00'].map(
          (amount) => cartBody({ item: { amount } }),
        ),
        cartBody({ item: { amount: '99999999999999.99' } }),
        '{"request": ',
      ];
      for (const body of wrong) isFailure(await openCart(server, body), 'InvalidRequest', 400);
      const text = cartBody({ item: { description: `card ${VISA}` } });
      isFailure(await openCart(server, text), 'CardDataInText', 400);
    });

    it('may have their amounts as JSON numbers, exactly', async () => {
      const text = JSON.stringify(cartBody()).replace('"1257.38"', '1257.30');
      const { body } = await openCart(server, text);
      expect(body.fees?.CreditCard?.primary).to.equal('1257.30');
    });
  });

  describe('of a merchant', () => {
    it('belong to the one that has the location, and to nobody without', async () => {
      const cart = await newCart(server);
      const paymentId = isPaid(await payCart(server, cart));
      expect((await getPayment(server, paymentId)).body).to.include({ location: LOCATION });
      const [payin] = await payinsOf(cart);
      expect(payin?.merchant_id).to.equal(server.account.merchant.id);
      const nowhere = await openCart(server, cartBody({ request: { location: 'nowhere' } }));
      isFailure(nowhere, 'MerchantNotFound', 400);
      const strangers = await openCart(server, cartBody(), server.stranger.adminKey.secret.reveal());
      expect(strangers.text).to.equal(nowhere.text);
    });

    it('belong to the merchant that the key is bound to, whoever has the location', async () => {
      const { merchant_id } = await clientOf(server).post<{ merchant_id: string }>('/v1/merchants', {
        platform_id: server.account.platform.id,
        name: 'Second merchant',
      });
      await setFees(server, { merchant: merchant_id, fees: { CARD: { fixed: 7 } } });
      const bound = { merchant: { merchant_id } };
      const { secret } = await makeKey(server, ['cart:create', 'cart:read', 'payin:create', 'payin:read'], bound);
      const own = await openCart(server, cartBody(), secret);
      expect(own.body.fees).to.deep.equal({ CreditCard: { primary: '1257.38', fee: '0.07', total: '1257.45' } });
      const amounts = { primary: '1257.38', fees: '0.07', total: '1257.45' };
      isPaid(await payCart(server, own.body.cartId ?? '', cardBody({ amounts }), secret));
      expect((await payinsOf(own.body.cartId ?? ''))[0]?.merchant_id).to.equal(merchant_id);
      const taken = await clientOf(server).send('PUT', `/v1/merchants/${merchant_id}/fee_schedule/${LOCATION}`, {
        currency_code: 'USD',
        fees: { CARD: {} },
      });
      expect(taken.errors?.[0]?.code).to.equal('CONFLICT');
    });

    it('without a schedule cost nothing more', async () => {
      const { merchant_id } = await clientOf(server).post<{ merchant_id: string }>('/v1/merchants', {
        platform_id: server.account.platform.id,
        name: 'Third merchant',
      });
      const { secret } = await makeKey(server, ['cart:create'], { merchant: { merchant_id } });
      const { body } = await openCart(server, cartBody(), secret);
      expect(body.fees?.ECheck).to.deep.equal({ primary: '1257.38', fee: '0.00', total: '1257.38' });
    });

    it('are, to everybody else, carts that do not exist', async () => {
      const cart = await newCart(server);
      const paid = await newCart(server);
      const number = isPaid(await payCart(server, paid));
      const stranger = server.stranger.adminKey.secret.reveal();
      const { merchant_id } = await clientOf(server).post<{ merchant_id: string }>('/v1/merchants', {
        platform_id: server.account.platform.id,
        name: 'Fourth merchant',
      });
      const permissions = ['cart:create', 'cart:read', 'payin:create', 'payin:read'] as const;
      const neighbour = (await makeKey(server, permissions, { merchant: { merchant_id } })).secret;
      const nothing = '4ed4137c-3d89-44ad-92a1-c9f3e916f51e';
      for (const key of [stranger, neighbour]) {
        for (const id of [cart, paid, nothing, 'x', '%ff'.slice(0, 2)]) {
          isFailure(await payCart(server, id, cardBody(), key), 'CartNotFound', 404);
          isFailure(await payCart(server, id, echeckBody(), key), 'CartNotFound', 404);
          isFailure(await getCart(server, id, key), 'CartNotFound', 404);
        }
        for (const id of [number, 'A0000000000', 'x']) {
          isFailure(await getPayment(server, id, key), 'CartPaymentNotFound', 404);
        }
      }
      expect(await charged(cart)).to.deep.equal([]);
    });

    it('need a permission for each of their steps', async () => {
      const cart = await newCart(server);
      const { secret } = await makeKey(server, ['merchant:read']);
      isFailure(await openCart(server, cartBody(), secret), 'Forbidden', 403);
      isFailure(await payCart(server, cart, cardBody(), secret), 'Forbidden', 403);
      isFailure(await getCart(server, cart, secret), 'Forbidden', 403);
      isFailure(await getPayment(server, 'A0000000000', secret), 'Forbidden', 403);
    });

    it('are charged as carts only', async () => {
      const cart = await newCart(server);
      const reply = await clientOf(server).send('POST', '/v1/payins', {
        payin_config_id: cart,
        method_type: 'CARD',
        card: { card_number: VISA, exp_month: 12, exp_year: 2030, cvc: '123' },
      });
      expect(reply.errors?.[0]?.code).to.equal('PAYIN_CONFIG_NOT_FOUND');
      const config = await api(server, 'POST', '/v1/payin_configs', {
        merchant_id: server.account.merchant.id,
        idempotency_key: 'not-a-cart',
        amount: 125_861,
        currency_code: 'USD',
      });
      isFailure(await payCart(server, String(config['payin_config_id'])), 'CartNotFound', 404);
      expect(await charged(cart)).to.deep.equal([]);
    });
  });

  describe('paid', () => {
    it('with a card are charged the total of cards, once, and show as a payin', async () => {
      const cart = await newCart(server);
      const paymentId = isPaid(await payCart(server, cart));
      expect(await charged(cart)).to.deep.equal([125_861]);
      const [payin] = await payinsOf(cart);
      expect(payin).to.include({ amount: 125_861, status: 'PROCESSING', source: 'IVR', method_type: 'CARD' });
      expect(payin?.metadata).to.include({ location: LOCATION, 'extra information': 'here' });
      const found = await getCart(server, cart);
      expect(found.body).to.include({ cartId: cart, status: 'paid', paymentId });
    });

    it('from a bank account are charged the total of eChecks, and keep the authorization reference', async () => {
      const cart = await newCart(server);
      isPaid(await payCart(server, cart, echeckBody({ authorizationReference: 'tape 17', withdrawalType: 'Savings' })));
      expect(await charged(cart)).to.deep.equal([125_788]);
      const [payin] = await payinsOf(cart);
      expect(payin?.metadata).to.include({ authorization_reference: 'tape 17' });
      expect(payin?.ach).to.include({ account_type: 'SAVINGS', account_number_last_4: '1111' });
    });

    it('again with the same tender are answered alike and charged once', async () => {
      const cart = await newCart(server);
      const first = await payCart(server, cart);
      expect(await payCart(server, cart)).to.deep.equal(first);
      expect(await charged(cart)).to.deep.equal([125_861]);
    });

    it('again with another tender are refused', async () => {
      const cart = await newCart(server);
      isPaid(await payCart(server, cart));
      isFailure(await payCart(server, cart, cardBody({ accountNumber: MASTERCARD })), 'CartPaid', 409);
      isFailure(await payCart(server, cart, echeckBody()), 'CartPaid', 409);
      expect(await charged(cart)).to.deep.equal([125_861]);
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
      for (const amounts of [
        undefined,
        {},
        { primary: '1257.38', fees: '1.23' },
        { ...cardBody().amounts, fees: 'x' },
      ]) {
        isFailure(await payCart(server, cart, cardBody({ amounts })), 'InvalidRequest', 400);
      }
      expect(await charged(cart)).to.deep.equal([]);
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
      expect((await payinsOf(cart)).map(({ status }) => status)).to.have.members(['FAILED', 'PROCESSING']);
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
      expect(await charged(cart)).to.deep.equal([125_861]);
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
      expect(await charged(cart)).to.have.length(1);
      expect((await getCart(server, cart)).body.status).to.equal('paid');
    });

    it('through two processes at once are charged once', async () => {
      const other = await startServer({ store: await stores.open(), ledger: server.ledger });
      const cart = await newCart(server);
      const replies = await Promise.all(
        Array.from({ length: 40 }, (_, i) => payCart(i % 2 === 0 ? server : other, cart, cardBody(), server.adminKey)),
      );
      expect(new Set(replies.map(isPaid)).size).to.equal(1);
      expect(await charged(cart)).to.deep.equal([125_861]);
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
