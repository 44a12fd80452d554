/**
 * The processes that the bench measures: pinned to a core of their own where the machine can, asked one question at a
 * time, and ended with the bench. Decides which core does what: servers on the first, the generator on the second.
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Money } from '../../src/core/money.ts';

export type ServerName = 'echo' | 'floor' | 'charge';

export interface ConfigsWanted {
  /** Of two, so that one can be slow and the other watched. */
  readonly merchant: 0 | 1;
  readonly price: Money;
  readonly count: number;
}

/** What a server is asked. It answers with a list of words, and greets with its port and the words of `Credentials`. */
export type Question = ({ readonly kind: 'configs' } & ConfigsWanted) | { readonly kind: 'memory' };

export const CORES = availableParallelism();
/** Whether each side has a core of its own. */
export const PINNED = CORES > 1 && spawnSync('taskset', ['-V']).status === 0;

export const ROOT = new URL('../../', import.meta.url);
const SERVER_FILE = fileURLToPath(new URL('server.ts', import.meta.url));
const running = new Set<ChildProcess>();

/** Empty where nobody reads them. */
export interface Credentials {
  /** The connector key of each merchant. */
  readonly keys: readonly [string, string];
  /** Of OAuth: a key for the first merchant's carts, and its id. */
  readonly client: { readonly id: string; readonly secret: string };
}

export interface Server extends Credentials {
  /** On 127.0.0.1. */
  readonly port: number;
  /** The ids of new configs. */
  makeConfigs(wanted: ConfigsWanted): Promise<readonly string[]>;
  /** Resident bytes, garbage collected. */
  memory(): Promise<number>;
}

/** The generator leaves the first core to the servers. */
export function pinGenerator(): void {
  if (PINNED) spawnSync('taskset', ['-cp', '1', String(process.pid)]);
}

/** Starts Node, on one core or on all. Its standard output goes nowhere. */
export function startNode(args: readonly string[], cores: 'first' | 'all', options: SpawnOptions): ChildProcess {
  const [command = '', ...rest] = [
    ...(PINNED ? ['taskset', '-c', cores === 'first' ? '0' : `0-${CORES - 1}`] : []),
    process.execPath,
    ...args,
  ];
  const child = spawn(command, rest, { cwd: ROOT, ...options });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

export async function startServer(name: ServerName, storeUrl: string): Promise<Server> {
  const args = ['--expose-gc', '--import', 'tsx', SERVER_FILE, name, storeUrl];
  const child = startNode(args, 'first', { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [port, first = '', second = '', id = '', secret = ''] = await hear(child);
  return {
    port: Number(port),
    keys: [first, second],
    client: { id, secret },
    makeConfigs: (wanted) => ask(child, { kind: 'configs', ...wanted }),
    memory: async () => Number(await ask(child, { kind: 'memory' })),
  };
}

function ask(child: ChildProcess, question: Question): Promise<readonly string[]> {
  child.send(question);
  return hear(child);
}

function hear(child: ChildProcess): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('a server under load ended'));
    child.once('exit', ended);
    child.once('message', (words) => {
      child.off('exit', ended);
      resolve(Array.isArray(words) ? words.map(String) : []);
    });
  });
}

/** Ends a process in order, as an operator would. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Ends whatever was started here and still runs. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stop));
}
