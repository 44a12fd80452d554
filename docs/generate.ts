/**
 * Writes the pages whose content is a table in the code, so that the two cannot differ: settings, error codes, sandbox
 * outcomes, the adapters, what the API does not have, and the OpenAPI document. `npm run docs` writes them; with `--check` it changes nothing and exits 1 naming the pages that drifted.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adapters as ADAPTERS } from '../adapters/index.ts';
import { simulators } from '../adapters/simulators.ts';
import { loadConfig } from '../src/config.ts';
import type { AnyAdapter } from '../src/core/adapter.ts';
import { ERROR_CODES, ERRORS, type ErrorFamily } from '../src/core/errors.ts';
import { apiRoutes } from '../src/http/api/index.ts';
import { NOT_BUILT_FIELDS, NOT_BUILT_ROUTES } from '../src/http/api/not-built.ts';
import { documentOf } from '../src/http/openapi/document.ts';
import { operationsOf } from '../src/http/openapi/operations.ts';
import { createLog } from '../src/log.ts';
import { type SandboxRow, sandboxTable } from '../src/processors/sandbox/outcomes.ts';
import { openRuntime } from '../src/runtime.ts';
import { SETTINGS, type Setting } from '../src/settings.ts';

type Row = readonly string[];

/** A Markdown table in the linter's form: columns padded, bars inside a cell escaped. */
function table(head: Row, rows: readonly Row[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: Row) => `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [title = [], ...body] = all;
  return [line(title), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

function page(title: string, source: string, ...parts: readonly string[]): string {
  const note = `<!-- Made by \`npm run docs\` from ${source}: change it there. -->`;
  return `${[`# ${title}`, note, ...parts].join('\n\n')}\n`;
}

const GROUPS = {
  run: 'How it runs',
  server: 'The HTTP server',
  store: 'The store',
  secrets: 'Secrets',
  adapters: 'Adapters',
  processor: 'The processor',
  rainforest: 'Rainforest',
  stripe: 'Stripe',
  limits: 'Limits against card testing and guessing',
  timing: 'Leases, patience and the reconciler',
  retention: 'Retention',
} satisfies Record<keyof typeof SETTINGS, string>;
const TITLES = new Map(Object.entries(GROUPS));

function configuration(): string {
  const rowOf = (setting: Setting<unknown>): Row => [
    `\`${setting.key}\``,
    setting.default === null ? 'unset' : `\`${setting.default}\``,
    setting.productionDefault === undefined ? '' : `\`${setting.productionDefault}\``,
    setting.form,
    setting.about,
  ];
  const groups = Object.entries(SETTINGS).map(([group, settings]) => {
    const rows = Object.values(settings).map(rowOf);
    return `## ${TITLES.get(group) ?? group}\n\n${table(['setting', 'default', 'in production', 'form', 'what it does'], rows)}`;
  });
  return page(
    'Configuration',
    'src/settings.ts',
    'Settings come from the environment. An empty value counts as unset. When one is wrong, the process does not start ' +
      'and lists everything that is wrong; it names keys and never shows a value.',
    'It does not start either with `NODE_TLS_REJECT_UNAUTHORIZED=0` or `--insecure-http-parser`; nor in production with ' +
      'what opens or dumps memory (`--inspect…`, `--heap…`, `--report-…`).',
    ...groups,
  );
}

const FAMILIES: Readonly<Record<ErrorFamily, string>> = {
  refused: '## Refused\n\nTollbridge said no. Nothing was sent to a processor.',
  open: '## Open\n\nNeither yes nor no yet. Never treat these as a failure, and never pay again because of them.',
  declined: '## Declined\n\nThe issuer or the processor said no. The codes are the refusal codes of Rainforest.',
};

function errors(): string {
  const families = Object.entries(FAMILIES).map(([family, lead]) => {
    const rows = ERROR_CODES.filter((code) => ERRORS[code].family === family).map((code) => {
      const { meaning, retriable, sentence } = ERRORS[code];
      return [`\`${code}\``, meaning, retriable ? 'yes' : 'no', sentence];
    });
    return `${lead}\n\n${table(['code', 'what happened', 'send again', 'sentence for the caller'], rows)}`;
  });
  return page(
    'Error codes',
    'src/core/errors.ts',
    '"Send again" says whether the same request, sent again later, can end differently. The sentence carries no data of ' +
      'the request and may be shown or read to the caller.',
    ...families,
  );
}

