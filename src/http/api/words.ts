/** How single values are written in the contract's words: times, codes, refusals. What an object shows is render's. */
import type { DeclineCode } from '../../core/errors.ts';

/** RFC 3339, UTC. */
export const time = (ms: number): string => new Date(ms).toISOString();

/** `INSUFFICIENT_FUNDS` is "Insufficient funds": the contract's descriptions are its codes as words. */
export function wordsOf(code: string): string {
  const text = code
    .toLowerCase()
    .replaceAll('_', ' ')
    .replace('threeds', '3DS')
    .replace(/\bpin\b/, 'PIN');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Why the processor or the issuer said no; null where nobody did. The detailed code is the same one. */
export function showRefusal(code: DeclineCode | null) {
  const description = code === null ? null : wordsOf(code);
  return {
    refusal_code: code,
    refusal_desc: description,
    detailed_refusal_code: code,
    detailed_refusal_desc: description,
  };
}
