/**
 * A store in memory, as short as the port allows, that can be broken in one way at a time. Whole, it keeps the store's
 * contract: so the contract asks for nothing that only a database has.
 */
import { setImmediate as turn } from 'node:timers/promises';
import {
  type Collection,
  type Condition,
  INDEXES,
  type ListQuery,
  PING,
  type Records,
  type Store,
  StoreUnavailable,
  type Tally,
  type Write,
} from '../../src/core/store.ts';

/** What is wrong with it. */
export type Fault =
  | 'inserts over what is there'
  | 'replaces whatever the revision'
  | 'reads, waits and writes'
  | 'goes on after a write that does not apply'
  | 'keeps the very object'
  | 'finds by any field'
  | 'shows each handle its own writes'
  | 'tells letters of one case from the other everywhere'
  | 'takes dots in names for paths'
  | 'leaves ties as they come'
  | 'skips a record at each page'
  | 'takes a page of any size'
  | 'purges what never expires'
  | 'purges without a limit'
  | 'is pinged without a write'
  | 'answers after it was closed';

interface Row {
  readonly id: string;
  readonly rev: number;
}

/** The records: by collection and id, a way to their JSON. */
type Shelves = Map<string, Map<string, () => string>>;

/** Makes handles on one set of records. */
export function memoryStores(fault: Fault | null = null): { open(): Store } {
  const shared: Shelves = new Map();
  return { open: () => openHandle(fault === 'shows each handle its own writes' ? new Map() : shared, fault) };
}

function openHandle(shelves: Shelves, fault: Fault | null): Store {
  let closed = false;

  const shelf = (collection: string): Map<string, () => string> => {
    const found = shelves.get(collection) ?? new Map<string, () => string>();
    shelves.set(collection, found);
    return found;
  };
  const read = <R>(collection: string, id: string): R | null => {
    const text = shelf(collection).get(id)?.() ?? null;
    return text === null ? null : JSON.parse(text);
  };
  const put = (collection: string, record: Row) => {
    const text = JSON.stringify(record);
    const written = fault === 'keeps the very object' ? () => JSON.stringify(record) : () => text;
    shelf(collection).set(record.id, written);
  };
  const rows = <R extends Row>(collection: string): readonly R[] =>
    [...shelf(collection).values()].map((text): R => JSON.parse(text()));
  const meets = (record: Row, where: readonly Condition[]) => where.every((one) => holds(record, one, fault));

  /** No answer comes after the end. */
  async function answer<T>(work: () => T | Promise<T>): Promise<T> {
    if (closed && fault !== 'answers after it was closed') throw new StoreUnavailable();
    return work();
  }

  async function write(one: Write): Promise<boolean> {
    if ('tally' in one) {
      const before = read<Tally>('tallies', one.tally);
      if (fault === 'reads, waits and writes') await turn();
      const count = (before?.count ?? 0) + one.by;
      const tally: Tally = { id: one.tally, rev: (before?.rev ?? -1) + 1, count, expiresAt: one.expiresAt };
      put('tallies', tally);
      return true;
    }
    const collection = 'insert' in one ? one.insert : one.replace;
    const { record } = one;
    const stored = read<Row>(collection, record.id);
    const isNext = 'insert' in one ? stored === null : stored?.rev === record.rev - 1;
    const isForced =
      'insert' in one
        ? fault === 'inserts over what is there'
        : fault === 'replaces whatever the revision' && stored !== null;
    if (!isNext && !isForced) return false;
    if (fault === 'reads, waits and writes') await turn();
    put(collection, record);
    return true;
  }

  return {
    name: 'sqlite',
    get: (collection, id) => answer(() => read(collection, id)),
    find: (collection, field, value) =>
      answer(() => {
        const leading: readonly string[] = INDEXES[collection].map(([first]) => first);
        if (!leading.includes(field) && fault !== 'finds by any field') throw new RangeError('no index');
        return rows<Records[typeof collection]>(collection).find((record) => record[field] === value) ?? null;
      }),
    list: (collection, query) => answer(() => page(rows<Records[typeof collection]>(collection), query, meets, fault)),
    count: (collection, where) => answer(() => rows(collection).filter((record) => meets(record, where)).length),
    apply(...writes) {
      const taken = fault === 'keeps the very object' ? writes : structuredClone(writes);
      return answer(async () => {
        let applied = 0;
        for (const one of taken) {
          if (await write(one)) applied++;
          else if (fault !== 'goes on after a write that does not apply') break;
        }
        return applied;
      });
    },
    purge: (now, limit) =>
      answer(() => {
        let purged = 0;
        for (const collection of Object.keys(INDEXES) as readonly Collection[]) {
          const over = rows(collection).filter((record) => isOver(Reflect.get(record, 'expiresAt'), now, fault));
          const taken = fault === 'purges without a limit' ? over : over.slice(0, limit);
          for (const { id } of taken) shelf(collection).delete(id);
          purged += taken.length;
        }
        return purged;
      }),
    async ping() {
      await answer(() => (fault === 'is pinged without a write' ? true : write(PING)));
    },
    async close() {
      closed = true;
    },
  };
}

