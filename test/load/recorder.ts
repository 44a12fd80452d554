/**
 * A store that notes what it is asked, and in which waves: calls that were under way at the same time share a wave, so
 * that whoever makes them again makes the same groups.
 */
import type { Collection, Store, Write } from '../../src/core/store.ts';

export type Call =
  | { readonly kind: 'get'; readonly collection: Collection; readonly id: string }
  | { readonly kind: 'find'; readonly ask: (store: Store) => Promise<unknown> }
  | { readonly kind: 'apply'; readonly writes: readonly Write[] };

/** Calls that were under way at the same time. */
export type Wave = readonly Call[];

/** A store that notes what it is asked. */
export interface Recorder {
  readonly store: Store;
  /** What was asked since the last time. */
  take(): readonly Wave[];
}

export function record(store: Store): Recorder {
  let waves: Call[][] = [];
  let underWay = 0;

  function noted<T>(call: Call, answer: Promise<T>): Promise<T> {
    if (underWay === 0) waves.push([]);
    waves.at(-1)?.push(call);
    underWay++;
    return answer.finally(() => underWay--);
  }

  return {
    store: {
      name: store.name,
      get: (collection, id) => noted({ kind: 'get', collection, id }, store.get(collection, id)),
      find(collection, field, value) {
        const ask = (asked: Store) => asked.find(collection, field, value);
        return noted({ kind: 'find', ask }, store.find(collection, field, value));
      },
      apply: (...writes) => noted({ kind: 'apply', writes }, store.apply(...writes)),
      list: (collection, query) => store.list(collection, query),
      count: (collection, where) => store.count(collection, where),
      purge: (now, limit) => store.purge(now, limit),
      ping: () => store.ping(),
      close: () => store.close(),
    },
    take() {
      const taken = waves;
      waves = [];
      return taken;
    },
  };
}
