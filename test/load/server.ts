/**
 * One of the servers under load, in a process of its own: `server.ts echo|floor|charge STORE`. It tells its parent where
 * it listens, makes configs and measures its memory when asked, and ends when the parent is gone.
 */
import type Koa from 'koa';
import { systemClock } from '../../src/core/clock.ts';
import { createIds } from '../../src/core/ids.ts';
import type { MadeKey, SetUp } from '../../src/engine/accounts.ts';
import { listen } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { openStore } from '../../src/stores/open.ts';
import type { ConfigsWanted, Credentials, Question } from './child.ts';
import { createEcho } from './echo.ts';
import { createFloor, recordCharge } from './floor.ts';
import { createProduct, makeCartKey, makeConfigs } from './product.ts';
import { record } from './recorder.ts';

interface Subject {
  readonly koa: Koa;
  readonly credentials: Credentials;
  makeConfigs(wanted: ConfigsWanted): Promise<readonly string[]>;
}

/** As the setting `RECONCILE_INTERVAL_MS` has it. */
const ROUND_MS = 5_000;

async function openEcho(): Promise<Subject> {
  const ids = createIds({ sandbox: true, clock: systemClock });
  return {
    koa: createEcho(),
    credentials: { keys: ['', ''], client: { id: '', secret: '' } },
    makeConfigs: async ({ count }) => Array.from({ length: count }, () => ids.make('cfg')),
  };
}

async function openOverStore(name: 'floor' | 'charge', storeUrl: string): Promise<Subject> {
  // Standard output is /dev/null.
  const log = createLog({ level: 'info', form: 'json' });
  const store = await openStore(storeUrl);
  const recorder = record(store);
  const { engine, koa } = await createProduct(name === 'floor' ? recorder.store : store, log);
  const accounts = [await engine.accounts.setUp('One', 'One'), await engine.accounts.setUp('Two', 'Two')] as const;
  setInterval(() => engine.background.run(engine.reconciler.sweep()), ROUND_MS);
  return {
    koa: name === 'charge' ? koa : createFloor(store, await recordCharge(engine, accounts[0], recorder)),
    credentials: credentialsOf(accounts, await makeCartKey(engine, accounts[0])),
    makeConfigs: ({ merchant, ...wanted }) => makeConfigs(engine, { account: accounts[merchant], ...wanted }),
  };
}

function credentialsOf([first, second]: readonly [SetUp, SetUp], { key, secret }: MadeKey): Credentials {
  return {
    keys: [first.connectorKey.secret.reveal(), second.connectorKey.secret.reveal()],
    client: { id: key.id, secret: secret.reveal() },
  };
}

/** What stays resident when everything that can be given back has been. */
function memory(): number {
  // Once for what is garbage, once for what only the first run could free.
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

async function main(name: string | undefined, storeUrl: string | undefined): Promise<void> {
  const subject = name === 'floor' || name === 'charge' ? await openOverStore(name, storeUrl ?? '') : await openEcho();
  const { port } = await listen(subject.koa.callback(), {
    host: '127.0.0.1',
    port: 0,
    maxConnections: 10_000,
    requestTimeoutMs: 15_000,
    headersTimeoutMs: 5_000,
    keepAliveTimeoutMs: 65_000,
  });
  process.on('message', async (question: Question) => {
    process.send?.(question.kind === 'memory' ? [memory()] : await subject.makeConfigs(question));
  });
  process.on('disconnect', () => process.exit());
  const { keys, client } = subject.credentials;
  process.send?.([port, ...keys, client.id, client.secret]);
}

await main(process.argv[2], process.argv[3]);
