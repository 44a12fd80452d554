/** Whole calls, played against a server over loopback, as the command line plays them. */
import { expect } from 'chai';
import { twilioSimulator } from '../../adapters/twilio/simulator.ts';
import { call } from '../../src/cli/call/call.ts';
import { loadConfig } from '../../src/config.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Call } from '../../src/core/simulator.ts';
import { Explained } from '../../src/failure.ts';
import { type Backend, configBackend } from '../../src/simulate/backend.ts';
import { type Line, playCall } from '../../src/simulate/play.ts';
import { storm } from '../../src/simulate/storm.ts';
import { createWire } from '../../src/simulate/wire.ts';
import { cardCall } from '../support/calls.ts';
import { makeKey } from '../support/carts.ts';
import { fastClock } from '../support/clock.ts';
import { startConnector } from '../support/connectors.ts';
import { card } from '../support/orders.ts';
import { startNode } from '../support/process.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase, type TestDatabase } from '../support/stores.ts';

/** How fast the server's time passes, and the provider's where it is to wait. */
const SPEED = 20;
const SECRET_KEY = 'a secret of tests that is long enough';

describe('a simulated call', () => {
  const [clock, wire] = [systemClock, createWire(systemClock)];
  const hurried = fastClock(SPEED);
  const hurriedWire = createWire(hurried);
  let database: TestDatabase;
  let server: TestServer;
  let line: Line;
  let backend: Backend;

  before(async () => {
    database = await createDatabase('sqlite');
    server = await startServer({ store: await database.open(), clock: hurried, secrets: [new Secret(SECRET_KEY)] });
    const password = new Secret(server.adminKey);
    const url = new URL(`${server.url}${twilioSimulator.path}`);
    line = { simulator: twilioSimulator, url, login: { username: 'api_key', password }, wire, clock };
    backend = configBackend(wire, new URL(server.url), password);
  });
  after(async () => {
    wire.close();
    hurriedWire.close();
    await server.close();
    await database.destroy();
  });

  const prepared = async (changes: Partial<Call> = {}) => {
    const bare = cardCall(changes);
    return { ...bare, parameters: { ...bare.parameters, ...(await backend.parametersFor(bare)) } };
  };
  const chargesOf = async ({ parameters }: Call) => {
    await server.engine.background.idle();
    const entries = await server.ledger.list();
    return entries.filter(({ operation }) => operation?.chargeableId === parameters['payin_config_id']);
  };

  it('is delivered once and approved', async () => {
    const played = await playCall(line, await prepared());
    expect(played.deliveries.map(({ fate }) => fate)).to.deep.equal(['heard']);
    expect(played.ending.verdict).to.equal('approved');
    expect(await chargesOf(played.call)).to.have.length(1);
  });

  it('stores a card where nothing is to be charged', async () => {
    const { ending } = await playCall(line, await prepared({ operation: 'tokenize' }));
    expect(ending.id).to.match(/^sbx_mtd_/);
  });

  it('is repeated where its answers are lost, and charged once', async () => {
    const played = await playCall(line, await prepared(), { loseAnswers: true });
    expect(played.deliveries.map(({ fate }) => fate)).to.deep.equal(['hung_up', 'lost', 'heard']);
    expect(played.ids).to.deep.equal([played.ending.id]);
    expect(await chargesOf(played.call)).to.have.length(1);
  });

  it('is repeated when the patience for one delivery is over', async () => {
    const hurriedLine = { ...line, wire: hurriedWire, clock: hurried };
    const played = await playCall(hurriedLine, await prepared({ amount: '900002.00' }));
    expect(played.deliveries.map(({ fate }) => fate)).to.deep.equal(['timeout', 'heard']);
    expect(played.ending.verdict).to.equal('approved');
    expect(await chargesOf(played.call)).to.have.length(1);
  });

  it('ends in silence where nobody listens, after as many deliveries as the provider makes', async () => {
    const nobody = { ...line, clock: hurried, url: new URL('http://127.0.0.1:1/') };
    const { deliveries, ending } = await playCall(nobody, cardCall());
    expect(deliveries.map(({ fate }) => fate)).to.deep.equal(Array(6).fill('unreachable'));
    expect(ending.verdict).to.equal('silent');
  });

  it('in a storm charges each caller once, whatever answers are lost', async () => {
    const before = (await server.ledger.list()).length;
    const over: number[] = [];
    const play = async () => playCall(line, await prepared(), { loseAnswers: true });
    const summary = await storm(40, play, (count) => over.push(count));
    expect(summary).to.include({ calls: 40, repeats: 80, charges: 40, doubled: 0 });
    expect(summary.verdicts).to.deep.equal({ approved: 40, failed: 0, malformed: 0, silent: 0 });
    expect(over).to.deep.equal(Array.from({ length: 40 }, (_, i) => i + 1));
    expect((await server.ledger.list()).length - before).to.equal(40);
  });

  it('in a storm on one config is approved once', async () => {
    const { parameters } = await prepared();
    const summary = await storm(
      40,
      () => playCall(line, cardCall({ parameters })),
      () => {},
    );
    expect(summary.verdicts).to.include({ approved: 1, failed: 39 });
    expect(summary.charges).to.equal(1);
  });

  it('in a storm on a connector that forgets, sees who was charged twice', async () => {
    const connector = await startConnector(clock, { memory: 'none', checksPassword: 'never' });
    const forgetful = { ...line, url: new URL(connector.url) };
    const summary = await storm(
      5,
      () => playCall(forgetful, cardCall(), { loseAnswers: true }),
      () => {},
    );
    expect(summary).to.include({ calls: 5, doubled: 5, charges: 10 });
    await connector.close();
  });

  it('in a storm that cannot go on begins no more', async () => {
    let begun = 0;
    const play = async () => {
      begun += 1;
      throw new Explained('no config');
    };
    const thrown = await storm(1_000, play, () => {}).catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(Explained);
    expect(begun).to.be.at.most(32);
  });

  it('counts its declines by code', async () => {
    const play = async () => playCall(line, await prepared({ tender: card('4000000000000002') }));
    expect(await storm(2, play, () => {})).to.deep.include({ codes: { DECLINED: 2 }, charges: 0 });
  });

  describe('by the command line', () => {
    const config = () => loadConfig({ STORE_URL: database.url, SECRET_KEY });
    const run = async (options: object, json = true, provider = 'twilio') => {
      let written = '';
      const payment = { amount: '10.00', card: '4111111111111111', url: server.url, ...options };
      const well = await call(config(), provider, payment, { json, write: (text) => (written += text) });
      return { well, written, shown: json ? JSON.parse(written) : null };
    };

    it('needs no key where the store is at hand, and leaves none', async () => {
      const { well, shown } = await run({});
      expect(well).to.equal(true);
      expect(shown.result.verdict).to.equal('approved');
      const keys = await server.store.list('keys', { where: [], sortBy: 'createdAt', order: 'desc', limit: 100 });
      expect(keys.map(({ status }) => status).sort()).to.deep.equal(['DELETED', ...keys.slice(1).map(() => 'ENABLED')]);
    });

    it('shows what the caller keys, the request, the reply and what the application gets, and no secret', async () => {
      const { written, shown } = await run({ key: server.adminKey });
      expect(shown).to.have.all.keys(
        'provider',
        'transaction_id',
        'parameters',
        'caller',
        'deliveries',
        'result',
        'application',
        'remarks',
      );
      expect(shown.application[0].fields.PaymentConfirmationCode).to.equal(shown.result.id);
      expect(written).to.not.include('4111111111111111').and.not.include(server.adminKey);
      expect(shown.deliveries[0].request.headers.Authorization).to.equal('Basic ****');
    });

    it('repeats no account number and no control character after a connector', async () => {
      const connector = await startConnector(clock, {
        checksPassword: 'never',
        answers: (answer, { cardnumber }) => ({ ...answer, parameters: { [`card ${cardnumber}`]: '\u001b[2J' } }),
      });
      for (const json of [true, false]) {
        const { written } = await run({ url: connector.url, key: 'any', config: 'cfg_1' }, json);
        expect(written).to.include('PayConnector_card ****').and.not.include('4111111111111111');
        expect(written).to.not.include('\u001b[2J');
      }
      await connector.close();
    });

    it('pays a given config with a key that can make none', async () => {
      const { parameters } = await prepared();
      const { shown } = await run({ key: server.connectorKey, config: parameters['payin_config_id'] });
      expect(shown.result.verdict).to.equal('approved');
    });

    it('charges a bank account', async () => {
      const { shown } = await run({ bank: true });
      expect(shown.result.verdict).to.equal('approved');
      expect(shown.deliveries[0].request.body).to.include('xxxxxxx89');
    });

    it('opens a cart and pays it, with a token that nobody sees', async () => {
      for (const json of [true, false]) {
        const { well, written } = await run({}, json, 'cart');
        expect(well).to.equal(true);
        expect(written)
          .to.match(/[A-Z][0-9]{10}/)
          .and.to.include('10.00 with a card, press 1');
        expect(written).to.not.match(/4111111111111111|eyJ[\w-]+\.|apikey_/);
      }
      const { shown } = await run({ bank: true }, true, 'cart');
      const paths = shown.deliveries.map(({ request }: { request: { url: string } }) => new URL(request.url).pathname);
      expect(paths.slice(0, 2)).to.deep.equal(['/api/v1/oauth/token', '/api/v1/pay/voice/carts']);
      expect(paths[2]).to.match(/^\/api\/v1\/pay\/voice\/carts\/[0-9a-f-]{36}\/payments\/echeck$/);
    });

    it('opens a cart with a given key as it is, for its id is not known', async () => {
      const { secret } = await makeKey(server, ['cart:create', 'cart:read', 'payin:create'], {
        merchant: { merchant_id: server.account.merchant.id },
      });
      const { shown, written } = await run({ key: secret }, true, 'cart');
      expect(shown.result.verdict).to.equal('approved');
      const urls = shown.deliveries.map(({ request }: { request: { url: string } }) => request.url);
      expect(urls[0]).to.equal(`${server.url}/api/v1/pay/voice/carts`);
      expect(urls).to.have.length(2);
      expect(written).to.not.include(secret);
    });

    it('of carts whose answers are lost charges each caller once', async () => {
      const before = (await server.ledger.list()).length;
      const { well, shown } = await run({ storm: '20', loseAnswers: true }, true, 'cart');
      expect(well).to.equal(true);
      expect(shown).to.include({ calls: 20, charges: 20, doubled: 0 });
      expect((await server.ledger.list()).length - before).to.equal(20);
    });

    it('pays with a second card after a decline, where the provider asks again', async () => {
      for (const provider of ['signalwire', 'cart']) {
        const { shown } = await run({ card: '4000000000000002', thenCard: '4111111111111111' }, true, provider);
        expect(shown.result, provider).to.include({ verdict: 'approved' });
        expect(shown.result.ids, provider).to.have.length(1);
      }
    });

    it('posts the generic form', async () => {
      const { shown } = await run({}, true, 'generic');
      expect(shown.result.id).to.match(/^sbx_pyi_/);
      expect(shown.application[0].fields).to.include({ status: 'approved', amount: 1000 });
    });

    it('prints the sum of a storm', async () => {
      const { well, shown } = await run({ storm: '5', loseAnswers: true });
      expect(well).to.equal(true);
      expect(shown).to.include({ calls: 5, charges: 5, doubled: 0 });
    });

    it('is typed as the help says, and fails where the call was not answered', async () => {
      const cli = async (...args: readonly string[]) => {
        const env = { ...process.env, STORE_URL: database.url, SECRET_KEY, TOLLBRIDGE_KEY: server.adminKey };
        const running = startNode('src/cli/main.ts', args, { env });
        await running.ended;
        return { code: running.process.exitCode, output: running.output() };
      };
      const [paid, unpaid, snippet, unset, help] = await Promise.all([
        cli('call', 'twilio', '--url', server.url, '--amount', '12.50', '--json'),
        cli('call', 'twilio', '--url', server.url, '--card', '41'),
        cli('snippet', 'twilio', '--config', 'cfg_1', '--bank'),
        cli('snippet', 'twilio', '--config', ''),
        cli('help', 'call'),
      ]);
      expect(paid.code, paid.output).to.equal(0);
      expect(JSON.parse(paid.output).deliveries[0].request.body).to.include('"amount":"12.50"');
      expect(unpaid).to.deep.equal({ code: 1, output: '--card must be 12 to 19 digits.\n' });
      expect(snippet.output).to.include('paymentMethod="ach-debit"');
      expect(unset.code).to.equal(1);
      expect(unset.output).to.include('--config').and.not.include('<Pay');
      expect(help.output).to.include('signalwire, telnyx, twilio');
    });

    it('says so of a server that is not there, where the call itself is the first to ask', async () => {
      const nobody = { key: 'any', url: 'http://127.0.0.1:1' };
      for (const [provider, options] of [
        ['cart', nobody],
        ['generic', { ...nobody, config: 'cfg_1' }],
      ] as const) {
        const error = await run(options, true, provider).catch((thrown: unknown) => thrown);
        expect(error, provider)
          .to.be.instanceOf(Explained)
          .with.property('message')
          .that.matches(/^Nobody answers at http:\/\/127\.0\.0\.1:1\./);
      }
    });

    const wrong: readonly (readonly [string, object, RegExp])[] = [
      ['a key that cannot make configs', { key: 'connector' }, /cannot make configs/],
      ['a key that nobody knows', { key: 'sbx_apikey_none' }, /does not know/],
      [
        'a server that is not there',
        { key: 'any', url: 'http://127.0.0.1:1' },
        /Nobody answers at http:\/\/127\.0\.0\.1:1/,
      ],
      ['an amount that is none', { amount: '10,00' }, /--amount/],
      ['a card that is none', { card: '4111 1111' }, /--card/],
      ['an account that is none', { bank: '123' }, /--bank/],
      ['a parameter without a value', { parameter: ['name'] }, /--parameter/],
      ['a second card that nobody asks for', { thenCard: '4111111111111111' }, /asks for no second card/],
      ['a storm of no calls', { storm: '0' }, /--storm/],
      ['a server that is no URL', { url: 'localhost' }, /The URL must be/],
      ['a key that would leave this machine', { url: 'https://pay.example' }, /--key is needed/],
    ];
    for (const [what, options, says] of wrong) {
      it(`says so of ${what}`, async () => {
        const key = Reflect.get(options, 'key') === 'connector' ? { key: server.connectorKey } : {};
        const error = await run({ ...options, ...key }).catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(Explained).with.property('message').that.matches(says);
      });
    }
  });
});
