/**
 * How each figure comes about, from running servers to one number. Decides what is compared with what and in which order,
 * so that a drift of the machine falls on all sides alike.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { adapters } from '../../adapters/index.ts';
import { chargesOf, HANGING_PRICE, type Prepare, simulated, USUAL } from './charges.ts';
import { ROOT, type Server, type ServerName, startNode, stop } from './child.ts';
import { CONNECTIONS, closedLoop, median, openLoop, Pool, percentile } from './client.ts';

/** Says what is going on. */
export type Progress = (doing: string) => void;

const CHARGES_A_ROUND = 10_000;
const ROUNDS = 10;

export interface Throughput {
  /** Requests per second, a value for each round that counts. */
  readonly rates: Readonly<Record<ServerName, readonly number[]>>;
  /** How much more the charge server keeps resident at the end than after the first tenth: 0.1 is a tenth. */
  readonly rssGrowth: number;
}

/**
 * Closed loop, round by round: each server in turn takes the same number of requests. The first round warms up and does
 * not count. Charges that the rounds do not use up follow, for memory's sake.
 * @param charges in all, at least ten
 */
export async function measureThroughput(
  servers: Readonly<Record<ServerName, Server>>,
  charges: number,
  progress: Progress,
): Promise<Throughput> {
  const aRound = Math.min(Math.floor(charges / ROUNDS), CHARGES_A_ROUND);
  const run = (server: Server) => paceOf(server, aRound);
  const rates: Record<ServerName, number[]> = { echo: [], floor: [], charge: [] };
  let charged = 0;
  let early: number | null = null;
  for (let round = 0; charged < charges; round++) {
    progress(`throughput and memory: ${charged} of ${charges} charges`);
    if (round < ROUNDS) {
      rates.echo.push(await run(servers.echo));
      rates.floor.push(await run(servers.floor));
      rates.charge.push(await run(servers.charge));
    } else {
      await run(servers.charge);
    }
    charged += aRound;
    if (early === null && charged >= charges / 10) early = await servers.charge.memory();
  }
  const late = await servers.charge.memory();
  const counted = ([_warmUp, ...rest]: readonly number[]) => rest;
  return {
    rates: { echo: counted(rates.echo), floor: counted(rates.floor), charge: counted(rates.charge) },
    rssGrowth: late / (early ?? late) - 1,
  };
}

/** The open loop's rate, requests per second. */
const RATE = 200;

export interface Latency {
  /** Milliseconds that a charge takes longer than an echo: the difference of the medians, and of the 99th percentiles. */
  readonly p50: number;
  readonly p99: number;
}

/** Open loop at 200/s, the echo and the charge in turn; percentiles over all windows of a side. */
export async function measureLatency(
  { echo, charge }: Readonly<Record<ServerName, Server>>,
  { windows, seconds }: { readonly windows: number; readonly seconds: number },
  progress: Progress,
): Promise<Latency> {
  const latencies: Record<'echo' | 'charge', number[]> = { echo: [], charge: [] };
  for (let window = 0; window < windows; window++) {
    progress(`latency at ${RATE}/s: window ${window + 1} of ${windows}`);
    latencies.echo.push(...(await watch(echo, seconds)));
    latencies.charge.push(...(await watch(charge, seconds)));
  }
  return added(latencies.echo, latencies.charge);
}

function added(echo: readonly number[], charge: readonly number[]): Latency {
  const by = (share: number) => shareOf(charge, share) - shareOf(echo, share);
  return { p50: by(0.5), p99: by(0.99) };
}

/** Of one adapter. */
export interface Row {
  /** Its own charges per second, a value for each round that counts. */
  readonly rates: readonly number[];
  readonly latency: Latency;
}

/**
 * Round by round, the echo and each adapter in turn: a closed loop of some charges, then an open one at 200/s. The closed
 * loop of the first round warms up, is not counted, and has no open loop behind it.
 */
