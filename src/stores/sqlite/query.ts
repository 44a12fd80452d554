/**
 * Turns the port's questions into SQL. No word of a caller becomes part of a statement's text: values and paths are
 * bound, and what stands in the text are names of tables and columns.
 */
import type { Collection, Condition, ListQuery } from '../../core/store.ts';
import { containedText, pageLimit } from '../collections.ts';
import { type Bound, toBound } from './table.ts';

/** A piece of SQL and the values of its places, in order. */
export interface Sql {
  readonly text: string;
  readonly values: readonly Bound[];
}

/** Joins texts of this file and pieces; a substitution is never a value of a caller's. */
function sql(texts: TemplateStringsArray, ...pieces: readonly (Sql | string)[]): Sql {
  const parts = pieces.map((piece) => (typeof piece === 'string' ? { text: piece, values: [] } : piece));
  return {
    text: texts.reduce((all, next, i) => `${all}${parts[i - 1]?.text ?? ''}${next}`),
    values: parts.flatMap(({ values }) => values),
  };
}

const bind = (value: Bound): Sql => ({ text: '?', values: [value] });

const join = (pieces: readonly Sql[], separator: string): Sql => ({
  text: pieces.map(({ text }) => text).join(separator),
  values: pieces.flatMap(({ values }) => values),
});

/** A table as the questions need to know it: its name and the columns beside the record's text. */
export interface Source {
  readonly collection: Collection;
  readonly columns: readonly string[];
}

/** The record that a page starts behind: its id and its value of the field that sorts. */
export interface Anchor {
  readonly id: string;
  readonly key: Bound;
}

/** One row, one column: how many there are. */
export function countOf(source: Source, conditions: readonly Condition[]): Sql {
  return sql`SELECT count(*) FROM ${source.collection} WHERE ${demands(conditions, source)}`;
}

/** One column, the anchor's key; no row where the record is gone. */
export function keyOf(source: Source, id: string, sortBy: string): Sql {
  return sql`SELECT ${field(sortBy, source)} FROM ${source.collection} WHERE id = ${bind(id)}`;
}

/** One column, the records' texts. @throws {RangeError} for a limit that is not 1 to 1000 */
export function pageOf(source: Source, query: ListQuery, anchor: Anchor | null): Sql {
  const { offset = 0, order } = query;
  const key = field(query.sortBy, source);
  const wanted = demands(query.where, source);
  const remaining = anchor === null ? wanted : sql`${wanted} AND ${behind(anchor, key, order)}`;
  const direction = order === 'asc' ? 'ASC' : 'DESC';
  return sql`SELECT doc FROM ${source.collection} WHERE ${remaining}
    ORDER BY ${key} ${direction}, id ${direction} LIMIT ${bind(pageLimit(query))} OFFSET ${bind(offset)}`;
}

/** Descending is ascending in reverse: nulls, which come first, come last, and ids fall. */
function behind(anchor: Anchor, key: Sql, order: ListQuery['order']): Sql {
  const id = bind(anchor.id);
  if (anchor.key === null) {
    return order === 'asc' ? sql`(${key} IS NOT NULL OR id > ${id})` : sql`(${key} IS NULL AND id < ${id})`;
  }
  const at = bind(anchor.key);
  return order === 'asc' ? sql`(${key}, id) > (${at}, ${id})` : sql`((${key}, id) < (${at}, ${id}) OR ${key} IS NULL)`;
}

/** What all conditions together demand. */
function demands(conditions: readonly Condition[], source: Source): Sql {
  return join([sql`1`, ...conditions.map((condition) => demand(condition, field(condition.field, source)))], ' AND ');
}

function demand(condition: Condition, subject: Sql): Sql {
  switch (condition.is) {
    case 'in': {
      const values = condition.values.filter((value) => value !== null).map((value) => bind(toBound(value)));
      const among = sql`${subject} IN (${join(values, ', ')})`;
      return condition.values.includes(null) ? sql`(${among} OR ${subject} IS NULL)` : among;
    }
    case 'not_null':
      return sql`${subject} IS NOT NULL`;
    case 'contains':
      return sql`(typeof(${subject}) = 'text' AND instr(lower(${subject}), lower(${bind(containedText(condition))})) > 0)`;
    case 'between': {
      const from = condition.from === undefined ? [] : [sql`${subject} >= ${bind(condition.from)}`];
      const to = condition.to === undefined ? [] : [sql`${subject} < ${bind(condition.to)}`];
      return join([sql`${subject} IS NOT NULL`, ...from, ...to], ' AND ');
    }
  }
}

/** A column where there is one, else a look into the record's text. */
function field(path: string, source: Source): Sql {
  return source.columns.includes(path) ? sql`${path}` : sql`json_extract(doc, ${bind(jsonPath(path))})`;
}

/** Every segment quoted. SQLite ends a quoted one at the next quotation mark, escaped or not, but knows `\u0022`. */
function jsonPath(path: string): string {
  const segments = path.split('.').map((segment) => JSON.stringify(segment).slice(1, -1).replaceAll('\\"', '\\u0022'));
  return `$${segments.map((segment) => `."${segment}"`).join('')}`;
}
