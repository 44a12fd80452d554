/**
 * Plays a provider against a connector, anybody's, and scores it check by check. Decides how the checks are run and
 * told; what they ask is checks.ts.
 */
import { Explained } from '../failure.ts';
import { type Candidate, checksFor, type Desk } from './checks.ts';
import { playCall } from './play.ts';

/** How one check went; `says` is empty where it passed. */
export interface CheckResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly says: string;
}

/** Every check in order, told as they end. @throws {Explained} where nobody listens, or no config can be made */
export async function conform(
  candidate: Candidate,
  tell: (result: CheckResult) => void,
): Promise<readonly CheckResult[]> {
  const { line, backend } = candidate;
  const { simulator, url } = line;
  let timeouts = 0;
  const desk: Desk = {
    simulator,
    candidate,
    async prepare(changes = {}) {
      const call = { ...candidate.newCall(), ...changes };
      return { ...call, parameters: { ...call.parameters, ...(await backend.parametersFor(call)) } };
    },
    async play(call, options) {
      const played = await playCall(line, call, options);
      const fates = played.deliveries.map(({ fate }) => fate);
      if (fates.every((fate) => fate === 'unreachable')) throw new Explained(`Nobody listens at ${url.origin}.`);
      timeouts += fates.filter((fate) => fate === 'timeout').length;
      return played;
    },
    timeouts: () => timeouts,
  };
  const results: CheckResult[] = [];
  for (const check of checksFor(simulator)) {
    const skips = check.skips?.(simulator, candidate) ?? null;
    const wrong = skips === null ? await check.run(desk) : null;
    const outcome = skips !== null ? 'skipped' : wrong === null ? 'passed' : 'failed';
    const result: CheckResult = { name: check.name, outcome, says: skips ?? wrong ?? '' };
    results.push(result);
    tell(result);
  }
  return results;
}
