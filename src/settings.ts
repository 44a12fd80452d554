/**
 * The declarations of all settings: key, default, form, one sentence, and how its text becomes a value. The parser
 * (config.ts), the type `Config` and docs/configuration.md follow from `SETTINGS`. What a setting does is decided by
 * whoever reads it.
 */
import { Secret } from './core/secret.ts';

/** One thing to set, with all that the parser, the docs and the message about a bad value say of it. */
export interface Setting<T> {
  /** The name in the environment. */
  readonly key: string;
  /** As it would be written in the environment; null leaves the value null. */
  readonly default: string | null;
  /** The default with `NODE_ENV=production`, where it is another. */
  readonly productionDefault?: string;
  /** Completes "KEY must be …". */
  readonly form: string;
  /** One sentence for the docs. */
  readonly about: string;
  /** The value, or undefined where the text does not have the form. */
  readonly parse: (text: string) => T | undefined;
}

/** Where records are kept. A MongoDB URL may carry a password. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'mongo'; readonly url: Secret<string> };

const SECRET_KEY_LENGTH = 32;

function whole(
  key: string,
  byDefault: number,
  [min, max]: [number, number],
  about: string,
  unit = '',
): Setting<number> {
  const parse = (text: string) => {
    const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
  return { key, default: String(byDefault), form: `a whole number${unit} from ${min} to ${max}`, about, parse };
}

const TEN_MINUTES = 600_000;
const TEN_YEARS = 3_660;

/** A span from a twentieth of a second to ten minutes. */
const millis = (key: string, byDefault: number, about: string) =>
  whole(key, byDefault, [50, TEN_MINUTES], about, ' of milliseconds');

/** Three days at least, so that the repeats of a provider and of its operators are still known. */
const days = (key: string, byDefault: number, about: string) =>
  whole(key, byDefault, [3, TEN_YEARS], about, ' of days');

function choice<const C extends string>(key: string, byDefault: C, choices: readonly C[], about: string): Setting<C> {
  const parse = (text: string) => choices.find((one) => one === text);
  return { key, default: byDefault, form: `one of ${choices.map((one) => `\`${one}\``).join(', ')}`, about, parse };
}

const host: Setting<string> = {
  key: 'HOST',
  default: '127.0.0.1',
  productionDefault: '0.0.0.0',
  form: 'a host name or an IP address',
  about: 'The address to listen on.',
  parse: (text) => (/^[0-9A-Za-z.:_-]{1,253}$/.test(text) ? text : undefined),
};

const vaultPort: Setting<number | null> = {
  ...whole(
    'VAULT_PORT',
    0,
    [0, 65_535],
    'A port for every route that carries tender data: these are then served there and nowhere else. 0 takes a free one.',
  ),
  default: null,
};

const outsideUrl = (key: string, about: string): Setting<string | null> => ({
  key,
  default: null,
  form: 'an https URL, or an http URL of this machine (localhost), without credentials, query or fragment',
  about,
  parse(text) {
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    const safe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
    const bare = `${url.username}${url.password}${url.search}${url.hash}` === '';
    return safe && bare ? `${url.origin}${url.pathname.replace(/\/+$/, '')}` : undefined;
  },
});

/** Whether a URL's host name is this machine's own. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname);
}

/** A key of somebody else's, as it was given to us. */
const secret = (key: string, about: string): Setting<Secret<string> | null> => ({
  key,
  default: null,
  form: 'a key of at least 16 characters without blanks',
  about,
  parse: (text) => (/^[!-~]{16,512}$/.test(text) ? new Secret(text) : undefined),
});

const foreignId = (key: string, about: string): Setting<string | null> => ({
  key,
  default: null,
  form: 'an id of letters, digits, `_` and `-`',
  about,
  parse: (text) => (/^[\w-]{1,64}$/.test(text) ? text : undefined),
});

const stripeKey: Setting<Secret<string> | null> = {
  key: 'STRIPE_SECRET_KEY',
  default: null,
  form: 'a key that begins with `sk_test_`, `rk_test_`, `sk_live_` or `rk_live_`',
  about:
    "Stripe's secret or restricted key. One of test mode makes this a sandbox, a live one a server for real money.",
  parse: (text) => (/^[rs]k_(?:test|live)_[0-9A-Za-z_]{8,255}$/.test(text) ? new Secret(text) : undefined),
};

/** https://docs.stripe.com/keys: whether a key, restricted or not, is one of test mode. */
export function isTestStripeKey(secretKey: Secret<string>): boolean {
  return /^[rs]k_test_/.test(secretKey.reveal());
}

const stripeUrl: Setting<string | null> = {
  key: 'STRIPE_URL',
  default: null,
  form: 'an http URL of this machine (localhost) without a path',
  about: "A stand-in for Stripe on this machine, for tests; unset, Stripe's own host is called.",
  parse(text) {
    const url = URL.canParse(text) ? new URL(text) : null;
    const isOurs = url?.protocol === 'http:' && isLoopback(url.hostname) && url.href === `${url.origin}/`;
    return isOurs ? url.origin : undefined;
  },
};

const store: Setting<StoreLocation> = {
  key: 'STORE_URL',
  default: 'sqlite:./data/tollbridge.db',
  form: '`sqlite:` and the path of a file, or a `mongodb:` or `mongodb+srv:` URL',
  about:
    'Where records are kept: a file of the embedded store, for one machine, or a MongoDB replica set or cluster, such as ' +
    '`mongodb://user:password@host1,host2/payments?replicaSet=rs0`. Where the URL names no database, that is `tollbridge`.',
  // A store in memory would forget what was charged; two slashes would make a relative path absolute.
  parse(text) {
    if (/^mongodb(?:\+srv)?:\/\/[^\s/?]+(?:[/?]\S*)?$/.test(text)) return { kind: 'mongo', url: new Secret(text) };
    const path = /^sqlite:(?!:memory:|\/\/)(.+)$/.exec(text)?.[1];
    return path === undefined ? undefined : { kind: 'sqlite', path };
  },
};

