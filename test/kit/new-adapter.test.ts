/** `npm run new:adapter`, in a copy of the tree: what it writes compiles, keeps the contract and is what the page shows. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Running, startNode } from '../support/process.ts';
import { ROOT } from '../support/sources.ts';

describe('npm run new:adapter', () => {
  let copy: string;
  before(() => {
    copy = mkdtempSync(join(tmpdir(), 'tollbridge-copy-'));
    for (const part of ['adapters', 'schemas', 'src', 'test', 'package.json', 'tsconfig.json', 'biome.json']) {
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  });
  after(() => rmSync(copy, { recursive: true }));

  async function run(script: string, ...args: readonly string[]): Promise<Running> {
    const running = startNode(script, args, { cwd: copy });
    await running.ended;
    return running;
  }
  const make = (...names: readonly string[]) => run('test/kit/new-adapter.ts', ...names);
  const read = (path: string) => readFileSync(join(copy, path), 'utf8');
  const listed = () =>
    [...read('adapters/index.ts').matchAll(/from '\.\/([\w-]+)\/adapter\.ts'/g)].map(([, name]) => name);

  it('is asked for by the name that the page says', () => {
    const { scripts } = JSON.parse(read('package.json'));
    expect(scripts['new:adapter']).to.equal('node --import tsx test/kit/new-adapter.ts');
  });

  it('writes an adapter that is listed in order, compiles, is well formed and keeps the contract', async function () {
    // A compiler, a linter and a test run of their own.
    this.timeout(120_000);
    const before = listed();
    for (const name of ['acme', 'zebra-pay_line']) {
      const { process: child, output } = await make(name);
      expect(child.exitCode, output()).to.equal(0);
      expect(output()).to.include(`  adapters/${name}/adapter.ts\n`);
    }
    expect(listed()).to.deep.equal([...before, 'acme', 'zebra-pay_line'].sort());

    const own = {
      extends: './tsconfig.json',
      include: ['adapters', 'test/adapters/acme', 'test/adapters/zebra-pay_line'],
    };
    writeFileSync(join(copy, 'tsconfig.own.json'), JSON.stringify(own));
    const types = await run('node_modules/typescript/bin/tsc', '--project', 'tsconfig.own.json');
    expect(types.process.exitCode, types.output()).to.equal(0);
    const form = await run(
      'node_modules/@biomejs/biome/bin/biome',
      'check',
      '--vcs-enabled=false',
      'adapters',
      'schemas',
    );
    expect(form.process.exitCode, form.output()).to.equal(0);
    const wire = await run('schemas/generate.ts', '--check');
    expect(wire.process.exitCode, wire.output()).to.equal(0);
    const files = ['acme', 'zebra-pay_line'].map((name) => `test/adapters/${name}/contract.test.ts`);
    const suite = await run('node_modules/mocha/bin/mocha.js', '--no-config', '--node-option', 'import=tsx', ...files);
    expect(suite.process.exitCode, suite.output()).to.equal(0);
    expect(suite.output()).to.include('adapter contract: acme').and.to.include('adapter contract: zebra-pay_line');
  });

  it('leaves no word of what it copies', () => {
    const folders = ['adapters', 'schemas', 'test/adapters'].map((part) => `${part}/zebra-pay_line`);
    const written = folders.flatMap((folder) =>
      readdirSync(join(copy, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.includes('.'))
        .map((name) => `${folder}/${name}`),
    );
    expect(written).to.have.lengthOf(7);
    for (const path of written) expect(read(path)).to.not.match(/new.?provider/i);
  });

  const refused: readonly [string, readonly string[], string][] = [
    ['no name', [], 'usage: npm run new:adapter NAME'],
    ['a name with capitals', ['Acme'], 'A name is lower-case words'],
    ['a way out of the folder', ['../acme'], 'A name is lower-case words'],
    ['the name of one that is there', ['twilio'], 'The name twilio is taken.'],
    ["the name of the server's own API", ['api'], 'The name api is taken.'],
  ];
  for (const [what, args, words] of refused) {
    it(`refuses ${what}, and writes nothing`, async () => {
      const list = read('adapters/index.ts');
      const { process: child, output } = await make(...args);
      expect([child.exitCode, output()]).to.satisfy(
        ([code, text]: [number, string]) => code === 1 && text.startsWith(words),
      );
      expect(read('adapters/index.ts')).to.equal(list);
    });
  }

  it('writes what docs/add-an-adapter.md shows', () => {
    const page = readFileSync(join(ROOT, 'docs/add-an-adapter.md'), 'utf8');
    const shown = [...page.matchAll(/^`([\w/.-]+)`\n\n```\w+\n([\s\S]*?)```$/gm)].map(([, path = '', code]) => [
      path,
      code,
    ]);
    expect(shown).to.have.lengthOf(6);
    for (const [path = '', code] of shown) expect(code, path).to.equal(read(path));
  });
});
