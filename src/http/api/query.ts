/**
 * The query of a list as conditions and a page. Decides the forms of the parameters; a value of another form is refused
 * by the parameter's name. Parameters that a list does not know are ignored.
 */
import { Refused } from '../../core/errors.ts';
import type { Condition } from '../../core/store.ts';

const MAX_TEXT = 256;
const MAX_PAGE = 1_000;

/** Holds for no record: for a filter on something that no record has. */
export const NOTHING: Condition = { field: 'id', is: 'in', values: [] };

/** To be thrown for a parameter or field of a wrong form, by its name: `INVALID_REQUEST`. */
export const invalid = (field: string): Refused => new Refused('INVALID_REQUEST', field);

/** The value of a parameter that may be given once, or null. @throws {Refused} `INVALID_REQUEST` */
export function one(query: URLSearchParams, name: string): string | null {
  const [value, ...more] = query.getAll(name);
  if (value === undefined) return null;
  if (more.length > 0 || value === '' || value.length > MAX_TEXT) throw invalid(name);
  return value;
}

/** What the parameter's word stands for in the table, or null where it is absent. */
export function choice<V>(query: URLSearchParams, name: string, table: Readonly<Record<string, V>>): V | null {
  const word = one(query, name);
  if (word === null) return null;
  const meant = Object.hasOwn(table, word) ? table[word] : undefined;
  if (meant === undefined) throw invalid(name);
  return meant;
}

function whole(query: URLSearchParams, name: string, min: number, max: number): number | null {
  const text = one(query, name);
  if (text === null) return null;
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw invalid(name);
  return value;
}

/** Which part of a list, in which direction; `startKey` is the id after which it starts. */
export interface PageParameters {
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
  readonly startKey: string | null;
}

/** Rainforest, Pagination: newest first, 1000 a page, unless the query says. @throws {Refused} `INVALID_REQUEST` */
export function pageOf(query: URLSearchParams): PageParameters {
  return {
    order: choice(query, 'sort_order', { asc: 'asc', desc: 'desc' } as const) ?? 'desc',
    limit: whole(query, 'limit', 1, MAX_PAGE) ?? MAX_PAGE,
    offset: whole(query, 'offset', 0, 999_999_999) ?? 0,
    startKey: one(query, 'start_key'),
  };
}

/** A parameter that may be repeated: the field is one of the words. No condition where it is absent. */
export function among(query: URLSearchParams, name: string, words: readonly string[], field: string): Condition[] {
  const values = query.getAll(name);
  if (!values.every((value) => words.includes(value))) throw invalid(name);
  return values.length === 0 ? [] : [{ field, is: 'in', values: [...new Set(values)] }];
}

/** `name` as a part of the field's text. */
export function containing(query: URLSearchParams, name: string, field: string): Condition[] {
  const text = one(query, name);
  return text === null ? [] : [{ field, is: 'contains', text }];
}

const INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})$/;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

function time(query: URLSearchParams, name: string, form: RegExp): number | undefined {
  const text = one(query, name);
  if (text === null) return undefined;
  const ms = form.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw invalid(name);
  return ms;
}

/** `name.start` and `name.end`, RFC 3339, both inclusive. */
export function during(query: URLSearchParams, name: string, field: string): Condition[] {
  const from = time(query, `${name}.start`, INSTANT);
  const last = time(query, `${name}.end`, INSTANT);
  if (from === undefined && last === undefined) return [];
  return [{ field, is: 'between', from, to: last === undefined ? undefined : last + 1 }];
}

/** A span over a time that no record has yet. */
export function duringNever(query: URLSearchParams, name: string, form: 'instant' | 'date'): Condition[] {
  const ends = [`${name}.start`, `${name}.end`].map((end) => time(query, end, form === 'date' ? DATE : INSTANT));
  return ends.every((end) => end === undefined) ? [] : [NOTHING];
}

const METADATA_PATH = /^metadata\[\$((?:\.[A-Za-z0-9_-]{1,64}){1,8})\]$/;

/** `metadata[$.account.id]=acct_123`, any number of them. A value also matches the number or the truth that it spells. */
export function metadata(query: URLSearchParams): Condition[] {
  return [...query]
    .filter(([name]) => name.startsWith('metadata'))
    .map(([name, text]) => {
      const path = METADATA_PATH.exec(name)?.[1];
      if (path === undefined || text.length > MAX_TEXT) throw invalid('metadata');
      return { field: `metadata${path}`, is: 'in', values: [text, ...spelled(text)] };
    });
}

function spelled(text: string): readonly (number | boolean)[] {
  if (text === 'true' || text === 'false') return [text === 'true'];
  return /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?$/.test(text) ? [Number(text)] : [];
}
