/** What both stores share: the collections and their declared indexes as lists, and the limits of the port's questions. */
import { type Collection, type Condition, INDEXES, type ListQuery } from '../core/store.ts';

/** Every collection, in the order in which the stores lay them out. */
export const COLLECTIONS = Object.keys(INDEXES) as readonly Collection[];

/** The declared indexes of a collection, each the list of its fields in order. */
export function indexesOf(collection: Collection): readonly (readonly string[])[] {
  return INDEXES[collection];
}

/** Every field that stands in some index, once. */
export function indexedFields(collection: Collection): readonly string[] {
  return [...new Set(indexesOf(collection).flat())];
}

/** The fields that `find` can look by: those that an index begins with. */
export function leadingFields(collection: Collection): readonly string[] {
  return [...new Set(indexesOf(collection).flatMap((fields) => fields.slice(0, 1)))];
}

/** The collections whose records expire. */
export const EXPIRING = COLLECTIONS.filter((collection) => leadingFields(collection).includes('expiresAt'));

/** The text of a `contains`. @throws {RangeError} when it is not 1 to 256 characters long */
export function containedText({ text }: Extract<Condition, { is: 'contains' }>): string {
  if (text.length < 1 || text.length > 256) throw new RangeError('a text to look for has 1 to 256 characters');
  return text;
}

/** The limit of a page. @throws {RangeError} when it is not 1 to 1000 */
export function pageLimit({ limit }: ListQuery): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new RangeError('a page has 1 to 1000 records');
  return limit;
}
