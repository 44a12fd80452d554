/**
 * `npm run bench`: measures what the design's "Speed" asks for, side by side in one run, and prints it. Decides how much
 * is measured; how each figure comes about is measure.ts, how it is shown report.ts. docs/bench.md says what they mean.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option } from 'commander';
import { createProgram } from '../support/program.ts';
import { createProgress } from '../support/progress.ts';
import { pinGenerator, startServer, stopAll } from './child.ts';
import {
  measureAdapters,
  measureLatency,
  measureSlowNeighbour,
  measureStart,
  measureThroughput,
  type Progress,
} from './measure.ts';
import { type Findings, toJson, toTable } from './report.ts';

interface Scale {
  readonly charges: number;
  /** Of the open loop, `seconds` long. */
  readonly windows: number;
  readonly seconds: number;
  readonly starts: number;
  readonly pairs: number;
  /** Of each adapter; a round has so many charges, and so many seconds of the open loop. */
  readonly rows: { readonly rounds: number; readonly charges: number; readonly seconds: number };
}

const DEFAULT: Scale = {
  charges: 100_000,
  windows: 3,
  seconds: 8,
  starts: 5,
  pairs: 3,
  rows: { rounds: 3, charges: 1_000, seconds: 2 },
};
/** A minute, for a look whether everything runs; its figures are rough. */
const QUICK: Scale = {
  charges: 10_000,
  windows: 1,
  seconds: 2,
  starts: 1,
  pairs: 1,
  rows: { rounds: 1, charges: 500, seconds: 1 },
};
const SOAK: Scale = { ...DEFAULT, charges: 1_000_000 };

interface Flags {
  readonly quick?: true;
  readonly soak?: true;
  readonly json?: true;
}

const flags = createProgram('npm run bench --', "what the design's speed asks for, measured side by side")
  .addOption(new Option('--quick', 'a minute, for a look whether everything runs; rough figures').conflicts('soak'))
  .option('--soak', 'a million charges, for memory')
  .option('--json', 'one object on standard output')
  .parse()
  .opts<Flags>();

async function measure(folder: string, { charges, windows, seconds, starts, pairs, rows }: Scale): Promise<Findings> {
  const storeUrl = (name: string) => `sqlite:${join(folder, `${name}.db`)}`;
  const start = await measureStart(storeUrl('start'), starts, progress);
  const servers = {
    echo: await startServer('echo', storeUrl('echo')),
    floor: await startServer('floor', storeUrl('floor')),
    charge: await startServer('charge', storeUrl('charge')),
  };
  const throughput = await measureThroughput(servers, charges, progress);
  const latency = await measureLatency(servers, { windows, seconds }, progress);
  const byAdapter = await measureAdapters(servers, rows, progress);
  const slowNeighbour = await measureSlowNeighbour(servers.charge, pairs, progress);
  return { start, throughput, latency, byAdapter, slowNeighbour, charges };
}

const progress: Progress = createProgress();

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tollbridge-bench-'));
  const cleanUp = async () => {
    await stopAll();
    await rm(folder, { recursive: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void cleanUp().then(() => process.exit(1)));
  }
  try {
    pinGenerator();
    const findings = await measure(folder, flags.soak ? SOAK : flags.quick ? QUICK : DEFAULT);
    progress('');
    process.stdout.write(flags.json ? `${JSON.stringify(toJson(findings))}\n` : toTable(findings));
  } finally {
    await cleanUp();
  }
}

await main();
