/**
 * How a collection lies in SQLite: one table with the record as JSON text, and beside it a column for the id, the
 * revision and every indexed field. Writes say whether they applied; what runs together is decided in `group.ts`.
 *
 * Tables keep SQLite's row ids: with the text id as the table's own key, records that fill a third of a page would move
 * about with every insert (measured: half the throughput).
 */
import type Database from 'libsql';
import { CHANGING_FIELDS, type Collection, type Records, type Tally } from '../../core/store.ts';
import { indexedFields, indexesOf, leadingFields } from '../collections.ts';

/** What may be bound to a statement. The driver ends the process when it is handed a boolean. */
export type Bound = string | number | null;

/** One write, ready for its transaction; says whether it applied. */
export type Step = () => boolean;

/** SQLite has no booleans; JSON's `true` and `false` are compared as 1 and 0. */
export function toBound(value: unknown): Bound {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  throw new TypeError('only a text, a number, a boolean or null can be compared or indexed');
}

/** The record of a row whose only column is `doc`, as a table's writes stored it; null where there is no row. */
export function toRecord<C extends Collection>(row: unknown): Records[C] | null {
  return Array.isArray(row) ? JSON.parse(row[0]) : null;
}

/** Makes what is missing of a collection's table, columns and indexes. */
export function layOut(db: Database.Database, collection: Collection): void {
  db.exec(
    `CREATE TABLE IF NOT EXISTS ${collection} (id TEXT PRIMARY KEY NOT NULL, rev INTEGER NOT NULL, doc TEXT NOT NULL)`,
  );
  const columns = db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(collection);
  for (const field of indexedFields(collection)) {
    if (columns.includes(field)) continue;
    db.exec(`ALTER TABLE ${collection} ADD COLUMN ${field}`);
    db.exec(`UPDATE ${collection} SET ${field} = json_extract(doc, '$.${field}')`);
  }
  for (const fields of indexesOf(collection)) {
    const name = `${collection}_by_${fields.join('_')}`;
    const leads = `${fields[0]} IS NOT NULL`;
    db.exec(`CREATE INDEX IF NOT EXISTS ${name} ON ${collection} (${fields.join(', ')}) WHERE ${leads}`);
  }
}

/** The prepared statements of one collection, whose table is there. */
export class Table<C extends Collection> {
  readonly collection: C;
  /** Everything but the record's text. */
  readonly columns: readonly string[];
  readonly #fields: readonly string[];
  readonly #changing: readonly string[];
  readonly #get: Database.Statement;
  readonly #finds: ReadonlyMap<string, Database.Statement>;
  readonly #insert: Database.Statement;
  readonly #replace: Database.Statement;

  constructor(db: Database.Database, collection: C) {
    this.collection = collection;
    this.#fields = indexedFields(collection);
    this.#changing = this.#fields.filter((field) => CHANGING_FIELDS.includes(field));
    this.columns = ['id', 'rev', ...this.#fields];
    const written = [...this.columns, 'doc'];
    const places = written.map(() => '?').join(', ');
    // An index costs a write whenever its column is named, changed or not.
    const changes = ['rev', ...this.#changing, 'doc'].map((column) => `${column} = ?`).join(', ');
    const select = `SELECT doc FROM ${collection} WHERE`;
    this.#get = db.prepare(`${select} id = ?`).raw();
    this.#finds = new Map(
      leadingFields(collection).map((field) => [field, db.prepare(`${select} ${field} = ? LIMIT 1`).raw()]),
    );
    this.#insert = db.prepare(
      `INSERT INTO ${collection} (${written.join(', ')}) VALUES (${places}) ON CONFLICT (id) DO NOTHING`,
    );
    this.#replace = db.prepare(`UPDATE ${collection} SET ${changes} WHERE id = ? AND rev = ?`);
  }

  get(id: string): Records[C] | null {
    return toRecord(this.#get.get([id]));
  }

  find(field: string, value: string): Records[C] | null {
    return toRecord(this.#finds.get(field)?.get([value]));
  }

  insert(record: Records[C]): Step {
    const values = [record.id, record.rev, ...bound(record, this.#fields), JSON.stringify(record)];
    return () => this.#insert.run(values).changes === 1;
  }

  replace(record: Records[C]): Step {
    const { id, rev } = record;
    const values = [rev, ...bound(record, this.#changing), JSON.stringify(record), id, rev - 1];
    return () => this.#replace.run(values).changes === 1;
  }
}

function bound(record: object, fields: readonly string[]): readonly Bound[] {
  return fields.map((field) => toBound(Reflect.get(record, field) ?? null));
}

/** Counts in the database itself, so that nobody has to read a tally in order to add to it. */
export function prepareTally(db: Database.Database): (id: string, by: number, expiresAt: number) => Step {
  const statement = db.prepare(
    `INSERT INTO tallies (id, rev, expiresAt, doc) VALUES (?, 0, ?, ?) ON CONFLICT (id) DO UPDATE SET rev = rev + 1,
     doc = json_set(doc, '$.rev', rev + 1, '$.count', json_extract(doc, '$.count') + ?)`,
  );
  return (id, by, expiresAt) => {
    const first: Tally = { id, rev: 0, count: by, expiresAt };
    const values = [id, expiresAt, JSON.stringify(first), by];
    return () => statement.run(values).changes === 1;
  };
}

/** Removes records that expired before `now`, at most `limit`; says how many. */
export function preparePurge(db: Database.Database, collection: Collection): (now: number, limit: number) => number {
  const statement = db.prepare(
    `DELETE FROM ${collection} WHERE id IN (SELECT id FROM ${collection} WHERE expiresAt < ? LIMIT ?)`,
  );
  return (now, limit) => statement.run([now, limit]).changes;
}
