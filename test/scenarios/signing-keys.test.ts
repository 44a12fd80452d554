/**
 * A merchant with a signing key: what comes unsigned, or signed by somebody else, is sent away before anything is written;
 * without a key nobody looks. The signatures are SignalWire's.
 */
import { expect } from 'chai';
import { Secret } from '../../src/core/secret.ts';
import type { Caller } from '../../src/engine/join.ts';
import { clientOf } from '../support/api.ts';
import { setFees } from '../support/carts.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { keysPath, SIGNING_PATH, setSigningKeys, signed } from '../support/signing.ts';
import { eachStore } from '../support/stores.ts';
import {
  api,
  chargesOf,
  type DeliveryOptions,
  deliver,
  payinConfig,
  paymentMethodConfig,
  VISA,
} from '../support/twilio.ts';

const KEY = 'PSK_the_first_of_three_keys';
const OTHER = 'PSK_the_second_of_three_keys';
const THIRD = 'PSK_the_third_of_three_keys';

let calls = 0;

/** As SWML sends it. */
const textOf = (parameters: object, changes: object = {}) =>
  JSON.stringify({
    transaction_id: `signed-${++calls}`,
    method: 'credit-card',
    cardnumber: VISA,
    cvv: '123',
    chargeAmount: '10.00',
    expiry_month: '12',
    expiry_year: '38',
    currency_code: 'usd',
    parameters: [parameters],
    ...changes,
  });

