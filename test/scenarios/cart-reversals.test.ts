/**
 * Payments of carts given back, over HTTP: voided as a whole until they have settled, refunded from then on, whole or item
 * by item, and each once. The sandbox's ledger says what was given back.
 */
import { expect } from 'chai';
import type { Payin } from '../support/api.ts';
import {
  type CartReply,
  cardBody,
  cartBody,
  getPayment,
  isFailure,
  isPaid,
  makeKey,
  newCart,
  payCart,
  payinsOf,
  reverse,
  setFees,
} from '../support/carts.ts';
import { givenBack, settle } from '../support/reversals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';

const WATER = 'WATER-1';
const TRASH = 'TRASH/2';
const AMOUNTS = { primary: '100.00', fees: '1.23', total: '101.23' };

eachStore('Payments of carts', (stores) => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ store: stores.store() });
    await setFees(server, { location: 'defaultIVRLocation' });
  });
  after(() => server.close());

  /** 60.00 for water, 40.00 for trash, and the fee, paid with a card. */
  async function paid({ settled }: { readonly settled: boolean }): Promise<{ payment: string; payin: Payin }> {
    const [item] = cartBody().items;
    const items = [
      { ...item, clientItemId: WATER, amount: '60.00' },
      { ...item, clientItemId: TRASH, amount: '40.00' },
    ];
    const cart = await newCart(server, { ...cartBody(), items });
    const payment = isPaid(await payCart(server, cart, cardBody({ amounts: AMOUNTS })));
    const [payin] = await payinsOf(server, cart);
    if (payin === undefined) throw new Error('a cart that was paid has a payin');
    if (settled) await settle(server, payin);
    return { payment, payin };
  }

  const stands = ({ status, text, body }: CartReply) => {
    expect(status, text).to.equal(200);
    const items: unknown = body['items'];
    if (!Array.isArray(items)) throw new Error('a payment has items');
    return { status: body.status, balance: body['balance'], items: items.map((one) => `${one.status} ${one.balance}`) };
  };

  it('that have not settled are voided as a whole, fee and all', async () => {
    const { payment, payin } = await paid({ settled: false });
    const reply = await reverse(server, payment);
    expect(stands(reply)).to.deep.equal({ status: 'voided', balance: '0.00', items: ['voided 0.00', 'voided 0.00'] });
    expect((await getPayment(server, payment)).text).to.equal(reply.text);
    expect(await givenBack(server, payin)).to.deep.equal([{ kind: 'void', amount: 10_123 }]);
  });

  it('that have not settled are not given back in part', async () => {
    const { payment, payin } = await paid({ settled: false });
    isFailure(await reverse(server, payment, { item: WATER }), 'PartialVoid', 409);
    expect(await givenBack(server, payin)).to.deep.equal([]);
  });

  it('that have settled are refunded, and once however often that is asked', async () => {
    const { payment, payin } = await paid({ settled: true });
    const replies = [];
    for (let i = 0; i < 3; i++) replies.push(await reverse(server, payment, { amount: '101.23' }));
    for (const reply of replies) {
      expect(stands(reply)).to.deep.equal({
        status: 'reversed',
        balance: '0.00',
        items: ['reversed 0.00', 'reversed 0.00'],
      });
    }
    expect(await givenBack(server, payin)).to.deep.equal([{ kind: 'refund', amount: 10_123 }]);
  });

  it('are refunded item by item, in parts, and the rest as a whole', async () => {
    const { payment, payin } = await paid({ settled: true });
    const items = [
      [{ item: TRASH }, { status: 'charged', balance: '61.23', items: ['charged 60.00', 'reversed 0.00'] }],
      [
        { item: WATER, amount: '25.34' },
        { status: 'charged', balance: '35.89', items: ['charged 34.66', 'reversed 0.00'] },
      ],
    ] as const;
    for (const [asked, wanted] of items) expect(stands(await reverse(server, payment, asked))).to.deep.equal(wanted);
    isFailure(await reverse(server, payment, { item: WATER, amount: '34.67' }), 'AmountAboveBalance', 409);
    isFailure(await reverse(server, payment, { item: TRASH, amount: '0.01' }), 'AmountAboveBalance', 409);
    isFailure(await reverse(server, payment, { amount: '101.23' }), 'AmountAboveBalance', 409);
    expect(stands(await reverse(server, payment, { amount: '35.89' })).status).to.equal('reversed');
    const amounts = (await givenBack(server, payin)).map(({ amount }) => amount);
    expect(amounts).to.have.members([4_000, 2_534, 3_589]);
  });

  it('are not given back as a whole by an amount that is not what is left', async () => {
    const { payment, payin } = await paid({ settled: true });
    for (const amount of ['100.00', '0.01'])
      isFailure(await reverse(server, payment, { amount }), 'AmountMismatch', 409);
    for (const amount of ['0.00', '1', 'x'])
      isFailure(await reverse(server, payment, { amount }), 'InvalidRequest', 400);
    expect(await givenBack(server, payin)).to.deep.equal([]);
  });

  it('that are not there, or whose item is not, cannot be given back', async () => {
    const { payment, payin } = await paid({ settled: true });
    isFailure(await reverse(server, 'Z0000000000'), 'CartPaymentNotFound', 404);
    isFailure(await reverse(server, payment, { item: 'another' }), 'CartPaymentNotFound', 404);
    const strangers = server.stranger.adminKey.secret.reveal();
    isFailure(await reverse(server, payment, { key: strangers }), 'CartPaymentNotFound', 404);
    const { secret } = await makeKey(server, ['cart:create', 'cart:read', 'payin:create', 'payin:read']);
    isFailure(await reverse(server, payment, { key: secret }), 'Forbidden', 403);
    expect(await givenBack(server, payin)).to.deep.equal([]);
  });
});
