/**
 * Card numbers, security codes, account numbers, keys and access tokens, sent to the cart API in their own fields and in
 * every other: no trace of them in replies, logs or stores.
 */
import { expect } from 'chai';
import type { Ledger } from '../../src/processors/sandbox/ledger.ts';
import { openSandboxLedger } from '../../src/processors/sandbox/open.ts';
import {
  ACCOUNT,
  ACCOUNT_DATA,
  AMEX,
  type Canary,
  CODE,
  DECLINED_PAN,
  dumpOf,
  findCanaries,
  findInDump,
  keyCanaries,
  PAN,
} from '../support/canaries.ts';
import {
  CARTS,
  type CartReply,
  cardBody,
  cartBody,
  echeckBody,
  getCart,
  getPayment,
  newCart,
  openCart,
  payCart,
  send,
  setFees,
} from '../support/carts.ts';
import { exchange } from '../support/exchange.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore, locationOf } from '../support/stores.ts';

const CARDS = [PAN, DECLINED_PAN, AMEX];
const REQUEST_FIELDS = ['clientTransactionId', 'location', 'meta', 'unknown'];
const ITEM_FIELDS = [
  'clientItemId',
  'description',
  'type',
  'fundCategory',
  'department',
  'meta',
  'limitTenders',
  'unknown',
];
const CARD_FIELDS = ['expirationYear', 'expirationMonth', 'securityCode', 'amounts', 'unknown'];
const ECHECK_FIELDS = ['withdrawalType', 'routingNumber', 'authorizationReference', 'amounts', 'unknown'];

eachStore("The cart API's canaries", (stores) => {
  let server: TestServer;
  let ledger: Ledger;
  let canaries: readonly Canary[];
  let token: string;
  before(async () => {
    ledger = await openSandboxLedger(locationOf(stores.url()));
    server = await startServer({ store: stores.store(), ledger });
    await setFees(server, { location: 'defaultIVRLocation' });
    const form = { grant_type: 'client_credentials', scope: 'cart:create payin:create cart:read payin:read' };
    const { text } = await exchange(server.url, {
      path: '/api/v1/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        ...form,
        client_id: server.account.adminKey.key.id,
        client_secret: server.adminKey,
      }).toString(),
    });
    token = JSON.parse(text).access_token;
    canaries = [
      ...ACCOUNT_DATA,
      ...keyCanaries('admin key', server.adminKey, server.account.platform.accountSid),
      { name: 'access token', value: token },
      { name: 'signature of the token', value: token.split('.')[2] ?? '' },
    ];
  });
  after(async () => {
    await server.close();
    await ledger.close();
  });

  const isClean = (reply: CartReply) => expect(findCanaries(reply.text, canaries), reply.text).to.deep.equal([]);
  const pay = async (cart: string, body: object) => {
    const reply = await payCart(server, cart, body, token);
    isClean(reply);
    return reply.body.errorCode ?? (reply.body.paymentId ? 'paid' : reply.body.status);
  };

  it('in their own fields leave no trace: paid, declined and refused', async () => {
    const amex = { accountNumber: AMEX.value, securityCode: CODE.value };
    expect(await pay(await newCart(server), cardBody({ accountNumber: PAN.value }))).to.equal('paid');
    expect(await pay(await newCart(server), cardBody(amex))).to.equal('paid');
    expect(await pay(await newCart(server), cardBody({ ...amex, securityCode: Number(CODE.value) }))).to.equal('paid');
    expect(await pay(await newCart(server), echeckBody({ accountNumber: ACCOUNT.value }))).to.equal('paid');
    const cart = await newCart(server);
    expect(await pay(cart, cardBody({ accountNumber: DECLINED_PAN.value }))).to.equal('InsufficientFunds');
    expect(await pay(cart, cardBody({ ...amex, amounts: echeckBody().amounts }))).to.equal('AmountMismatch');
    expect(await pay(cart, cardBody({ ...amex, expirationYear: 2020 }))).to.equal('InvalidExpiry');
    expect(await pay('nothing', cardBody(amex))).to.equal('CartNotFound');
    isClean(await getCart(server, cart, token));
  });

  it('in fields that are not theirs leave no trace of a card', async () => {
    for (const { value } of CARDS) {
      for (const text of [value, value.replace(/(.{4})(?=.)/g, '$1-')]) {
        for (const planted of [text, { note: text }, { [text]: 'x' }, [text]]) {
          for (const field of REQUEST_FIELDS)
            isClean(await openCart(server, cartBody({ request: { [field]: planted } })));
          for (const field of ITEM_FIELDS) isClean(await openCart(server, cartBody({ item: { [field]: planted } })));
        }
      }
      const cart = await newCart(server);
      for (const field of CARD_FIELDS) await pay(cart, cardBody({ [field]: value }));
      for (const field of ECHECK_FIELDS) await pay(cart, echeckBody({ [field]: value }));
      await pay(cart, echeckBody({ accountNumber: ACCOUNT.value, authorizationReference: `for ${ACCOUNT.value}` }));
    }
  });

  it('in paths, queries and unreadable bodies leave no trace', async () => {
    for (const { value } of [...canaries]) {
      isClean(await getCart(server, value, token));
      isClean(await getPayment(server, value, token));
      isClean(await getCart(server, `4ed4137c-3d89-44ad-92a1-c9f3e916f51e?card=${value}`, token));
      for (const body of [`{"accountNumber":${value}x`, `"${value}"`, `{"${value}":1,"${value}":2}`]) {
        isClean(await send(server, { path: CARTS, body, key: token }));
        isClean(await send(server, { path: `${CARTS}/x/payments/card`, body, key: token }));
      }
    }
  });

  it('an item whose id looks like a card number is kept under another, and paid', async () => {
    const cart = await newCart(server, cartBody({ item: { clientItemId: PAN.value } }));
    expect(await pay(cart, cardBody({ accountNumber: PAN.value }))).to.equal('paid');
    const { paymentId } = (await getCart(server, cart, token)).body;
    const found = await getPayment(server, paymentId ?? '', token);
    isClean(found);
    expect(found.text).to.include('"clientItemId":"digest_');
  });

  it('are, after all this, in no line of the log and nowhere in the store', async () => {
    await server.engine.background.idle();
    expect(server.log.lines()).to.have.length.above(0);
    expect(server.log.lines().filter((line) => findCanaries(line, canaries).length > 0)).to.deep.equal([]);
    const dump = await dumpOf(stores.url());
    expect([...dump.keys()]).to.have.length.above(1);
    expect(findInDump(dump, canaries)).to.deep.equal([]);
  });
});
