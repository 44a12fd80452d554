/** That the score is full for our own server and a good connector, and that each fault costs the points meant for it. */
import { expect } from 'chai';
import { cartSimulator } from '../../adapters/cart/simulator.ts';
import { simulators } from '../../adapters/simulators.ts';
import { twilioSimulator as simulator } from '../../adapters/twilio/simulator.ts';
import { scoreConnector } from '../../src/cli/call/conform.ts';
import { loadConfig } from '../../src/config.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Login, Simulator } from '../../src/core/simulator.ts';
import { Explained } from '../../src/failure.ts';
import { backendOf, fixedBackend } from '../../src/simulate/backend.ts';
import type { Candidate } from '../../src/simulate/checks.ts';
import { conform } from '../../src/simulate/conform.ts';
import type { Line } from '../../src/simulate/play.ts';
import { createWire } from '../../src/simulate/wire.ts';
import { cardCall } from '../support/calls.ts';
import { makeKey } from '../support/carts.ts';
import { fastClock } from '../support/clock.ts';
import { type Connector, type Fault, SLOW_AMOUNT, startConnector } from '../support/connectors.ts';
import { bankAccount, card } from '../support/orders.ts';
import { type Passing, type ProxyFault, startProxy } from '../support/proxy.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase, type TestDatabase } from '../support/stores.ts';

/** How fast time passes, and where every delivery is to be waited for. */
const [SPEED, MORE_SPEED] = [5, 60];

const at = (speed: number): Pick<Line, 'clock' | 'wire'> => {
  const clock = fastClock(speed);
  return { clock, wire: createWire(clock) };
};

