/**
 * `npm run -s counts`: how many fixtures and scenarios there are for each adapter, and how many broken implementations are
 * caught. Counts what mocha has loaded and the files that the tests go through; runs nothing.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';
import { adapters } from '../../adapters/index.ts';

const TESTS = join(import.meta.dirname, '..');
/** Where the catalogue and the kit's own tests are. */
const FILES = [
  'scenarios/catalogue.test.ts',
  'kit/adapters.test.ts',
  'kit/cart-adapters.test.ts',
  'kit/signatures.test.ts',
  'kit/processors.test.ts',
  'kit/stores.test.ts',
];

async function load(): Promise<readonly Mocha.Suite[]> {
  const mocha = new Mocha();
  for (const file of FILES) mocha.addFile(join(TESTS, file));
  await mocha.loadFilesAsync();
  return mocha.suite.suites;
}

const suites = await load();

/** Tests that run and whose titles begin so, of the suites of these titles; null where there is no such suite. */
function testsIn(titles: RegExp, beginning = ''): number | null {
  const found = suites.filter(({ title }) => titles.test(title));
  const tests = found.flatMap((suite) => suite.tests.filter((test) => !test.isPending()));
  return found.length === 0 ? null : tests.filter(({ title }) => title.startsWith(beginning)).length;
}

function fixturesOf(name: string): number | null {
  const folder = join(TESTS, 'adapters', name, 'fixtures');
  return existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')).length : null;
}

function write(what: string, counts: Readonly<Record<string, number | null>>): void {
  const found = Object.entries(counts).map(([name, count]) => `${name} ${count ?? '-'}`);
  process.stdout.write(`${what.padEnd(32)} ${found.join(', ')}\n`);
}

const byAdapter = (count: (name: string) => number | null) =>
  Object.fromEntries(adapters.map(({ name }) => [name, count(name)]));

write('fixtures', byAdapter(fixturesOf));
write(
  'scenarios, on each store',
  byAdapter((name) => testsIn(new RegExp(`^The catalogue, by ${name} before the sandbox, on sqlite$`))),
);
write(
  'scenarios, before all processors',
  byAdapter((name) => testsIn(new RegExp(`^The catalogue, by ${name} before .*, on sqlite$`))),
);
write('broken implementations, caught', {
  adapters: testsIn(/^describeAdapter/, 'catches '),
  processors: testsIn(/^describeProcessor/, 'catches '),
  stores: testsIn(/^describeStore/, 'catches '),
});
