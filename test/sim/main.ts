/**
 * `npm run sim`: the engine in every interleaving of the small worlds, then at random in the large ones; with `--mutants`,
 * once without each of its guards, which must be noticed. Decides what is run and how it is shown.
 */
import { randomInt } from 'node:crypto';
import Table from 'cli-table3';
import { createProgram, whole } from '../support/program.ts';
import { createProgress } from '../support/progress.ts';
import type { Findings } from './explore.ts';
import { type Job, sideBySide, work } from './jobs.ts';
import { LARGE_WORLDS } from './large-worlds.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { SMALL_WORLDS } from './worlds.ts';

/** No small world takes so long; on a machine that is busy it is told as not complete. */
const WITHIN_MS = 900_000;
const RUNS = 500;

interface Flags {
  readonly world?: string;
  readonly seed?: number;
  readonly runs: number;
  readonly mutants?: true;
  readonly json?: true;
}

const program = createProgram(
  'npm run sim --',
  'the engine in every interleaving of small worlds, and at random in large ones',
)
  .option(
    '--world <name>',
    'only the worlds whose name is that, up to a comma; where none is, those that hold the text',
  )
  .option('--seed <n>', 'of the runs at random; drawn and printed unless given', whole(0, 2 ** 31))
  .option('--runs <n>', 'at random in each large world; 0 for none', whole(0, 1_000_000), RUNS)
  .option('--mutants', 'take out each guard of the engine once and look whether that is noticed')
  .option('--json', 'one object on standard output');
const flags = program.parse().opts<Flags>();

/** One row of the table, one member of the JSON. */
interface Row extends Findings {
  readonly world: string;
  readonly seed: number | null;
  readonly seconds: number;
}

const running = new Map<string, Findings>();

const progress = createProgress();

function showProgress(): void {
  progress([...running].map(([name, { states, runs }]) => `${name}: ${states} states, ${runs} runs`).join(' | '));
}

async function goThrough(job: Job, mutant: Mutant | null = null): Promise<Row> {
  const began = performance.now();
  const name = mutant === null ? job.worldName : `without ${mutant.guard}, ${job.worldName}`;
  const findings = await work(job, mutant, (soFar) => {
    running.set(name, soFar);
    showProgress();
  });
  running.delete(name);
  showProgress();
  return { world: job.worldName, seed: job.seed, seconds: (performance.now() - began) / 1000, ...findings };
}

/** The names that `--world` chooses among these; where there is none the process ends, telling which there are. */
function chosen(worlds: readonly { readonly name: string }[]): readonly string[] {
  const { world = '' } = flags;
  const names = worlds.map(({ name }) => name);
  const exact = names.filter((name) => `${name},`.startsWith(`${world},`));
  const found = exact.length > 0 ? exact : names.filter((name) => name.includes(world));
  if (found.length > 0) return found;
  return program.error(`error: no world is called so; there are: ${names.map((name) => `'${name}'`).join(', ')}`);
}

const SMALL = new Set(SMALL_WORLDS.map(({ name }) => name));

async function simulate(): Promise<boolean> {
  const { seed = randomInt(2 ** 31), runs } = flags;
  const jobs = chosen(runs > 0 ? [...SMALL_WORLDS, ...LARGE_WORLDS] : SMALL_WORLDS).map((worldName) =>
    SMALL.has(worldName) ? { worldName, seed: null, runs: 0 } : { worldName, seed, runs },
  );
  const rows = await sideBySide(jobs, (job) => goThrough({ ...job, withinMs: WITHIN_MS }));
  const states = rows.reduce((sum, row) => sum + (row.seed === null ? row.states : 0), 0);
  const ok = rows.every(({ complete, violation }) => complete && violation === null);
  if (flags.json) print(JSON.stringify({ ok, states, seed, worlds: rows }));
  else {
    print(table(rows));
    print(`${states} distinct states in the small worlds; at random with --seed ${seed}`);
    for (const row of rows) print(accountOf(row));
  }
  return ok;
}

function table(rows: readonly Row[]): string {
  const shown = new Table({
    head: ['world', 'states', 'runs', 'longest', 'seconds', ''],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const { world, states, runs, longest, seconds, complete, violation } of rows) {
    const end = violation !== null ? 'VIOLATED' : complete ? 'ok' : 'not complete';
    shown.push([world, states, runs, longest, seconds.toFixed(1), end]);
  }
  return shown.toString();
}

function accountOf({ world, violation }: Row): string {
  if (violation === null) return '';
  return [`\n${world}: ${violation.faults.join('; ')}`, ...violation.trace.map((step) => `  ${step}`)].join('\n');
}

interface Caught {
  readonly guard: string;
  /** Null where nothing noticed. */
  readonly world: string | null;
  readonly steps: number;
  readonly faults: readonly string[];
}

/** The world that is known to notice goes first. */
async function without(mutant: Mutant, names: readonly string[]): Promise<Caught> {
  const order = [...names.filter((name) => name === mutant.world), ...names.filter((name) => name !== mutant.world)];
  for (const worldName of order) {
    const { violation } = await goThrough({ worldName, seed: null, runs: 0, withinMs: WITHIN_MS }, mutant);
    if (violation === null) continue;
    return { guard: mutant.guard, world: worldName, steps: violation.trace.length, faults: violation.faults };
  }
  return { guard: mutant.guard, world: null, steps: 0, faults: [] };
}

async function mutate(): Promise<boolean> {
  const names = chosen(SMALL_WORLDS);
  const caught = await sideBySide(MUTANTS, (mutant) => without(mutant, names));
  const ok = caught.every(({ world }) => world !== null);
  if (flags.json) print(JSON.stringify({ ok, mutants: caught }));
  else {
    const shown = new Table({
      head: ['taken out', 'noticed in', 'steps', 'what is wrong'],
      style: { head: [], border: [] },
    });
    for (const { guard, world, steps, faults } of caught) {
      shown.push([guard, world ?? 'NOWHERE', steps, faults.join('\n')]);
    }
    print(shown.toString());
  }
  return ok;
}

function print(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

if (!(await (flags.mutants ? mutate() : simulate()))) process.exitCode = 1;
