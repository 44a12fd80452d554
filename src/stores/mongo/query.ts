/**
 * Turns the port's questions into filters. Every operator that a filter contains is written here; values are scalars,
 * and keys are paths that `document.ts` encoded.
 */
import mongoose from 'mongoose';
import type { Condition, ListQuery } from '../../core/store.ts';
import { containedText } from '../collections.ts';
import { pathOf } from './document.ts';

/** A MongoDB filter or a part of one. */
export type Filter = Readonly<Record<string, unknown>>;

/** Marks operators as ours: the connection takes all others for data (`sanitizeFilter`). */
const operators = (what: Filter): Filter => mongoose.trusted({ ...what });

const all = (filters: readonly Filter[]): Filter => (filters.length === 0 ? {} : { $and: filters });

/** What all conditions together demand. */
export function filterOf(conditions: readonly Condition[]): Filter {
  return all(conditions.map((condition) => ({ [pathOf(condition.field)]: operators(demand(condition)) })));
}

function demand(condition: Condition): Filter {
  switch (condition.is) {
    case 'in':
      return { $in: condition.values };
    case 'not_null':
      return { $ne: null };
    case 'contains':
      return { $regex: patternOf(containedText(condition)) };
    case 'between': {
      const { from, to } = condition;
      const bounds = { ...(from === undefined ? {} : { $gte: from }), ...(to === undefined ? {} : { $lt: to }) };
      return from === undefined && to === undefined ? { $ne: null } : bounds;
    }
  }
}

/** The text as it stands, ASCII letters in either case. MongoDB's own option would fold every letter of Unicode. */
function patternOf(text: string): string {
  return text.replace(/([A-Za-z])|[^0-9\u0080-\uffff]/g, (character, letter: string | undefined) =>
    letter === undefined
      ? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
      : `[${letter.toLowerCase()}${letter.toUpperCase()}]`,
  );
}

/** The demands on a record behind the one with this id and this value of the field that sorts. */
export function behind(id: string, value: unknown, { sortBy, order }: ListQuery): Filter {
  const key = pathOf(sortBy);
  const follows = order === 'asc' ? '$gt' : '$lt';
  const tied = all([{ [key]: value }, { _id: operators({ [follows]: id }) }]);
  if (value === null) return order === 'asc' ? either({ [key]: operators({ $ne: null }) }, tied) : tied;
  const past = { [key]: operators({ [follows]: value }) };
  // Nulls are the lowest, and no comparison with a value finds them.
  return order === 'asc' ? either(past, tied) : either(past, tied, { [key]: null });
}

const either = (...filters: readonly Filter[]): Filter => ({ $or: filters });

/** The order of a page: the field, then the id. */
export function sortOf({ sortBy, order }: ListQuery): Record<string, 1 | -1> {
  const direction = order === 'asc' ? 1 : -1;
  return { [pathOf(sortBy)]: direction, _id: direction };
}
