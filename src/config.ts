/**
 * Settings: the environment becomes one frozen, typed, validated object, or the start stops with a list of all that is
 * wrong, naming keys and never values. What there is to set is declared in settings.ts; the key file that stands in for
 * an unset `SECRET_KEY` is secret-keys.ts.
 */
import { isTestStripeKey, SETTINGS, type Setting } from './settings.ts';

type ValueOf<S> = S extends Setting<infer T> ? T : never;
type Values = {
  readonly [G in keyof typeof SETTINGS]: {
    readonly [F in keyof (typeof SETTINGS)[G]]: ValueOf<(typeof SETTINGS)[G][F]>;
  };
};

/** The settings as the program reads them: deeply frozen. */
export interface Config extends Values {
  /** Whether `NODE_ENV` is `production`. */
  readonly production: boolean;
}

/** Why the process does not start: one sentence per problem, each naming a key and none a value. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Names and texts as in `process.env`. */
export type Environment = { readonly [key: string]: string | undefined };

/**
 * Reads the settings. An empty value counts as unset; keys that are not ours are ignored.
 * @param flags Node's own command line flags, checked for those that take a protection away.
 * @throws {ConfigError} with every problem at once.
 */
export function loadConfig(env: Environment, flags: readonly string[] = process.execArgv): Config {
  const problems = new Map<string, string>();
  const production = env[SETTINGS.run.environment.key] === 'production';

  // A value that cannot be used gives way to the default, so that the rest is still checked before the start is refused.
  const read = (setting: Setting<unknown>): unknown => {
    const byDefault = (production ? setting.productionDefault : undefined) ?? setting.default;
    const given = env[setting.key];
    if (given) {
      const value = setting.parse(given);
      if (value !== undefined) return Object.freeze(value);
      problems.set(setting.key, `${setting.key} must be ${setting.form}`);
    }
    return byDefault === null ? null : Object.freeze(setting.parse(byDefault));
  };
  const groups = Object.entries(SETTINGS).map(([group, settings]) => {
    const values = Object.entries(settings).map(([field, setting]) => [field, read(setting)]);
    return [group, Object.freeze(Object.fromEntries(values))];
  });
  // Every value comes from the setting that its type comes from.
  const config = Object.freeze({ production, ...Object.fromEntries(groups) }) as Config;

  for (const { keys, broken, problem } of RULES) {
    if (broken(config) && !keys.some((key) => problems.has(key))) problems.set(problem, problem);
  }
  const all = [...problems.values(), ...findWeakenedNode(env, flags, production)];
  if (all.length > 0) throw new ConfigError(all);
  return config;
}

const RAINFOREST_CREDENTIALS = ['RAINFOREST_CONFIG_KEY', 'RAINFOREST_PAYIN_KEY', 'RAINFOREST_PLATFORM_ID'] as const;

/** What belongs to one environment of Rainforest's: so nothing of the sandbox reaches the live host, nor the reverse. */
const RAINFOREST_IDENTITIES: readonly {
  readonly key: string;
  readonly of: (rainforest: Config['rainforest']) => string | null;
}[] = [
  { key: 'RAINFOREST_CONFIG_KEY', of: ({ configKey }) => configKey?.reveal() ?? null },
  { key: 'RAINFOREST_PAYIN_KEY', of: ({ payinKey }) => payinKey?.reveal() ?? null },
  { key: 'RAINFOREST_PLATFORM_ID', of: ({ platformId }) => platformId },
  { key: 'RAINFOREST_MERCHANT_ID', of: ({ merchantId }) => merchantId },
];

const isLive = ({ secretKey }: Config['stripe']) => secretKey !== null && !isTestStripeKey(secretKey);

