/**
 * What a log may say of something thrown: its class, its code, and where in our own files it was. Messages stay behind,
 * for a library's message quotes what it was given.
 */
import { looksLikeCardNumber } from '../core/tender.ts';

/** A thrown value as the log shows it; `code` as Node's system errors have one. */
export interface ErrorNote {
  readonly name: string;
  readonly code?: string;
  /** Our own frames, innermost first: `src/engine/pay.ts:31`. */
  readonly at: readonly string[];
}

const MAX_FRAMES = 8;

/** A thrown value without its message, or undefined where there is none. */
export function describeError(thrown: unknown): ErrorNote | undefined {
  if (thrown === undefined || thrown === null) return undefined;
  if (!(thrown instanceof Error)) return { name: 'NotAnError', at: [] };
  const name = wordOf(thrown.name) ?? 'Error';
  const code = 'code' in thrown ? wordOf(thrown.code) : undefined;
  const at = ownFrames(thrown);
  return code === undefined ? { name, at } : { name, code, at };
}

/** Names and codes are short words or numbers; anything longer or looser may be data. */
function wordOf(value: unknown): string | undefined {
  return /^[A-Za-z0-9_]{1,40}$/.test(String(value)) && !looksLikeCardNumber(String(value)) ? String(value) : undefined;
}

const OWN_FRAME = /^\s+at .*\/((?:src|adapters)\/[\w./-]+\.ts):([0-9]+)/;

/** The stack begins with the message, which may have lines of any form: it is taken off first. */
function ownFrames({ stack = '', message }: Error): string[] {
  const at: string[] = [];
  for (const line of stack.slice(stack.indexOf(message) + message.length).split('\n')) {
    const [, file, number] = line.includes('node_modules') ? [] : (OWN_FRAME.exec(line) ?? []);
    if (file !== undefined && at.length < MAX_FRAMES) at.push(`${file}:${number}`);
  }
  return at;
}
