/** Processes of Tollbridge that a test starts, kills and stops: by their pid, and none outlives the test run. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Running {
  readonly process: ChildProcess;
  /** Everything it wrote so far, on both streams. */
  output(): string;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;
  /** Sends the signal; after SIGKILL or SIGTERM resolves when it has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const living = new Set<ChildProcess>();
process.once('exit', killLiving);

/** Kills what a failed test has left running, so that the test run can end. */
export function killLiving(): void {
  for (const child of living) child.kill('SIGKILL');
}

/** Starts a TypeScript file of this project under Node. */
export function startNode(script: string, args: readonly string[], options: SpawnOptions = {}): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  living.add(child);
  let written = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      written += String(chunk);
    });
  }
  const ended = once(child, 'exit').then(() => {
    living.delete(child);
  });
  return {
    process: child,
    output: () => written,
    ended,
    async kill(signal) {
      child.kill(signal);
      if (signal === 'SIGKILL' || signal === 'SIGTERM') await ended;
    },
  };
}

/** What `work` gives, unless the process ends before. @throws with what the process wrote */
export async function unlessEnded<T>(running: Running, work: Promise<T>): Promise<T> {
  return Promise.race([
    work,
    running.ended.then(() => {
      throw new Error(`the process ended too early: ${running.output()}`);
    }),
  ]);
}

export interface ServerProcess extends Running {
  readonly url: string;
}

/** Starts the server itself, in production so that its log is JSON, on a free port of loopback. */
export async function startMain(
  env: Readonly<Record<string, string>>,
  { script = 'src/main.ts', cwd = root }: { readonly script?: string; readonly cwd?: string } = {},
): Promise<ServerProcess> {
  const fixed = { NODE_ENV: 'production', HOST: '127.0.0.1', PORT: '0', PATH: process.env['PATH'] };
  const running = startNode(script, [], { cwd, env: { ...fixed, ...env } });
  const started = new Promise<number>((resolve) => {
    running.process.stdout?.on('data', () => {
      const port = /"event":"start","port":([0-9]+)/.exec(running.output())?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
  return { ...running, url: `http://127.0.0.1:${await unlessEnded(running, started)}` };
}
