/** Many calls at once, and what they came to: the sum that shows whether anybody was charged twice. */
import type { Verdict } from '../core/simulator.ts';
import type { Played } from './play.ts';

/** How the calls of a storm ended. */
export interface StormSummary {
  readonly calls: number;
  /** Deliveries beyond the first of each call. */
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
 * Plays `count` calls, 32 at a time, each as `play` does; rejects with the first that rejects.
 * @param progress is told how many are over, after each.
 */
export async function storm(
  count: number,
  play: () => Promise<Played>,
  progress: (over: number) => void,
): Promise<StormSummary> {
  const since = Date.now();
  const played: Played[] = [];
  let begun = 0;
  const line = async () => {
    while (begun < count) {
      begun += 1;
      played.push(await play());
      progress(played.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, AT_ONCE) }, line));
  return summaryOf(played, Date.now() - since);
}

/** The sum of calls that are over. */
export function summaryOf(played: readonly Played[], ms: number): StormSummary {
  const verdicts: Record<Verdict, number> = { approved: 0, failed: 0, malformed: 0, silent: 0 };
  const codes: Record<string, number> = {};
  for (const { ending } of played) {
    verdicts[ending.verdict] += 1;
    if (ending.code !== null) codes[ending.code] = (codes[ending.code] ?? 0) + 1;
  }
  return {
    calls: played.length,
    repeats: played.reduce((sum, { deliveries }) => sum + deliveries.length - 1, 0),
    verdicts,
    codes,
    charges: new Set(played.flatMap(({ ids }) => ids)).size,
    doubled: played.filter(({ ids }) => ids.length > 1).length,
    ms,
  };
}
