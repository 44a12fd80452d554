/** The types of the bodies are what `npm run schemas` makes of their schemas, and a schema that drifts is noticed. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startNode } from '../support/process.ts';
import { ROOT } from '../support/sources.ts';

describe('npm run schemas', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'tollbridge-schemas-'));
    for (const part of ['schemas', 'package.json']) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  const read = (path: string) => readFileSync(join(copy, path), 'utf8');
  async function run(...args: readonly string[]): Promise<readonly [number | null, string]> {
    const { process: child, ended, output } = startNode('schemas/generate.ts', args, { cwd: copy });
    await ended;
    return [child.exitCode, output()];
  }

  it('finds nothing to write in the tree as it is', async () => {
    expect(await run('--check')).to.deep.equal([0, '']);
  });

  it('notices a changed schema, a changed type and a missing one, and names the files', async () => {
    const schema = read('schemas/twilio/pay.schema.json');
    writeFileSync(join(copy, 'schemas/twilio/pay.schema.json'), schema.replace('"cvv"', '"security_code"'));
    writeFileSync(join(copy, 'schemas/cart/card.types.ts'), read('schemas/cart/card.types.ts').replace('?:', ':'));
    rmSync(join(copy, 'schemas/api/payin.types.ts'));
    const drifted = 'schemas/api/payin.types.ts, schemas/cart/card.types.ts, schemas/twilio/pay.types.ts';
    expect(await run('--check')).to.deep.equal([1, `drifted from the schemas, run \`npm run schemas\`: ${drifted}\n`]);

    expect(await run()).to.deep.equal([0, '']);
    expect(read('schemas/twilio/pay.types.ts')).to.include('readonly security_code?: Text;').and.not.include('cvv');
    expect(await run('--check')).to.deep.equal([0, '']);
  });

  it('writes types in which nothing can be changed and nothing is any', () => {
    const files = readdirSync(join(ROOT, 'schemas'), { recursive: true, encoding: 'utf8' });
    const types = files.filter((file) => file.endsWith('.types.ts'));
    expect(types).to.include.members([join('api', 'payin.types.ts'), join('signalwire', 'pay.types.ts')]);
    for (const file of types) {
      const code = read(`schemas/${file}`).replace(/\/\*[\s\S]*?\*\//g, '');
      expect(code, file).to.match(/^export (?:interface|type) \w+Body\b/m);
      const lines = code.split('\n').filter((line) => /^\s+[\w[][^:]*:/.test(line));
      expect(
        lines.filter((line) => !/^\s+readonly /.test(line)),
        file,
      ).to.deep.equal([]);
      expect(code.replace(/\breadonly (?:\w+|\([^()]*\))\[\]/g, ''), file).to.not.match(/\[\]|\bany\b/);
    }
  });
});
