/**
 * The query of a list as conditions and a page. Decides the forms of the parameters, for their reader and for the OpenAPI
 * document at once; a value of another form is refused by the parameter's name. Parameters that a list does not know are
 * ignored.
 */
import { Refused } from '../../core/errors.ts';
import type { Condition } from '../../core/store.ts';
import { oneOf } from '../validate.ts';

const MAX_TEXT = 256;
const MAX_PAGE = 1_000;
const MAX_OFFSET = 999_999_999;

/** Holds for no record: for a filter on something that no record has. */
export const NOTHING: Condition = { field: 'id', is: 'in', values: [] };

/** To be thrown for a parameter or field of a wrong form, by its name: `INVALID_REQUEST`. @param allowed all it may be */
export const invalid = (field: string, allowed?: readonly string[]): Refused =>
  new Refused('INVALID_REQUEST', field, allowed === undefined ? null : oneOf(allowed));

/** JSON Schemas by the names of parameters: a list is a parameter that may be repeated. */
export type QueryForms = Readonly<Record<string, object>>;

/** One or more parameters: what they may look like, and what they mean. `read` throws {Refused} `INVALID_REQUEST`. */
export interface QueryPart<T> {
  readonly forms: QueryForms;
  read(query: URLSearchParams): T;
}

/** The parameters of all these parts. */
export const formsOf = (...parts: readonly QueryPart<unknown>[]): QueryForms =>
  Object.assign({}, ...parts.map(({ forms }) => forms));

/** A parameter that may be given once, and is null where it is absent. @param allowed all that it may be, where that is few */
function once<T>(
  name: string,
  form: object,
  parse: (value: string) => T | undefined,
  allowed?: readonly string[],
): QueryPart<T | null> {
  return {
    forms: { [name]: form },
    read(query) {
      const [value, ...more] = query.getAll(name);
      if (value === undefined) return null;
      const meant = more.length > 0 || value === '' || value.length > MAX_TEXT ? undefined : parse(value);
      if (meant === undefined) throw invalid(name, allowed);
      return meant;
    },
  };
}

const TEXT = { type: 'string', minLength: 1, maxLength: MAX_TEXT };

/** Any text. */
export const text = (name: string): QueryPart<string | null> => once(name, TEXT, (value) => value);

/** A text of that form. */
export const pattern = (name: string, form: RegExp): QueryPart<string | null> =>
  once(name, { type: 'string', pattern: form.source }, (value) => (form.test(value) ? value : undefined));

/** What the parameter's word stands for in the table. */
export function choice<V>(name: string, table: Readonly<Record<string, V>>): QueryPart<V | null> {
  const words = Object.keys(table);
  return once(name, { enum: words }, (word) => (Object.hasOwn(table, word) ? table[word] : undefined), words);
}

function whole(name: string, minimum: number, maximum: number, byDefault: number): QueryPart<number | null> {
  return once(name, { type: 'integer', minimum, maximum, default: byDefault }, (digits) => {
    const value = /^[0-9]{1,9}$/.test(digits) ? Number(digits) : Number.NaN;
    return value >= minimum && value <= maximum ? value : undefined;
  });
}

/** Which part of a list, in which direction; `startKey` is the id after which it starts. */
export interface PageParameters {
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
  readonly startKey: string | null;
}

const ORDER = choice('sort_order', { asc: 'asc', desc: 'desc' } as const);
const LIMIT = whole('limit', 1, MAX_PAGE, MAX_PAGE);
const OFFSET = whole('offset', 0, MAX_OFFSET, 0);
const START_KEY = text('start_key');

/** Rainforest, Pagination: newest first, 1000 a page, unless the query says. */
export const PAGE: QueryPart<PageParameters> = {
  forms: formsOf(ORDER, LIMIT, OFFSET, START_KEY),
  read: (query) => ({
    order: ORDER.read(query) ?? 'desc',
    limit: LIMIT.read(query) ?? MAX_PAGE,
    offset: OFFSET.read(query) ?? 0,
    startKey: START_KEY.read(query),
  }),
};

