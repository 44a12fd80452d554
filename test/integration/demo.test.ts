/** What a first start prints, pasted into a shell as a newcomer would. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { killLiving, startNode } from '../support/process.ts';

async function paste(lines: string): Promise<string> {
  const shell = spawn('sh', ['-c', lines], { stdio: ['ignore', 'pipe', 'inherit'] });
  let written = '';
  shell.stdout.on('data', (chunk) => (written += String(chunk)));
  await once(shell, 'close');
  return written;
}

const START_MS = 10_000;

describe('A first start', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollbridge-demo-'));
  });
  afterEach(() => {
    killLiving();
    rmSync(folder, { recursive: true });
  });

  it('prints lines that make a config, charge it once and show the payin, and a second start none', async function () {
    if (spawnSync('curl', ['--version']).status !== 0) this.skip();
    const env = {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      STORE_URL: `sqlite:${join(folder, 'a.db')}`,
    };
    const first = startNode('src/main.ts', [], { env });
    await eventually(() => expect(first.output()).to.include('-- call twilio'), START_MS);
    const [config = '', charge = '', payin = ''] = first.output().match(/^(?:CONFIG=|curl ).*$/gm) ?? [];
    const [id, approved, repeated, shown] = (await paste([config, charge, charge, payin].join('\n')))
      .trim()
      .split('\n');
    await first.kill('SIGTERM');
    expect(id).to.match(/^sbx_cfg_/);
    expect(JSON.parse(approved ?? '')).to.include({ error_code: null });
    expect(repeated).to.equal(approved);
    expect(JSON.parse(shown ?? '').data.results).to.have.length(1);

    const second = startNode('src/main.ts', [], { env });
    await eventually(() => expect(second.output()).to.match(/\bstart\b/), START_MS);
    await second.kill('SIGTERM');
    expect(second.output()).to.not.include('demo platform');
  });
});
