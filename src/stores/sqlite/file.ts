/** How every SQLite file here is opened: for its owner only, with a log written ahead, every commit synced to disk. */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Database from 'libsql';
import { StoreUnavailable } from '../../core/store.ts';
import { whenFree } from './wait.ts';

/**
 * Opens the file, made with its directory where there is none.
 * @param patienceMs how long it is waited for while another process has it locked
 * @throws {StoreUnavailable}
 */
export async function openFile(path: string, patienceMs: number): Promise<Database.Database> {
  const db = await whenFree(() => connect(resolve(path)), patienceMs);
  try {
    await whenFree(() => db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL'), patienceMs);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Closes the file with everything in it: a copy of it alone is then a backup. Where another process has it open, the log stays. */
export function closeFile(db: Database.Database): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // What is in the log is safe there.
  }
  db.close();
}

/** SQLite gives the log and the shared memory the mode of the database file, so the file is made before it is opened. */
function connect(file: string): Database.Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Only where it is not there: closing it would take this process's other handles their locks.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  try {
    return new Database(file);
  } catch {
    // The driver has no code for this; it waits for no lock yet.
    throw new StoreUnavailable('SQLITE_CANTOPEN');
  }
}
