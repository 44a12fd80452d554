/** What a program that takes long says meanwhile on standard error; standard output is the result's. */
import { clearLine, cursorTo } from 'node:readline';

const EVERY_MS = 10_000;

/** Shows how far it is: on a terminal in one line, written over and over; elsewhere in a new line now and then. */
export function createProgress(): (doing: string) => void {
  let told = performance.now();
  return (doing) => {
    if (process.stderr.isTTY) {
      clearLine(process.stderr, 0);
      cursorTo(process.stderr, 0);
      process.stderr.write(doing.slice(0, (process.stderr.columns ?? 80) - 1));
    } else if (doing !== '' && performance.now() - told >= EVERY_MS) {
      told = performance.now();
      process.stderr.write(`${doing}\n`);
    }
  };
}
