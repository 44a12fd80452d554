/**
 * Every run of a small world: each executed from its start, because a running process cannot be copied, and those with
 * fewer faults first, so that what is found is found in a simple form. A state that was seen before is not gone into again, but for faults of a process that could not
 * befall it then. Decides in what order runs are made, and when there are no more.
 */
import { beginningOf } from './beginning.ts';
import { xorshift } from './chance.ts';
import { type Choice, Run } from './run.ts';
import type { World } from './world.ts';

/** What is wrong at the end of a run, and how it came about. */
export interface Violation {
  readonly faults: readonly string[];
  readonly trace: readonly string[];
}

/** Counts so far; `complete` when there is nothing left to see. */
export interface Findings {
  readonly states: number;
  readonly runs: number;
  readonly ends: number;
  readonly longest: number;
  readonly complete: boolean;
  readonly violation: Violation | null;
}

export interface Limits {
  /** Milliseconds of the machine's time after which nothing more is begun. */
  readonly withinMs: number;
  readonly progress: (findings: Findings) => void;
}

/** A choice that was made or is to be made, after those before it. */
interface Way {
  readonly before: Way | null;
  readonly label: string;
  /** Faults so far, this one too. */
  readonly faults: number;
}

const PROGRESS_EVERY = 200;
/** Nothing takes so many steps but a loop. */
const LONGEST_RUN = 2_000;

/** Which faults were among the choices when a state was gone into. */
class Seen {
  readonly #states = new Map<number, number>();

  get size(): number {
    return this.#states.size;
  }

  /** Those of the choices that were not there before. */
  fresh(state: number, faultOf: 'A' | 'B' | null, choices: readonly Choice[]): readonly Choice[] {
    const known = this.#states.get(state);
    const bit = faultOf === null ? 1 : faultOf === 'A' ? 3 : 5;
    this.#states.set(state, (known ?? 0) | bit);
    if (known === undefined) return choices;
    return (known & bit) === bit ? [] : choices.filter((choice) => choice.faultOf !== null);
  }
}

/** Ways that are still to be gone: those with fewer faults first, and of these the older ones. */
class Frontier {
  readonly #ways: Way[][] = [];
  /** How many of each have been gone. */
  readonly #gone: number[] = [];

  add(way: Way): void {
    const alike = this.#ways[way.faults] ?? [];
    this.#ways[way.faults] = alike;
    alike.push(way);
  }

  next(): Way | null {
    for (const [faults, ways] of this.#ways.entries()) {
      const gone = this.#gone[faults] ?? 0;
      const way = ways?.[gone];
      if (way === undefined) continue;
      this.#gone[faults] = gone + 1;
      return way;
    }
    return null;
  }
}

/** Stops at the first violation. */
export async function explore(world: World, { withinMs, progress }: Limits): Promise<Findings> {
  const until = performance.now() + withinMs;
  const beginning = await beginningOf(world);
  const seen = new Seen();
  const frontier = new Frontier();
  const counts = { runs: 0, ends: 0, longest: 0 };
  const findings = (complete: boolean, violation: Violation | null): Findings => ({
    ...counts,
    states: seen.size,
    complete,
    violation,
  });

  /** Goes the way, and on from its end as long as there is something new; what else there is goes to the frontier. */
  async function follow(start: Way | null): Promise<Violation | null> {
    const run = new Run(world, beginning);
    await run.start();
    for (const label of labelsOf(start)) await named(run, label).happen();
    for (let way = start, steps = 0; ; steps++) {
      if (steps > LONGEST_RUN) return { faults: ['the run has no end'], trace: labelsOf(way) };
      const choices = run.choices();
      const [next, ...others] = seen.fresh(run.digest(), run.faultOf, choices);
      if (next === undefined) return choices.length > 0 ? null : end(run, labelsOf(way));
      const after = ({ label, faultOf }: Choice): Way => ({
        before: way,
        label,
        faults: (way?.faults ?? 0) + (faultOf === null ? 0 : 1),
      });
      for (const other of others) frontier.add(after(other));
      way = after(next);
      await next.happen();
    }
  }

  async function end(run: Run, trace: readonly string[]): Promise<Violation | null> {
    counts.ends += 1;
    counts.longest = Math.max(counts.longest, trace.length);
    const faults = await run.end();
    return faults.length === 0 ? null : { faults, trace };
  }

  for (let way: Way | null = null; ; ) {
    const violation = await follow(way);
    counts.runs += 1;
    if (violation !== null) return findings(false, violation);
    way = frontier.next();
    if (way === null) return findings(true, null);
    if (performance.now() > until) return findings(false, null);
    if (counts.runs % PROGRESS_EVERY === 0) progress(findings(false, null));
  }
}

function labelsOf(way: Way | null): readonly string[] {
  const labels: string[] = [];
  for (let one = way; one !== null; one = one.before) labels.push(one.label);
  return labels.reverse();
}

/** Goes runs of a world at random; the same seed goes the same ones. Stops at the first violation. */
export async function wander(
  world: World,
  seed: number,
  runs: number,
  { withinMs, progress }: Limits,
): Promise<Findings> {
  const until = performance.now() + withinMs;
  const beginning = await beginningOf(world);
  const states = new Set<number>();
  let longest = 0;
  for (let done = 0; ; done++) {
    const findings = { states: states.size, runs: done, ends: done, longest };
    if (done === runs || performance.now() > until) return { ...findings, complete: done === runs, violation: null };
    if (done % PROGRESS_EVERY === 0) progress({ ...findings, complete: false, violation: null });
    const draw = xorshift(seed + done * 7_919);
    const run = new Run(world, beginning);
    await run.start();
    const trace: string[] = [];
    for (let choices = run.choices(); choices.length > 0; choices = run.choices()) {
      const next = pick(choices, draw);
      trace.push(next.label);
      await next.happen();
      states.add(run.digest());
    }
    longest = Math.max(longest, trace.length);
    const faults = await run.end();
    if (faults.length > 0) {
      return {
        states: states.size,
        runs: done + 1,
        ends: done + 1,
        longest,
        complete: false,
        violation: { faults, trace },
      };
    }
  }
}

/** One step in eight goes wrong, while faults are left: spread over a run, they meet more than when taken at once. */
function pick(choices: readonly Choice[], draw: () => number): Choice {
  const wrong = choices.filter(({ faultOf }) => faultOf !== null);
  const right = choices.filter(({ faultOf }) => faultOf === null);
  const from = wrong.length > 0 && (draw() >>> 8) % 8 === 0 ? wrong : right;
  const next = from[(draw() >>> 8) % from.length];
  if (next === undefined) throw new Error('there is always something that goes right');
  return next;
}

/** The run comes to the same moments again, or randomness was left somewhere. */
function named(run: Run, label: string): Choice {
  const found = run.choices().find((choice) => choice.label === label);
  if (found === undefined) throw new Error(`a run does not repeat itself: there is no '${label}'`);
  return found;
}