/** Parameters that each narrow a list, or do not where they are absent. */
export type Filter = QueryPart<readonly Condition[]>;

/** All these filters at once. */
export const all = (...filters: readonly Filter[]): Filter => ({
  forms: formsOf(...filters),
  read: (query) => filters.flatMap((filter) => filter.read(query)),
});

/** A parameter that may be repeated: the field is one of the words. */
export function among(name: string, words: readonly string[], field: string): Filter {
  return {
    forms: { [name]: { type: 'array', items: { enum: words } } },
    read(query) {
      const values = query.getAll(name);
      if (!values.every((value) => words.includes(value))) throw invalid(name, words);
      return values.length === 0 ? [] : [{ field, is: 'in', values: [...new Set(values)] }];
    },
  };
}

/** A filter by one parameter, where it is given. */
export function by<T>({ forms, read }: QueryPart<T | null>, condition: (value: T) => Condition): Filter {
  return {
    forms,
    read(query) {
      const value = read(query);
      return value === null ? [] : [condition(value)];
    },
  };
}

/** `name` as a part of the field's text. */
export const containing = (name: string, field: string): Filter =>
  by(text(name), (value) => ({ field, is: 'contains', text: value }));

/** How the ends of a span are written. */
const TIMES = {
  instant: {
    form: { type: 'string', format: 'date-time' },
    pattern: /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})$/,
  },
  date: { form: { type: 'string', format: 'date' }, pattern: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/ },
} as const;

/** Milliseconds since the epoch. */
function time(name: string, kind: keyof typeof TIMES): QueryPart<number | null> {
  const { form, pattern } = TIMES[kind];
  return once(name, form, (value) => {
    const ms = pattern.test(value) ? Date.parse(value) : Number.NaN;
    return Number.isNaN(ms) ? undefined : ms;
  });
}

function span(name: string, kind: keyof typeof TIMES): QueryPart<readonly [number | null, number | null]> {
  const [start, end] = [time(`${name}.start`, kind), time(`${name}.end`, kind)];
  return { forms: formsOf(start, end), read: (query) => [start.read(query), end.read(query)] };
}

/** `name.start` and `name.end`, RFC 3339, both inclusive. */
export function during(name: string, field: string): Filter {
  const { forms, read } = span(name, 'instant');
  return {
    forms,
    read(query) {
      const [from, last] = read(query);
      if (from === null && last === null) return [];
      return [{ field, is: 'between', from: from ?? undefined, to: last === null ? undefined : last + 1 }];
    },
  };
}

/** A span over a time that no record has yet. */
export function duringNever(name: string, kind: keyof typeof TIMES): Filter {
  const { forms, read } = span(name, kind);
  return { forms, read: (query) => (read(query).every((end) => end === null) ? [] : [NOTHING]) };
}

const METADATA_PATH = /^\$((?:\.[A-Za-z0-9_-]{1,64}){1,8})$/;

/** `metadata[$.account.id]=acct_123`, any number of them. A value also matches the number or the truth that it spells. */
export const METADATA: Filter = {
  // In the document an object of the style `deepObject`.
  forms: {
    metadata: {
      type: 'object',
      propertyNames: { pattern: METADATA_PATH.source },
      additionalProperties: { type: 'string', maxLength: MAX_TEXT },
    },
  },
  read: (query) =>
    [...query]
      .filter(([name]) => name.startsWith('metadata'))
      .map(([name, value]) => {
        const [, key = ''] = /^metadata\[([^\]]*)\]$/.exec(name) ?? [];
        const path = METADATA_PATH.exec(key)?.[1];
        if (path === undefined || value.length > MAX_TEXT) throw invalid('metadata');
        return { field: `metadata${path}`, is: 'in', values: [value, ...spelled(value)] };
      }),
};

function spelled(text: string): readonly (number | boolean)[] {
  if (text === 'true' || text === 'false') return [text === 'true'];
  return /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?$/.test(text) ? [Number(text)] : [];
}
