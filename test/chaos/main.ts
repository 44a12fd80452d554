/**
 * `npm run test:chaos`: payments by the providers' simulators against several real servers on one store, which are killed,
 * stopped and cut off at random. Prints what happened and what was wrong; exits 1 where anything was. The seed fixes every
 * choice, not the timing of the machine. With `--mutants`: the engine without each of its guards, by the simulation.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Option } from 'commander';
import pc from 'picocolors';
import { killLiving } from '../support/process.ts';
import { createProgram, whole } from '../support/program.ts';
import { type Figures, runChaos } from './run.ts';
import type { UpstreamName } from './upstreams.ts';

interface Flags {
  readonly payments: number;
  readonly servers: number;
  readonly store: keyof typeof STORES;
  readonly upstream: UpstreamName;
  readonly callers: number;
  readonly seed?: number;
  readonly mutants?: true;
  readonly json?: true;
}

/** Longer than any provider is kept waiting. */
const LAST_PATIENCE_MS = 60_000;
const STORES = { sqlite: ['sqlite'], mongo: ['mongo'], both: ['sqlite', 'mongo'] } as const;

const UPSTREAMS: readonly UpstreamName[] = ['sandbox', 'stripe', 'rainforest', 'second'];

const values = createProgram(
  'npm run test:chaos --',
  'payments against real servers that are killed, stopped and cut off at random',
)
  .option('--payments <n>', 'on each store', whole(1, 1_000_000), 10_000)
  .option('--servers <n>', 'that share the store', whole(1, 16), 3)
  .addOption(new Option('--store <name>', 'which store').choices(Object.keys(STORES)).default('both'))
  .addOption(
    new Option('--upstream <name>', 'who moves the money; second: stripe first, then the sandbox')
      .choices(UPSTREAMS)
      .default('sandbox'),
  )
  .option('--callers <n>', 'who call at the same time', whole(1, 1_000), 96)
  .option('--seed <n>', 'of every choice; drawn and printed unless given', whole(1, 2 ** 31))
  .option('--mutants', 'the simulation without each guard of the engine, which must notice')
  .option('--json', 'one object on standard output')
  .parse()
  .opts<Flags>();

/** One object for each store; what was wrong as counts, in words below. */
function toJson({ wrong, forAPerson, ...figures }: Figures) {
  return {
    ...figures,
    double_charges: wrong.doubleCharges.length,
    lost_approvals: wrong.lostApprovals.length,
    wrong_replies: wrong.wrongReplies.length,
    unresolved: wrong.unresolved.length,
    for_a_person: forAPerson,
  };
}

const faultsOf = ({ wrong }: Figures): readonly string[] => Object.values(wrong).flat();

function toTable(runs: readonly Figures[]): string {
  const rows = runs.map(toJson);
  const table = new Table({
    ...(pc.isColorSupported ? {} : { style: { head: [], border: [] } }),
    head: ['', ...rows.map(({ store }) => store)],
  });
  const names = Object.keys(rows[0] ?? {}).filter((name) => name !== 'store');
  for (const name of names) table.push([name, ...rows.map((row) => String(Reflect.get(row, name)))]);
  return table.toString();
}

async function main(): Promise<void> {
  if (values.mutants) return mutants();
  const { payments, servers, upstream, callers: atOnce, seed = randomInt(1, 2 ** 31) } = values;
  const progress = (line: string) => void process.stderr.write(`${line}\n`);
  progress(`seed ${seed}`);
  const runs: Figures[] = [];
  for (const store of STORES[values.store]) {
    runs.push(
      await runChaos({ store, upstream, payments, servers, atOnce, seed, lastPatienceMs: LAST_PATIENCE_MS, progress }),
    );
  }
  process.stdout.write(values.json ? `${JSON.stringify({ runs: runs.map(toJson) })}\n` : `${toTable(runs)}\n`);
  const faults = runs.flatMap(faultsOf);
  for (const fault of faults.slice(0, 20)) process.stderr.write(`${pc.red('wrong')} ${fault}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

/** The simulation notices each guard that is taken out by itself, which real processes do by luck only. */
async function mutants(): Promise<void> {
  const script = fileURLToPath(new URL('../sim/main.ts', import.meta.url));
  const args = ['--import', 'tsx', script, '--mutants', ...(values.json ? ['--json'] : [])];
  const [code] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
  process.exitCode = code ?? 1;
}

main()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  })
  .finally(killLiving);