function sandbox(): string {
  const { cards, accounts, amounts } = sandboxTable();
  const part = (title: string, first: string, rows: readonly SandboxRow[]) =>
    `## ${title}\n\n${table(
      [first, 'what happens', 'known from', 'note'],
      rows.map(({ value, outcome, source, note }) => [`\`${value}\``, outcome, source, note]),
    )}`;
  return page(
    'The sandbox',
    'src/processors/sandbox/outcomes.ts',
    'The sandbox moves no money. The card or the account decides what the answer is, the amount how it comes. The amounts ' +
      'below count for a capture, a void or a refund of that amount, too.',
    'A charge settles `SANDBOX_SETTLE_MS` after it was made, an authorization after its capture; or at once by ' +
      '`npm run -s cli -- sandbox settle [payin_id]`. ' +
      'Until then it can be voided, from then on refunded; a void that comes too late is declined with `PROCESSING_ERROR`. ' +
      'The sandbox does not keep anybody from capturing more than was authorized, or from giving back more than was charged: ' +
      'its ledger would show it.',
    '`npm run -s cli -- sandbox ledger` lists what was really done, each entry with its `kind`: `charge`, `authorize` ' +
      '(which takes nothing), `capture`, `tokenize`, `void`, `refund`, or `settle` for what was settled by hand. Under ' +
      '`attempt_id` stands the key of the send; of a void or a refund that is its own id.',
    part('Cards', 'number', cards),
    part('Bank accounts', 'routing / account', accounts),
    part('Amounts', 'amount', amounts),
  );
}

function apiNotBuilt(): string {
  const fields = Object.entries(NOT_BUILT_FIELDS).flatMap(([route, named]) =>
    Object.entries<readonly string[]>(named).map(([name, plain]) => [
      `\`${route}\``,
      `\`${name}\``,
      plain.map((word) => `\`${word}\``).join(', '),
    ]),
  );
  const routes = NOT_BUILT_ROUTES.map(([method, path]) => `- \`${method} ${path}\``);
  return page(
    'What the API does not have',
    'src/http/api/not-built.ts',
    "These belong to Rainforest's contract. They answer 501 with the code `NOT_BUILT`, and `field` names the route or the " +
      'field, so that nobody believes in something that never happens. A path that the contract does not have is 404.',
    'A permission or a constraint of an API key that is not built is refused in the same way, as `statements.permissions` ' +
      'or `statements.constraints`.',
    '## Fields\n\nAbsent, null, false and an empty list pass, and so does an object whose members all do.',
    table(['route', 'field', 'also passes'], fields),
    `## Routes\n\n${routes.join('\n')}`,
  );
}

/** What a decline, a refusal and an open outcome are answered with. */
function statusesOf({ routes, encode }: AnyAdapter): string {
  const [route] = routes;
  if (route === undefined) return '';
  const open = { payinId: null, paymentMethodId: null } as const;
  const replies = [
    encode({ kind: 'refused', code: 'AMOUNT_MISMATCH', field: null }, route, null),
    encode({ kind: 'unknown', ...open }, route, null),
  ];
  return replies.map(({ status }) => status).join(' / ');
}

function adapters(): string {
  const simulated = new Set(simulators.map(({ name }) => name));
  const seconds = (ms: number) => `${ms / 1000} s`;
  const rows = ADAPTERS.map((adapter): Row => {
    const { name, routes, auth, signature, patience, tenders } = adapter;
    return [
      name,
      routes.map(({ method, path }) => `\`${method} ${path}\``).join(', '),
      auth.join(', '),
      (signature?.headers ?? []).map((header) => `\`${header}\``).join(', '),
      seconds(patience.deliveryMs),
      patience.repeatsOnSilence ? `yes, ${seconds(patience.totalMs)} in all` : 'no',
      tenders,
      statusesOf(adapter),
      simulated.has(name) ? 'yes' : 'no',
    ];
  });
  return page(
    'Adapters',
    'adapters/index.ts',
    '`path`: the API key may come as one more segment of the path. Signature: looked at only for a merchant with a ' +
      '[signing key](api.md#signing-keys). Patience: after so long a delivery is answered that the ' +
      'outcome is open, unless the provider repeats on silence. Tenders: whether another card in the same transaction is ' +
      'another attempt. Statuses: of a refusal and of an open outcome. Simulator: `cli call`, `cli conform`, `cli snippet`.',
    table(
      [
        'adapter',
        'routes',
        'signs in by',
        'signature in',
        'patience',
        'repeats on silence',
        'tenders',
        'statuses',
        'simulator',
      ],
      rows,
    ),
    'Another one, in the tree or outside of it: [add-an-adapter.md](add-an-adapter.md).',
  );
}

/** Of a server as it is without settings. Its routes are made over an engine, so there is one, on an empty store. */
async function openapi(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tollbridge-docs-'));
  const log = createLog({ level: 'error', form: 'text', out: process.stderr });
  const runtime = await openRuntime(loadConfig({ STORE_URL: `sqlite:${join(folder, 'empty.db')}` }), log);
  try {
    const operations = operationsOf(ADAPTERS, apiRoutes(runtime.engine, ADAPTERS, 0));
    return `${JSON.stringify(documentOf(operations), null, 1)}\n`;
  } finally {
    await runtime.close();
    rmSync(folder, { recursive: true });
  }
}

const PAGES = {
  'adapters.md': adapters,
  'configuration.md': configuration,
  'errors.md': errors,
  'sandbox.md': sandbox,
  'api-not-built.md': apiNotBuilt,
  'openapi.json': openapi,
};

function readIfThere(file: URL): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

const drifted: string[] = [];
for (const [name, make] of Object.entries(PAGES)) {
  const file = new URL(name, import.meta.url);
  const text = await make();
  if (readIfThere(file) === text) continue;
  drifted.push(`docs/${name}`);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
}
if (process.argv.includes('--check') && drifted.length > 0) {
  process.stderr.write(`drifted from the code, run \`npm run docs\`: ${drifted.join(', ')}\n`);
  process.exitCode = 1;
}
