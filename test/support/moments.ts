/**
 * The moments of a payment at which a test can make something happen: before and after every single write to the store
 * and every question to the sandbox's ledger. Each write goes by itself here: the store's port promises no more, so a
 * crash between any two writes is one that some store allows, although SQLite would have grouped them.
 */

import type { FollowUpState } from '../../src/core/follow-up.ts';
import type { Attempt, AttemptState, Collection, Store, Write } from '../../src/core/store.ts';
import { followUpsOf } from '../../src/engine/follow-up.ts';
import type { Ledger, OperationKind } from '../../src/processors/sandbox/ledger.ts';

export type Step =
  | `read ${Collection}`
  | `insert ${Collection}`
  | `replace ${Exclude<Collection, 'attempts' | 'chargeables'>}`
  | `attempt ${AttemptState}`
  | `capture ${FollowUpState}`
  | `reversal ${FollowUpState}`
  | 'config claimed'
  | 'config used'
  | 'config free'
  | 'tally'
  | 'purge'
  | OperationKind
  | 'abandon'
  | 'lookup';

/** A step ends with `after`, or `without` where it was not applied or failed. */
export type Moment = `${'before' | 'after' | 'without'} ${Step}`;

/**
 * Stands at every moment: may wait, throw `StoreUnavailable`, or never return. Before a step it is given the step
 * itself, so that it can throw now and do it later, as a network that delivers late.
 */
export type Gate = (moment: Moment, step?: () => Promise<unknown>) => void | Promise<void>;

/** An attempt that is changed by one of its captures or reversals is as new as that. */
function stepOfAttempt(attempt: Attempt): Step {
  const changed = followUpsOf(attempt).findLast(({ updatedAt }) => updatedAt === attempt.updatedAt);
  if (changed === undefined) return `attempt ${attempt.state}`;
  return `${changed.kind === 'capture' ? 'capture' : 'reversal'} ${changed.state}`;
}

/** What a write does, by what the record says afterwards. */
export function stepOf(write: Write): Step {
  if ('tally' in write) return 'tally';
  if ('insert' in write) return `insert ${write.insert}`;
  switch (write.replace) {
    case 'attempts':
      return stepOfAttempt(write.record);
    case 'chargeables':
      return `config ${write.record.used !== null ? 'used' : write.record.active !== null ? 'claimed' : 'free'}`;
    default:
      return `replace ${write.replace}`;
  }
}

async function through<T>(gate: Gate, step: Step, work: () => Promise<T>, applied: (answer: T) => boolean): Promise<T> {
  await gate(`before ${step}`, work);
  let end: Moment = `without ${step}`;
  try {
    const answer = await work();
    if (applied(answer)) end = `after ${step}`;
    return answer;
  } finally {
    await gate(end);
  }
}

const always = () => true;

export function gatedStore(store: Store, gate: Gate): Store {
  const reading = <T>(collection: Collection, work: () => Promise<T>) =>
    through(gate, `read ${collection}`, work, always);
  return {
    name: store.name,
    get: (collection, id) => reading(collection, () => store.get(collection, id)),
    find: (collection, field, value) => reading(collection, () => store.find(collection, field, value)),
    list: (collection, query) => reading(collection, () => store.list(collection, query)),
    count: (collection, where) => reading(collection, () => store.count(collection, where)),
    async apply(...writes) {
      let applied = 0;
      for (const write of writes) {
        const one = await through(
          gate,
          stepOf(write),
          () => store.apply(write),
          (count) => count === 1,
        );
        if (one === 0) break;
        applied += 1;
      }
      return applied;
    },
    purge: (now, limit) => through(gate, 'purge', () => store.purge(now, limit), always),
    ping: () => store.ping(),
    close: () => store.close(),
  };
}

/** What was charged is charged: `after charge` the sandbox has it, and nobody has read its answer. */
export function gatedLedger(ledger: Ledger, gate: Gate): Ledger {
  return {
    insert: (entry) => through(gate, entry.operation?.kind ?? 'abandon', () => ledger.insert(entry), always),
    get: (key) => through(gate, 'lookup', () => ledger.get(key), always),
    of: (chargeableId) => ledger.of(chargeableId),
    list: () => ledger.list(),
    close: () => ledger.close(),
  };
}

export interface Hold {
  /** Resolves when the awaited arrivals are held and no other step is under way. */
  readonly reached: Promise<void>;
  /** Lets go of what is held, and holds nothing more. */
  release(): void;
}

export interface Holds {
  readonly gate: Gate;
  /** From now on everything that comes to one of these moments waits there. */
  hold(moments: readonly Moment[], arrivals?: number): Hold;
  /** Lets go of everything, as at the end of a test. */
  releaseAll(): void;
}

export function createHolds(): Holds {
  /** Steps that began and have not ended, the held ones left out. */
  let underWay = 0;
  const holds = new Set<Held>();

  async function gate(moment: Moment): Promise<void> {
    const begins = moment.startsWith('before');
    if (!begins) underWay -= 1;
    for (const held of holds) if (held.moments.includes(moment)) await held.wait();
    if (begins) underWay += 1;
    for (const held of holds) held.look();
  }

  function hold(moments: readonly Moment[], arrivals = 1): Hold {
    const reached = signal();
    const released = signal();
    let arrived = 0;
    const held: Held = {
      moments,
      reached: reached.given,
      async wait() {
        arrived += 1;
        held.look();
        await released.given;
      },
      look() {
        if (arrived >= arrivals && underWay === 0) reached.give();
      },
      release() {
        holds.delete(held);
        released.give();
      },
    };
    holds.add(held);
    return held;
  }

  return {
    gate,
    hold,
    releaseAll() {
      for (const held of holds) held.release();
    },
  };
}

interface Held extends Hold {
  readonly moments: readonly Moment[];
  wait(): Promise<void>;
  look(): void;
}

function signal(): { readonly given: Promise<void>; give(): void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}
