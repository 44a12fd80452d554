/** `cli conform`: scores a connector, this server's or anybody's. It charges, so it takes a sandbox's key only. */
import pc from 'picocolors';
import type { Config } from '../../config.ts';
import { waitingClock } from '../../core/clock.ts';
import { formatMoney } from '../../core/money.ts';
import { Secret } from '../../core/secret.ts';
import type { Simulator } from '../../core/simulator.ts';
import { Explained } from '../../failure.ts';
import { AMOUNTS } from '../../processors/sandbox/outcomes.ts';
import { backendOf, fixedBackend } from '../../simulate/backend.ts';
import type { Candidate } from '../../simulate/checks.ts';
import { type CheckResult, conform } from '../../simulate/conform.ts';
import type { Line } from '../../simulate/play.ts';
import { createWire, type Wire } from '../../simulate/wire.ts';
import type { Output } from '../output.ts';
import { type KeyInHand, loginWith, withKey } from './access.ts';
import { bankOf, callOf, cardOf, parametersOf, simulatorNamed, urlOf } from './options.ts';

/** As commander gives them. */
export interface ConformOptions {
  readonly as: string;
  readonly key?: string;
  readonly user?: string;
  readonly password?: string;
  readonly parameter?: readonly string[];
  readonly amount: string;
  readonly card: string;
  readonly declinedCard: string;
  readonly bank: string;
  readonly slowAmount?: string;
}

/** @returns whether no check failed. @throws {Explained} */
export async function scoreConnector(
  config: Config,
  given: string,
  options: ConformOptions,
  { json, write }: Output,
): Promise<boolean> {
  const simulator = simulatorNamed(options.as);
  const url = urlOf(given);
  const wire = createWire(waitingClock);
  const parts: Parts = { simulator, url, wire, options };
  const score = (candidate: Candidate) => conform(candidate, (result) => json || write(lineOf(result)));
  try {
    const results =
      options.user === undefined
        ? await withKey({ config, url, key: options.key }, (key) => score(ourCandidate({ ...parts, key })))
        : await score(foreignCandidate({ ...parts, user: options.user }));
    const passed = results.filter(({ outcome }) => outcome === 'passed').length;
    const failed = results.filter(({ outcome }) => outcome === 'failed').length;
    const of = passed + failed;
    write(json ? `${JSON.stringify({ score: passed, of, checks: results })}\n` : `\nscore ${passed} of ${of}\n`);
    return failed === 0;
  } finally {
    wire.close();
  }
}

interface Parts {
  readonly simulator: Simulator;
  readonly url: URL;
  readonly wire: Wire;
  readonly options: ConformOptions;
}

/** A Tollbridge's own connector: each call gets what it is to pay, and the sandbox knows slow amounts. */
function ourCandidate({ key, ...parts }: Parts & { readonly key: KeyInHand }): Candidate {
  const { simulator, url, wire } = parts;
  if (!url.pathname.endsWith(simulator.path)) {
    throw new Explained(
      `${simulator.name} delivers to ${simulator.path}; another connector needs --user and --password.`,
    );
  }
  if (!key.secret.reveal().startsWith('sbx_'))
    throw new Explained('This charges cards: it needs the --key of a sandbox.');
  const base = new URL(url.href.slice(0, -simulator.path.length) || url.origin);
  const slow = AMOUNTS.find(({ manner }) => manner.kind === 'slow' && manner.ms > simulator.persistence.deliveryMs);
  return {
    ...candidateOf(parts, { simulator, url, wire, login: loginWith(simulator, key), clock: waitingClock }),
    backend: backendOf(simulator, wire, base, key.secret),
    slowAmount: slow === undefined ? null : formatMoney(slow.money),
  };
}

/** Somebody else's: what it needs to approve a call is what was typed. */
function foreignCandidate({ user, ...parts }: Parts & { readonly user: string }): Candidate {
  const { simulator, url, wire, options } = parts;
  const login = { username: user, password: new Secret(options.password ?? '') };
  return {
    ...candidateOf(parts, { simulator, url, wire, login, clock: waitingClock }),
    backend: fixedBackend(parametersOf(options.parameter ?? [])),
    slowAmount: options.slowAmount ?? null,
  };
}

function candidateOf(
  { simulator, options }: Parts,
  line: Line,
): Pick<Candidate, 'line' | 'newCall' | 'declined' | 'bank'> {
  const { amount, card } = options;
  return {
    line,
    newCall: () => callOf(simulator, { amount, card }),
    declined: cardOf(options.declinedCard),
    bank: bankOf(options.bank),
  };
}

const MARKS = { passed: pc.green('ok  '), failed: pc.red('FAIL'), skipped: pc.yellow('skip') };

function lineOf({ name, outcome, says }: CheckResult): string {
  return `${MARKS[outcome]} ${name}${says === '' ? '' : `: ${says}`}\n`;
}
