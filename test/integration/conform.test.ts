/** That the score is full for our own server and a good connector, and that each fault costs the points meant for it. */
import { expect } from 'chai';
import { twilioSimulator as simulator } from '../../adapters/twilio/simulator.ts';
import { scoreConnector } from '../../src/cli/call/conform.ts';
import { loadConfig } from '../../src/config.ts';
import { Secret } from '../../src/core/secret.ts';
import { Explained } from '../../src/failure.ts';
import { configBackend, fixedBackend } from '../../src/simulate/backend.ts';
import type { Candidate } from '../../src/simulate/checks.ts';
import { conform } from '../../src/simulate/conform.ts';
import type { Line } from '../../src/simulate/play.ts';
import { createWire } from '../../src/simulate/wire.ts';
import { cardCall } from '../support/calls.ts';
import { fastClock } from '../support/clock.ts';
import { type Connector, type Fault, SLOW_AMOUNT, startConnector } from '../support/connectors.ts';
import { bankAccount, card } from '../support/orders.ts';
import { startServer } from '../support/server.ts';
import { createDatabase } from '../support/stores.ts';

/** How fast time passes, and where every delivery is to be waited for. */
const [SPEED, MORE_SPEED] = [5, 60];

describe('conform, as Twilio', () => {
  const at = (speed: number): Pick<Line, 'clock' | 'wire'> => {
    const clock = fastClock(speed);
    return { clock, wire: createWire(clock) };
  };
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

  it('gives our own server full marks', async () => {
    const database = await createDatabase('sqlite');
    const server = await startServer({ store: await database.open(), clock: usual.clock });
    const key = new Secret(server.adminKey);
    const own = candidate(`${server.url}${simulator.path}`, {
      backend: configBackend(usual.wire, new URL(server.url), key),
      slowAmount: '900002.00',
    });
    const line = { ...own.line, login: { username: 'api_key', password: key } };
    const told: string[] = [];
    const results = await conform({ ...own, line }, ({ name }) => told.push(name));
    expect(results.filter(({ outcome }) => outcome !== 'passed')).to.deep.equal([]);
    expect(results).to.have.length(21);
    expect(told).to.deep.equal(results.map(({ name }) => name));
    await server.close();
    await database.destroy();
  });

  it('gives a good connector of somebody else full marks', async () => {
    expect(await lostBy({}, { slowAmount: SLOW_AMOUNT })).to.deep.equal([]);
  });

  it('skips what it cannot know', async () => {
    connector = await startConnector(usual.clock);
    const results = await conform(candidate(connector.url), () => {});
    expect(results.filter(({ outcome }) => outcome === 'skipped')).to.deep.equal([
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
      ],
    ],
    [
      'remembers a transaction only when it is over',
      { memory: 'finished', takesMs: 500 },
      ['repeats at the same time are charged once'],
    ],
    ['charges again for another amount', { believesAmounts: true }, ['a repeat with another amount is not charged']],
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
      expect({ well, score, of }).to.deep.equal({ well: false, score: 19, of: 20 });
      expect(checks).to.have.length(21);
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