/** `SECRET_KEY`, newest first; null where it is not set. The key file beside the embedded store has the same form. */
export const secretKeys: Setting<readonly Secret<string>[] | null> = {
  key: 'SECRET_KEY',
  default: null,
  form: `one or more secrets of at least ${SECRET_KEY_LENGTH} characters, separated by commas`,
  about:
    'Keys the digests of requests and seals the signing keys of merchants; newest first, older ones stay while they are rotated out. Required in production ' +
    'and with MongoDB; otherwise made once, in a file beside the embedded store that only its owner can read.',
  parse(text) {
    const keys = text.split(',').map((key) => key.trim());
    return keys.every((key) => key.length >= SECRET_KEY_LENGTH) ? keys.map((key) => new Secret(key)) : undefined;
  },
};

/** A path that says that it is one, or the name of a package and what it exports; never a URL. */
const MODULE = /^(?:\.{0,2}\/[^\s,]+|(?:@[\w.-]+\/)?\w[\w.-]*(?:\/[\w.-]+)*)$/;

const adapterModules: Setting<readonly string[] | null> = {
  key: 'ADAPTERS',
  default: null,
  form: 'one or more modules, separated by commas: paths that begin with `./`, `../` or `/`, or names of packages',
  about:
    'Adapters from outside of the tree, each the default export of its module; paths are from the working directory.',
  parse(text) {
    const modules = text.split(',').map((name) => name.trim());
    return modules.every((name) => MODULE.test(name)) ? modules : undefined;
  },
};

const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
/** What an event is worth, from `error`, which is always logged, to `debug`. */
export type LogLevel = (typeof LEVELS)[number];

