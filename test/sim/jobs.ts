/**
 * Worlds in processes of their own, as many at a time as there are cores. Decides how a process is started, with which
 * guard taken out; what is made of its findings is the asker's.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DRAWS_BY_BYTE } from './chance.ts';
import type { Findings } from './explore.ts';
import { type Mutant, type Rewrite, startedWith } from './mutants.ts';

/** One world to go through: to its end, or with a seed in so many runs at random. */
export interface Job {
  readonly worldName: string;
  readonly seed: number | null;
  readonly runs: number;
  readonly withinMs: number;
}

/** What a process tells, now and then and at its end. */
export interface News {
  readonly isLast: boolean;
  readonly findings: Findings;
}

const ROOT = new URL('../../', import.meta.url);
const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

/** Who waits for another process reads again every second: each read more is as many moments more. */
const POLLS_SELDOM: Rewrite = {
  file: 'src/engine/join.ts',
  from: 'const POLL_GAPS = [20, 50, 100, 250, 500, 1_000]',
  to: 'const POLL_GAPS = [1_000]',
};

/** @param mutant the guard that is taken out; null for the engine as it is. @throws {Error} when the process fails */
export async function work(job: Job, mutant: Mutant | null, progress: (findings: Findings) => void): Promise<Findings> {
  const { args, env } = startedWith(DRAWS_BY_BYTE, POLLS_SELDOM, ...(mutant === null ? [] : [mutant]));
  const child = spawn(process.execPath, [...args, CHILD, JSON.stringify(job)], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);
  let last: Findings | null = null;
  child.on('message', (news: News) => {
    if (news.isLast) last = news.findings;
    else progress(news.findings);
  });
  await once(child, 'exit');
  process.off('exit', killed);
  if (last === null) throw new Error(`the simulation of '${job.worldName}' broke`);
  return last;
}

/** Does all of it, in its order, several at a time. */
export async function sideBySide<T, R>(items: readonly T[], each: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [i, item] = next;
      results[i] = await each(item);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}
