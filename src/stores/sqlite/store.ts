/**
 * The embedded store: one SQLite file, which any number of processes of one machine may share. Reads run at once on the
 * one connection, writes in groups. Ties together the layout, the questions, the grouping and the waiting, each of which
 * has a file of its own.
 */
import type Database from 'libsql';
import {
  type Collection,
  type Condition,
  type ListQuery,
  PING,
  type Records,
  type Store,
  StoreUnavailable,
  type Write,
} from '../../core/store.ts';
import { COLLECTIONS, EXPIRING, leadingFields } from '../collections.ts';
import { closeFile, openFile } from './file.ts';
import { GroupCommit } from './group.ts';
import { type Anchor, countOf, keyOf, pageOf, type Sql } from './query.ts';
import { layOut, preparePurge, prepareTally, type Step, Table, toBound, toRecord } from './table.ts';
import { whenFree } from './wait.ts';

/** How long a locked file is waited for. Another process holds the lock for one group, some milliseconds. */
const PATIENCE_MS = 5_000;
const CACHE_KIB = 65_536;
/** 16 MB of log between checkpoints: with more, the one commit that pays for the checkpoint keeps everybody waiting. */
const CHECKPOINT_PAGES = 4_096;

/** What a test sets otherwise than the process does. */
export interface SqliteOptions {
  /** How long a call waits while another process has the file locked, in milliseconds; 5000 unless given. */
  readonly patienceMs?: number;
}

/**
 * Opens the store in that file, made with its directory where there is none: nobody but the owner may read it.
 * @throws {StoreUnavailable}
 */
export async function openSqlite(path: string, options: SqliteOptions = {}): Promise<Store> {
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
  const db = await openFile(path, patienceMs);
  try {
    await whenFree(() => setUp(db), patienceMs);
    return new SqliteStore(db, patienceMs);
  } catch (error) {
    db.close();
    throw error;
  }
}

function setUp(db: Database.Database): void {
  db.exec(`PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  db.transaction(() => {
    for (const collection of COLLECTIONS) layOut(db, collection);
  }).immediate();
}

type Tables = { readonly [C in Collection]: Table<C> };

class SqliteStore implements Store {
  readonly name = 'sqlite';
  readonly #db: Database.Database;
  readonly #patienceMs: number;
  readonly #group: GroupCommit;
  readonly #tables: Tables;
  readonly #tally: (id: string, by: number, expiresAt: number) => Step;
  readonly #purges: readonly ((now: number, limit: number) => number)[];
  #closed = false;

  constructor(db: Database.Database, patienceMs: number) {
    this.#db = db;
    this.#patienceMs = patienceMs;
    this.#group = new GroupCommit(db, patienceMs);
    this.#tally = prepareTally(db);
    this.#purges = EXPIRING.map((collection) => preparePurge(db, collection));
    this.#tables = {
      platforms: new Table(db, 'platforms'),
      merchants: new Table(db, 'merchants'),
      keys: new Table(db, 'keys'),
      chargeables: new Table(db, 'chargeables'),
      attempts: new Table(db, 'attempts'),
      codes: new Table(db, 'codes'),
      methods: new Table(db, 'methods'),
      refunds: new Table(db, 'refunds'),
      idempotency: new Table(db, 'idempotency'),
      tallies: new Table(db, 'tallies'),
      cartPayments: new Table(db, 'cartPayments'),
      feeSchedules: new Table(db, 'feeSchedules'),
      meta: new Table(db, 'meta'),
    };
  }

  get<C extends Collection>(collection: C, id: string): Promise<Records[C] | null> {
    return this.#read(() => this.#tables[collection].get(id));
  }

  async find<C extends Collection>(collection: C, field: string, value: string): Promise<Records[C] | null> {
    if (!leadingFields(collection).includes(field)) throw new RangeError('no declared index begins with that field');
    return this.#read(() => this.#tables[collection].find(field, value));
  }

  async list<C extends Collection>(collection: C, query: ListQuery): Promise<readonly Records[C][]> {
    const { startAfter: id, sortBy } = query;
    const table = this.#tables[collection];
    let anchor: Anchor | null = null;
    if (id !== undefined) {
      const [row] = await this.#select(keyOf(table, id, sortBy));
      if (row === undefined) return [];
      anchor = { id, key: toBound(row[0]) };
    }
    const rows = await this.#select(pageOf(table, query, anchor));
    return rows.flatMap((row) => toRecord<C>(row) ?? []);
  }

  async count(collection: Collection, where: readonly Condition[]): Promise<number> {
    const [row] = await this.#select(countOf(this.#tables[collection], where));
    return Number(row?.[0]);
  }

  /** @throws {TypeError} for a record that is not JSON or whose indexed field is no scalar */
  async apply(...writes: readonly Write[]): Promise<number> {
    const steps = writes.map((write) => this.#toStep(write));
    return this.#write(() => {
      const refused = steps.findIndex((step) => !step());
      return refused === -1 ? steps.length : refused;
    });
  }

  async purge(now: number, limit: number): Promise<number> {
    let removed = 0;
    // A group for each collection, so that payments come in between.
    for (const purge of this.#purges) removed += await this.#write(() => purge(now, limit));
    return removed;
  }

  async ping(): Promise<void> {
    await this.apply(PING);
  }

  /** Waits for the writes that were accepted. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#group.idle();
    closeFile(this.#db);
  }

  #read<T>(work: () => T): Promise<T> {
    return this.#closed ? Promise.reject(new StoreUnavailable()) : whenFree(work, this.#patienceMs);
  }

  #write<T>(work: () => T): Promise<T> {
    return this.#closed ? Promise.reject(new StoreUnavailable()) : this.#group.run(work);
  }

  /** Prepared each time: such questions come in too many forms to keep, and seldom. */
  #select({ text, values }: Sql): Promise<readonly unknown[][]> {
    return this.#read(() => this.#db.prepare(text).raw().all(values).filter(Array.isArray));
  }

  #toStep(write: Write): Step {
    if ('tally' in write) return this.#tally(write.tally, write.by, write.expiresAt);
    return 'insert' in write ? this.#insert(write) : this.#replace(write);
  }

  #insert<C extends Collection>({ insert, record }: { insert: C; record: Records[C] }): Step {
    return this.#tables[insert].insert(record);
  }

  #replace<C extends Collection>({ replace, record }: { replace: C; record: Records[C] }): Step {
    return this.#tables[replace].replace(record);
  }
}
