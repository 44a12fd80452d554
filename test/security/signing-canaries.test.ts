/**
 * The signing key of a merchant, in its own field and where it does not belong, and the signatures that are made with it:
 * no trace of them, nor of the key in a path, in replies, logs or stores.
 */
import { expect } from 'chai';
import { type Canary, dumpOf, findCanaries, findInDump, keyCanaries } from '../support/canaries.ts';
import { exchange, type Sent } from '../support/exchange.ts';
import { basic } from '../support/refusals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { keysPath, SIGNING_PATH, signed } from '../support/signing.ts';
import { eachStore } from '../support/stores.ts';
import { payinConfig, VISA } from '../support/twilio.ts';

const KEYS = ['PSK_canary_one_8a1fe02b', 'PSK_canary_two_77c0d19e'] as const;

eachStore("A signing key's canaries", (stores) => {
  let server: TestServer;
  let canaries: Canary[];
  before(async () => {
    server = await startServer({ store: stores.store() });
    canaries = [
      ...KEYS.map((value, i) => ({ name: `signing key ${i}`, value })),
      ...keyCanaries('connector key', server.connectorKey, server.account.platform.accountSid),
    ];
  });
  after(() => server.close());

  async function send(sent: Sent, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    const authorization = `Bearer ${server.adminKey}`;
    const reply = await exchange(server.url, { ...sent, headers: { authorization, ...headers } });
    const shown = `${reply.text}\n${JSON.stringify(reply.headers)}`;
    expect(findCanaries(shown, canaries), shown).to.deep.equal([]);
    return reply.status;
  }

  let calls = 0;
  async function deliver(key: string, path = SIGNING_PATH): Promise<number> {
    const text = JSON.stringify({
      transaction_id: `canary-${++calls}`,
      cardnumber: VISA,
      cvv: '123',
      chargeAmount: '10.00',
      expiry_month: '12',
      expiry_year: '38',
      parameters: { payin_config_id: await payinConfig(server) },
    });
    const headers = signed(key, text, path);
    canaries.push(...Object.values(headers).map((value) => ({ name: 'a signature', value })));
    const credentials: Record<string, string> =
      path === SIGNING_PATH ? { authorization: basic('api_key', server.connectorKey) } : { authorization: '' };
    return send({ path, body: text }, { ...headers, ...credentials });
  }

  it('leave no trace while it is set, rotated, used and taken away', async () => {
    const path = keysPath(server.account.merchant.id);
    const [first, second] = KEYS;
    const withKey = `${SIGNING_PATH}/${server.connectorKey}`;
    expect(await send({ method: 'PUT', path, body: { keys: [first] } })).to.equal(200);
    expect([await deliver(first), await deliver(second)]).to.deep.equal([200, 403]);
    expect(await send({ method: 'PUT', path, body: { keys: [second, first] } })).to.equal(200);
    expect([await deliver(second), await deliver(first, withKey)]).to.deep.equal([200, 200]);
    expect(await send({ method: 'GET', path })).to.equal(200);
    expect(findInDump(await dumpOf(stores.url()), canaries)).to.deep.equal([]);
    expect(await send({ method: 'DELETE', path })).to.equal(204);
    expect(await deliver('another', withKey)).to.equal(200);
  });

  it('leave no trace where it does not belong', async () => {
    const path = keysPath(server.account.merchant.id);
    for (const key of KEYS) {
      const bodies: readonly (object | string)[] = [
        { keys: key },
        { keys: [{ [key]: key }] },
        { keys: [`${key} ${key}`] },
        { [key]: [key] },
        `{"keys":["${key}"`,
        key,
      ];
      for (const body of bodies) expect(await send({ method: 'PUT', path, body })).to.equal(400);
      expect(await send({ method: 'PUT', path: `${path}/${key}`, body: { keys: [key] } })).to.equal(404);
      expect(await send({ method: 'PUT', path: keysPath(key), body: { keys: [key] } })).to.equal(404);
      expect(await send({ method: 'PUT', path: keysPath(server.account.merchant.id, key), body: {} })).to.equal(400);
      expect(await send({ method: 'GET', path: `${path}?key=${key}` })).to.equal(404);
      expect(await send({ method: 'GET', path }, { 'x-signalwire-signature': key, authorization: key })).to.equal(401);
    }
  });

  it('are after all this in no line of the log and nowhere in the store', async () => {
    expect(server.log.lines()).to.have.length.above(0);
    expect(findCanaries(server.log.lines().join('\n'), canaries)).to.deep.equal([]);
    expect(findInDump(await dumpOf(stores.url()), canaries)).to.deep.equal([]);
  });
});
