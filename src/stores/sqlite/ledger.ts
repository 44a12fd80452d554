/** The sandbox's ledger in a SQLite file of its own; several processes may share it. */
import { fromRow, type Ledger, type LedgerRow, toRow } from '../../processors/sandbox/ledger.ts';
import { closeFile, openFile } from './file.ts';
import { GroupCommit } from './group.ts';
import { whenFree } from './wait.ts';

const PATIENCE_MS = 5_000;

const TABLE = `
  CREATE TABLE IF NOT EXISTS entries (
    attempt_id TEXT PRIMARY KEY,
    chargeable_id TEXT,
    kind TEXT,
    amount INTEGER,
    currency TEXT,
    outcome TEXT,
    code_given INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) STRICT`;

const INSERT = `
  INSERT INTO entries (attempt_id, chargeable_id, kind, amount, currency, outcome, code_given, at)
  VALUES (@attempt_id, @chargeable_id, @kind, @amount, @currency, @outcome, @code_given, @at)
  ON CONFLICT DO NOTHING`;

/** Opens or makes the ledger in that file. @throws {StoreUnavailable} */
export async function openSqliteLedger(path: string): Promise<Ledger> {
  const db = await openFile(path, PATIENCE_MS);
  await whenFree(() => db.exec(TABLE), PATIENCE_MS);
  const group = new GroupCommit(db, PATIENCE_MS);
  const insert = db.prepare<LedgerRow>(INSERT);
  const select = db.prepare<string>('SELECT * FROM entries WHERE attempt_id = ?');
  const selectAll = db.prepare('SELECT * FROM entries ORDER BY rowid');
  const selectOf = db.prepare<string>('SELECT * FROM entries WHERE chargeable_id = ? ORDER BY rowid');

  return {
    async insert(entry) {
      const earlier = await group.run(() =>
        insert.run(toRow(entry)).changes === 1 ? null : select.get(entry.attemptKey),
      );
      return earlier === null ? entry : fromRow(earlier as LedgerRow);
    },
    async get(attemptKey) {
      const row = await whenFree(() => select.get(attemptKey), PATIENCE_MS);
      return row === undefined ? null : fromRow(row as LedgerRow);
    },
    async of(chargeableId) {
      const rows = await whenFree(() => selectOf.all(chargeableId), PATIENCE_MS);
      return rows.map((row) => fromRow(row as LedgerRow));
    },
    async list() {
      const rows = await whenFree(() => selectAll.all(), PATIENCE_MS);
      return rows.map((row) => fromRow(row as LedgerRow));
    },
    async close() {
      await group.idle();
      closeFile(db);
    },
  };
}
