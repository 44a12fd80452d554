/**
 * The store's schema version: an older store is brought up to date, one written by a newer program is refused. Speaks
 * only through the port, so that every store follows the same rule. The tables and indexes are each store's own.
 */
import { SCHEMA_VERSION, type Store } from '../core/store.ts';

/** Brings the records of the version before `to` up to `to`. Repeated from its start after a crash, or by two processes at once. */
export interface Migration {
  readonly to: number;
  upgrade(store: Store): Promise<void>;
}

/** One for each version after the first, in order. */
const MIGRATIONS: readonly Migration[] = [];

/** The store was written by a newer version of this program. */
export class SchemaTooNew extends Error {
  readonly found: number;
  readonly known: number;

  constructor(found: number, known: number) {
    super(
      `the store has schema version ${found}, this program knows versions up to ${known}: please update the program`,
    );
    this.found = found;
    this.known = known;
  }
}

/** The id of the record in `meta` whose value is the schema version. */
export const SCHEMA_RECORD = 'schema_version';

/**
 * Marks a new store with the version, upgrades an older one step by step.
 * @throws {SchemaTooNew}
 * @throws {StoreUnavailable}
 */
export async function bringUpToDate(
  store: Store,
  migrations: readonly Migration[] = MIGRATIONS,
  version = SCHEMA_VERSION,
): Promise<void> {
  const stored = await store.get('meta', SCHEMA_RECORD);
  if (stored === null) {
    const fresh = { id: SCHEMA_RECORD, rev: 0, value: String(version) };
    const applied = await store.apply({ insert: 'meta', record: fresh });
    return applied === 1 ? undefined : bringUpToDate(store, migrations, version);
  }
  const found = Number(stored.value);
  if (found > version) throw new SchemaTooNew(found, version);
  if (found === version) return;
  const migration = migrations.find(({ to }) => to === found + 1);
  if (migration === undefined) throw new Error(`no migration leads from schema version ${found} to ${found + 1}`);
  await migration.upgrade(store);
  // Where another process was faster this does not apply, and the store is read again all the same.
  await store.apply({ replace: 'meta', record: { ...stored, rev: stored.rev + 1, value: String(found + 1) } });
  await bringUpToDate(store, migrations, version);
}
