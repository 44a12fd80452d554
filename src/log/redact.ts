/**
 * The last look at a line before it leaves: what has the shape of account data or of a credential is cut out. Nothing
 * should ever get this far (the allow-list and `Secret` stand before it), so each find is counted and tests assert none.
 */
import { looksLikeCardNumber } from '../core/tender.ts';

const CUT = '[redacted]';

/** Cheap and generous: what does not match this holds nothing to cut. */
const SUSPECT =
  /[0-9](?:[ .-]?[0-9]){12}|apikey_|[rs]k_(?:test|live)_|authorization|\b(?:basic|bearer) |:\/\/[^\s"/]*@/i;

const DIGIT_RUN = /[0-9](?:[ .-]?[0-9]){12,}/g;
const CREDENTIALS = [
  /(?:sbx_)?apikey_[0-9A-Za-z]*/gi,
  /\b[rs]k_(?:test|live)_[0-9A-Za-z]*/gi,
  /authorization["\s:=]+(?:(?:basic|bearer)\s+)?[^\s",]*/gi,
  /\b(?:basic|bearer) [^\s",]+/gi,
  // The user and password of a URL, a connection string's for one.
  /(?<=:\/\/)[^\s"/]*(?=@)/g,
];

/** A line that may leave. */
export interface Redacted {
  readonly line: string;
  /** How many places were cut. */
  readonly cuts: number;
}

/** Cuts digits that could be a card number, keys, authorization headers, and the credentials within URLs. */
export function redact(line: string): Redacted {
  if (!SUSPECT.test(line)) return { line, cuts: 0 };
  let cuts = 0;
  const cut = () => {
    cuts++;
    return CUT;
  };
  let clean = line.replace(DIGIT_RUN, (run) => (looksLikeCardNumber(run) ? cut() : run));
  for (const credential of CREDENTIALS) clean = clean.replace(credential, cut);
  return { line: clean, cuts };
}
