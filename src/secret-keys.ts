/**
 * The secrets that key our digests: those of `SECRET_KEY`, or one in a file beside the embedded store, made at the first
 * start. Losing that file is refused by the check value in the store, not here.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Config, ConfigError } from './config.ts';
import type { Secret } from './core/secret.ts';
import { secretKeys } from './settings.ts';

/**
 * The live secrets, newest first. Without `SECRET_KEY` they are read from `<store path>.key`, which has the same form
 * and is made when it is not there: 256 random bits, readable by its owner only.
 * @throws {ConfigError} when there is nothing to read them from.
 */
export function loadSecretKeys(config: Config): readonly Secret<string>[] {
  if (config.secrets.keys !== null) return config.secrets.keys;
  const { location } = config.store;
  if (location.kind !== 'sqlite') throw new ConfigError(['SECRET_KEY is required with MongoDB']);

  const path = `${location.path}.key`;
  const keys = secretKeys.parse(readFile(path) ?? makeFile(path));
  if (!keys) throw new ConfigError([`the key file beside the store of STORE_URL must hold ${secretKeys.form}`]);
  return keys;
}

function readFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/**
 * The file appears under its name with its whole content or not at all, and only once: of two processes that start at
 * the same moment, the one whose link comes second reads what the first one wrote.
 */
function makeFile(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, `${randomBytes(32).toString('base64url')}\n`);
    fsyncSync(file);
    linkSync(draft, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    closeSync(file);
    unlinkSync(draft);
  }
  syncFolder(dirname(path));
  return readFileSync(path, 'utf8');
}

/** Without this a crash of the machine could take the new name away while the store already depends on it. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
