/** An orderly stop: what was sent is waited for and answered, nothing new begins, and no connection is left. */
import { expect } from 'chai';
import { memoryLedger } from '../../src/processors/sandbox/index.ts';
import { AMOUNTS } from '../../src/processors/sandbox/outcomes.ts';
import { eventually } from '../support/eventually.ts';
import { exchange, exchangeRaw } from '../support/exchange.ts';
import { createHolds, gatedLedger } from '../support/moments.ts';
import { type ServerProcess, startMain, startNode } from '../support/process.ts';
import { basic, TWILIO_PATH } from '../support/refusals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase, eachStore, type TestDatabase } from '../support/stores.ts';
import { api, chargeBody, chargesOf, type Door, deliver, payinConfig } from '../support/twilio.ts';

const amountThat = (kind: string, ms: number) => {
  const row = AMOUNTS.find(({ manner }) => manner.kind === kind && Reflect.get(manner, 'ms') === ms);
  if (row === undefined) throw new Error(`no such sandbox amount: ${kind} ${ms}`);
  return row.money.amount;
};

/** One delivery on a connection that is kept alive: all that comes until the server closes it. */
function deliverRaw({ url, connectorKey }: Door, body: unknown): Promise<string> {
  const payload = JSON.stringify(body);
  const authorization = `Authorization: ${basic('api_key', connectorKey)}`;
  const head = [`POST ${TWILIO_PATH} HTTP/1.1`, 'Host: localhost', authorization, `Content-Length: ${payload.length}`];
  return exchangeRaw(url, `${head.join('\r\n')}\r\n\r\n${payload}`);
}

const bodyOf = (raw: string) => JSON.parse(raw.split('\r\n\r\n')[1] ?? '');

describe('A server that stops', () => {
  const { gate, hold } = createHolds();
  let database: TestDatabase;
  let server: TestServer;
  before(async () => {
    database = await createDatabase('sqlite');
    server = await startServer({ store: await database.open(), ledger: gatedLedger(memoryLedger(), gate) });
  });
  after(async () => {
    await server.close();
    await database.destroy();
  });

  it('closes the connection behind every reply, those that it was asked for before included', async () => {
    const held = hold(['before charge']);
    const charge = deliverRaw(server, chargeBody(await payinConfig(server), { transaction_id: 'under-way' }));
    await held.reached;
    server.drain();
    held.release();
    expect(await charge)
      .to.include('"error_code":null')
      .and.to.include('\r\nConnection: close\r\n');
    for (const path of ['/livez', '/readyz', '/v1/payins', '/nothing']) {
      const { headers } = await exchange(server.url, { method: 'GET', path });
      expect(headers.connection, path).to.equal('close');
    }
  });

  it('begins no payment, and still tells what became of earlier ones', async () => {
    const paid = chargeBody(await payinConfig(server), { transaction_id: 'before-the-stop' });
    const first = await deliver(server, paid);
    const config = await payinConfig(server);
    server.engine.stop();
    const { body } = await deliver(server, chargeBody(config, { transaction_id: 'after-the-stop' }));
    expect(body).to.include({ charge_id: null, error_code: 'SERVICE_STOPPING' });
    expect(await chargesOf(server, config)).to.deep.equal([]);
    expect((await deliver(server, paid)).text).to.equal(first.text);
  });
});

interface Process extends ServerProcess, Door {}

const SECRET_KEY = 'a secret of tests that is long enough';
const SOON_MS = 10_000;
const running: ServerProcess[] = [];

/** An account on that store, and a way to start processes that serve it. */
async function openShop(storeUrl: string) {
  const env = { SECRET_KEY, STORE_URL: storeUrl, RECONCILE_INTERVAL_MS: '100' };
  const init = startNode('src/cli/main.ts', ['init', '--json'], { env: { ...process.env, ...env } });
  await init.ended;
  const made = JSON.parse(init.output());
  const account = { platform: { id: made.platform_id }, merchant: { id: made.merchant_id } };
  const keys = { adminKey: made.admin_key, connectorKey: made.connector_key, account };
  return async (settings: Readonly<Record<string, string>> = {}): Promise<Process> => {
    const started = await startMain({ ...env, ...settings });
    running.push(started);
    return { ...started, ...keys };
  };
}