/** Every setting, by group and field of `Config`. */
export const SETTINGS = {
  run: {
    environment: choice(
      'NODE_ENV',
      'development',
      ['development', 'test', 'production'],
      'In production logs are JSON, secrets must be given, and nothing is made for show.',
    ),
    logLevel: choice('LOG_LEVEL', 'info', LEVELS, 'The least important level that is logged.'),
  },
  server: {
    port: whole('PORT', 8080, [0, 65_535], 'The TCP port to listen on; 0 takes a free one.'),
    host,
    publicUrl: outsideUrl(
      'PUBLIC_URL',
      'How the outside reaches this server, and what signed deliveries were addressed to; the `Host` header of a request ' +
        'is never trusted for it.',
    ),
    vaultPort,
    vaultPublicUrl: outsideUrl(
      'VAULT_PUBLIC_URL',
      'How the outside reaches `VAULT_PORT`; unset, that is `PUBLIC_URL` with this port.',
    ),
    maxBodyBytes: whole('MAX_BODY_BYTES', 32_768, [1_024, 1_048_576], 'The largest request body.', ' of bytes'),
    maxJsonDepth: whole('MAX_JSON_DEPTH', 32, [8, 128], 'The deepest nesting of a JSON body.'),
    maxConnections: whole('MAX_CONNECTIONS', 10_000, [1, 1_000_000], 'How many connections may be open.'),
    requestTimeoutMs: millis('REQUEST_TIMEOUT_MS', 15_000, 'How long a client may take to send a whole request.'),
    headersTimeoutMs: millis(
      'HEADERS_TIMEOUT_MS',
      5_000,
      'How long a client may take to send the headers; at most `REQUEST_TIMEOUT_MS`.',
    ),
    keepAliveTimeoutMs: millis(
      'KEEP_ALIVE_TIMEOUT_MS',
      65_000,
      "How long an idle connection stays open; longer than the load balancer's own limit.",
    ),
    shutdownGraceMs: millis(
      'SHUTDOWN_GRACE_MS',
      75_000,
      'How long a stopping process waits for payments already sent; at least `PROCESSOR_DEADLINE_MS`.',
    ),
  },
  store: { location: store },
  secrets: { keys: secretKeys },
  adapters: { modules: adapterModules },
  processor: {
    name: choice(
      'PROCESSOR',
      'sandbox',
      ['sandbox', 'rainforest', 'stripe'],
      'Who moves the money of merchants without a routing of their own; the sandbox moves none.',
    ),
    deadlineMs: millis(
      'PROCESSOR_DEADLINE_MS',
      60_000,
      "How long the processor may take to answer, whatever the caller's patience.",
    ),
    sandboxSettleMs: whole(
      'SANDBOX_SETTLE_MS',
      86_400_000,
      [0, 864_000_000],
      'How long after its charge or capture a payin of the sandbox settles: until then it is voided, from then on refunded.',
      ' of milliseconds',
    ),
  },
  rainforest: {
    environment: choice(
      'RAINFOREST_ENVIRONMENT',
      'sandbox',
      ['sandbox', 'production'],
      'Which of its hosts is called; keys and ids that begin with `sbx_` are for the sandbox, all others for production.',
    ),
    configKey: secret('RAINFOREST_CONFIG_KEY', 'The key that makes and reads configs; it needs no other permission.'),
    payinKey: secret(
      'RAINFOREST_PAYIN_KEY',
      'The key for payins, payment methods and refunds; it may make no configs.',
    ),
    platformId: foreignId('RAINFOREST_PLATFORM_ID', 'Your platform there, for which payment methods are stored.'),
    merchantId: foreignId(
      'RAINFOREST_MERCHANT_ID',
      'The merchant there of those who have no account in a routing of their own; unset, their payments are refused.',
    ),
    url: outsideUrl(
      'RAINFOREST_URL',
      "Another server that speaks Rainforest's API, such as a second Tollbridge; never one of Rainforest's own hosts.",
    ),
  },
  stripe: {
    secretKey: stripeKey,
    bankAccounts: choice(
      'STRIPE_BANK_ACCOUNTS',
      'refused',
      ['refused', 'unverified'],
      'Whether bank accounts are taken. By telephone none can be verified, so that Stripe has to let your account debit ' +
        'without: ask its support before you set `unverified`.',
    ),
    url: stripeUrl,
  },
  limits: {
    attemptsPerConfig: whole(
      'MAX_ATTEMPTS_PER_CONFIG',
      10,
      [1, 1_000],
      'Attempts that one payin config or payment method config takes, against card testing.',
    ),
    attemptsPerKeyPerHour: whole(
      'MAX_ATTEMPTS_PER_KEY_PER_HOUR',
      30_000,
      [1, 1_000_000_000],
      'Attempts that one API key may start in an hour.',
    ),
    attemptsPerMerchantPerHour: whole(
      'MAX_ATTEMPTS_PER_MERCHANT_PER_HOUR',
      30_000,
      [1, 1_000_000_000],
      'Attempts that may be started for one merchant in an hour.',
    ),
    failedAuthsPerMinute: whole(
      'MAX_FAILED_AUTHS_PER_MINUTE',
      60,
      [1, 1_000_000],
      'Wrong credentials that one client address may send in a minute.',
    ),
  },
  timing: {
    leaseSlackMs: millis(
      'LEASE_SLACK_MS',
      30_000,
      'How long past the processor deadline the owner of an attempt is presumed alive.',
    ),
    reservationLeaseMs: millis(
      'RESERVATION_LEASE_MS',
      5_000,
      'How long an attempt that was reserved and not yet claimed is left to its owner.',
    ),
    apiPatienceMs: millis(
      'API_PATIENCE_MS',
      8_000,
      'How long `/v1` waits for an outcome before it answers `PRESENTING`.',
    ),
    cartLifetimeMinutes: whole(
      'CART_LIFETIME_MINUTES',
      1_440,
      [1, 525_600],
      'How long a cart can be paid.',
      ' of minutes',
    ),
    reconcileIntervalMs: millis('RECONCILE_INTERVAL_MS', 5_000, 'The pause between two rounds of the reconciler.'),
  },
  retention: {
    attemptDays: days(
      'ATTEMPT_RETENTION_DAYS',
      400,
      'How long finished attempts and payins are kept; unresolved ones are never removed.',
    ),
    configDays: days('CONFIG_RETENTION_DAYS', 400, 'How long configs are kept that no attempt holds.'),
    idempotencyDays: days(
      'IDEMPOTENCY_RETENTION_DAYS',
      30,
      'How long the idempotency key of a creating request is remembered.',
    ),
  },
};
