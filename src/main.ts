/** The server process: settings, runtime, routes, the reconciler's rounds, and an orderly stop. */
import { addressesOf } from './addresses.ts';
import { type Config, loadConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import { StoreUnavailable } from './core/store.ts';
import { makeDemo } from './demo.ts';
import { reasonOf } from './failure.ts';
import { type App, createApp } from './http/app.ts';
import { type Listening, listen } from './http/server.ts';
import { createLog, type Log } from './log.ts';
import { loadAdapters } from './outside-adapters.ts';
import { openRuntime, type Runtime } from './runtime.ts';

/** How long a stopping process still answers, so that balancers that read `/readyz` have turned away. */
const DRAIN_MS = 500;
/** How long the replies to the last outcomes may take to leave. */
const LAST_REPLIES_MS = 1_000;
/** npm passes on a signal that its whole group has got already: what comes so soon is no second wish. */
const SAME_SIGNAL_MS = 1_000;

async function start(config: Config, log: Log): Promise<void> {
  const adapters = await loadAdapters(config.adapters.modules ?? []);
  const runtime = await openRuntime(config, log);
  const app = createApp({
    ...runtime,
    log,
    clock: systemClock,
    adapters,
    limits: { ...config.server, ...config.limits },
    apiPatienceMs: config.timing.apiPatienceMs,
    addresses: addressesOf(config),
    vaultApart: config.server.vaultPort !== null,
  });
  const server = await listen(app.koa.callback(), config.server);
  const servers = [server];
  const port = config.server.vaultPort;
  const vault =
    app.vault === null || port === null ? null : await listen(app.vault.callback(), { ...config.server, port });
  if (vault !== null) servers.push(vault);
  const stopRounds = reconcileInRounds(runtime, config.timing.reconcileIntervalMs, log);
  // Before anybody can know that there is something to stop.
  stopOnSignal({ config, log, runtime, app, servers, stopRounds });
  log.event('start', {
    port: server.port,
    vault_port: vault?.port,
    store: runtime.store.name,
    processor: runtime.processors.route.processor,
    sandbox: runtime.processors.sandbox,
    production: config.production,
    node: process.version,
  });
  const addresses = addressesOf(config, { port: server.port, vaultPort: vault?.port ?? null });
  await makeDemo({ config, runtime, addresses, out: process.stdout });
}

/** One round after another, for as long as the process runs. */
function reconcileInRounds({ engine }: Runtime, intervalMs: number, log: Log): () => void {
  let cancel = () => {};
  let stopped = false;
  const round = async () => {
    try {
      await engine.reconciler.sweep();
    } catch (error) {
      if (error instanceof StoreUnavailable) log.event('store_error', { during: 'reconcile', reason: error.reason });
      else log.event('defect', { error });
    }
    if (!stopped) next();
  };
  const next = () => {
    cancel = systemClock.after(intervalMs, () => void engine.background.run(round()));
  };
  next();
  return () => {
    stopped = true;
    cancel();
  };
}

interface Stoppable {
  readonly config: Config;
  readonly log: Log;
  readonly runtime: Runtime;
  readonly app: App;
  readonly servers: readonly Listening[];
  readonly stopRounds: () => void;
}

function stopOnSignal(parts: Stoppable): void {
  const { config, log } = parts;
  let since: number | null = null;
  const stop = async (reason: 'signal' | 'crash') => {
    if (since !== null) {
      if (reason === 'signal' && systemClock.now() - since < SAME_SIGNAL_MS) return;
      process.exit(1);
    }
    since = systemClock.now();
    // Keeps the process until the orderly stop has ended, too: the engine's own timers do not.
    setTimeout(() => process.exit(1), config.server.shutdownGraceMs);
    await stopOrderly(parts, reason);
    process.exit(reason === 'signal' ? 0 : 1);
  };
  process.on('SIGTERM', () => void stop('signal'));
  process.on('SIGINT', () => void stop('signal'));
  process.on('uncaughtException', (error) => {
    log.event('crash', { error });
    void stop('crash');
  });
}

/** Payments that were sent are waited for, whether or not anybody still listens. */
async function stopOrderly(
  { log, runtime, app, servers, stopRounds }: Stoppable,
  reason: 'signal' | 'crash',
): Promise<void> {
  const { engine } = runtime;
  log.event('stop', { reason, waiting: engine.background.size });
  app.drain();
  engine.stop();
  stopRounds();
  await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
  const closed = Promise.all(servers.map((server) => server.close()));
  await engine.background.idle();
  // What is still open waits for an outcome that this process will not bring: silence sends it elsewhere.
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, LAST_REPLIES_MS))]);
  for (const server of servers) server.cut();
  await runtime.close();
  await log.close();
}

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLog({ level: config.run.logLevel, form: config.production ? 'json' : 'text' });
  await start(config, log);
}

main().catch((error: unknown) => {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exitCode = 1;
  // Open handles of a start that failed half-way must not keep the process.
  setTimeout(() => process.exit(1), 100).unref();
});
