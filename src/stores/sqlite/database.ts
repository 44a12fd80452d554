/**
 * One SQLite file, opened so that a commit survives a power cut, and written in groups: the writes that wait in one
 * turn of the event loop share one transaction and one sync to disk. Decides how other processes are waited for; what
 * is written is its users' matter.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import Libsql from 'libsql';
import { StoreUnavailable } from '../../core/store.ts';

/** How long a database that another process is writing to is waited for, milliseconds. */
const BUSY_LIMIT_MS = 5_000;
const LONGEST_GAP_MS = 16;

export interface Database {
  readonly connection: Libsql.Database;
  /**
   * Runs `work` in the next group and answers once the group is on disk.
   * @throws {StoreUnavailable} when the group failed; it may have been applied nevertheless.
   */
  write<T>(work: () => T): Promise<T>;
  /** Runs `work` at once, or as soon as the database is free. @throws {StoreUnavailable} */
  read<T>(work: () => T): Promise<T>;
  /** Waits for the groups under way. */
  close(): Promise<void>;
}

/** A write that waits: `run` does it and returns what answers its caller once the group is committed. */
interface Job {
  run(): () => void;
  reject(error: StoreUnavailable): void;
}

/** Opens or makes the file, readable by its owner only. @throws {StoreUnavailable} */
export async function openDatabase(path: string): Promise<Database> {
  mkdirSync(dirname(path), { recursive: true });
  // SQLite would make it with the process's umask; its journal and index files take this file's mode.
  closeSync(openSync(path, 'a', 0o600));
  const connection = new Libsql(path);
  await whenFree(() => connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL'));

  let waiting: Job[] = [];
  let writing: Promise<void> | null = null;

  /** Does not yield between begin and commit, so that no reader of this connection sees what is not committed. */
  function commitGroup(): void {
    connection.exec('BEGIN IMMEDIATE');
    const group = waiting;
    waiting = [];
    try {
      const answers = group.map((job) => job.run());
      connection.exec('COMMIT');
      for (const answer of answers) answer();
    } catch {
      fail(group);
      if (connection.inTransaction) connection.exec('ROLLBACK');
    }
  }

  async function writeGroups(): Promise<void> {
    while (waiting.length > 0) {
      await turn();
      try {
        await whenFree(commitGroup);
      } catch {
        fail(waiting.splice(0));
      }
    }
    writing = null;
  }

  return {
    connection,
    write: (work) =>
      new Promise((resolve, reject) => {
        const run = () => {
          const result = work();
          return () => resolve(result);
        };
        waiting.push({ run, reject });
        writing ??= writeGroups();
      }),
    read: whenFree,
    async close() {
      await writing;
      connection.close();
    },
  };
}

function fail(jobs: readonly Job[]): void {
  for (const job of jobs) job.reject(new StoreUnavailable());
}

/** Tries until no other process holds the database, yielding in between. */
async function whenFree<T>(work: () => T): Promise<T> {
  let gap = 1;
  for (let waited = 0; waited < BUSY_LIMIT_MS; waited += gap) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw new StoreUnavailable();
    }
    await sleep(gap);
    gap = Math.min(2 * gap, LONGEST_GAP_MS);
  }
  throw new StoreUnavailable();
}

function isBusy(error: unknown): boolean {
  return error instanceof Libsql.SqliteError && error.code.startsWith('SQLITE_BUSY');
}
