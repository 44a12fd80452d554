/**
 * Carts handed over and whose they are, over HTTP: frozen fees, one cart for the same words, and every way to be told no.
 */
import { expect } from 'chai';
import { clientOf } from '../support/api.ts';
import {
  cardBody,
  cartBody,
  charged,
  echeckBody,
  getCart,
  getPayment,
  isFailure,
  isPaid,
  makeKey,
  newCart,
  openCart,
  payCart,
  payinsOf,
  send,
  setFees,
} from '../support/carts.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import { api } from '../support/twilio.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const VISA = '4111111111111111';
const LOCATION = 'defaultIVRLocation';

eachStore('Carts', (stores) => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ store: stores.store() });
    await setFees(server, { location: LOCATION });
  });
  after(() => server.close());

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
      const [payin] = await payinsOf(server, cart);
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
      expect((await payinsOf(server, own.body.cartId ?? ''))[0]?.merchant_id).to.equal(merchant_id);
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
      expect(await charged(server, cart)).to.deep.equal([]);
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
      expect(await charged(server, cart)).to.deep.equal([]);
    });
  });
});
