/**
 * Which adapters a server has: those of the tree, and after them those that `ADAPTERS` names. Decides what can be loaded
 * at all, so that whatever is wrong with one stops the start with a sentence about it; whether an adapter keeps its
 * contract is for its author's tests (`tollbridge/testing`).
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { adapters } from '../adapters/index.ts';
import { ConfigError } from './config.ts';
import type { Adapter, AnyAdapter } from './core/adapter.ts';
import { Refused } from './core/errors.ts';
import { compile } from './http/validate.ts';

/** What an adapter's paths may not begin with: the server's own routes. */
export const OWN_PATHS = /^\/(?:v1|api\/v1\/oauth|livez|readyz|metrics|openapi\.json)(?:\/|$)/;
/** Lower-case letters, dashes and underscores, so that a name can stand in a log, a metric and a dedupe key. */
export const ADAPTER_NAME = /^[a-z][a-z_-]{0,31}$/;

const ms = { type: 'integer', minimum: 1 };

/** What of a header can be seen before it is used; the rest of its types is the compiler's. */
const checkHeader = compile({
  type: 'object',
  required: ['name', 'routes', 'auth', 'schema', 'patience'],
  properties: {
    name: { type: 'string', pattern: ADAPTER_NAME.source },
    routes: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['method', 'path', 'operation'],
        properties: {
          method: { type: 'string' },
          path: { type: 'string', pattern: '^(?:/:?[\\w.-]+)+$' },
          operation: { enum: ['charge', 'tokenize', null] },
        },
      },
    },
    auth: { type: 'array', minItems: 1, items: { type: 'string' } },
    schema: { type: 'object' },
    signature: {
      type: 'object',
      required: ['headers'],
      properties: {
        headers: { type: 'array', minItems: 1, items: { type: 'string', pattern: '^[a-z0-9-]+$' } },
      },
    },
    patience: {
      type: 'object',
      required: ['deliveryMs', 'totalMs', 'repeatsOnSilence'],
      properties: { deliveryMs: ms, totalMs: ms, repeatsOnSilence: { type: 'boolean' } },
    },
  },
});

/**
 * The adapters of the tree and the default exports of the modules, in this order.
 * @param modules paths (from `folder`) and names of packages, as `ADAPTERS` has them
 * @throws {ConfigError} with all that is wrong, naming modules by their place in the list
 */
export async function loadAdapters(
  modules: readonly string[],
  folder: string = process.cwd(),
): Promise<readonly AnyAdapter[]> {
  const problems: string[] = [];
  const all = [...adapters];
  for (const [i, name] of modules.entries()) {
    const place = `ADAPTERS: module ${i + 1}`;
    const loaded = await load(name, folder);
    if (typeof loaded === 'string') {
      problems.push(`${place} ${loaded}`);
      continue;
    }
    problems.push(...clashesOf(loaded, all).map((clash) => `${place}, "${loaded.name}", ${clash}`));
    all.push(loaded);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return all;
}

/** The adapter, or what is wrong, in words that complete "module 1 …". */
async function load(name: string, folder: string): Promise<Adapter<unknown> | string> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = await import(/^[./]/.test(name) ? pathToFileURL(resolve(folder, name)).href : name);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ERR_MODULE_NOT_FOUND') return 'is not there, or imports what is not there';
    return `fails when it is loaded (${error instanceof Error ? error.name : typeof error})`;
  }
  const value = loaded.default;
  if (isAdapter(value)) return value;
  return `has no adapter as its default export: look at ${faultOf(value)}`;
}

function isAdapter(value: unknown): value is Adapter<unknown> {
  return faultOf(value) === null;
}

/** The member of an adapter that is missing or cannot be used; null where there is none. */
function faultOf(value: unknown): string | null {
  try {
    checkHeader(value);
  } catch (error) {
    return error instanceof Refused ? (error.field ?? 'the default export') : 'the default export';
  }
  for (const name of ['setup', 'decode', 'encode']) {
    if (typeof Reflect.get(Object(value), name) !== 'function') return name;
  }
  const signature: unknown = Reflect.get(Object(value), 'signature');
  if (signature !== undefined && typeof Reflect.get(Object(signature), 'isBy') !== 'function') return 'signature.isBy';
  return ['schema', 'reply'].map((name) => faultOfSchema(name, Object(value))).find((fault) => fault !== null) ?? null;
}

function faultOfSchema(name: string, adapter: object): string | null {
  try {
    compile(Object(Reflect.get(adapter, name)));
    return null;
  } catch {
    return `${name}, which does not compile`;
  }
}

/** What another adapter, or the server itself, has already. */
function clashesOf({ name, routes }: Adapter<unknown>, others: readonly AnyAdapter[]): readonly string[] {
  const taken = new Set(others.flatMap((other) => other.routes.map(({ path }) => path)));
  return [
    ...(name === 'api' || others.some((other) => other.name === name) ? ['has a name that is taken'] : []),
    ...routes
      .filter(({ path }) => taken.has(path) || OWN_PATHS.test(path))
      .map(({ path }) => `has a path that is taken: ${path}`),
  ];
}
