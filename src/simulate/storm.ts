/** Many calls at once, and what they came to: the sum that shows whether anybody was charged twice. */
import type { Verdict } from '../core/simulator.ts';
import type { Played } from './play.ts';

/** How the calls of a storm ended. */
export interface StormSummary {
  readonly calls: number;
  /** Requests that were made because nothing had been heard before. */
  readonly repeats: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** Of those that failed, by the connector's code. */
  readonly codes: Readonly<Record<string, number>>;
  /** Different ids that approvals carried, over all calls. */
  readonly charges: number;
  /** Calls whose deliveries were answered with more than one id: each is a caller charged twice. */
  readonly doubled: number;
  /** From the first call to the end of the last. */
  readonly ms: number;
}

/** How many calls go on at the same time. */
const AT_ONCE = 32;

/**
 * Plays `count` calls, 32 at a time, each as `play` does; rejects with the first that rejects, and begins no more.
 * @param progress is told how many are over, after each.
 */
export async function storm(
  count: number,
  play: () => Promise<Played>,
  progress: (over: number) => void,
): Promise<StormSummary> {
  const since = Date.now();
  const sum = createSum();
  let left = count;
  const line = async () => {
    while (left > 0) {
      left -= 1;
      try {
        progress(sum.add(await play()));
      } catch (error) {
        left = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, AT_ONCE) }, line));
  return sum.result(Date.now() - since);
}

/** Keeps numbers and ids, not calls: a storm may be long. */
function createSum() {
  const verdicts: Record<Verdict, number> = { approved: 0, failed: 0, malformed: 0, silent: 0 };
  const codes: Record<string, number> = {};
  const charged = new Set<string>();
  let [calls, repeats, doubled] = [0, 0, 0];

  return {
    /** @returns how many calls there are now. */
    add({ ending, deliveries, ids }: Played): number {
      verdicts[ending.verdict] += 1;
      if (ending.code !== null) codes[ending.code] = (codes[ending.code] ?? 0) + 1;
      for (const id of ids) charged.add(id);
      repeats += deliveries.slice(0, -1).filter(({ fate }) => fate !== 'heard').length;
      if (ids.length > 1) doubled += 1;
      calls += 1;
      return calls;
    },
    result: (ms: number): StormSummary => ({ calls, repeats, verdicts, codes, charges: charged.size, doubled, ms }),
  };
}