eachStore('A signing key', (stores) => {
  let server: TestServer;
  let mine: string;
  let theirs: string;

  before(async () => {
    server = await startServer({ store: stores.store() });
    mine = server.account.merchant.id;
    const made = await api(server, 'POST', '/v1/merchants', {
      platform_id: server.account.platform.id,
      name: 'Its neighbour',
    });
    theirs = String(made['merchant_id']);
  });
  after(() => server.close());
  beforeEach(() => setSigningKeys(server, mine, KEY));
  afterEach(async () => {
    for (const merchant of [mine, theirs]) await clientOf(server).send('DELETE', keysPath(merchant));
  });

  const send = (text: string, headers: DeliveryOptions['headers'] = {}, path = SIGNING_PATH) =>
    deliver(server, text, { path, headers });
  const charge = (merchant: string) => payinConfig(server, { merchant_id: merchant });

  /** Refused in the provider's shape, and no trace of the attempt: neither a reservation nor a claim. */
  async function expectSentAway(config: string, text: string, headers = {}, path = SIGNING_PATH): Promise<void> {
    const reply = await send(text, headers, path);
    expect([reply.status, reply.body.error_code], reply.text).to.deep.equal([403, 'SIGNATURE_INVALID']);
    expect(reply.body.error_message).to.equal('This connection may not take that payment.');
    const { transaction_id } = JSON.parse(text);
    const payins = await api(server, 'GET', `/v1/payins?transaction_id=${transaction_id}`);
    expect(payins['results']).to.deep.equal([]);
    expect(await server.store.get('chargeables', config)).to.include({ claims: 0, rev: 0, active: null });
  }

  it('lets what is signed with it pass, again and again, and charges once', async () => {
    const config = await charge(mine);
    const text = textOf({ payin_config_id: config });
    const replies = [await send(text, signed(KEY, text)), await send(text, signed(KEY, text))];
    expect(replies.map(({ status }) => status)).to.deep.equal([200, 200]);
    expect(replies[1]?.text).to.equal(replies[0]?.text);
    expect(await chargesOf(server, config)).to.have.lengthOf(1);
  });

  it('sends away what is unsigned, wrongly signed, or signed for something else', async () => {
    const config = await charge(mine);
    const text = textOf({ payin_config_id: config });
    const right = signed(KEY, text);
    const wrong: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      unsigned: {},
      empty: { 'x-signalwire-signature': '' },
      'with another key': signed(OTHER, text),
      'over another body': signed(KEY, `${text} `),
      'over another path': signed(KEY, text, `${SIGNING_PATH}/x`),
      'over the address that the request came to': signed(KEY, text, SIGNING_PATH, server.url),
      'with its name on another header': { authorization_signature: right['x-signalwire-signature'] ?? '' },
      'with hosts of its own': { 'x-forwarded-host': 'evil.example', 'x-original-url': '/' },
    };
    for (const headers of Object.values(wrong)) await expectSentAway(config, text, headers);
    await expectSentAway(config, text, right, `${SIGNING_PATH}?more=1`);
    await expectSentAway(config, text.replace('10.00', '9.00'), right);
    expect((await send(text, right)).status, 'nothing of it stands in the way').to.equal(200);
  });

  it('signs the key in the path and the query, too', async () => {
    const text = textOf({ payin_config_id: await charge(mine) });
    const path = `${SIGNING_PATH}/${server.connectorKey}?line=1`;
    const headers = { ...signed(KEY, text, path), authorization: null };
    expect((await deliver(server, text, { path, headers })).status).to.equal(200);
    expect(server.log.lines().join('\n')).to.not.include(server.connectorKey);
  });

  it('tells nothing of a payment that was made to a repeat that is not signed', async () => {
    const text = textOf({ payin_config_id: await charge(mine) });
    const { body } = await send(text, signed(KEY, text));
    const repeat = await send(text);
    expect([repeat.status, repeat.body.error_code]).to.deep.equal([403, 'SIGNATURE_INVALID']);
    expect(repeat.text).to.not.include(body.charge_id);
  });

  it('of another merchant counts for nothing: a body cannot choose whose key it is held against', async () => {
    const [own, neighbours] = [await charge(mine), await charge(theirs)];
    const forMine = textOf({ payin_config_id: own });
    await setSigningKeys(server, theirs, OTHER);
    await expectSentAway(own, forMine, signed(OTHER, forMine));
    const forTheirs = textOf({ payin_config_id: neighbours });
    await expectSentAway(neighbours, forTheirs, signed(KEY, forTheirs));
    expect((await send(forTheirs, signed(OTHER, forTheirs))).status).to.equal(200);
  });

  it('is dodged by no body that names two configs, a neighbour, or none', async () => {
    const [own, neighbours] = [await charge(mine), await charge(theirs)];
    const both = textOf({ payin_config_id: neighbours }, { payin_config_id: own });
    const reply = await send(both);
    // The neighbour has no key: whatever is charged is its own config, never the one that is guarded.
    expect(reply.status).to.equal(200);
    expect(await chargesOf(server, own)).to.deep.equal([]);
    expect(await chargesOf(server, neighbours)).to.have.lengthOf(1);
    await expectSentAway(own, textOf({ merchant_id: theirs, payin_config_id: own }));
    expect((await send(textOf({}))).body.error_code).to.equal('INVALID_REQUEST');
  });

  it('is asked for where a method is stored, too', async () => {
    const config = await paymentMethodConfig(server, { billable_merchant_id: mine });
    const text = textOf({ payment_method_config_id: config }, { chargeAmount: undefined });
    await expectSentAway(config, text);
    const { status, body } = await send(text, signed(KEY, text));
    expect([status, body.error_code]).to.deep.equal([200, null]);
  });

  it('is asked for on a line without a config, before one is made', async () => {
    await api(server, 'PUT', `/v1/merchants/${mine}/line_limit`, { amount: 5_000 });
    const constraints = { merchant: { merchant_id: mine } };
    const made = await api(server, 'POST', '/v1/api_keys', {
      platform_id: server.account.platform.id,
      statements: [{ permissions: ['payin_config:create', 'payin:create'], constraints }],
    });
    const password = String(made['api_key']);
    const text = textOf({});
    const before = await server.store.count('chargeables', []);
    const unsigned = await deliver(server, text, { path: SIGNING_PATH, password });
    expect([unsigned.status, unsigned.body.error_code]).to.deep.equal([403, 'SIGNATURE_INVALID']);
    expect(await server.store.count('chargeables', [])).to.equal(before);
    const headers = signed(KEY, text);
    expect((await deliver(server, text, { path: SIGNING_PATH, password, headers })).status).to.equal(200);
  });

  it('is rotated: old and new both pass while both are set, then the new one alone', async () => {
    const passes = async (key: string) => {
      const text = textOf({ payin_config_id: await charge(mine) });
      return (await send(text, signed(key, text))).status === 200;
    };
    const all = async () => [await passes(KEY), await passes(OTHER), await passes(THIRD)];
    await setSigningKeys(server, mine, OTHER, KEY);
    expect(await all()).to.deep.equal([true, true, false]);
    await setSigningKeys(server, mine, OTHER);
    expect(await all()).to.deep.equal([false, true, false]);
  });

  it('that was taken away is not asked for, and its signature is ignored', async () => {
    expect((await clientOf(server).send('DELETE', keysPath(mine))).status).to.equal(204);
    for (const headers of [{}, signed(OTHER, 'anything'), { 'x-signalwire-signature': 'x' }]) {
      const text = textOf({ payin_config_id: await charge(mine) });
      expect((await send(text, headers)).status).to.equal(200);
    }
  });

  it('is for its own provider: what is set for another counts for nothing, and neither takes the other along', async () => {
    const principal = await server.engine.accounts.authenticate(server.adminKey, null);
    if (principal === null) throw new Error('the key is good');
    const { signingKeys } = server.engine;
    await signingKeys.put(principal, mine, 'elsewhere', [new Secret(OTHER)]);
    await setSigningKeys(server, mine, KEY);
    expect(await signingKeys.get(principal, mine, 'elsewhere')).to.include({ adapter: 'elsewhere' });
    const own = await charge(mine);
    const text = textOf({ payin_config_id: own });
    await expectSentAway(own, text, signed(OTHER, text));
    expect((await send(text, signed(KEY, text))).status).to.equal(200);
    await signingKeys.remove(principal, mine, 'elsewhere');
    const another = await charge(mine);
    await expectSentAway(another, textOf({ payin_config_id: another }));
  });

  it('is not asked for by a provider that signs nothing', async () => {
    const config = await charge(mine);
    const text = textOf(
      {},
      { method: 'charge', amount: '10.00', expiry_year: '38', parameters: { payin_config_id: config } },
    );
    expect((await deliver(server, text)).body.error_code).to.equal(null);
  });

  it('answers 200 where a key asks for that always', async () => {
    const made = await api(server, 'POST', '/v1/api_keys', {
      platform_id: server.account.platform.id,
      reply_status: 'ALWAYS_200',
      statements: [{ permissions: ['payin:create'], constraints: {} }],
    });
    const text = textOf({ payin_config_id: await charge(mine) });
    const { status, body } = await deliver(server, text, { path: SIGNING_PATH, password: String(made['api_key']) });
    expect([status, body.error_code]).to.deep.equal([200, 'SIGNATURE_INVALID']);
  });

  it('that no live secret opens lets nothing pass until it is set again', async () => {
    const merchant = await server.store.get('merchants', theirs);
    if (merchant === null) throw new Error('the neighbour is there');
    const keys = { adapter: 'signalwire', sealed: ['AAAA'], createdAt: 0, updatedAt: 0 };
    await server.store.apply({
      replace: 'merchants',
      record: { ...merchant, rev: merchant.rev + 1, signingKeys: [keys] },
    });
    const config = await charge(theirs);
    const text = textOf({ payin_config_id: config });
    await expectSentAway(config, text, signed(KEY, text));
    await setSigningKeys(server, theirs, KEY);
    expect((await send(text, signed(KEY, text))).status).to.equal(200);
  });

  it('guards everything that its provider may ask of a cart', async () => {
    await setFees(server);
    const principal = await server.engine.accounts.authenticate(server.adminKey, null);
    if (principal === null) throw new Error('the key is good');
    const patience = { deliveryMs: 5_000, totalMs: 5_000, repeatsOnSilence: false };
    const caller: Caller = {
      principal,
      adapter: 'signalwire',
      patience,
      tenders: 'one',
      receivedAt: 0,
      requestId: 'x',
    };
    const unsigned: Caller = { ...caller, isSignedBy: () => false };
    const right: Caller = { ...caller, isSignedBy: (key) => key.reveal() === KEY };
    const open = {
      kind: 'openCart',
      transactionId: `cart-${++calls}`,
      location: 'somewhere',
      currency: 'USD',
      items: [
        {
          id: 'item-1',
          description: 'taxes',
          amount: 100,
          type: null,
          fundCategory: 'x',
          department: null,
          metadata: {},
        },
      ],
      tenders: ['card'],
      metadata: {},
    } as const;
    await api(server, 'PUT', `/v1/merchants/${mine}/fee_schedule/somewhere`, {
      currency_code: 'USD',
      fees: { CARD: {} },
    });
    const { carts } = server.engine;
    const sentAway = { kind: 'refused', code: 'SIGNATURE_INVALID', field: null };
    const before = await server.store.count('chargeables', []);
    expect(await carts.execute(open, unsigned)).to.deep.equal(sentAway);
    expect(await server.store.count('chargeables', [])).to.equal(before);
    const cart = await carts.execute(open, right);
    if (cart.kind !== 'cart') throw new Error(`no cart: ${cart.kind}`);
    expect(await carts.execute({ kind: 'findCart', cartId: cart.cartId }, unsigned)).to.deep.equal(sentAway);
    expect(await carts.execute({ kind: 'findCart', cartId: cart.cartId }, right)).to.include({ state: 'open' });
    const record = await server.store.get('chargeables', cart.cartId);
    const paymentId = record?.kind === 'cart' ? record.paymentId : '';
    for (const kind of ['findPayment', 'reversePayment'] as const) {
      const command = { kind, paymentId, itemId: null, amount: null };
      expect(await carts.execute(command, unsigned), kind).to.deep.equal(sentAway);
      expect(await carts.execute(command, right), kind).to.include({ code: 'CART_PAYMENT_NOT_FOUND' });
    }
  });
});
