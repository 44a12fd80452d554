/**
 * What an adapter's author gives to the contract: bodies as the provider sends them, and the command that each comes to.
 * A fixture may be written in a test or be a JSON file of its own; members beside these are the author's own business.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdapterCommand, Json } from '../../src/core/adapter.ts';
import type { RefusedResult } from '../../src/core/payment.ts';
import type { Secret } from '../../src/core/secret.ts';

/** A value with its secrets as the plain text that they hold: test numbers only. */
export type Plain<T> = T extends Secret<infer V> ? V : T extends object ? { readonly [K in keyof T]: Plain<T[K]> } : T;

/** One body of a provider. */
export interface AdapterFixture {
  /** Says in a test's title which one it is; a file's name where it comes from a file. */
  readonly name: string;
  /** Where the body comes from: the page that documents it, the log that shows it, or that it is made up. */
  readonly source: string;
  /** The route by which it is delivered. */
  readonly path: string;
  /** What stood in the path, where the route has names in it. */
  readonly params?: Readonly<Record<string, string>>;
  /** Null where the route has none. */
  readonly body: Json;
  /** All that it comes to, or the refusal with the field that is to blame. */
  readonly command: Plain<AdapterCommand> | RefusedResult;
}

/**
 * The fixtures of a folder, one in each `*.json`, in the order of their names. `F` has what an author's files say beside.
 * @throws {Error} for a file that lacks what a fixture must have
 */
export function readFixtures<F extends AdapterFixture = AdapterFixture>(folder: string): readonly F[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => {
    const fixture: F = { ...JSON.parse(readFileSync(join(folder, file), 'utf8')), name: file };
    for (const member of ['source', 'path', 'body', 'command']) {
      if (!Object.hasOwn(fixture, member)) throw new Error(`${file} is no fixture: it has no "${member}"`);
    }
    return fixture;
  });
}