function isOver(expiresAt: unknown, now: number, fault: Fault | null): boolean {
  if (expiresAt === null) return fault === 'purges what never expires';
  return typeof expiresAt === 'number' && expiresAt < now;
}

/** A field's value, or that at the end of a dotted path into it. */
function valueAt(record: Row, field: string, fault: Fault | null): unknown {
  const [first = '', ...rest] = field.split('.');
  const step = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
  const reached = rest.reduce(step, step(record, first));
  if (reached !== undefined || fault !== 'takes dots in names for paths') return reached;
  return step(step(record, first), rest.join('.'));
}

function holds(record: Row, condition: Condition, fault: Fault | null): boolean {
  const value = valueAt(record, condition.field, fault);
  switch (condition.is) {
    case 'in':
      return condition.values.some((one) => one === (value ?? null));
    case 'not_null':
      return value !== undefined && value !== null;
    case 'contains': {
      if (condition.text.length < 1 || condition.text.length > 256) throw new RangeError('1 to 256 characters');
      if (typeof value !== 'string') return false;
      if (fault === 'tells letters of one case from the other everywhere') return value.includes(condition.text);
      return lower(value).includes(lower(condition.text));
    }
    case 'between':
      return (
        typeof value === 'number' &&
        value >= (condition.from ?? Number.NEGATIVE_INFINITY) &&
        value < (condition.to ?? Number.POSITIVE_INFINITY)
      );
  }
}

const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function page<R extends Row>(
  all: readonly R[],
  { where, sortBy, order, limit, startAfter, offset = 0 }: ListQuery,
  meets: (record: Row, where: readonly Condition[]) => boolean,
  fault: Fault | null,
): readonly R[] {
  if ((!Number.isInteger(limit) || limit < 1 || limit > 1000) && fault !== 'takes a page of any size') {
    throw new RangeError('1 to 1000 records');
  }
  const ties = fault === 'leaves ties as they come' ? () => 0 : (a: Row, b: Row) => compare(a.id, b.id);
  const direction = order === 'asc' ? 1 : -1;
  const sorted = [...all].sort(
    (a, b) => direction * (compare(Reflect.get(a, sortBy), Reflect.get(b, sortBy)) || ties(a, b)),
  );
  const start = startAfter === undefined ? 0 : sorted.findIndex(({ id }) => id === startAfter) + 1;
  if (startAfter !== undefined && start === 0) return [];
  const skipped = fault === 'skips a record at each page' && startAfter !== undefined ? 1 : 0;
  const found = sorted.slice(start).filter((record) => meets(record, where));
  return found.slice(offset + skipped, offset + skipped + limit);
}

/** Nulls and what is not there come first. */
function compare(a: unknown, b: unknown): number {
  const [left, right] = [a ?? null, b ?? null];
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  return left < right ? -1 : 1;
}
