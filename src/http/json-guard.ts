/**
 * Refuses JSON texts that parse and yet should not be trusted: nested deeper than a recursive reader bears, or with the
 * same key twice in one object, where two parsers may pick different values. One pass over text that JSON.parse has
 * already accepted; no parser that we know checks both and keeps a payment's body under a few microseconds.
 */

/** Deeper than allowed, or the same key twice in one object (RFC 8259, section 4: names should be unique). */
export type JsonFault = 'too_deep' | 'duplicate_key';

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;

/** What is wrong with a valid JSON text, or null. */
export function findJsonFault(text: string, maxDepth: number): JsonFault | null {
  /** The keys of each open object, innermost last; null for an array. */
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case OPEN_OBJECT:
        open.push(new Set());
        if (open.length > maxDepth) return 'too_deep';
        break;
      case OPEN_ARRAY:
        open.push(null);
        if (open.length > maxDepth) return 'too_deep';
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        open.pop();
        break;
      case QUOTE: {
        const end = endOfString(text, i);
        const keys = open.at(-1);
        if (keys && followedByColon(text, end)) {
          const key = keyText(text.slice(i, end + 1));
          if (keys.has(key)) return 'duplicate_key';
          keys.add(key);
        }
        i = end;
        break;
      }
    }
  }
  return null;
}

/** A valid JSON text with each number as a string of the same characters. */
export function numbersToText(text: string): string {
  return text.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `"${token}"`));
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*/g;

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== QUOTE) i += text.charCodeAt(i) === BACKSLASH ? 2 : 1;
  return i;
}

function followedByColon(text: string, end: number): boolean {
  let i = end + 1;
  while (text.charCodeAt(i) <= 32) i++;
  return text.charCodeAt(i) === COLON;
}

/** An escaped spelling of a key is the same key. */
function keyText(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}
