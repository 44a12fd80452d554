/**
 * A store in memory whose reads and writes of attempts, configs and idempotency rows are steps of the machine, one for
 * each record: the port promises no more than that. Everything else in it is projections and counters, done at once.
 */
import {
  type Collection,
  type Condition,
  type ListQuery,
  type Records,
  type Store,
  StoreUnavailable,
  type Write,
} from '../../src/core/store.ts';
import { stepOf } from '../support/moments.ts';
import { digestOf } from './digest.ts';
import type { Life, Machine } from './machine.ts';

type Shelf<C extends Collection> = Map<string, Records[C]>;

const STEPS: readonly Collection[] = ['attempts', 'chargeables', 'idempotency'];

/** The records themselves; they never change once written, so a copy of the shelves is a copy of the store. */
export class Shelves {
  readonly #shelves: Map<Collection, Map<string, Records[Collection]>>;

  constructor(from: Shelves | null = null) {
    this.#shelves = new Map([...(from === null ? [] : from.#shelves)].map(([name, shelf]) => [name, new Map(shelf)]));
  }

  of<C extends Collection>(collection: C): Shelf<C> {
    const found = this.#shelves.get(collection) ?? new Map();
    this.#shelves.set(collection, found);
    // The only place that fills a shelf is `write`, with records of its own collection.
    return found as Shelf<C>;
  }

  all<C extends Collection>(collection: C): readonly Records[C][] {
    return [...this.of(collection).values()];
  }

  write(write: Write): boolean {
    if ('tally' in write) return true;
    const collection = 'insert' in write ? write.insert : write.replace;
    const { record } = write;
    const shelf: Map<string, { readonly rev: number }> = this.of(collection);
    const stored = shelf.get(record.id);
    if ('insert' in write ? stored !== undefined : stored?.rev !== record.rev - 1) return false;
    shelf.set(record.id, Object.freeze(record));
    return true;
  }

  /** Whether it will never apply: revisions only grow. */
  isVain(write: Write): boolean {
    if ('tally' in write) return false;
    const { record } = write;
    const shelf: Map<string, { readonly rev: number }> = this.of('insert' in write ? write.insert : write.replace);
    const stored = shelf.get(record.id);
    return stored !== undefined && stored.rev >= record.rev;
  }

  /** Of what the steps are about. */
  digest(): string {
    return STEPS.map((name) =>
      this.all(name)
        .map(digestOf)
        .sort((a, b) => a - b),
    ).join(' ');
  }
}

/** The store as one life of a process sees it. */
export function simulatedStore(machine: Machine, life: Life, shelves: Shelves): Store {
  const silence = () => {
    throw new StoreUnavailable();
  };

  async function read<T>(collection: Collection, act: () => T): Promise<T> {
    if (!STEPS.includes(collection)) return act();
    return machine.ask<T>(life, { label: `read ${collection}`, target: collection, act, silence, outlives: false });
  }

  async function write(one: Write): Promise<boolean> {
    const collection = 'tally' in one ? 'tallies' : 'insert' in one ? one.insert : one.replace;
    const act = () => shelves.write(one);
    if (!STEPS.includes(collection)) return act();
    const isVain = () => shelves.isVain(one);
    return machine.ask(life, { label: stepOf(one), target: collection, act, silence, outlives: true, isVain });
  }

  return {
    name: 'mongo',
    get: (collection, id) => read(collection, () => shelves.of(collection).get(id) ?? null),
    find: (collection, field, value) =>
      read(collection, () => shelves.all(collection).find((record) => record[field] === value) ?? null),
    list: (collection, query) => read(collection, () => page(shelves.all(collection), query)),
    count: (collection, where) => read(collection, () => shelves.all(collection).filter(meets(where)).length),
    async apply(...writes) {
      let applied = 0;
      for (const one of writes) {
        if (!(await write(one))) break;
        applied += 1;
      }
      return applied;
    },
    purge: async () => 0,
    ping: async () => {},
    close: async () => {},
  };
}

const meets = (where: readonly Condition[]) => (record: object) => where.every((one) => holds(record, one));

/** As far as the stories of the worlds ask. */
function holds(record: object, condition: Condition): boolean {
  const value: unknown = Reflect.get(record, condition.field);
  switch (condition.is) {
    case 'in':
      return condition.values.some((one) => one === value);
    case 'between':
      return (
        typeof value === 'number' &&
        value >= (condition.from ?? Number.NEGATIVE_INFINITY) &&
        value < (condition.to ?? Number.POSITIVE_INFINITY)
      );
    case 'not_null':
    case 'contains':
      throw new Error(`the simulated store has no '${condition.is}'`);
  }
}

function page<R extends { readonly id: string }>(all: readonly R[], { where, sortBy, limit }: ListQuery): readonly R[] {
  const rank = (record: R) => `${Reflect.get(record, sortBy)} ${record.id}`;
  const found = all.filter(meets(where)).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return found.slice(0, limit);
}
