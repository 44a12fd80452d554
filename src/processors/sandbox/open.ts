/**
 * Opens the sandbox's ledger beside the engine's store: a file of its own, or a collection of its own. The driver is
 * loaded only when its store is used, because loading mongoose takes longer than the rest of a start.
 */
import { format, parse } from 'node:path';
import type { StoreLocation } from '../../settings.ts';
import type { Ledger } from './ledger.ts';

/**
 * @param location `STORE_URL` as parsed: the file `./data/tollbridge.db` keeps the ledger in
 *   `./data/tollbridge.sandbox.db`, MongoDB in the collection `sandbox_ledger` of the same database.
 * @throws {StoreUnavailable} when it cannot be opened.
 */
export async function openSandboxLedger(location: StoreLocation): Promise<Ledger> {
  switch (location.kind) {
    case 'sqlite': {
      const { openSqliteLedger } = await import('../../stores/sqlite/ledger.ts');
      return openSqliteLedger(ledgerPath(location.path));
    }
    case 'mongo': {
      const { openMongoLedger } = await import('../../stores/mongo/ledger.ts');
      return openMongoLedger(location.url);
    }
  }
}

function ledgerPath(storePath: string): string {
  const { dir, name, ext } = parse(storePath);
  return format({ dir, name: `${name}.sandbox`, ext });
}
