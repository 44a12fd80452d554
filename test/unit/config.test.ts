/** Settings: what the environment may say, what stops the start, and the key file beside the embedded store. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { type Config, ConfigError, type Environment, loadConfig } from '../../src/config.ts';
import { loadSecretKeys } from '../../src/secret-keys.ts';
import { SETTINGS, type Setting } from '../../src/settings.ts';

const SECRET = 'an-old-secret-of-thirty-two-chars-or-more';
const NEW_SECRET = 'a-new-secret-of-thirty-two-chars-or-more';

const ALL: readonly Setting<unknown>[] = Object.values(SETTINGS).flatMap((group): Setting<unknown>[] =>
  Object.values(group),
);

function problemsOf(env: Environment, flags: readonly string[] = []): readonly string[] {
  try {
    loadConfig(env, flags);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('settings', () => {
  it('start with nothing set', () => {
    const config = loadConfig({});
    expect(config.production).to.equal(false);
    expect(config.server).to.include({ port: 8080, host: '127.0.0.1', publicUrl: null, maxBodyBytes: 32_768 });
    expect(config.store.location).to.deep.equal({ kind: 'sqlite', path: './data/tollbridge.db' });
    expect(config.secrets.keys).to.equal(null);
    expect(config.processor).to.deep.equal({ name: 'sandbox', deadlineMs: 60_000, sandboxSettleMs: 86_400_000 });
    expect(config.retention).to.deep.equal({ attemptDays: 400, configDays: 400, idempotencyDays: 30 });
  });

  it('listen on every address in production, unless told otherwise', () => {
    const production = { NODE_ENV: 'production', SECRET_KEY: SECRET };
    expect(loadConfig(production).server.host).to.equal('0.0.0.0');
    expect(loadConfig({ ...production, HOST: '::1' }).server.host).to.equal('::1');
  });

  it('take an empty value as unset and ignore keys of others', () => {
    expect(loadConfig({ PORT: '', SECRET_KEY: '', PATH: '/bin', MAX_PORT: 'x' })).to.deep.equal(loadConfig({}));
  });

  it('are frozen to the last value', () => {
    const config = loadConfig({ SECRET_KEY: SECRET });
    for (const value of [config, ...Object.values(config), config.store.location, config.secrets.keys]) {
      expect(Object.isFrozen(value)).to.equal(true);
    }
  });

  it('list everything that is wrong, by key', () => {
    const wrong = { NODE_ENV: 'production', PORT: '80.5', HOST: 'a b', PROCESSOR: 'bank', MAX_JSON_DEPTH: '2' };
    const problems = problemsOf({ ...wrong, NODE_TLS_REJECT_UNAUTHORIZED: '0' }, ['--insecure-http-parser']);
    const keys = ['PORT', 'HOST', 'MAX_JSON_DEPTH', 'PROCESSOR', 'SECRET_KEY', 'NODE_TLS_REJECT_UNAUTHORIZED', 'Node'];
    expect(problems.map((problem) => /^\w+/.exec(problem)?.[0])).to.deep.equal(keys);
  });

  for (const { key } of ALL) {
    it(`name ${key} and never its value`, () => {
      const canary = 'c n@ry';
      try {
        loadConfig({ [key]: canary });
        expect.fail('accepted');
      } catch (error) {
        expect(error).to.be.instanceOf(ConfigError);
        expect(inspect(error)).to.include(key).and.not.include(canary);
      }
    });
  }

  for (const setting of ALL) {
    const [, min, max] = / from ([0-9]+) to ([0-9]+)$/.exec(setting.form)?.map(Number) ?? [];
    if (min === undefined || max === undefined) continue;
    it(`take ${setting.key} from ${min} to ${max}, written in plain digits`, () => {
      expect(setting.parse(String(min))).to.equal(min);
      expect(setting.parse(String(max))).to.equal(max);
      const wrong = [`${min - 1}`, `${max + 1}`, `${min}.5`, ` ${max}`, '1e3', '0x40', '+64', '١٢٨', 'NaN', 'Infinity'];
      for (const text of wrong) expect(setting.parse(text), text).to.equal(undefined);
    });
  }

  it('declare each key once, with a default that can be used and a sentence', () => {
    expect(new Set(ALL.map(({ key }) => key)).size).to.equal(ALL.length);
    for (const { key, default: byDefault, productionDefault, about, parse } of ALL) {
      for (const text of [byDefault ?? [], productionDefault ?? []].flat())
        expect(parse(text), key).to.not.equal(undefined);
      expect(about, key).to.match(/^[A-Z].*\.$/);
    }
  });

  const urls: readonly [string, string | null][] = [
    ['https://pay.example.com', 'https://pay.example.com'],
    ['https://pay.example.com:8443/bridge/', 'https://pay.example.com:8443/bridge'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://127.1.2.3', 'http://127.1.2.3'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://pay.example.com', null],
    ['http://127.0.0.1.example.com', null],
    ['https://user:word@pay.example.com', null],
    ['https://pay.example.com/?a=b', null],
    ['https://pay.example.com/#a', null],
    ['ftp://localhost', null],
    ['pay.example.com', null],
  ];
  for (const [text, value] of urls) {
    it(`${value === null ? 'refuse' : 'take'} the PUBLIC_URL ${text}`, () => {
      if (value === null) expect(problemsOf({ PUBLIC_URL: text })).to.have.lengthOf(1);
      else expect(loadConfig({ PUBLIC_URL: text }).server.publicUrl).to.equal(value);
    });
  }

  it('take a MongoDB URL as a secret, and only with a SECRET_KEY', () => {
    const url = 'mongodb://user:pa55word@a.example:27017,b.example/tollbridge?replicaSet=rs0';
    const config = loadConfig({ STORE_URL: url, SECRET_KEY: SECRET });
    const { location } = config.store;
    expect(location.kind === 'mongo' && location.url.reveal()).to.equal(url);
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config))
      .to.not.include('pa55word')
      .and.not.include(SECRET);
    expect(problemsOf({ STORE_URL: 'mongodb+srv://a.example/' })).to.match(/^SECRET_KEY is required/);
  });

  for (const text of [
    'sqlite:',
    'sqlite::memory:',
    'sqlite://data/a.db',
    'data/a.db',
    'mongodb://',
    'postgres://a/b',
  ]) {
    it(`refuse the STORE_URL ${text}`, () => {
      expect(problemsOf({ STORE_URL: text })).to.have.lengthOf(1);
    });
  }

  it('keep several secret keys in their order, none of them short', () => {
    const keys = loadConfig({ SECRET_KEY: `${NEW_SECRET}, ${SECRET}` }).secrets.keys;
    expect(keys?.map((key) => key.reveal())).to.deep.equal([NEW_SECRET, SECRET]);
    for (const text of [`${SECRET},`, `${SECRET},short`, SECRET.slice(0, 31)]) {
      expect(problemsOf({ SECRET_KEY: text })).to.have.lengthOf(1);
    }
  });

  it('refuse timeouts that contradict each other', () => {
    expect(problemsOf({ VAULT_PORT: '8080' })).to.deep.equal(['VAULT_PORT must be another port than PORT']);
    expect(problemsOf({ VAULT_PORT: '0', PORT: '0' })).to.deep.equal([]);
    expect(problemsOf({ HEADERS_TIMEOUT_MS: '15001' })).to.match(/^HEADERS_TIMEOUT_MS must not be longer/);
    expect(problemsOf({ SHUTDOWN_GRACE_MS: '59999' })).to.match(/^SHUTDOWN_GRACE_MS must not be shorter/);
    expect(problemsOf({ SHUTDOWN_GRACE_MS: '2000', PROCESSOR_DEADLINE_MS: '2000' })).to.deep.equal([]);
  });

  it('refuse flags of Node that take a protection away', () => {
    const production = { NODE_ENV: 'production', SECRET_KEY: SECRET };
    expect(problemsOf({ NODE_OPTIONS: '--max-old-space-size=64 --insecure_http_parser' })).to.have.lengthOf(1);
    expect(problemsOf({}, ['--inspect=0', '--import=tsx'])).to.deep.equal([]);
    expect(problemsOf(production, ['--inspect-brk', '--heapsnapshot-signal=SIGUSR2', '--import=tsx'])).to.have.lengthOf(
      2,
    );
    expect(problemsOf({ NODE_TLS_REJECT_UNAUTHORIZED: '1' })).to.deep.equal([]);
  });
});

describe('secret keys', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollbridge-keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const configFor = (name: string, env: Environment = {}): Config =>
    loadConfig({ STORE_URL: `sqlite:${join(folder, name)}`, ...env });
  const reveal = (config: Config) => loadSecretKeys(config).map((key) => key.reveal());

  it('are made once beside the embedded store, for its owner only', () => {
    const config = configFor('new/a.db');
    const made = reveal(config);
    expect(made).to.have.lengthOf(1);
    expect(made[0]).to.have.lengthOf.at.least(32);
    expect(reveal(config)).to.deep.equal(made);
    expect(reveal(configFor('b.db'))).to.not.deep.equal(made);
    expect(readdirSync(join(folder, 'new'))).to.deep.equal(['a.db.key']);
    expect(statSync(join(folder, 'new/a.db.key')).mode & 0o777).to.equal(0o600);
  });

  it('come from SECRET_KEY alone where it is set', () => {
    expect(reveal(configFor('a.db', { SECRET_KEY: SECRET }))).to.deep.equal([SECRET]);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('are read newest first from a file that was rotated by hand', () => {
    writeFileSync(join(folder, 'a.db.key'), `${NEW_SECRET},${SECRET}\n`);
    expect(reveal(configFor('a.db'))).to.deep.equal([NEW_SECRET, SECRET]);
  });

  it('refuse a damaged file and leave it as it is', () => {
    const file = join(folder, 'a.db.key');
    writeFileSync(file, 'cut sho');
    expect(() => reveal(configFor('a.db')))
      .to.throw(ConfigError)
      .with.property('message')
      .that.does.not.include('cut');
    expect(readFileSync(file, 'utf8')).to.equal('cut sho');
  });

  it('are the same for processes that start at the same moment', async () => {
    const stores = Array.from({ length: 25 }, (_, i) => `${i}.db`);
    const program = `
      import { loadConfig } from './src/config.ts';
      import { loadSecretKeys } from './src/secret-keys.ts';
      process.once('message', (urls) => {
        process.send(urls.map((STORE_URL) => loadSecretKeys(loadConfig({ STORE_URL })).map((key) => key.reveal())));
        process.disconnect();
      });
      process.send('ready');`;
    const file = join(folder, 'start.ts');
    writeFileSync(file, program.replaceAll("'./src", `'${join(import.meta.dirname, '../../src')}`));
    const starts = Array.from({ length: 3 }, () => fork(file, { execArgv: ['--import', 'tsx'] }));
    await Promise.all(starts.map((start) => once(start, 'message')));
    const answers = starts.map((start) => once(start, 'message'));
    for (const start of starts) start.send(stores.map((name) => `sqlite:${join(folder, name)}`));
    const [first, ...others] = (await Promise.all(answers)).map(([keys]) => keys);
    expect(first).to.have.lengthOf(stores.length);
    for (const other of others) expect(other).to.deep.equal(first);
  });
});
