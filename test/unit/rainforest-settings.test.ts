/**
 * Rainforest's settings: what belongs to its sandbox never reaches the live host, nor the reverse, in any combination; and
 * a server's processors are all for test money or all for real money.
 */
import { expect } from 'chai';
import nock from 'nock';
import { ConfigError, type Environment, loadConfig } from '../../src/config.ts';
import { systemClock } from '../../src/core/clock.ts';
import { openRainforest } from '../../src/processors/rainforest/open.ts';
import { openRuntime } from '../../src/runtime.ts';
import { captureLog } from '../support/log.ts';
import { createDatabase } from '../support/stores.ts';

const HOSTS = { sandbox: 'https://api.sandbox.rainforestpay.com', production: 'https://api.rainforestpay.com' };
const IDENTITIES = {
  RAINFOREST_CONFIG_KEY: `apikey_${'c'.repeat(64)}`,
  RAINFOREST_PAYIN_KEY: `apikey_${'d'.repeat(64)}`,
  RAINFOREST_PLATFORM_ID: 'plt_2A4d6U0tMyovzTbVT1ktmRzdRaD',
  RAINFOREST_MERCHANT_ID: 'mid_2DrDFJPutxE5AIbJSopAnqniEbr',
};
const NAMES = Object.keys(IDENTITIES) as readonly (keyof typeof IDENTITIES)[];
/** All of one environment: text `sbx_` in front, or nothing. */
const all = (lead: string): Environment =>
  Object.fromEntries(NAMES.map((name) => [name, `${lead}${IDENTITIES[name]}`]));

function problemsOf(env: Environment): readonly string[] {
  try {
    loadConfig(env, []);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** Every way to choose one of each list. */
function product<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return lists.reduce<readonly (readonly T[])[]>(
    (ways, list) => ways.flatMap((way) => list.map((one) => [...way, one])),
    [[]],
  );
}

describe('the settings of Rainforest', () => {
  const environments = ['sandbox', 'production'] as const;

  for (const environment of environments) {
    for (const processor of ['sandbox', 'rainforest']) {
      for (const leads of product(NAMES.map(() => ['', 'sbx_']))) {
        const wanted = environment === 'sandbox' ? 'sbx_' : '';
        const wrong = NAMES.filter((_, i) => leads[i] !== wanted);
        const mixed = environment === 'production' && processor === 'sandbox';
        const shown = leads.map((lead) => lead || 'live').join(', ');
        it(`${wrong.length === 0 && !mixed ? 'take' : 'refuse'} ${shown} for ${environment} behind ${processor}`, () => {
          const given = Object.fromEntries(NAMES.map((name, i) => [name, `${leads[i]}${IDENTITIES[name]}`]));
          const env = { RAINFOREST_ENVIRONMENT: environment, PROCESSOR: processor, ...given };
          const expected = [...wrong, ...(mixed ? ['PROCESSOR'] : [])];
          expect(problemsOf(env).map((problem) => problem.split(' ')[0])).to.deep.equal(expected);
        });
      }
    }

    it(`send the keys of ${environment} to its own host, and to no other`, async () => {
      const env = { RAINFOREST_ENVIRONMENT: environment, PROCESSOR: 'rainforest' };
      const config = loadConfig({ ...env, ...all(environment === 'sandbox' ? 'sbx_' : '') }, []);
      const page = { status: 'SUCCESS', data: { results: [] }, errors: null };
      const scope = nock(HOSTS[environment])
        .replyContentLength()
        .get('/v1/payins')
        .query({ limit: 1 })
        .reply(200, page);
      const processor = openRainforest(config.rainforest, systemClock, () => {});
      expect(processor?.sandbox).to.equal(environment === 'sandbox');
      await processor?.ping();
      await processor?.close();
      expect(scope.isDone()).to.equal(true);
    });
  }

  it('belong together, and are needed where it is the processor', () => {
    expect(problemsOf({ PROCESSOR: 'rainforest' })[0]).to.match(/^PROCESSOR .*RAINFOREST_CONFIG_KEY/);
    for (const name of NAMES.slice(0, 3)) {
      const problems = problemsOf({ ...all('sbx_'), [name]: '' });
      expect(problems, name).to.have.lengthOf(1);
      expect(problems[0]).to.include(name).and.include('together');
    }
    const key = `sbx_${IDENTITIES.RAINFOREST_PAYIN_KEY}`;
    expect(problemsOf({ ...all('sbx_'), RAINFOREST_CONFIG_KEY: key })[0]).to.match(/^RAINFOREST_PAYIN_KEY .*another/);
  });

  for (const environment of environments) {
    for (const mode of ['test', 'live']) {
      for (const processor of ['rainforest', 'stripe', 'sandbox']) {
        const isMixed = (environment === 'production') !== (mode === 'live');
        it(`${isMixed ? 'refuse' : 'take'} ${environment} beside a ${mode} key of Stripe behind ${processor}, in words`, () => {
          const env = {
            ...all(environment === 'sandbox' ? 'sbx_' : ''),
            RAINFOREST_ENVIRONMENT: environment,
            STRIPE_SECRET_KEY: `sk_${mode}_ofTheTestsAlone`,
            PROCESSOR: processor,
          };
          const told = problemsOf(env).filter((problem) => problem.startsWith('STRIPE_SECRET_KEY must be'));
          expect(told).to.have.lengthOf(isMixed ? 1 : 0);
          if (processor !== 'sandbox') expect(problemsOf(env)).to.deep.equal(told);
        });
      }
    }
  }

  const urls: readonly [string, boolean][] = [
    ['http://127.0.0.1:8080', true],
    ['https://bridge.example.com', true],
    ['https://rainforestpay.com.example.com', true],
    ['http://bridge.example.com', false],
    ['https://bridge.example.com/v1', false],
    ['https://api.rainforestpay.com', false],
    ['https://API.SANDBOX.RAINFORESTPAY.COM', false],
    ['https://api.rainforestpay.com.', false],
    ['https://api.rainforestpay.com:8443', false],
  ];
  for (const [url, good] of urls) {
    it(`${good ? 'take' : 'refuse'} the RAINFOREST_URL ${url}`, () => {
      expect(problemsOf({ ...all('sbx_'), RAINFOREST_URL: url })).to.have.lengthOf(good ? 0 : 1);
    });
  }

  const opened: readonly [Environment, readonly string[]][] = [
    [{}, ['sandbox']],
    [all('sbx_'), ['sandbox', 'rainforest']],
    [{ ...all('sbx_'), PROCESSOR: 'rainforest' }, ['rainforest']],
    [{ ...all(''), PROCESSOR: 'rainforest', RAINFOREST_ENVIRONMENT: 'production' }, ['rainforest']],
  ];
  for (const [env, names] of opened) {
    it(`open ${names.join(' and ')} with PROCESSOR ${env['PROCESSOR'] ?? 'unset'} (${env['RAINFOREST_ENVIRONMENT'] ?? 'sandbox'})`, async () => {
      const database = await createDatabase('sqlite');
      const runtime = await openRuntime(loadConfig({ ...env, STORE_URL: database.url }, []), captureLog().log);
      const { all: processors, route, sandbox } = runtime.processors;
      await runtime.close();
      await database.destroy();
      expect(processors.map(({ name }) => name)).to.deep.equal(names);
      expect(route.processor).to.equal(names[0]);
      expect(sandbox).to.equal(env['RAINFOREST_ENVIRONMENT'] !== 'production');
    });
  }
});
