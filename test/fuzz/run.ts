/**
 * `npm run test:fuzz`: the real server on loopback, with the sandbox and a store of its own that is thrown away, and
 * Schemathesis against its OpenAPI document: made-up requests, and each reply held against what is documented. The server
 * must not have logged a defect either, for a provider is told one as an outcome that is not known.
 *
 * Schemathesis is not one of our packages: `pip install schemathesis`, on the PATH or named by `SCHEMATHESIS`. Without it
 * the run says that it was skipped. `--json` writes one object.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMain } from '../support/process.ts';
import { createProgram } from '../support/program.ts';
import { prepare } from './live.ts';
import { findProgram, fuzz, isWell } from './schemathesis.ts';

const { json: asJson = false } = createProgram(
  'npm run test:fuzz --',
  'made-up requests against the server, by Schemathesis',
)
  .option('--json', 'one object on standard output')
  .parse()
  .opts<{ readonly json?: true }>();
const folder = mkdtempSync(join(tmpdir(), 'tollbridge-fuzz-'));

/** No limit may end the run early, and nobody waits long for an outcome. */
const SETTINGS = {
  STORE_URL: `sqlite:${join(folder, 'fuzz.db')}`,
  SECRET_KEY: 'only-for-the-fuzzed-server-'.repeat(2),
  MAX_FAILED_AUTHS_PER_MINUTE: '1000000',
  MAX_ATTEMPTS_PER_CONFIG: '1000',
  PROCESSOR_DEADLINE_MS: '1000',
  API_PATIENCE_MS: '500',
  SANDBOX_SETTLE_MS: '0',
};

function newAccount() {
  const args = ['--import', 'tsx', 'src/cli/main.ts', 'init', '--json'];
  const env = { ...process.env, ...SETTINGS, NODE_ENV: 'production' };
  const { stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

async function run(program: string): Promise<void> {
  const account = newAccount();
  const server = await startMain(SETTINGS);
  try {
    const target = await prepare(server.url, account);
    const figures = await fuzz(program, target, folder, (text) => {
      (asJson ? process.stderr : process.stdout).write(text);
    });
    const defects = server.output().match(/^.*"event":"(?:defect|crash)".*$/gm) ?? [];
    const { operations, tested, requests, failures, errors, seconds, seed } = figures;
    const well = isWell(figures) && defects.length === 0;
    for (const defect of defects) process.stderr.write(`${defect}\n`);
    process.stdout.write(
      asJson
        ? `${JSON.stringify({ ...figures, defects: defects.length, well })}\n`
        : `${requests} requests to ${tested} of ${operations} operations in ${seconds} s, seed ${seed}: ` +
            `${failures} failures, ${errors} errors, ${defects.length} defects\n`,
    );
    if (!well) process.exitCode = 1;
  } finally {
    await server.kill('SIGTERM');
  }
}

const program = findProgram();
try {
  if (program !== null) await run(program);
  else if (asJson) process.stdout.write(`${JSON.stringify({ skipped: true })}\n`);
  else
    process.stdout.write(
      '1 skipped: Schemathesis is not here (pip install schemathesis, or name it by SCHEMATHESIS)\n',
    );
} finally {
  rmSync(folder, { recursive: true });
}
