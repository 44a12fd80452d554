/**
 * Stripe's settings: its key decides whether it is test money, no live key stands beside the sandbox or goes to a
 * stand-in, and either goes to Stripe's own host unless there is one.
 */
import { expect } from 'chai';
import nock from 'nock';
import { ConfigError, type Environment, loadConfig } from '../../src/config.ts';
import { systemClock } from '../../src/core/clock.ts';
import { openStripe } from '../../src/processors/stripe/open.ts';
import { openRuntime } from '../../src/runtime.ts';
import { captureLog } from '../support/log.ts';
import { chargeOrder, upstreamOrder } from '../support/orders.ts';
import { createDatabase } from '../support/stores.ts';

const REST = 'ofTheTestsAlone';
const KEYS = ['sk_test', 'rk_test', 'sk_live', 'rk_live'].map((lead) => `${lead}_${REST}`);
const isLive = (key: string) => key.includes('live');
const LIVE_URL = 'http://127.0.0.1:12111';

function problemsOf(env: Environment): readonly string[] {
  try {
    loadConfig(env, []);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the settings of Stripe', () => {
  for (const key of KEYS) {
    for (const processor of ['sandbox', 'stripe']) {
      for (const url of ['', LIVE_URL]) {
        const wrong = [
          ...(processor === 'sandbox' && isLive(key) ? ['PROCESSOR'] : []),
          ...(url !== '' && isLive(key) ? ['STRIPE_URL'] : []),
        ];
        it(`${wrong.length === 0 ? 'take' : 'refuse'} ${key.slice(0, 7)} behind ${processor} at ${url || "Stripe's host"}`, () => {
          const env = { STRIPE_SECRET_KEY: key, PROCESSOR: processor, STRIPE_URL: url };
          const problems = problemsOf(env);
          expect(problems.map((problem) => problem.split(' ')[0])).to.deep.equal(wrong);
          expect(problems.join(' ')).to.not.include(REST);
        });
      }
    }

    it(`send ${key.slice(0, 7)} to Stripe's own host, as ${isLive(key) ? 'real' : 'test'} money`, async () => {
      const { stripe } = loadConfig({ STRIPE_SECRET_KEY: key, PROCESSOR: 'stripe' }, []);
      const scope = nock('https://api.stripe.com', { reqheaders: { authorization: `Bearer ${key}` } })
        .replyContentLength()
        .get('/v1/payment_intents')
        .query({ limit: 1 })
        .reply(200, { object: 'list', data: [] });
      const processor = openStripe(stripe, systemClock, () => {});
      expect(processor?.sandbox).to.equal(!isLive(key));
      await processor?.ping();
      await processor?.close();
      expect(scope.isDone()).to.equal(true);
    });
  }

  it('need the key where it is the processor, and know what is none', () => {
    expect(problemsOf({ PROCESSOR: 'stripe' })).to.deep.equal([
      'PROCESSOR must not be stripe without STRIPE_SECRET_KEY',
    ]);
    for (const key of ['pk_test_ofTheTestsAlone', 'sk_test_', 'sk_test_with blanks', 'whsec_ofTheTestsAlone']) {
      expect(problemsOf({ STRIPE_SECRET_KEY: key })[0], key).to.match(/^STRIPE_SECRET_KEY must be/);
    }
  });

  for (const url of [
    'https://api.stripe.com',
    'http://stripe.example.com',
    'http://127.0.0.1/v1',
    'http://u:p@localhost',
  ]) {
    it(`refuse ${url} for a stand-in`, () => {
      const env = { STRIPE_SECRET_KEY: KEYS[0] ?? '', STRIPE_URL: url };
      expect(problemsOf(env)[0]).to.match(/^STRIPE_URL must be/);
    });
  }

  it('take bank accounts only where they say so', async () => {
    const tendersOf = async (env: Environment) => {
      const processor = openStripe(
        loadConfig({ STRIPE_SECRET_KEY: KEYS[0] ?? '', ...env }, []).stripe,
        systemClock,
        () => {},
      );
      await processor?.close();
      return processor?.tenders;
    };
    expect(await tendersOf({})).to.deep.equal(['card']);
    expect(await tendersOf({ STRIPE_BANK_ACCOUNTS: 'unverified' })).to.deep.equal(['card', 'bank_account']);
  });

  it('raise an alarm that names the key, and never shows it, where Stripe does not take it', async () => {
    const database = await createDatabase('sqlite');
    const captured = captureLog();
    const env = { STRIPE_SECRET_KEY: KEYS[0] ?? '', STORE_URL: database.url };
    const { processors, close } = await openRuntime(loadConfig(env, []), captured.log);
    nock('https://api.stripe.com')
      .replyContentLength()
      .get('/v1/payment_intents')
      .query({ limit: 1 })
      .reply(401, { error: { type: 'invalid_request_error' } });
    const failed = await processors
      .of('stripe')
      ?.ping()
      .then(() => false)
      .catch(() => true);
    await close();
    await database.destroy();
    expect(failed).to.equal(true);
    const [alarm] = captured.entries('alarm');
    expect(alarm).to.include({
      level: 'error',
      alarm: 'credentials_refused',
      processor: 'stripe',
      setting: 'STRIPE_SECRET_KEY',
    });
    expect(captured.lines().join()).to.not.include(REST);
  });

  it('take no payment intent of test mode for a live key, nor the reverse', async () => {
    for (const key of KEYS) {
      const { stripe } = loadConfig({ STRIPE_SECRET_KEY: key, PROCESSOR: 'stripe' }, []);
      const processor = openStripe(stripe, systemClock, () => {});
      const order = upstreamOrder(chargeOrder());
      const made = {
        id: 'pi_1',
        amount: 1000,
        currency: 'usd',
        metadata: { tollbridge_chargeable: order.chargeableId },
      };
      const prepared = async (livemode: boolean) => {
        nock('https://api.stripe.com')
          .replyContentLength()
          .post('/v1/payment_intents')
          .reply(200, { ...made, livemode });
        return processor?.prepare?.(order);
      };
      expect(await prepared(!isLive(key))).to.deep.equal({ kind: 'refused' });
      expect(await prepared(isLive(key))).to.deep.equal({ kind: 'ready', upstream: 'pi_1' });
      await processor?.close();
    }
  });

  const [testKey = '', , liveKey = ''] = KEYS;
  const opened: readonly [Environment, readonly string[]][] = [
    [{ STRIPE_SECRET_KEY: testKey }, ['sandbox', 'stripe']],
    [{ STRIPE_SECRET_KEY: testKey, PROCESSOR: 'stripe' }, ['stripe']],
    [{ STRIPE_SECRET_KEY: liveKey, PROCESSOR: 'stripe' }, ['stripe']],
  ];
  for (const [env, names] of opened) {
    it(`open ${names.join(' and ')} with PROCESSOR ${env['PROCESSOR'] ?? 'unset'} and ${env['STRIPE_SECRET_KEY']?.slice(0, 7)}`, async () => {
      const database = await createDatabase('sqlite');
      const runtime = await openRuntime(loadConfig({ ...env, STORE_URL: database.url }, []), captureLog().log);
      const { all, route, sandbox } = runtime.processors;
      await runtime.close();
      await database.destroy();
      expect(all.map(({ name }) => name)).to.deep.equal(names);
      expect(route.processor).to.equal(names[0]);
      expect(sandbox).to.equal(env['STRIPE_SECRET_KEY'] === testKey);
    });
  }
});
