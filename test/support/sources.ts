/** Our own sources as text, for the tests that hold rules against them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** The root of the repository. */
export const ROOT = join(import.meta.dirname, '../..');

export interface Source {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly code: string;
}

/** Every TypeScript file of `src` and `adapters`. */
export function readSources(): readonly Source[] {
  const paths = ['src', 'adapters'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => posix.join(folder, name)),
  );
  const sources = paths.filter((path) => path.endsWith('.ts'));
  return sources.map((path) => ({ path, code: readFileSync(join(ROOT, path), 'utf8') }));
}
