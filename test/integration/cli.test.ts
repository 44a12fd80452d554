/** The command line and a start that fails, as an operator meets them: real processes, their words and their exit codes. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Secret } from '../../src/core/secret.ts';
import { StoreUnavailable } from '../../src/core/store.ts';
import { reasonOf } from '../../src/failure.ts';
import { killLiving, type Running, startNode } from '../support/process.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase } from '../support/stores.ts';
import { api } from '../support/twilio.ts';

type Env = Readonly<Record<string, string>>;

const FIXED = { HOST: '127.0.0.1', PORT: '0', NO_COLOR: '1', PATH: process.env['PATH'] ?? '' };

function startCli(args: readonly string[], env: Env): Running {
  return startNode('src/cli/main.ts', args, { env: { ...FIXED, ...env } });
}

async function endOf(running: Running) {
  await running.ended;
  return { code: running.process.exitCode, output: running.output() };
}

const cli = (args: readonly string[], env: Env) => endOf(startCli(args, env));

describe('The command line', () => {
  let folder: string;
  let env: { readonly STORE_URL: string };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollbridge-cli-'));
    env = { STORE_URL: `sqlite:${join(folder, 'store', 'tollbridge.db')}` };
  });
  afterEach(() => {
    killLiving();
    rmSync(folder, { recursive: true });
  });

  const looking = [['doctor'], ['sandbox', 'ledger'], ['admin-key', 'sbx_plt_0']];
  for (const args of looking) {
    it(`makes nothing where \`${args.join(' ')}\` finds no store, and says so`, async () => {
      const { code, output } = await cli(args, env);
      expect(code).to.equal(1);
      expect(output).to.include('STORE_URL: there is no store there');
      expect(readdirSync(folder)).to.deep.equal([]);
    });
  }

  it('ends quietly when nobody reads on', async () => {
    await cli(['init'], env);
    const ledger = startCli(['sandbox', 'ledger'], env);
    ledger.process.stdout?.destroy();
    expect(await endOf(ledger)).to.deep.equal({ code: 0, output: '' });
  });

  it('plays a call to its end, though nothing but time goes on while the provider waits to ask again', async () => {
    const replies = ['pending', 'approved'];
    const connector = createServer((request, response) => {
      request.resume();
      const status = replies.shift() ?? 'approved';
      const ids =
        status === 'approved' ? { payin_id: 'pyi_1', payment_method_id: 'mtd_1', confirmation_code: 'AB12CD34' } : {};
      const body = JSON.stringify({ status, error_code: status === 'pending' ? 'PAYMENT_PENDING' : null, ...ids });
      response.writeHead(200, { 'Content-Type': 'application/json', Connection: 'close' }).end(body);
    });
    await new Promise<void>((resolve) => connector.listen(0, '127.0.0.1', resolve));
    const { port } = connector.address() as AddressInfo;
    const args = [
      'call',
      'generic',
      '--url',
      `http://127.0.0.1:${port}`,
      '--key',
      'sbx_apikey_any',
      '--config',
      'cfg_any',
    ];
    const { output } = await cli([...args, '--json'], env);
    connector.close();
    expect(JSON.parse(output).deliveries).to.have.length(2);
  });

  it('prints what to type at a provider, and says when no provider reaches that address', async () => {
    await cli(['init'], env);
    const [local, json, reached] = await Promise.all([
      cli(['doctor'], env),
      cli(['doctor', '--json'], env),
      cli(['doctor'], { ...env, PUBLIC_URL: 'https://pay.example.com' }),
    ]);
    expect(local.code).to.equal(0);
    expect(local.output).to.match(/http:\/\/localhost:[0-9]+\/vendor\/twilio\/pay_generic/);
    expect(local.output).to.include('Set PUBLIC_URL');
    expect(Object.keys(JSON.parse(json.output).setup)).to.include('twilio');
    expect(reached.output)
      .to.include('https://pay.example.com/vendor/twilio/pay_generic')
      .and.not.include('Set PUBLIC_URL');
  });

  it('takes no name that says nothing', async () => {
    for (const option of ['--platform', '--merchant']) {
      const { code, output } = await cli(['init', option, ' '], env);
      expect(code).to.equal(1);
      expect(output).to.include(option);
    }
    expect(existsSync(join(folder, 'store'))).to.equal(false);
  });

  it('says how it is called, and its version', async () => {
    expect((await cli(['--help'], env)).output).to.include('Usage: npm run -s cli -- ');
    expect((await cli(['--version'], env)).output).to.match(/^[0-9]+\.[0-9]+\.[0-9]+\n$/);
  });
});

describe('A new admin key', () => {
  const SECRET_KEY = 'a secret of tests that is long enough';
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let server: TestServer;
  let made: Record<string, string>;
  before(async () => {
    database = await createDatabase('sqlite');
    const { output } = await cli(['init', '--json'], { STORE_URL: database.url, SECRET_KEY });
    made = JSON.parse(output);
    server = await startServer({ store: await database.open(), secrets: [new Secret(SECRET_KEY)] });
  });
  after(async () => {
    await server.close();
    await database.destroy();
  });

  it('opens its platform again, beside the one before', async () => {
    const args = ['admin-key', made['platform_id'] ?? '', '--json'];
    const { code, output } = await cli(args, { STORE_URL: database.url, SECRET_KEY });
    expect(code).to.equal(0);
    const { platform_id, admin_key } = JSON.parse(output);
    expect(platform_id).to.equal(made['platform_id']);
    expect(admin_key).to.not.equal(made['admin_key']);
    for (const key of [admin_key, made['admin_key']]) {
      expect(await api(server, 'GET', `/v1/merchants/${made['merchant_id']}`, undefined, key)).to.include({
        platform_id,
      });
    }
  });

  it('is refused for a platform that the store does not have', async () => {
    const before = await server.store.count('keys', []);
    const { code, output } = await cli(['admin-key', 'sbx_plt_000000000000000000000000000'], {
      STORE_URL: database.url,
      SECRET_KEY,
    });
    expect(code).to.equal(1);
    expect(output).to.equal('This store has no such platform.\n');
    expect(await server.store.count('keys', [])).to.equal(before);
  });
});

describe('A start that fails', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollbridge-start-'));
  });
  afterEach(() => {
    killLiving();
    rmSync(folder, { recursive: true });
  });

  async function start(env: Env) {
    const STORE_URL = `sqlite:${join(folder, 'tollbridge.db')}`;
    return endOf(startNode('src/main.ts', [], { env: { ...FIXED, STORE_URL, ...env } }));
  }

  for (const [host, why] of [
    ['nope.invalid', 'that no name service knows'],
    ['192.0.2.1', 'of another machine'],
  ] as const) {
    it(`names HOST for one ${why}`, async () => {
      const { code, output } = await start({ HOST: host });
      expect(code).to.equal(1);
      expect(output).to.match(/^HOST: .+\.\n$/);
    });
  }

  it('names STORE_URL where a part of its path is a file', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    for (const path of [join(file, 'x.db'), join(file, 'deeper', 'x.db')]) {
      const { code, output } = await start({ STORE_URL: `sqlite:${path}` });
      expect(code).to.equal(1);
      expect(output).to.match(/^STORE_URL: .+ is a file, not a folder\.\n$/);
    }
  });

  it('leaves nothing beside what is no store, and says what is wrong with it', async () => {
    const [file, directory] = [join(folder, 'junk.db'), join(folder, 'a-folder')];
    const text = 'this is no database';
    writeFileSync(file, text);
    mkdirSync(directory);
    for (const [path, says] of [
      [file, 'STORE_URL: the file there is not a store.\n'],
      [directory, 'STORE_URL: what is there cannot be opened as the file of a store.\n'],
    ] as const) {
      expect(await start({ STORE_URL: `sqlite:${path}` })).to.deep.equal({ code: 1, output: says });
      expect((await cli(['doctor'], { STORE_URL: `sqlite:${path}` })).output).to.include(says);
    }
    expect(readdirSync(folder)).to.have.members(['a-folder', 'junk.db']);
    expect(readFileSync(file, 'utf8')).to.equal(text);
  });

  it('names the setting for every other trouble with the machine, and never what the system said', () => {
    for (const [code, reason] of [
      ['EROFS', /^STORE_URL: .+ read-only/],
      ['ENOSPC', /^STORE_URL: .+ full/],
      ['EPERM', /^STORE_URL: /],
      ['EACCES', /^STORE_URL or PORT: /],
      ['EADDRINUSE', /^PORT: /],
      ['EAI_AGAIN', /^HOST: /],
    ] as const) {
      const error = Object.assign(new Error(`${code}: '/var/private'`), { code });
      expect(reasonOf(error), code).to.match(reason).and.not.include('private');
    }
    expect(reasonOf(new StoreUnavailable('SQLITE_FULL'))).to.match(/^STORE_URL: .+ full\.$/);
    expect(reasonOf(new StoreUnavailable())).to.match(/^STORE_URL: .+ does not answer\.$/);
    expect(reasonOf(new RangeError('/var/private')))
      .to.include('RangeError')
      .and.not.include('private');
  });
});
