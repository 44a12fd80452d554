/**
 * Answers are somebody else's: each property is read by its name and kind, and is null where it is anything else. What is
 * missing then, whoever reads decides.
 */

/** An object as it came. */
export type Fields = { readonly [name: string]: unknown };

/** The value as an object, or null. */
export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : null;
}

/** An object of an object. */
export const objectAt = (fields: Fields, name: string): Fields | null => fieldsOf(fields[name]);

/** The objects of a list; an empty one where there is no list. */
export function listAt(fields: Fields, name: string): readonly Fields[] {
  const value = fields[name];
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items.map(fieldsOf).filter((item) => item !== null);
}

/** A text that is not empty. */
export function textAt(fields: Fields, name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A whole number of at least zero: minor units, months, years. */
export function countAt(fields: Fields, name: string): number | null {
  const value = fields[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