/** The reply to a delivery whose payment the processor has. */
async function inFlight(
  server: Process,
  transaction_id: string,
  amount: number,
): Promise<{ readonly reply: Promise<string> }> {
  const config = await payinConfig(server, { amount });
  const reply = deliverRaw(server, chargeBody(config, { transaction_id, amount: (amount / 100).toFixed(2) }));
  await eventually(async () => {
    const { results } = await api(server, 'GET', `/v1/payins?transaction_id=${transaction_id}`);
    expect(results).to.have.nested.property('[0].status', 'PRESENTING');
  }, SOON_MS);
  return { reply };
}

const stopsOf = (server: Process) =>
  server
    .output()
    .split('\n')
    .filter((line) => line.includes('"event":"stop"'))
    .map((line) => JSON.parse(line));

eachStore('A process that is told to stop', (stores) => {
  it('answers the payment that is in flight, closes idle connections, and ends well', async () => {
    const server = await (await openShop(stores.url()))();
    const { reply } = await inFlight(server, 'answered', amountThat('slow', 2_000));
    const idle = exchangeRaw(server.url, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await api(server, 'GET', '/v1/payins');
    await server.kill('SIGTERM');
    const raw = await reply;
    expect(raw).to.include('\r\nConnection: close\r\n');
    expect(bodyOf(raw).error_code).to.equal(null);
    expect(await idle).to.match(/^HTTP\/1\.1 200 /);
    expect(server.process.exitCode).to.equal(0);
    const [stop, ...more] = stopsOf(server);
    expect(more).to.deep.equal([]);
    expect(stop).to.include({ reason: 'signal' }).with.property('waiting').above(0);
  });
});

describe('A process that is told to stop', () => {
  let database: TestDatabase;
  let start: Awaited<ReturnType<typeof openShop>>;
  before(async () => {
    database = await createDatabase('sqlite');
    start = await openShop(database.url);
  });
  after(async () => {
    for (const one of running) await one.kill('SIGKILL');
    await database.destroy();
  });

  it('takes two signals at once for one', async () => {
    const server = await start();
    const { reply } = await inFlight(server, 'told-twice', amountThat('slow', 2_000));
    // npm passes on what its whole group was sent. Two of one kind could come as one.
    server.process.kill('SIGINT');
    await server.kill('SIGTERM');
    expect(bodyOf(await reply).error_code).to.equal(null);
    expect(server.process.exitCode).to.equal(0);
  });

  it('says nothing to a delivery whose outcome is not known yet, so that it is repeated to another process', async () => {
    const server = await start();
    const { reply } = await inFlight(server, 'left-open', amountThat('late', 5_000));
    await server.kill('SIGTERM');
    expect(await reply).to.equal('');
    expect(server.process.exitCode).to.equal(0);
  });

  it('ends at once when it is told again later', async () => {
    const server = await start();
    const { reply } = await inFlight(server, 'impatient', amountThat('slow', 12_000));
    server.process.kill('SIGTERM');
    await eventually(() => {
      server.process.kill('SIGTERM');
      expect(server.process.exitCode).to.equal(1);
    }, SOON_MS);
    expect(await reply).to.equal('');
    expect(stopsOf(server)).to.have.length(1);
  });

  it('ends when its grace is over, whatever it waits for', async () => {
    const server = await start({ SHUTDOWN_GRACE_MS: '100', PROCESSOR_DEADLINE_MS: '100' });
    await server.kill('SIGTERM');
    expect(server.process.exitCode).to.equal(1);
  });
});
