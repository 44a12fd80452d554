/**
 * How each figure comes about, from running servers to one number. Decides what is compared with what and in which order,
 * so that a drift of the machine falls on all sides alike.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chargeOf, HANGING_PRICE, PRICE } from './bodies.ts';
import { ROOT, type Server, type ServerName, startNode, stop } from './child.ts';
import { closedLoop, median, openLoop, Pool, percentile } from './client.ts';

/** Says what is going on. */
export type Progress = (doing: string) => void;

const CONNECTIONS = 64;
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
  const run = async (server: Server) => closedLoop(server.target(0), await bodiesFor(server, aRound), CONNECTIONS);
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
  const added = (share: number) => shareOf(latencies.charge, share) - shareOf(latencies.echo, share);
  return { p50: added(0.5), p99: added(0.99) };
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
    const bodies = await bodiesFor(charge, RATE * HANG_WINDOW_SECONDS);
    const neighbour = new Pool(charge.target(1));
    await neighbour.grow(HANGING);
    const ids = await charge.makeConfigs({ merchant: 1, price: HANGING_PRICE, count: HANGING });
    const hanging = Promise.all(ids.map((id) => neighbour.post(chargeOf(id, HANGING_PRICE))));
    await sleep(500);
    const beside = percentile(await openLoop(charge.target(0), bodies, RATE), 0.99);
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

/** The latencies of one window, ascending. */
async function watch(server: Server, seconds: number): Promise<readonly number[]> {
  return openLoop(server.target(0), await bodiesFor(server, RATE * seconds), RATE);
}

/** Deliveries for so many configs, made for them; none of this is measured. */
async function bodiesFor(server: Server, count: number): Promise<readonly string[]> {
  const ids = await server.makeConfigs({ merchant: 0, price: PRICE, count });
  return ids.map((id) => chargeOf(id, PRICE));
}

function shareOf(latencies: readonly number[], share: number): number {
  return percentile(
    latencies.toSorted((a, b) => a - b),
    share,
  );
}
