/**
 * `npm run test:chaos`: payments by the providers' simulators against several real servers on one store, which are killed,
 * stopped and cut off at random. Prints what happened and what was wrong; exits 1 where anything was. The seed fixes every
 * choice, not the timing of the machine. With `--mutants`: the engine without each of its guards, by the simulation.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import pc from 'picocolors';
import { killLiving } from '../support/process.ts';
import { type Figures, runChaos } from './run.ts';
import type { UpstreamName } from './upstreams.ts';

const { values } = parseArgs({
  options: {
    payments: { type: 'string', default: '10000' },
    servers: { type: 'string', default: '3' },
    store: { type: 'string', default: 'both' },
    upstream: { type: 'string', default: 'sandbox' },
    callers: { type: 'string', default: '96' },
    seed: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

/** Longer than any provider is kept waiting. */
const LAST_PATIENCE_MS = 60_000;
const STORES = { sqlite: ['sqlite'], mongo: ['mongo'], both: ['sqlite', 'mongo'] } as const;

function numberOf(name: 'payments' | 'servers' | 'callers' | 'seed', text: string, most: number): number {
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) throw new Error(`--${name} is a whole number from 1 to ${most}`);
  return value;
}

function storesOf(text: string): readonly ('sqlite' | 'mongo')[] {
  if (text === 'sqlite' || text === 'mongo' || text === 'both') return STORES[text];
  throw new Error('--store is sqlite, mongo or both');
}

function upstreamOf(text: string): UpstreamName {
  if (text === 'sandbox' || text === 'stripe' || text === 'rainforest' || text === 'second') return text;
  throw new Error('--upstream is sandbox, stripe, rainforest or second (stripe first, then the sandbox)');
}

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
  const payments = numberOf('payments', values.payments, 1_000_000);
  const servers = numberOf('servers', values.servers, 16);
  const upstream = upstreamOf(values.upstream);
  const atOnce = numberOf('callers', values.callers, 1_000);
  const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : numberOf('seed', values.seed, 2 ** 31);
  const progress = (line: string) => void process.stderr.write(`${line}\n`);
  progress(`seed ${seed}`);
  const runs: Figures[] = [];
  for (const store of storesOf(values.store)) {
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
