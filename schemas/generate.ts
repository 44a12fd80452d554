/**
 * Writes the type of each request body beside its schema: `pay.types.ts` is what `pay.schema.json` lets through. `npm run
 * schemas` writes them all; with `--check` it changes nothing and exits 1 naming the files that drifted.
 *
 * What a schema does not name passes it and is not in the type, so that code cannot read it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { compile } from 'json-schema-to-typescript';

const FOLDER = import.meta.dirname;
const SUFFIX = '.schema.json';
/** Biome's form, as biome.json has it. */
const STYLE = { singleQuote: true, trailingComma: 'all', bracketSpacing: true, printWidth: 120 } as const;

/** `payin-config.schema.json` is about a `PayinConfigBody`. */
function nameOf(file: string): string {
  const words = basename(file, SUFFIX).split('-');
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Body`;
}

/** References are to the schema's own `$defs` and to those of files beside it. */
async function typesOf(file: string): Promise<string> {
  const { title, description, ...schema } = JSON.parse(readFileSync(file, 'utf8'));
  const about = [title, description].filter(Boolean).join('. ');
  const code = await compile({ ...schema, description: about }, nameOf(file), {
    additionalProperties: false,
    bannerComment: `/* Made by \`npm run schemas\` from ${basename(file)}: change it there. */`,
    cwd: dirname(file),
    ignoreMinAndMaxItems: true,
    style: STYLE,
  });
  return readonly(code);
}

/** A body is read and never changed; the compiler has no option to say so. */
function readonly(code: string): string {
  return code
    .replace(/^( +)(?=(?:[\w$]+\??|'[^']+'\??|\[k: string\]):)/gm, '$1readonly ')
    .replace(/(?:\b\w+|\([^()]*\))\[\]/g, 'readonly $&');
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

const check = process.argv.includes('--check');
/** Neither parts nor replies are bodies that somebody sends. */
const schemas = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith(SUFFIX) && basename(path) !== `common${SUFFIX}` && !/\brepl(?:y|ies)\b/.test(path),
);
const drifted: string[] = [];
for (const schema of schemas.sort()) {
  const file = join(FOLDER, schema.replace(SUFFIX, '.types.ts'));
  const text = await typesOf(join(FOLDER, schema));
  if (readIfThere(file) === text) continue;
  drifted.push(`schemas/${schema.replace(SUFFIX, '.types.ts')}`);
  if (!check) writeFileSync(file, text);
}
if (check && drifted.length > 0) {
  process.stderr.write(`drifted from the schemas, run \`npm run schemas\`: ${drifted.join(', ')}\n`);
  process.exitCode = 1;
}
