/**
 * Waiting for a database that another process has locked, without blocking the event loop: SQLite's own busy timeout
 * would sleep inside the call. Decides also what leaves the driver: "unavailable", and its code.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import { StoreUnavailable } from '../../core/store.ts';

const FIRST_GAP_MS = 1;
const LONGEST_GAP_MS = 50;

/**
 * Runs `work`, again after growing gaps while the database is busy.
 * @param patienceMs how long it is waited for in total
 * @throws {StoreUnavailable} when patience ends, and for every other error of the driver
 */
export async function whenFree<T>(work: () => T, patienceMs: number): Promise<T> {
  let waited = 0;
  for (let gap = FIRST_GAP_MS; ; gap = Math.min(gap * 2, LONGEST_GAP_MS)) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || waited >= patienceMs) throw unavailable(error);
    }
    await sleep(gap);
    waited += gap;
  }
}

/** What was thrown, without its text: with SQLite's code or the system's, where it has one. */
export function unavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return new StoreUnavailable(typeof code === 'string' && code !== '' ? code : null);
}

/** Matches the extended codes too: `SQLITE_BUSY_SNAPSHOT`, `SQLITE_BUSY_RECOVERY`. */
function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}
