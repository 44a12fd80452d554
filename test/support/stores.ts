/**
 * The stores that tests run on: SQLite always; MongoDB where `MONGODB_URI` names a server or a `mongod` is on the PATH.
 * Every suite gets a database of its own, which is gone after it.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import mongoose from 'mongoose';
import type { Store } from '../../src/core/store.ts';
import { SETTINGS, type StoreLocation } from '../../src/settings.ts';
import { openStore } from '../../src/stores/open.ts';

const MONGO_MISSING =
  'no MongoDB: set MONGODB_URI=mongodb://host:port/ of a server that tests may make databases on, or put mongod on the PATH';

export interface TestDatabase {
  readonly name: Store['name'];
  /** As `STORE_URL`, for another process. */
  readonly url: string;
  /** Another handle on the same database. */
  open(): Promise<Store>;
  /** Closes every handle and removes the database. */
  destroy(): Promise<void>;
}

/** A new, empty database. */
export async function createDatabase(name: Store['name']): Promise<TestDatabase> {
  const { url, remove } = name === 'sqlite' ? sqliteFile() : mongoDatabase(await mongoServer());
  const handles: Store[] = [];
  return {
    name,
    url,
    async open() {
      const store = await openStore(url);
      handles.push(store);
      return store;
    },
    async destroy() {
      for (const store of handles) await store.close();
      await remove();
    },
  };
}

/** The URL of a test database as the settings read it. */
export function locationOf(url: string): StoreLocation {
  const location = SETTINGS.store.location.parse(url);
  if (location === undefined) throw new Error('a test database has a URL that the settings take');
  return location;
}

export interface SuiteStores {
  readonly name: Store['name'];
  /** The handle that the suite shares. */
  store(): Store;
  open(): Promise<Store>;
  url(): string;
}

/** Defines the suite once for every store; where one cannot be had, it is reported as skipped. */
export function eachStore(title: string, define: (stores: SuiteStores) => void): void {
  for (const name of ['sqlite', 'mongo'] as const) {
    describe(`${title}, on ${name}`, () => {
      if (name === 'mongo' && !mongoIsThere()) {
        it(`needs a MongoDB server`, skipWithoutMongo);
        return;
      }
      let database: TestDatabase;
      let store: Store;
      before(async () => {
        database = await createDatabase(name);
        store = await database.open();
      });
      after(() => database?.destroy());
      define({ name, store: () => store, open: () => database.open(), url: () => database.url });
    });
  }
}

let told = false;

/**
 * The one place that skips: with `MONGODB_REQUIRED` set, as on a machine that should have one, it fails instead. Every
 * suite is counted as skipped; how to run them is said once.
 */
function skipWithoutMongo(this: Mocha.Context): void {
  if (process.env['MONGODB_REQUIRED'] !== undefined) throw new Error(MONGO_MISSING);
  if (!told) process.stdout.write(`    ${MONGO_MISSING}\n`);
  told = true;
  this.skip();
}

function mongoIsThere(): boolean {
  return Boolean(process.env['MONGODB_URI']) || mongodPath() !== null;
}

interface Place {
  readonly url: string;
  remove(): Promise<void>;
}

function sqliteFile(): Place {
  const directory = mkdtempSync(join(tmpdir(), 'tollbridge-'));
  return {
    url: `sqlite:${join(directory, 'store', 'tollbridge.db')}`,
    remove: async () => rmSync(directory, { recursive: true }),
  };
}

function mongoDatabase(server: string): Place {
  const database = `tollbridge_test_${randomBytes(6).toString('hex')}`;
  // Not by `URL`, which takes no list of hosts.
  const url = server.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${database}`);
  return {
    url,
    async remove() {
      const connection = await mongoose.createConnection(url).asPromise();
      await connection.dropDatabase();
      await connection.close();
    },
  };
}

let started: Promise<string> | null = null;

function mongoServer(): Promise<string> {
  const given = process.env['MONGODB_URI'];
  if (given !== undefined) return Promise.resolve(given);
  started ??= startMongod();
  return started;
}

function mongodPath(): string | null {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, 'mongod');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this directory.
    }
  }
  return null;
}

/** Runs until this process ends. */
async function startMongod(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'tollbridge-mongod-'));
  const port = await freePort();
  const options = ['--dbpath', directory, '--port', String(port), '--bind_ip', '127.0.0.1'];
  const server = spawn(mongodPath() ?? 'mongod', options, { stdio: 'ignore' });
  server.unref();
  process.once('exit', () => {
    server.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });
  while (!(await answers(port))) {
    if (server.exitCode !== null) throw new Error('mongod did not start');
    await pause(100);
  }
  return `mongodb://127.0.0.1:${port}/`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
