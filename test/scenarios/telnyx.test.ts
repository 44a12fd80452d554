/** What Telnyx's calls come to. Its body and replies are Twilio's; here is what differs: path, keys, patience. */
import { expect } from 'chai';
import { telnyx } from '../../adapters/telnyx/adapter.ts';
import { fastClock } from '../support/clock.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import {
  chargeBody,
  chargesOf,
  DECLINED_VISA,
  type DeliveryOptions,
  deliver,
  payinConfig,
  paymentMethodConfig,
  tokenizeBody,
} from '../support/twilio.ts';

const PATH = '/vendor/telnyx/pay';

eachStore('Telnyx deliveries', (stores) => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ store: stores.store() });
  });
  after(() => server.close());

  const send = (body: unknown, options: DeliveryOptions = {}) => deliver(server, body, { path: PATH, ...options });
  let calls = 0;
  const transaction = () => ({ transaction_id: `telnyx-${++calls}` });

  it('sign in with Basic, with Bearer, or by the path', async () => {
    const ways: readonly DeliveryOptions[] = [
      {},
      { headers: { authorization: `Bearer ${server.connectorKey}` } },
      { headers: { authorization: null }, path: `${PATH}/${server.connectorKey}` },
    ];
    for (const way of ways) {
      const config = await payinConfig(server);
      const { status, body } = await send(chargeBody(config, transaction()), way);
      expect([status, body.error_code]).to.deep.equal([200, null]);
      expect(await chargesOf(server, config)).to.have.length(1);
    }
    const wrong = await send(chargeBody(''), { headers: { authorization: 'Bearer wrong' } });
    expect(wrong.status).to.equal(401);
  });

  it('are answered 200 when they are declined, too', async () => {
    const body = chargeBody(await payinConfig(server), { ...transaction(), cardnumber: DECLINED_VISA });
    const declined = await send(body);
    expect([declined.status, declined.body.error_code]).to.deep.equal([200, 'DECLINED']);
    expect((await send(body)).text).to.equal(declined.text);
  });

  it('store a card without an amount', async () => {
    const { body } = await send(tokenizeBody(await paymentMethodConfig(server), transaction()));
    expect(body.token_id).to.match(/^sbx_mtd_/);
  });

  it("are other transactions than Twilio's of the same id", async () => {
    const same = transaction();
    const [ours, theirs] = [await payinConfig(server), await payinConfig(server)];
    expect((await send(chargeBody(ours, same))).body.error_code).to.equal(null);
    expect((await deliver(server, chargeBody(theirs, same))).body.error_code).to.equal(null);
  });

  it('hear that a payment is pending when their patience is over', async () => {
    const slow = await startServer({ store: stores.store(), clock: fastClock(50) });
    const config = await payinConfig(slow, { amount: 90_000_200 });
    const { body } = await deliver(slow, chargeBody(config, { ...transaction(), amount: '900002.00' }), { path: PATH });
    expect(body.error_code).to.equal('PAYMENT_PENDING');
    await slow.close();
  });

  it('tell an operator what to type', () => {
    expect(telnyx.setup('https://pay.example.com').values['config.endpoint_url']).to.equal(
      'https://pay.example.com/vendor/telnyx/pay',
    );
  });
});
