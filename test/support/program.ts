/**
 * The flags of the programs that prove and measure (`npm run sim`, `test:chaos`, `test:fuzz`, `bench`): usage on `--help`,
 * and what is wrong with them in one line with exit code 2, so that it is no failure of what they look at.
 */
import { Command, InvalidArgumentError } from 'commander';

const WRONG_FLAGS = 2;

/** A program to give flags to. Its `parse` and its `error` end the process where the flags are wrong. */
export function createProgram(name: string, about: string): Command {
  return new Command(name)
    .description(about)
    .helpOption('--help', 'show this')
    .configureOutput({ outputError: (text, write) => write(`${text.trim().replaceAll('\n', ' ')}\n`) })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : WRONG_FLAGS));
}

/** Reads a whole number within these, and nothing else that JavaScript takes for a number. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}
