/** Why a command or a start ended early, in one sentence for a person; only words of ours, since others may quote values. */
import { ConfigError } from './config.ts';
import { StoreUnavailable } from './core/store.ts';
import { WrongSecretKey } from './engine/keyring.ts';
import { NoStore } from './runtime.ts';
import { SchemaTooNew } from './stores/schema.ts';

/** An end of which the command line knows the reason; its message is ours and for a person. */
export class Explained extends Error {}

/** Whatever was thrown, as what to do about it; of an error that is not ours, its class only. */
export function reasonOf(error: unknown): string {
  const ours = [ConfigError, Explained, NoStore, SchemaTooNew, WrongSecretKey].some((kind) => error instanceof kind);
  if (ours && error instanceof Error) return error.message;
  if (error instanceof StoreUnavailable) {
    return REASONS.get(error.reason) ?? 'STORE_URL: the store cannot be opened or does not answer.';
  }
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const fallback = `It failed for a reason that nobody thought of (${error instanceof Error ? error.name : typeof error}).`;
  return REASONS.get(code) ?? fallback;
}

/** By the code of Node's system errors, and of SQLite's. */
const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['EADDRINUSE', 'PORT: in use by another program.'],
  ['EADDRNOTAVAIL', 'HOST: not an address of this machine.'],
  ['ENOTFOUND', 'HOST: no address is known by this name.'],
  ['EAI_AGAIN', 'HOST: the name service does not answer.'],
  ['EACCES', 'STORE_URL or PORT: this user may not open the files of the store, or not listen on this port.'],
  ['EPERM', 'STORE_URL: this user may not change the files of the store.'],
  ['EROFS', 'STORE_URL: the file system of the store is read-only.'],
  ['ENOSPC', 'STORE_URL: the disk of the store is full.'],
  ['EDQUOT', 'STORE_URL: this user has no more room on the disk of the store.'],
  ['ENOTDIR', 'STORE_URL: a part of the path is a file, not a folder.'],
  ['EEXIST', 'STORE_URL: a part of the path is a file, not a folder.'],
  ['EISDIR', 'STORE_URL: there is a folder where the store keeps a file.'],
  ['ENOENT', 'STORE_URL: the folder of the store cannot be made.'],
  ['ENAMETOOLONG', 'STORE_URL: the path is too long.'],
  ['SQLITE_NOTADB', 'STORE_URL: the file there is not a store.'],
  ['SQLITE_CORRUPT', 'STORE_URL: the file of the store is damaged.'],
  ['SQLITE_CANTOPEN', 'STORE_URL: what is there cannot be opened as the file of a store.'],
  ['SQLITE_READONLY', 'STORE_URL: this user may not write to the files of the store.'],
  ['SQLITE_FULL', 'STORE_URL: the disk of the store is full.'],
  ['SQLITE_BUSY', 'STORE_URL: another program keeps the file of the store locked.'],
]);