export async function measureAdapters(
  { echo, charge }: Readonly<Record<ServerName, Server>>,
  { rounds, charges, seconds }: { readonly rounds: number; readonly charges: number; readonly seconds: number },
  progress: Progress,
): Promise<Readonly<Record<string, Row>>> {
  const side = (name: string, server: Server, prepare: Prepare): Side => ({
    name,
    server,
    prepare,
    rates: [],
    latencies: [],
  });
  const base = side('echo', echo, usual);
  const own = adapters.map((adapter) => side(adapter.name, charge, chargesOf(adapter)));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, server, prepare, rates, latencies } of [base, ...own]) {
      progress(`adapters: ${name}, round ${round} of ${rounds}`);
      const pace = await paceOf(server, charges, prepare);
      if (round === 0) continue;
      rates.push(pace);
      latencies.push(...(await watch(server, seconds, prepare)));
    }
  }
  return Object.fromEntries(
    own.map(({ name, rates, latencies }) => [name, { rates, latency: added(base.latencies, latencies) }]),
  );
}

interface Side {
  readonly name: string;
  readonly server: Server;
  readonly prepare: Prepare;
  readonly rates: number[];
  readonly latencies: number[];
}

/** As many as a processor that hangs holds up at 20 payments a second and 10 s of patience. */
const HANGING = 200;
/** Within the 12 s that they hang. */
const HANG_WINDOW_SECONDS = 9;

/**
 * How much a processor that hangs for one merchant raises another's 99th percentile at 200/s: 0.1 is a tenth. The median
 * of pairs of windows, one without and one with the other merchant's payments hanging.
 */
export async function measureSlowNeighbour(charge: Server, pairs: number, progress: Progress): Promise<number> {
  const raises: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    progress(`slow neighbour: pair ${pair + 1} of ${pairs}`);
    const alone = shareOf(await watch(charge, HANG_WINDOW_SECONDS), 0.99);
    const requests = await usual(charge, RATE * HANG_WINDOW_SECONDS);
    const neighbour = new Pool(charge.port);
    await neighbour.grow(HANGING);
    const slow = await simulated(USUAL, { merchant: 1, price: HANGING_PRICE })(charge, HANGING);
    const hanging = Promise.all(slow.map((request) => neighbour.send(request)));
    await sleep(500);
    const beside = percentile(await openLoop(charge.port, requests, RATE), 0.99);
    await hanging;
    neighbour.close();
    raises.push(beside / alone - 1);
  }
  return median(raises);
}

/**
 * Milliseconds from the start of the process to its first answer, `/readyz`, on a store that is there and empty; the
 * median of some starts, on all cores.
 */
export async function measureStart(storeUrl: string, starts: number, progress: Progress): Promise<number> {
  progress('start: making the store');
  await startOnce(storeUrl);
  const times: number[] = [];
  while (times.length < starts) {
    progress(`start: ${times.length + 1} of ${starts}`);
    times.push(await startOnce(storeUrl));
  }
  return median(times);
}

const MAIN_FILE = fileURLToPath(new URL('src/main.ts', ROOT));
const START_LIMIT_MS = 30_000;

async function startOnce(storeUrl: string): Promise<number> {
  const port = await freePort();
  const from = performance.now();
  const env = { PATH: process.env['PATH'], STORE_URL: storeUrl, PORT: String(port) };
  const child = startNode(['--import', 'tsx', MAIN_FILE], 'all', { stdio: 'ignore', env });
  while (!(await isReady(port))) {
    if (performance.now() - from > START_LIMIT_MS) throw new Error('the server does not start');
    await sleep(2);
  }
  const took = performance.now() - from;
  await stop(child);
  return took;
}

function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

const usual = simulated(USUAL);

/** Requests per second of one closed loop. */
async function paceOf(server: Server, count: number, prepare: Prepare = usual): Promise<number> {
  const { perSecond } = await closedLoop(server.port, await prepare(server, count), CONNECTIONS);
  return perSecond;
}

/** The latencies of one window, ascending. */
async function watch(server: Server, seconds: number, prepare: Prepare = usual): Promise<readonly number[]> {
  return openLoop(server.port, await prepare(server, RATE * seconds), RATE);
}

function shareOf(latencies: readonly number[], share: number): number {
  return percentile(
    latencies.toSorted((a, b) => a - b),
    share,
  );
}
