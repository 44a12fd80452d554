/** Why a command or a start ended early, in one sentence for a person; only words of ours, since others may quote values. */
import { ConfigError } from './config.ts';
import { StoreUnavailable } from './core/store.ts';
import { WrongSecretKey } from './engine/keyring.ts';
import { SchemaTooNew } from './stores/schema.ts';

/** An end of which the command line knows the reason; its message is ours and for a person. */
export class Explained extends Error {}

/** Whatever was thrown, as what to do about it; of an error that is not ours, its class only. */
export function reasonOf(error: unknown): string {
  if (error instanceof Explained || error instanceof ConfigError) return error.message;
  if (error instanceof WrongSecretKey || error instanceof SchemaTooNew) return error.message;
  if (error instanceof StoreUnavailable) return 'STORE_URL: the store cannot be opened or does not answer.';
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') return 'PORT: in use by another program.';
  if (code === 'EACCES') return 'The files of the store, or the PORT, are not open to this user.';
  return `It failed for a reason that nobody thought of (${error instanceof Error ? error.name : typeof error}).`;
}
