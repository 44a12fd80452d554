/** Adapters that `ADAPTERS` names: loaded, served and refused, by the loader's own door and by whole processes. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigError } from '../../src/config.ts';
import { loadAdapters } from '../../src/outside-adapters.ts';
import { exchange } from '../support/exchange.ts';
import { type ServerProcess, startMain, startNode } from '../support/process.ts';
import { basic } from '../support/refusals.ts';
import { ROOT } from '../support/sources.ts';
import { api } from '../support/twilio.ts';

const ACME = join(ROOT, 'test/kit/outside/acme.ts');
const SECRET_KEY = 'a secret that only tests know and that is long enough';

describe('ADAPTERS', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollbridge-adapters-'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules/tollbridge'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A module beside the working directory; its path as `ADAPTERS` has it. */
  function moduleOf(name: string, code: string): string {
    writeFileSync(join(folder, `${name}.mjs`), code);
    return `./${name}.mjs`;
  }

  /** Acme's adapter with other members. */
  const acmeWith = (name: string, members: string) =>
    moduleOf(name, `import acme from ${JSON.stringify(ACME)};\nexport default { ...acme, ${members} };\n`);

  async function problemsOf(...modules: readonly string[]): Promise<readonly string[]> {
    try {
      await loadAdapters(modules, folder);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
  }

  it('are put behind those of the tree, in their order', async () => {
    const other = acmeWith('other', "name: 'other', routes: [{ method: 'POST', path: '/other', operation: null }]");
    const own = (await loadAdapters([])).map(({ name }) => name);
    const all = (await loadAdapters([ACME, other], folder)).map(({ name }) => name);
    expect(all).to.deep.equal([...own, 'acme', 'other']);
  });

  const bad: readonly [string, () => string, string][] = [
    ['is not there', () => './nowhere.mjs', 'is not there, or imports what is not there'],
    ['is a package that is not there', () => '@nobody/has-this', 'is not there, or imports what is not there'],
    ['imports what is not there', () => moduleOf('lost', "import './lost-too.mjs';"), 'is not there, or imports'],
    ['is no JavaScript', () => moduleOf('odd', 'export default {'), 'fails when it is loaded'],
    [
      'throws',
      () => moduleOf('thrower', "throw new TypeError('4111111111111111');"),
      'fails when it is loaded (TypeError)',
    ],
    ['exports nothing', () => moduleOf('empty', 'export {};'), 'has no adapter as its default export'],
    [
      'exports something else',
      () => moduleOf('text', "export default 'acme';"),
      'has no adapter as its default export',
    ],
    ['has no name', () => acmeWith('nameless', 'name: undefined'), 'look at name'],
    ['has a name that is none', () => acmeWith('loud', "name: 'ACME'"), 'look at name'],
    ['has no way to sign in', () => acmeWith('open', 'auth: []'), 'look at auth'],
    [
      'has a path that is none',
      () => acmeWith('away', "routes: [{ method: 'POST', path: 'x', operation: null }]"),
      'look at routes.path',
    ],
    ['cannot decode', () => acmeWith('deaf', 'decode: null'), 'look at decode'],
    ['signs in no header', () => acmeWith('mute', 'signature: { headers: [], isBy: () => true }'), 'look at signature'],
    ['cannot tell who signed', () => acmeWith('lax', "signature: { headers: ['x'] }"), 'look at signature.isBy'],
    ['has a schema that is none', () => acmeWith('vague', "schema: { type: 'objekt' }"), 'look at schema'],
    ['has a schema of replies that is none', () => acmeWith('hazy', "reply: { type: 'objekt' }"), 'look at reply'],
    ['has the name of another', () => acmeWith('twin', "name: 'twilio'"), '"twilio", has a name that is taken'],
    ["has the name of the server's API", () => acmeWith('posh', "name: 'api'"), '"api", has a name that is taken'],
    [
      'has the path of another',
      () => acmeWith('squat', "routes: [{ method: 'POST', path: '/vendor/twilio/pay_generic', operation: null }]"),
      'has a path that is taken: /vendor/twilio/pay_generic',
    ],
    [
      "has a path of the server's own",
      () => acmeWith('bold', "routes: [{ method: 'POST', path: '/v1/payins', operation: null }]"),
      'has a path that is taken: /v1/payins',
    ],
  ];
  for (const [what, make, words] of bad) {
    it(`stop the start where a module ${what}`, async () => {
      const problems = await problemsOf(make());
      expect(problems).to.have.lengthOf(1);
      expect(problems[0])
        .to.match(/^ADAPTERS: module 1\b/)
        .and.to.include(words);
      expect(problems[0]).to.not.include('4111');
    });
  }

  it('stop the start with all that is wrong, by their place in the list', async () => {
    const problems = await problemsOf('./nowhere.mjs', ACME, ACME);
    expect(problems.map((problem) => problem.split(/[ ,]/).slice(0, 3).join(' '))).to.deep.equal([
      'ADAPTERS: module 1',
      'ADAPTERS: module 3',
      'ADAPTERS: module 3',
    ]);
  });

  it('stop a whole process before it listens, with words and no stack', async () => {
    const env = {
      PATH: process.env['PATH'],
      PORT: '0',
      ADAPTERS: './nowhere.js',
      STORE_URL: `sqlite:${join(folder, 'x.db')}`,
    };
    const running = startNode('src/main.ts', [], { env });
    await running.ended;
    expect(running.process.exitCode).to.equal(1);
    expect(running.output()).to.equal(
      'The settings cannot be used:\n- ADAPTERS: module 1 is not there, or imports what is not there\n',
    );
  });

  describe('of an installed package, and of a file beside it', () => {
    let host: string;
    let server: ServerProcess | null = null;

    // As npm would install it: Tollbridge itself in node_modules, and another package that imports it.
    before(() => {
      host = join(folder, 'host');
      const modules = join(host, 'node_modules');
      for (const part of ['src', 'adapters', 'schemas', 'package.json']) {
        cpSync(join(ROOT, part), join(modules, 'tollbridge', part), { recursive: true });
      }
      const installed = join(ROOT, 'node_modules');
      for (const name of readdirSync(installed)) symlinkSync(join(installed, name), join(modules, name));
      mkdirSync(join(modules, 'acme-adapter'));
      cpSync(ACME, join(modules, 'acme-adapter/acme.ts'));
      const manifest = { name: 'acme-adapter', type: 'module', exports: './acme.ts' };
      writeFileSync(join(modules, 'acme-adapter/package.json'), JSON.stringify(manifest));
      writeFileSync(
        join(host, 'beside.mjs'),
        `import { defineAdapter } from 'tollbridge';
         import acme from 'acme-adapter';
         export default defineAdapter({ ...acme, name: 'beside', routes: [{ ...acme.routes[0], path: '/beside' }] });\n`,
      );
    });
    after(() => server?.kill('SIGTERM'));

    it('serve payments', async () => {
      const env = { SECRET_KEY, STORE_URL: `sqlite:${join(host, 'store.db')}`, ADAPTERS: 'acme-adapter, ./beside.mjs' };
      const started = await startMain(env, { cwd: host, script: 'node_modules/tollbridge/src/main.ts' });
      server = started;
      const init = startNode('node_modules/tollbridge/src/cli/main.ts', ['init', '--json'], {
        cwd: host,
        env: { ...env, NODE_ENV: 'production', PATH: process.env['PATH'] },
      });
      await init.ended;
      const made = JSON.parse(init.output());
      const door = {
        url: started.url,
        adminKey: String(made.admin_key),
        connectorKey: String(made.connector_key),
        account: { platform: { id: String(made.platform_id) }, merchant: { id: String(made.merchant_id) } },
      };
      for (const path of ['/vendor/acme', '/beside']) {
        const config = await api(door, 'POST', '/v1/payin_configs', {
          merchant_id: door.account.merchant.id,
          idempotency_key: path,
          amount: 1000,
          currency_code: 'USD',
        });
        const { status, text } = await exchange(started.url, {
          path,
          headers: { authorization: basic('api_key', door.connectorKey) },
          body: {
            call: 'call-1',
            config: config['payin_config_id'],
            pay: '10.00',
            currency: 'USD',
            card: '4111111111111111',
            expiry: '1230',
            code: '123',
          },
        });
        expect(status, text).to.equal(200);
        expect(JSON.parse(text)).to.deep.include({ paid: true, amount: '10.00' });
      }
    });
  });
});
