/** Ways to cut servers off from what they stand on, for a while, in the middle of whatever they are doing. */
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'libsql';
import { SETTINGS } from '../../src/settings.ts';
import type { TestDatabase } from '../support/stores.ts';

/** Something that can go wrong for a while. */
export interface Breakable {
  /** Milliseconds, the least and the most, from one time to the next. */
  readonly gapMs: readonly [number, number];
  /** For so long, milliseconds, nothing passes as it should. */
  cut(ms: number): Promise<void>;
}

/** Something that servers reach through us: what is under way when it is cut is lost. */
export interface Cuttable extends Breakable {
  /** What the servers are given, a URL. */
  readonly url: string;
  close(): Promise<void>;
}

/** Long enough apart that a server can start between two of them. */
const CUT_GAP_MS = [4_000, 15_000] as const;

/** The store: MongoDB behind a wire that breaks, SQLite as a file that somebody else keeps locked. */
export async function cuttableStore({ name, url }: TestDatabase): Promise<Cuttable> {
  if (name === 'sqlite') return lockableFile(url);
  const direct = new URL(url);
  const wire = await cuttableWire(Number(direct.port));
  direct.port = String(wire.port);
  // The server's own list of hosts would lead around the wire.
  direct.searchParams.set('directConnection', 'true');
  return { ...wire, url: direct.href };
}

/** Any address of this machine behind a port of ours. */
export async function cuttableWire(target: number): Promise<Cuttable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  let broken = 0;
  const server = createServer((inward) => {
    if (broken > 0) return void inward.destroy();
    const outward = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [inward, outward],
      [outward, inward],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server that listens has a port');
  const sever = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    gapMs: CUT_GAP_MS,
    async cut(ms) {
      broken += 1;
      sever();
      await pause(ms);
      broken -= 1;
    },
    async close() {
      sever();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const LOCK_TRIES = 50;
const LOCK_GAP_MS = 20;

function lockableFile(url: string): Cuttable {
  const location = SETTINGS.store.location.parse(url);
  if (location?.kind !== 'sqlite') throw new Error('not the URL of a file');
  const { path } = location;

  /** Whether the file is ours now; somebody may be writing to it. */
  function lock(file: Database.Database): boolean {
    try {
      file.exec('BEGIN IMMEDIATE');
      return true;
    } catch {
      return false;
    }
  }

  return {
    url,
    gapMs: CUT_GAP_MS,
    async cut(ms) {
      const file = new Database(path);
      for (let tries = 0; tries < LOCK_TRIES; tries++) {
        if (lock(file)) {
          await pause(ms);
          file.exec('ROLLBACK');
          break;
        }
        await pause(LOCK_GAP_MS);
      }
      file.close();
    },
    async close() {},
  };
}
