/**
 * Loads this project's modules with some of their text replaced: given as JSON in `TOLLBRIDGE_REWRITES`, a list of
 * `{file, from, to}` with `file` from the root of the repository. Plain JavaScript, because it stands before the loader
 * that reads TypeScript: `node --import ./test/sim/rewrite.mjs --import tsx …`.
 */
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const root = new URL('../../', import.meta.url);
let rewrites = [];

export function initialize(given) {
  rewrites = given;
}

/** @throws {Error} where a text does not occur exactly once, so that no guard is left in by mistake. */
export async function load(url, context, nextLoad) {
  const [plain] = url.split('?');
  const mine = rewrites.filter(({ file }) => new URL(file, root).href === plain);
  if (mine.length === 0) return nextLoad(url, context);
  let source = await readFile(new URL(plain), 'utf8');
  for (const { file, from, to } of mine) {
    const parts = source.split(from);
    if (parts.length !== 2) throw new Error(`${file} has this ${parts.length - 1} times: ${from}`);
    source = parts.join(to);
  }
  return { format: 'module', source, shortCircuit: true };
}

if (isMainThread) register(import.meta.url, { data: JSON.parse(process.env['TOLLBRIDGE_REWRITES'] ?? '[]') });
