/**
 * What a process of Tollbridge is made of, opened from its settings: store, processors, engine. Shared by the server and
 * the command line; decides the order in which things open and close, nothing about payments.
 */
import { existsSync } from 'node:fs';
import type { Config } from './config.ts';
import { type Clock, systemClock } from './core/clock.ts';
import { createProcessors, type Processor, type Processors } from './core/processor.ts';
import type { Secret } from './core/secret.ts';
import type { Store } from './core/store.ts';
import type { EngineSettings } from './engine/context.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import type { Log } from './log.ts';
import type { Complain } from './processors/complaint.ts';
import { createSandbox } from './processors/sandbox/index.ts';
import { openSandboxLedger } from './processors/sandbox/open.ts';
import { loadSecretKeys } from './secret-keys.ts';
import type { StoreLocation } from './settings.ts';
import { openStore } from './stores/open.ts';

/** A store, processors and the engine over them, ready for requests; nothing of it listens. */
export interface Runtime {
  readonly store: Store;
  readonly processors: Processors;
  readonly engine: Engine;
  /** The live secrets, newest first. */
  readonly secrets: readonly Secret<string>[];
  /** Closes the processors, then the store. */
  close(): Promise<void>;
}

/** There is nothing at `STORE_URL` for a command that works on what is there. */
export class NoStore extends Error {
  constructor() {
    super('STORE_URL: there is no store there. The first start makes it, or `npm run -s cli -- init`.');
  }
}

/**
 * For commands that look into a store and make none: a mistyped path is told, not filled. A database of MongoDB is there
 * as soon as somebody names it.
 * @throws {NoStore}
 */
export function requireStore({ store: { location } }: Config): void {
  if (location.kind === 'sqlite' && !existsSync(location.path)) throw new NoStore();
}

/**
 * @throws {StoreUnavailable} when a store cannot be opened.
 * @throws {WrongSecretKey} when the secrets are not the store's.
 * @throws {ConfigError} when there are no secrets.
 */
export async function openRuntime(config: Config, log: Log, clock: Clock = systemClock): Promise<Runtime> {
  // Before the secrets, whose file would else be made beside something that is no store.
  const store = await openStore(storeUrl(config.store.location));
  try {
    const secrets = loadSecretKeys(config);
    const processors = await openProcessors(config, clock, log);
    const engine = await createEngine({ store, processors, clock, log, secrets, settings: settingsOf(config) });
    return {
      store,
      processors,
      engine,
      secrets,
      async close() {
        await Promise.all(processors.all.map((processor) => processor.close()));
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The one that `PROCESSOR` names, and every other whose credentials are set: a merchant's routing may name that. */
async function openProcessors(config: Config, clock: Clock, log: Log): Promise<Processors> {
  const outside = await openOutside(config, clock, log);
  if (config.processor.name !== 'sandbox') {
    const first = outside.find(({ name }) => name === config.processor.name);
    if (first === undefined) throw new Error('the settings let no processor be named without its credentials');
    return createProcessors(first, ...outside.filter((one) => one !== first));
  }
  const sandbox = createSandbox({
    ledger: await openSandboxLedger(config.store.location),
    clock,
    settlesAfterMs: config.processor.sandboxSettleMs,
  });
  return createProcessors(sandbox, ...outside);
}

/** Those whose credentials are set. The others are not even loaded: a start would wait for it. */
async function openOutside({ rainforest, stripe }: Config, clock: Clock, log: Log): Promise<readonly Processor[]> {
  const complaintsOf =
    (processor: string): Complain =>
    ({ kind: alarm, setting, account }) =>
      log.event('alarm', { alarm, processor, setting, account });
  const opened: (Processor | null)[] = [];
  if (rainforest.configKey !== null) {
    const { openRainforest } = await import('./processors/rainforest/open.ts');
    opened.push(openRainforest(rainforest, clock, complaintsOf('rainforest')));
  }
  if (stripe.secretKey !== null) {
    const { openStripe } = await import('./processors/stripe/open.ts');
    opened.push(openStripe(stripe, clock, complaintsOf('stripe')));
  }
  return opened.filter((one) => one !== null);
}

function storeUrl(location: StoreLocation): string {
  return location.kind === 'sqlite' ? `sqlite:${location.path}` : location.url.reveal();
}

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

function settingsOf({ processor, timing, limits, retention }: Config): EngineSettings {
  return {
    processorDeadlineMs: processor.deadlineMs,
    leaseSlackMs: timing.leaseSlackMs,
    reservationLeaseMs: timing.reservationLeaseMs,
    maxAttemptsPerConfig: limits.attemptsPerConfig,
    maxAttemptsPerKeyPerHour: limits.attemptsPerKeyPerHour,
    maxAttemptsPerMerchantPerHour: limits.attemptsPerMerchantPerHour,
    cartLifetimeMs: timing.cartLifetimeMinutes * MINUTE,
    attemptRetentionMs: retention.attemptDays * DAY,
    configRetentionMs: retention.configDays * DAY,
    idempotencyRetentionMs: retention.idempotencyDays * DAY,
  };
}
