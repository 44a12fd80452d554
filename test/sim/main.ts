/**
 * `npm run sim`: the engine in every interleaving of the small worlds, then at random in the large ones; with `--mutants`,
 * once without each of its guards, which must be noticed. Decides what is run and how it is shown.
 */
import { randomInt } from 'node:crypto';
import { clearLine, cursorTo } from 'node:readline';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { Findings } from './explore.ts';
import { type Job, sideBySide, work } from './jobs.ts';
import { LARGE_WORLDS } from './large-worlds.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { SMALL_WORLDS } from './worlds.ts';

const USAGE = `npm run sim -- [--world TEXT] [--seed N] [--runs N] [--mutants] [--json]

  --world TEXT  only worlds whose name holds the text
  --seed N      of the runs at random; drawn and printed unless given
  --runs N      at random in each large world; 500 unless given, 0 for none
  --mutants     takes out each guard of the engine once and looks whether that is noticed
  --json        one object on standard output
`;

/** No small world takes so long; on a machine that is busy it is told as not complete. */
const WITHIN_MS = 900_000;
const RUNS = 500;

const { values: flags } = parseArgs({
  options: {
    world: { type: 'string', default: '' },
    seed: { type: 'string' },
    runs: { type: 'string', default: String(RUNS) },
    mutants: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** One row of the table, one member of the JSON. */
interface Row extends Findings {
  readonly world: string;
  readonly seed: number | null;
  readonly seconds: number;
}

const running = new Map<string, Findings>();

/** One line of the terminal, written over and over; standard output is the result's. */
function showProgress(): void {
  if (!process.stderr.isTTY) return;
  const now = [...running].map(([name, { states, runs }]) => `${name}: ${states} states, ${runs} runs`).join(' | ');
  clearLine(process.stderr, 0);
  cursorTo(process.stderr, 0);
  process.stderr.write(now.slice(0, (process.stderr.columns ?? 80) - 1));
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

const named = ({ name }: { readonly name: string }) => name.includes(flags.world);

async function simulate(): Promise<boolean> {
  const seed = flags.seed === undefined ? randomInt(2 ** 31) : Number(flags.seed);
  const runs = Number(flags.runs);
  const whole = SMALL_WORLDS.filter(named).map(({ name }) => ({ worldName: name, seed: null, runs: 0 }));
  const atRandom = (runs > 0 ? LARGE_WORLDS.filter(named) : []).map(({ name }) => ({ worldName: name, seed, runs }));
  const rows = await sideBySide([...whole, ...atRandom], (job) => goThrough({ ...job, withinMs: WITHIN_MS }));
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
async function without(mutant: Mutant): Promise<Caught> {
  const names = SMALL_WORLDS.filter(named).map(({ name }) => name);
  const order = [...names.filter((name) => name === mutant.world), ...names.filter((name) => name !== mutant.world)];
  for (const worldName of order) {
    const { violation } = await goThrough({ worldName, seed: null, runs: 0, withinMs: WITHIN_MS }, mutant);
    if (violation === null) continue;
    return { guard: mutant.guard, world: worldName, steps: violation.trace.length, faults: violation.faults };
  }
  return { guard: mutant.guard, world: null, steps: 0, faults: [] };
}

async function mutate(): Promise<boolean> {
  const caught = await sideBySide(MUTANTS, without);
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

if (flags.help) print(USAGE);
else if (!(await (flags.mutants ? mutate() : simulate()))) process.exitCode = 1;
