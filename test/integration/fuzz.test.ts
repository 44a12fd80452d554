/** `npm run test:fuzz`, with a stand-in for the fuzzer that reports what it is told to: what becomes of each report. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { fuzz, isWell } from '../fuzz/schemathesis.ts';
import { ROOT } from '../support/sources.ts';

const REPORT = {
  seed: 1,
  running_time: 2.4,
  operations: { selected: 82, tested: 82 },
  test_cases: { generated: 6000 },
  failures: [],
  errors: [],
};

describe('npm run test:fuzz', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollbridge-stand-in-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function run(program: string) {
    const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'test/fuzz/run.ts', '--json'], {
      cwd: ROOT,
      env: { ...process.env, SCHEMATHESIS: program },
      encoding: 'utf8',
    });
    return { status, told: JSON.parse(stdout) };
  }

  const TARGET = { url: 'http://127.0.0.1:9', document: {}, key: 'key', values: {}, authorized: '' };
  const figuresOf = (program: string) => fuzz(program, TARGET, folder, () => {});

  /** A program that leaves this report; null leaves none. */
  function standIn(report: object | null): string {
    const file = join(folder, 'stand-in.mjs');
    const words = [
      '#!/usr/bin/env node',
      "import { writeFileSync } from 'node:fs';",
      "const at = process.argv.indexOf('--report-json-path') + 1;",
      report === null ? '' : `if (at > 0) writeFileSync(process.argv[at], ${JSON.stringify(JSON.stringify(report))});`,
    ];
    writeFileSync(file, words.join('\n'), { mode: 0o755 });
    return file;
  }

  it('passes where nothing was found', async () => {
    const figures = await figuresOf(standIn(REPORT));
    const counts = { operations: 82, tested: 82, requests: 6000, failures: 0, errors: 0, seconds: 2, seed: 1 };
    expect(figures).to.deep.equal(counts);
    expect(isWell(figures)).to.equal(true);
  });

  const BAD: Readonly<Record<string, object>> = {
    'a failure': { failures: [{ title: 'Undocumented HTTP status code', count: 3 }] },
    'an error': { errors: [{ title: 'Schema Error', count: 1 }] },
    'an operation left out': { operations: { selected: 82, tested: 81 } },
    'no request': { test_cases: { generated: 0 } },
  };
  for (const [what, changes] of Object.entries(BAD)) {
    it(`fails with ${what}`, async () => {
      expect(isWell(await figuresOf(standIn({ ...REPORT, ...changes })))).to.equal(false);
    });
  }

  it('fails without a report', async () => {
    const failed = await figuresOf(standIn(null)).catch((error: Error) => error.message);
    expect(failed).to.equal('the fuzzer left no report');
  });

  it('starts a server for it, tells the counts, and exits with 1 where something was found', () => {
    const { status, told } = run(standIn({ ...REPORT, ...BAD['a failure'] }));
    expect(status).to.equal(1);
    expect(told).to.include({ requests: 6000, failures: 3, defects: 0, well: false });
  });

  it('says that it was skipped where there is no fuzzer', () => {
    expect(run(join(folder, 'nothing'))).to.deep.equal({ status: 0, told: { skipped: true } });
  });
});