/** What holds between settings; asked only where each of the keys is in order by itself. */
const RULES: readonly {
  readonly keys: readonly string[];
  readonly broken: (config: Config) => boolean;
  readonly problem: string;
}[] = [
  {
    keys: ['SECRET_KEY'],
    broken: ({ secrets, production, store }) =>
      secrets.keys === null && (production || store.location.kind === 'mongo'),
    problem: 'SECRET_KEY is required in production and with MongoDB',
  },
  {
    keys: ['HEADERS_TIMEOUT_MS', 'REQUEST_TIMEOUT_MS'],
    broken: ({ server }) => server.headersTimeoutMs > server.requestTimeoutMs,
    problem: 'HEADERS_TIMEOUT_MS must not be longer than REQUEST_TIMEOUT_MS',
  },
  {
    keys: ['VAULT_PORT', 'PORT'],
    broken: ({ server }) => server.vaultPort === server.port && server.port !== 0,
    problem: 'VAULT_PORT must be another port than PORT',
  },
  {
    keys: ['SHUTDOWN_GRACE_MS', 'PROCESSOR_DEADLINE_MS'],
    broken: ({ server, processor }) => server.shutdownGraceMs < processor.deadlineMs,
    problem: 'SHUTDOWN_GRACE_MS must not be shorter than PROCESSOR_DEADLINE_MS',
  },
  {
    keys: RAINFOREST_CREDENTIALS,
    broken: ({ processor, rainforest }) =>
      processor.name === 'rainforest' && rainforest.configKey === null && rainforest.payinKey === null,
    problem: 'PROCESSOR must not be rainforest without RAINFOREST_CONFIG_KEY and RAINFOREST_PAYIN_KEY',
  },
  {
    keys: RAINFOREST_CREDENTIALS,
    broken: ({ rainforest: { configKey, payinKey, platformId } }) => {
      const given = [configKey, payinKey, platformId].filter((one) => one !== null);
      return given.length > 0 && given.length < 3;
    },
    problem: 'RAINFOREST_CONFIG_KEY, RAINFOREST_PAYIN_KEY and RAINFOREST_PLATFORM_ID must be set together',
  },
  {
    keys: ['RAINFOREST_CONFIG_KEY', 'RAINFOREST_PAYIN_KEY'],
    broken: ({ rainforest: { configKey, payinKey } }) =>
      configKey !== null && payinKey !== null && configKey.reveal() === payinKey.reveal(),
    problem: 'RAINFOREST_PAYIN_KEY must be another key than RAINFOREST_CONFIG_KEY',
  },
  ...RAINFOREST_IDENTITIES.map(({ key, of }) => ({
    keys: ['RAINFOREST_ENVIRONMENT', key],
    broken: ({ rainforest }: Config) => {
      const value = of(rainforest);
      return value !== null && value.startsWith('sbx_') !== (rainforest.environment === 'sandbox');
    },
    problem: `${key} must be of the environment that RAINFOREST_ENVIRONMENT names: sbx_ is the sandbox's`,
  })),
  {
    keys: ['RAINFOREST_URL'],
    broken: ({ rainforest: { url } }) =>
      url !== null && (/(?:^|\.)rainforestpay\.com\.?$/.test(new URL(url).hostname) || new URL(url).pathname !== '/'),
    problem:
      "RAINFOREST_URL must have no path, and not be a host of Rainforest's: RAINFOREST_ENVIRONMENT chooses those",
  },
  {
    keys: ['PROCESSOR', ...RAINFOREST_CREDENTIALS],
    broken: ({ processor, rainforest }) =>
      processor.name === 'sandbox' && rainforest.payinKey !== null && rainforest.environment === 'production',
    problem:
      'PROCESSOR must not be sandbox beside a RAINFOREST_ENVIRONMENT of production: it is test money or real money',
  },
  {
    keys: ['PROCESSOR', 'STRIPE_SECRET_KEY'],
    broken: ({ processor, stripe }) => processor.name === 'stripe' && stripe.secretKey === null,
    problem: 'PROCESSOR must not be stripe without STRIPE_SECRET_KEY',
  },
  {
    keys: ['PROCESSOR', 'STRIPE_SECRET_KEY'],
    broken: ({ processor, stripe }) => processor.name === 'sandbox' && isLive(stripe),
    problem: 'PROCESSOR must not be sandbox beside a live STRIPE_SECRET_KEY: it is test money or real money',
  },
  {
    keys: ['STRIPE_SECRET_KEY', 'RAINFOREST_ENVIRONMENT', ...RAINFOREST_CREDENTIALS],
    broken: ({ stripe, rainforest }) =>
      stripe.secretKey !== null &&
      rainforest.payinKey !== null &&
      isLive(stripe) !== (rainforest.environment === 'production'),
    problem:
      'STRIPE_SECRET_KEY must be a live key beside a RAINFOREST_ENVIRONMENT of production, and one of test mode beside the sandbox: ' +
      'it is test money or real money',
  },
  {
    keys: ['STRIPE_URL', 'STRIPE_SECRET_KEY'],
    broken: ({ stripe }) => stripe.url !== null && isLive(stripe),
    problem: 'STRIPE_URL must not be set beside a live STRIPE_SECRET_KEY',
  },
];

/** Node's switches that take a protection away: never a lenient parser; in production nothing that opens memory. */
function findWeakenedNode(env: Environment, flags: readonly string[], production: boolean): string[] {
  const problems: string[] = [];
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    problems.push('NODE_TLS_REJECT_UNAUTHORIZED switches the check of certificates off; unset it');
  }
  const refused = production ? /^--(insecure-http-parser|inspect|heap|report-)/ : /^--insecure-http-parser/;
  const given = [...flags, ...(env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  for (const flag of given) {
    const name = flag.replaceAll('_', '-').split('=')[0] ?? '';
    if (refused.test(name)) problems.push(`Node's flag ${name} must not be set`);
  }
  return problems;
}
