/**
 * How a record lies in MongoDB: `{_id, rev, doc}`, with everything but the id and the revision below `doc`. Decides how
 * keys of free-form objects are written, so that none is read as an operator, a path or a driver's own mark, and that
 * indexed nulls are left out, which keeps them out of the partial indexes.
 */
import type { Collection, Records } from '../../core/store.ts';
import { indexedFields } from '../collections.ts';

/** A record as MongoDB has it; `_id` is its only unique index. */
export interface RecordDocument {
  readonly _id: string;
  readonly rev: number;
  readonly doc: Readonly<Record<string, unknown>>;
}

/** A copy of the record's values, so that the record may be used on. Undefined members are left out, as in JSON. */
export function toDocument<C extends Collection>(collection: C, record: Records[C]): RecordDocument {
  const { id, rev, ...fields } = record;
  const indexed = indexedFields(collection);
  const kept = Object.entries(fields).filter(([field, value]) => value !== null || !indexed.includes(field));
  return { _id: id, rev, doc: Object.fromEntries(kept.map(([field, value]) => [field, encode(value)])) };
}

/** Gives back what `toDocument` made of a record of that collection. */
export function toRecord<C extends Collection>(collection: C, document: RecordDocument): Records[C] {
  const { _id, rev, doc } = document;
  const nulls = Object.fromEntries(indexedFields(collection).map((field) => [field, null]));
  const fields = Object.fromEntries(Object.entries(doc).map(([field, value]) => [field, decode(value)]));
  // Nothing but `toDocument` makes such documents, and it takes records of this collection only.
  return { id: _id, rev, ...nulls, ...fields } as unknown as Records[C];
}

/** Where a field of a record, or a dotted path into one of its objects, lies in the document. */
export function pathOf(field: string): string {
  if (field === 'id') return '_id';
  if (field === 'rev') return 'rev';
  return ['doc', ...field.split('.').map(encodeKey)].join('.');
}

/** A record's value at a field or dotted path; null where there is none. */
export function valueAt(record: object, field: string): unknown {
  return field
    .split('.')
    .reduce<unknown>(
      (value, key) => (isObject(value) && Object.hasOwn(value, key) ? Reflect.get(value, key) : null),
      record,
    );
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Leaves out what is undefined, as JSON does. */
function encode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(encode);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [encodeKey(key), encode(inner)]));
}

function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [decodeKey(key), decode(inner)]));
}

const EMPTY_KEY = '%';

/**
 * Escapes as in a URL: the percent sign, dots and zero bytes anywhere; a dollar sign or an underscore that comes first
 * (`$where`, `__proto__`, `_bsontype`), and the first letter of what every object inherits (`toString`): the driver gives
 * a list under such a name back as raw bytes. An empty key becomes a lone percent sign.
 */
function encodeKey(key: string): string {
  const escaped = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  const special = key in Object.prototype ? /^./ : /[%.]|^[$_]/g;
  return key === '' ? EMPTY_KEY : key.replace(special, escaped).replaceAll('\0', '%00');
}

function decodeKey(key: string): string {
  if (key === EMPTY_KEY) return '';
  return key.replace(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
