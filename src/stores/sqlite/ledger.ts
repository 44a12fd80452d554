/** The sandbox's ledger in a SQLite file of its own; several processes may share it. */
import { fromRow, type Ledger, type LedgerRow, toRow } from '../../processors/sandbox/ledger.ts';
import { openDatabase } from './database.ts';

const SCHEMA = `
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
  const { connection, write, read, close } = await openDatabase(path);
  await write(() => connection.exec(SCHEMA));
  const insert = connection.prepare<LedgerRow>(INSERT);
  const select = connection.prepare<string>('SELECT * FROM entries WHERE attempt_id = ?');
  const selectAll = connection.prepare('SELECT * FROM entries ORDER BY rowid');

  return {
    async insert(entry) {
      const standing = await write(() =>
        insert.run(toRow(entry)).changes === 1 ? null : select.get(entry.attemptKey),
      );
      return standing === null ? entry : fromRow(standing as LedgerRow);
    },
    async get(attemptKey) {
      const row = await read(() => select.get(attemptKey));
      return row === undefined ? null : fromRow(row as LedgerRow);
    },
    async list() {
      const rows = await read(() => selectAll.all());
      return rows.map((row) => fromRow(row as LedgerRow));
    },
    close,
  };
}
