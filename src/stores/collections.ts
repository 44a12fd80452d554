/** The collections and their declared indexes as lists, for code that treats all of them alike. */
import { type Collection, INDEXES } from '../core/store.ts';

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
