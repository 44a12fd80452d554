/**
 * `npm run new:adapter NAME`: copies the adapter of `new-provider`, its schema and its tests under another name, and puts
 * it into the sorted list. What it writes compiles and keeps the contract; from there on it is its author's.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const LIST = join(ROOT, 'adapters/index.ts');
const PARTS = ['adapters', 'schemas', 'test/adapters'];
const FROM = 'new-provider';
const LINE_WIDTH = 120;

/** A name as it stands in paths, in code and in sentences. */
function spellingsOf(name: string): readonly [string, string, string] {
  const [first = '', ...rest] = name.split(/[-_]/);
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
  return [name, [first, ...rest.map(capital)].join(''), [first, ...rest].map(capital).join(' ')];
}

/** @returns the files written, from the root */
function copyParts(name: string): readonly string[] {
  const pairs = spellingsOf(FROM).map((from, i) => [from, spellingsOf(name)[i] ?? name] as const);
  return PARTS.flatMap((part) => {
    const files = readdirSync(join(ROOT, part, FROM), { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    return files.map((file) => {
      const path = join(file.parentPath, file.name);
      const target = path.replace(join(part, FROM), join(part, name));
      const text = pairs.reduce((changed, [from, to]) => changed.replaceAll(from, to), readFileSync(path, 'utf8'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
      return target.slice(ROOT.length + 1);
    });
  });
}

/** Writes the imports and the list anew, in the order of the names. */
function register(name: string): void {
  const text = readFileSync(LIST, 'utf8');
  const lines = [...text.matchAll(/^import \{ (\w+) \} from '\.\/([a-z_-]+)\/adapter\.ts';\n/gm)];
  const listed = lines.map(([, identifier = '', folder = '']) => ({ folder, identifier }));
  const [, identifier] = spellingsOf(name);
  const all = [...listed, { folder: name, identifier }].sort((a, b) => (a.folder < b.folder ? -1 : 1));
  const imports = all.map((one) => `import { ${one.identifier} } from './${one.folder}/adapter.ts';\n`).join('');
  const [whole = '', declaration = ''] = /^(export const adapters: [^=]*= )\[[^\]]*\];/m.exec(text) ?? [];
  const names = all.map((one) => one.identifier);
  const line = `${declaration}[${names.join(', ')}];`;
  const list = line.length <= LINE_WIDTH ? line : `${declaration}[\n${names.map((one) => `  ${one},\n`).join('')}];`;
  const [first = ''] = lines[0] ?? [];
  const without = lines.slice(1).reduce((rest, [other]) => rest.replace(other, ''), text);
  writeFileSync(LIST, without.replace(first, imports).replace(whole, list));
}

function faultOf(name: string | undefined): string | null {
  if (name === undefined) return 'usage: npm run new:adapter NAME';
  if (!/^[a-z]+(?:[-_][a-z]+)*$/.test(name) || name.length > 32) {
    return 'A name is lower-case words, with a dash or an underscore between them, of 32 characters at most.';
  }
  if (name === 'api' || PARTS.some((part) => existsSync(join(ROOT, part, name)))) return `The name ${name} is taken.`;
  return null;
}

const [name] = process.argv.slice(2);
const fault = faultOf(name);
if (fault !== null || name === undefined) {
  process.stderr.write(`${fault}\n`);
  process.exitCode = 1;
} else {
  const written = copyParts(name);
  register(name);
  const next = `npm test -- -f "adapter contract: ${name}"`;
  process.stdout.write(
    `Made, and listed in adapters/index.ts:\n${written.map((file) => `  ${file}\n`).join('')}\n${next}\n`,
  );
}
