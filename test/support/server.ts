/** A whole Tollbridge in this process, listening on loopback: real store, real engine, real HTTP. */
import { expect } from 'chai';
import { adapters } from '../../adapters/index.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { createProcessors, type Processor } from '../../src/core/processor.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Store } from '../../src/core/store.ts';
import type { SetUp } from '../../src/engine/accounts.ts';
import type { EngineSettings } from '../../src/engine/context.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { createApp } from '../../src/http/app.ts';
import { listen, type ServerOptions } from '../../src/http/server.ts';
import { createSandbox, memoryLedger } from '../../src/processors/sandbox/index.ts';
import type { Ledger } from '../../src/processors/sandbox/ledger.ts';
import { type CapturedLog, captureLog } from './log.ts';
import { conformanceOf } from './openapi.ts';
import { watch } from './replies.ts';

export const TEST_SECRETS = [new Secret('a secret that only tests know, v1')];

/** What providers were told; that no test can connect there shows that nothing is read from a request's `Host`. */
export const PUBLIC_ADDRESSES = { baseUrl: 'https://pay.example.com', tenderUrl: 'https://vault.example.com/base' };

const DAY = 86_400_000;

const SERVER_OPTIONS: ServerOptions = {
  host: '127.0.0.1',
  port: 0,
  maxConnections: 10_000,
  requestTimeoutMs: 60_000,
  headersTimeoutMs: 60_000,
  keepAliveTimeoutMs: 60_000,
};

export const ENGINE_SETTINGS: EngineSettings = {
  processorDeadlineMs: 60_000,
  leaseSlackMs: 30_000,
  reservationLeaseMs: 5_000,
  maxAttemptsPerConfig: 10,
  maxAttemptsPerKeyPerHour: 1_000_000,
  maxAttemptsPerMerchantPerHour: 1_000_000,
  cartLifetimeMs: DAY,
  attemptRetentionMs: 400 * DAY,
  configRetentionMs: 400 * DAY,
  idempotencyRetentionMs: 30 * DAY,
};

export interface ServerParts {
  readonly store: Store;
  readonly clock?: Clock;
  readonly ledger?: Ledger;
  readonly processor?: Processor;
  /** Beside that one, for routings to name. */
  readonly others?: readonly Processor[];
  readonly settings?: Partial<EngineSettings>;
  readonly secrets?: readonly Secret<string>[];
  readonly apiPatienceMs?: number;
  readonly failedAuthsPerMinute?: number;
  readonly http?: Partial<ServerOptions>;
  /** Serves what carries tender data at an address of its own. */
  readonly vaultApart?: boolean;
}

export interface TestServer {
  readonly url: string;
  /** Where tender data goes; the same, unless it is served apart. */
  readonly vaultUrl: string;
  readonly engine: Engine;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: CapturedLog;
  /** A platform with a merchant and its two keys, made for this server. */
  readonly account: SetUp;
  /** Another platform on the same store. */
  readonly stranger: SetUp;
  readonly adminKey: string;
  readonly connectorKey: string;
  /** As the first moments of an orderly stop. */
  drain(): void;
  /**
   * Stops listening and waits for what goes on behind replies; the store stays its opener's. Fails where some reply
   * showed what none may show, or something had to be cut out of the log.
   */
  close(): Promise<void>;
}

export async function startServer(parts: ServerParts): Promise<TestServer> {
  const { store, clock = systemClock, ledger = memoryLedger() } = parts;
  const processor = parts.processor ?? createSandbox({ ledger, clock });
  const log = captureLog();
  const settings = { ...ENGINE_SETTINGS, ...parts.settings };
  const secrets = parts.secrets ?? TEST_SECRETS;
  const engine = await createEngine({
    store,
    processors: createProcessors(processor, ...(parts.others ?? [])),
    clock,
    log: log.log,
    settings,
    secrets,
  });
  const account = await engine.accounts.setUp('Test platform', 'Test merchant');
  const stranger = await engine.accounts.setUp('Other platform', 'Other merchant');
  const app = createApp({
    engine,
    store,
    log: log.log,
    clock,
    adapters,
    limits: { maxBodyBytes: 32_768, maxJsonDepth: 32, failedAuthsPerMinute: parts.failedAuthsPerMinute ?? 1_000 },
    apiPatienceMs: parts.apiPatienceMs ?? 8_000,
    secrets,
    addresses: PUBLIC_ADDRESSES,
    vaultApart: parts.vaultApart ?? false,
  });
  const conforms = conformanceOf(engine, app.vault !== null);
  const { handler, faults } = watch(app.koa.callback(), conforms);
  const watched = app.vault === null ? null : watch(app.vault.callback(), conforms);
  const server = await listen(handler, { ...SERVER_OPTIONS, ...parts.http });
  const vault = watched === null ? null : await listen(watched.handler, { ...SERVER_OPTIONS, ...parts.http });
  return {
    url: `http://127.0.0.1:${server.port}`,
    vaultUrl: `http://127.0.0.1:${(vault ?? server).port}`,
    engine,
    store,
    ledger,
    clock,
    log,
    account,
    stranger,
    adminKey: account.adminKey.secret.reveal(),
    connectorKey: account.connectorKey.secret.reveal(),
    drain: app.drain,
    async close() {
      const closed = server.close();
      server.cut();
      await closed;
      const vaultClosed = vault?.close();
      vault?.cut();
      await vaultClosed;
      await engine.background.idle();
      expect([...faults(), ...(watched?.faults() ?? [])]).to.deep.equal([]);
      expect(log.log.redactions()).to.equal(0);
    },
  };
}
