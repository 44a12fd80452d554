/**
 * Runs a suite inside of a test, in a mocha of its own, and tells what failed in it: how the contracts are shown to be
 * able to fail. The outer run knows nothing of the inner one.
 */
import Mocha from 'mocha';

/** What came of a nested run; titles without those of the suites around them. */
export interface NestedRun {
  readonly passed: readonly string[];
  /** With the words of each failure. */
  readonly failed: ReadonlyMap<string, string>;
}

/** Prints nothing, as mocha's other reporters would. */
class Silent extends Mocha.reporters.Base {}

/**
 * @param define calls `describe` and `it`
 * @param only runs the tests with this in their title; all, where it is left out
 */
export async function runNested(define: () => void, only?: string): Promise<NestedRun> {
  const mocha = new Mocha({ reporter: Silent, timeout: 20_000 });
  if (only !== undefined) mocha.fgrep(only);
  withInterfaceOf(mocha, define);
  const passed: string[] = [];
  const failed = new Map<string, string>();
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => {
      runner.dispose();
      resolve();
    });
    runner.on('pass', ({ title }) => passed.push(title));
    runner.on('fail', ({ title }, error) => failed.set(title, String(error)));
  });
  return { passed, failed };
}

/** While suites are defined, the global words are the inner mocha's. */
function withInterfaceOf(mocha: Mocha, define: () => void): void {
  const words = {};
  mocha.suite.emit('pre-require', words, '', mocha);
  const outer = Object.keys(words).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
  Object.assign(globalThis, words);
  try {
    define();
  } finally {
    for (const [name, own] of outer) {
      if (own === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, own);
    }
  }
}
