/**
 * The outside program that does the fuzzing: how it is told what to send and what to check, and what its report says.
 * Decides the checks and the bounds; what the server holds when it is asked is live.ts's.
 *
 * Schemathesis 4, https://schemathesis.readthedocs.io/
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the program is given: a document, a server, keys, and values that the server knows. */
export interface Target {
  readonly url: string;
  readonly document: object;
  /** An API key that may do everything. */
  readonly key: string;
  /** By the place of a field, as `body.card.card_number` or `path.payin_id`. */
  readonly values: Readonly<Record<string, readonly (string | number)[]>>;
  /** A payin that can be captured: one is enough to ask for it once. */
  readonly authorized: string;
}

/** What came of a run. */
export interface Figures {
  readonly operations: number;
  readonly tested: number;
  readonly requests: number;
  readonly failures: number;
  /** Operations for which it could make no request, and requests that were not answered. */
  readonly errors: number;
  readonly seconds: number;
  readonly seed: number;
}

/** Whether a run found nothing, and left nothing out. */
export const isWell = ({ operations, tested, requests, failures, errors }: Figures): boolean =>
  tested === operations && requests > 0 && failures + errors === 0;

/** The program's name or path, or null where there is none that runs. */
export function findProgram(named = process.env['SCHEMATHESIS'] ?? 'schemathesis'): string | null {
  return spawnSync(named, ['--version']).status === 0 ? named : null;
}

/** How often a field has a value that the server knows; else it is made up. */
const KNOWN = 0.7;
/** The same choices each time; ids are the server's own, so that the requests differ in these. */
const SEED = 1;
/** Of each operation in each phase, at most. */
const EXAMPLES = 12;
/** A charge may be held for its processor's deadline and some. */
const REQUEST_SECONDS = 15;
/** Milliseconds until it is ended, without a report. */
const LONGEST_MS = 300_000;
/** No answer may be a server error but those that say "not built" and "not now". */
const STATUSES = ['2xx', '3xx', '4xx', 501, 503];
const CHECKS = [
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'response_headers_conformance',
  'unsupported_method',
  'ignored_auth',
];

/** TOML's strings, numbers and lists are JSON's. */
const toml = (value: unknown) => JSON.stringify(value);

function settingsOf({ key, values }: Target): string {
  const lists = Object.entries(values);
  return [
    '[auth.openapi]',
    `bearer = { bearer = ${toml(key)} }`,
    `basic = { username = "api_key", password = ${toml(key)} }`,
    '[checks]',
    'enabled = false',
    `not_a_server_error = { enabled = true, expected-statuses = ${toml(STATUSES)} }`,
    ...CHECKS.map((check) => `${check}.enabled = true`),
    '[generation]',
    'database = "none"',
    '[dictionaries]',
    ...lists.map(([place, known]) => `${toml(place)} = { values = ${toml(known)} }`),
    '[parameters]',
    ...lists.map(([place]) => `${toml(place)} = { dictionary = ${toml(place)}, probability = ${KNOWN} }`),
    // Elsewhere a refusal may be told with 200.
    '[[operations]]',
    'include-path-regex = "^/(v1|api)/"',
    '[operations.checks]',
    'negative_data_rejection.enabled = true',
    // A key that was found in a list would be the one in use, and a fuzzer deletes what it finds.
    '[[operations]]',
    'include-path-regex = "^/v1/api_keys/"',
    '[operations.phases]',
    'stateful.enabled = false',
    'fuzzing.extra-data-sources.responses = false',
    'coverage.extra-data-sources.responses = false',
    '',
  ].join('\n');
}

/**
 * Runs the program in a folder of its own. Its words go to `write` as they come.
 * @throws {Error} where it leaves no report
 */
export async function fuzz(
  program: string,
  target: Target,
  folder: string,
  write: (text: string) => void,
): Promise<Figures> {
  const report = join(folder, 'report.json');
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(target.document));
  writeFileSync(join(folder, 'schemathesis.toml'), settingsOf(target));
  const options = {
    '--url': target.url,
    '--seed': SEED,
    '--max-examples': EXAMPLES,
    '--request-timeout': REQUEST_SECONDS,
    '--workers': 2,
    '--report-json-path': report,
    '--report': 'json',
    '--warnings': 'off',
  };
  const args = ['run', 'openapi.json', '--no-color', ...Object.entries(options).flat().map(String)];
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], timeout: LONGEST_MS });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => write(String(chunk)));
  await new Promise((resolve) => child.once('close', resolve));
  if (!existsSync(report)) throw new Error('the fuzzer left no report');
  return figuresOf(JSON.parse(readFileSync(report, 'utf8')));
}

interface Report {
  readonly seed: number;
  readonly running_time: number;
  readonly operations: { readonly selected: number; readonly tested: number };
  readonly test_cases: { readonly generated: number };
  readonly failures: readonly { readonly count: number }[];
  readonly errors: readonly { readonly count: number }[];
}

function figuresOf({ seed, running_time: seconds, operations, test_cases, failures, errors }: Report): Figures {
  return {
    operations: operations.selected,
    tested: operations.tested,
    requests: test_cases.generated,
    failures: failures.reduce((sum, { count }) => sum + count, 0),
    errors: errors.reduce((sum, { count }) => sum + count, 0),
    seconds: Math.round(seconds),
    seed,
  };
}