describe('conform, against our own server and what stands before it', () => {
  const time = at(SPEED);
  let database: TestDatabase;
  let server: TestServer;
  before(async () => {
    database = await createDatabase('sqlite');
    server = await startServer({ store: await database.open(), clock: time.clock });
  });
  after(async () => {
    time.wire.close();
    await server.close();
    await database.destroy();
  });

  const loginOf = async (played: Simulator): Promise<Login> => {
    if (played.pays === 'config') return { username: 'api_key', password: new Secret(server.adminKey) };
    const { id, secret } = await makeKey(server, ['cart:create', 'cart:read', 'payin:create', 'payin:read'], {
      merchant: { merchant_id: server.account.merchant.id },
    });
    return { username: id, password: new Secret(secret) };
  };

  const candidateAt = (url: string, played: Simulator, login: Login): Candidate => ({
    line: { simulator: played, url: new URL(`${url}${played.path}`), login, ...time },
    backend: backendOf(played, time.wire, new URL(server.url), new Secret(server.adminKey)),
    newCall: () => cardCall({ description: 'pizza' }),
    declined: card('4000000000000002'),
    bank: bankAccount('123456789', '110000000'),
    slowAmount: '900002.00',
  });

  const scores: Readonly<Record<string, number>> = { cart: 21, generic: 18, signalwire: 18, telnyx: 15, twilio: 22 };
  for (const played of simulators) {
    it(`gives ${played.name} full marks`, async () => {
      const candidate = candidateAt(server.url, played, await loginOf(played));
      const told: string[] = [];
      const results = await conform(candidate, ({ name }) => told.push(name));
      expect(results.filter(({ outcome }) => outcome === 'failed')).to.deep.equal([]);
      expect(results.filter(({ outcome }) => outcome === 'passed')).to.have.length(scores[played.name] ?? 0);
      expect(told).to.deep.equal(results.map(({ name }) => name));
    });
  }

  let made = 0;
  const isPayment = ({ path }: Passing) => /\/payments\/(?:card|echeck)$/.test(path);
  const withFields = (body: string, fields: object) => JSON.stringify({ ...JSON.parse(body), ...fields });
  const faults: readonly (readonly [string, (key: string) => ProxyFault, readonly string[]])[] = [
    [
      'opens a cart anew for each hand-over',
      () => ({
        hears: (sent) =>
          sent.path.endsWith('/voice/carts')
            ? { ...sent, body: sent.body.replace(/"clientTransactionId":"/, `$&${++made}-`) }
            : sent,
      }),
      [
        'a repeat is answered alike',
        'a repeat is not charged again',
        'repeats at the same time are charged once',
        'a repeat with another amount is not charged',
        'a repeat with another tender is not charged',
      ],
    ],
    [
      'declines without a word for the caller',
      () => ({
        says: ({ status, body }, sent) => ({
          status,
          body: isPayment(sent) && body.includes('errorCode') ? withFields(body, { displayMessage: '' }) : body,
        }),
      }),
      ['a declined card is told as declined', 'another card after a decline is charged'],
    ],
    [
      'closes the cart with a decline',
      () => ({
        says: ({ status, body }, sent) =>
          isPayment(sent) && body.includes('"Declined"') ? { status: 409, body } : { status, body },
      }),
      ['another card after a decline is charged'],
    ],
    [
      'believes whoever asks',
      (key) => ({
        // A token is asked for without a header.
        hears: (sent) =>
          sent.path.endsWith('/token')
            ? sent
            : { ...sent, headers: { ...sent.headers, authorization: `Bearer ${key}` } },
      }),
      ['missing credentials charge nothing'],
    ],
    [
      'refuses what it does not know',
      () => ({
        says: (said, { body }) => (body.includes('x_hint') ? { status: 400, body: '{"errorCode":"Unknown"}' } : said),
      }),
      ['takes a field that no page names'],
    ],
  ];
  for (const [what, faultOf, names] of faults) {
    it(`as a cart takes points from one that ${what}`, async () => {
      const login = await loginOf(cartSimulator);
      const fault = faultOf(login.password.reveal());
      const proxy = await startProxy(server.url, fault);
      const results = await conform(candidateAt(proxy.url, cartSimulator, login), () => {});
      await proxy.close();
      expect(results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)).to.deep.equal(names);
    });
  }
});

describe('conform, as Twilio', () => {
  const [usual, faster] = [at(SPEED), at(MORE_SPEED)];
  let connector: Connector | null = null;
  afterEach(async () => {
    await connector?.close();
    connector = null;
  });
  after(() => {
    for (const { wire } of [usual, faster]) wire.close();
  });

  const login = { username: 'conform', password: new Secret('right') };
  const candidate = (url: string, changes: Partial<Candidate> = {}): Candidate => ({
    line: { simulator, url: new URL(url), login, ...usual },
    backend: fixedBackend({}),
    newCall: () => cardCall({ description: 'pizza' }),
    declined: card('4000000000000002'),
    bank: bankAccount('123456789', '110000000'),
    slowAmount: null,
    ...changes,
  });
  const lostBy = async (fault: Fault, changes: Partial<Candidate> = {}, time = usual) => {
    connector = await startConnector(time.clock, fault);
    const { line, ...rest } = candidate(connector.url, changes);
    const results = await conform({ ...rest, line: { ...line, ...time } }, () => {});
    return results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
  };

  it('gives a good connector of somebody else full marks', async () => {
    expect(await lostBy({}, { slowAmount: SLOW_AMOUNT })).to.deep.equal([]);
  });

  it('skips what it cannot know', async () => {
    connector = await startConnector(usual.clock);
    const results = await conform(candidate(connector.url), () => {});
    expect(results.filter(({ outcome }) => outcome === 'skipped')).to.deep.equal([
      {
        name: 'another card after a decline is charged',
        outcome: 'skipped',
        says: 'the provider asks for none in the same transaction',
      },
      {
        name: 'a charge that takes longer than one delivery is approved, once',
        outcome: 'skipped',
        says: 'no --slow-amount is known',
      },
    ]);
  });

  const faults: readonly (readonly [string, Fault, readonly string[]])[] = [
    [
      'forgets every transaction',
      { memory: 'none' },
      [
        'a repeat is answered alike',
        'a repeat is not charged again',
        'repeats at the same time are charged once',
        'a repeat finds the charge whose answer was lost',
        'a repeat with another amount is not charged',
        'a repeat with another tender is not charged',
      ],
    ],
    [
      'remembers a transaction only when it is over',
      { memory: 'finished', takesMs: 500 },
      ['repeats at the same time are charged once'],
    ],
    ['charges again for another amount', { believes: 'amount' }, ['a repeat with another amount is not charged']],
    [
      'charges again for another tender',
      { believes: 'bankaccountnumber' },
      ['a repeat with another tender is not charged'],
    ],
    ['needs a Content-Type', { needsContentType: true }, ['takes an empty Content-Type', 'takes no Content-Type']],
    [
      'reads years of two digits only',
      { refuses: ({ expiry_year: year }) => typeof year === 'string' && year.length > 2 },
      ['takes a year of four digits'],
    ],
    [
      'reads amounts with cents only',
      { refuses: ({ amount }) => amount === '10' },
      ['takes an amount without trailing zeros'],
    ],
    ['needs a security code', { refuses: ({ cvv }) => cvv === null }, ['takes nulls for what was not collected']],
    [
      'refuses what it does not know',
      { refuses: (body) => 'card_holder_hint' in body },
      ['takes a field that no page names'],
    ],
    ['takes no bank accounts', { refuses: (body) => 'bankaccountnumber' in body }, ['a bank account is charged']],
    [
      'calls a token a charge',
      { answers: ({ token_id, ...answer }) => (token_id === undefined ? answer : { ...answer, charge_id: token_id }) },
      ['a card is stored'],
    ],
    ['gives every charge the same id', { answers: (answer) => sameId(answer) }, ['two calls are two charges']],
    ['declines with a status', { declineStatus: 402 }, ['a declined card is told as declined']],
    [
      'declines without a sentence',
      { answers: (answer) => ({ ...answer, error_message: null }) },
      ['a declined card is told as declined'],
    ],
    [
      'believes any password',
      { checksPassword: 'never' },
      ['a wrong password charges nothing', 'missing credentials charge nothing'],
    ],
    ['asks for no credentials', { checksPassword: 'where given' }, ['missing credentials charge nothing']],
  ];
  for (const [what, fault, names] of faults) {
    it(`takes points from one that ${what}`, async () => {
      expect(await lostBy(fault)).to.deep.equal(names);
    });
  }

  it('takes a point from one that begins a slow payment anew at each delivery', async () => {
    const lost = await lostBy({ memory: 'none' }, { slowAmount: SLOW_AMOUNT }, faster);
    expect(lost).to.include('a charge that takes longer than one delivery is approved, once');
  });

  it('takes a point from one that is slow with every charge', async () => {
    expect(await lostBy({ takesMs: 11_000 }, {}, faster)).to.deep.equal([
      "every answer came within the provider's patience",
    ]);
  });

  describe('by the command line', () => {
    const config = loadConfig({});
    const options = {
      as: 'twilio',
      amount: '10.00',
      card: '4111111111111111',
      declinedCard: '4000000000000002',
      bank: '110000000/123456789',
    };
    const run = async (url: string, changes: object) => {
      let written = '';
      const well = await scoreConnector(
        config,
        url,
        { ...options, ...changes },
        {
          json: true,
          write: (text) => (written += text),
        },
      );
      return { well, ...JSON.parse(written) };
    };

    it("prints the score of somebody else's connector, and fails where points were lost", async () => {
      connector = await startConnector(usual.clock, { declineStatus: 402 });
      const { well, score, of, checks } = await run(connector.url, { user: 'conform', password: 'right' });
      expect({ well, score, of }).to.deep.equal({ well: false, score: 20, of: 21 });
      expect(checks).to.have.length(23);
    });

    it('charges with the key of a sandbox only', async () => {
      const thrown = await run('http://localhost:1/vendor/twilio/pay_generic', { key: 'apikey_live' }).catch(
        (error: unknown) => error,
      );
      expect(thrown).to.be.instanceOf(Explained).with.property('message').that.includes('sandbox');
    });

    it('says so where nobody listens, without going through every check', async () => {
      const thrown = await conform(candidate('http://127.0.0.1:1/pay'), () => {}).catch((error: unknown) => error);
      expect(thrown).to.be.instanceOf(Explained).with.property('message', 'Nobody listens at http://127.0.0.1:1.');
    });
  });
});

function sameId(answer: { readonly [name: string]: unknown }) {
  return answer['error_code'] === null && 'charge_id' in answer ? { ...answer, charge_id: 'always' } : answer;
}
