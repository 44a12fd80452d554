/** Several real servers on one store, and what befalls them: they are killed, stopped past their leases, cut off. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Draw } from '../support/draw.ts';
import { type ServerProcess, startMain } from '../support/process.ts';
import type { Breakable } from './cuts.ts';

/** What has befallen the servers so far. */
export interface Disturbances {
  kills: number;
  stops: number;
  cuts: number;
}

export interface Fleet {
  readonly disturbances: Disturbances;
  /** Where one of the servers is, or was a moment ago. */
  url(draw: Draw): URL;
  /** Disturbs them, one thing after the other on each, until `over`; then all of them run. */
  disturb(draws: readonly Draw[], over: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const DEADLINE_MS = 1_500;
const SLACK_MS = 200;
/** After so many milliseconds the lease of an attempt is over on these servers. */
export const LEASE_MS = DEADLINE_MS + SLACK_MS;

const SHORT = {
  PROCESSOR_DEADLINE_MS: String(DEADLINE_MS),
  LEASE_SLACK_MS: String(SLACK_MS),
  RESERVATION_LEASE_MS: '300',
  RECONCILE_INTERVAL_MS: '200',
  MAX_ATTEMPTS_PER_CONFIG: '1000',
  MAX_ATTEMPTS_PER_KEY_PER_HOUR: '1000000000',
  MAX_ATTEMPTS_PER_MERCHANT_PER_HOUR: '1000000000',
  LOG_LEVEL: 'error',
};

/** @param breakable what they are cut off from: the store, and what else they stand on. */
export async function startFleet(
  size: number,
  env: Readonly<Record<string, string>>,
  breakable: readonly Breakable[],
): Promise<Fleet> {
  const start = () => startMain({ ...SHORT, ...env, LOG_LEVEL: 'info' });
  const servers = await Promise.all(Array.from({ length: size }, start));
  const disturbances: Disturbances = { kills: 0, stops: 0, cuts: 0 };

  async function restart(which: number, server: ServerProcess): Promise<void> {
    await server.kill('SIGKILL');
    // A start may fall into a cut: it fails, and somebody starts the server again.
    for (;;) {
      const started = await start().catch(() => null);
      if (started !== null) {
        servers[which] = started;
        return;
      }
    }
  }

  async function stop(server: ServerProcess, draw: Draw): Promise<void> {
    await server.kill('SIGSTOP');
    // A third of them sleep past the lease, so that others settle what the sleeper is about to send.
    await pause(draw(0, 2) === 0 ? LEASE_MS + draw(100, 600) : draw(50, 800));
    await server.kill('SIGCONT');
  }

  async function disturbOne(which: number, draw: Draw, over: () => boolean): Promise<void> {
    while (!over()) {
      await pause(draw(300, 1_500));
      const server = servers[which];
      if (server === undefined || over()) return;
      if (draw(0, 1) === 0) {
        await restart(which, server);
        disturbances.kills += 1;
      } else {
        await stop(server, draw);
        disturbances.stops += 1;
      }
    }
  }

  async function cutOff(what: Breakable, draw: Draw, over: () => boolean): Promise<void> {
    while (!over()) {
      await pause(draw(...what.gapMs));
      if (over()) return;
      await what.cut(draw(50, 1_200));
      disturbances.cuts += 1;
    }
  }

  return {
    disturbances,
    url(draw) {
      const server = servers[draw(0, size - 1)];
      if (server === undefined) throw new Error('there is a server for each number');
      return new URL(server.url);
    },
    async disturb(draws, over) {
      const drawOf = (i: number): Draw => draws[i] ?? ((low) => low);
      await Promise.all([
        ...servers.map((_, i) => disturbOne(i, drawOf(i), over)),
        ...breakable.map((what, i) => cutOff(what, drawOf(size + i), over)),
      ]);
    },
    async close() {
      await Promise.all(servers.map((server) => server.kill('SIGKILL')));
    },
  };
}
