/** Chooses the store by its URL. Each implementation is loaded only when it is the one: Mongoose costs 0.3 s. */
import type { Store } from '../core/store.ts';
import { bringUpToDate } from './schema.ts';

/**
 * Opens the store, its tables and indexes made and its records of this program's schema version.
 * @param url `sqlite:PATH`, `mongodb://…` or `mongodb+srv://…`: the setting `STORE_URL`. It may hold a password, so no
 *   error repeats it.
 * @throws {StoreUnavailable} when it cannot be reached
 * @throws {SchemaTooNew} when a newer version of this program wrote it
 * @throws {Error} when the URL names no store that there is
 */
export async function openStore(url: string): Promise<Store> {
  const store = await connect(url);
  try {
    await bringUpToDate(store);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function connect(url: string): Promise<Store> {
  if (/^sqlite:./.test(url)) {
    const { openSqlite } = await import('./sqlite/store.ts');
    return openSqlite(url.slice('sqlite:'.length));
  }
  if (/^mongodb(?:\+srv)?:\/\/./.test(url)) {
    const { openMongo } = await import('./mongo/store.ts');
    return openMongo(url);
  }
  throw new Error('STORE_URL must be sqlite:PATH, mongodb://… or mongodb+srv://…');
}
