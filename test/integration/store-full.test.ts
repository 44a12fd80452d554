/** A store that can be read and not written: the process says that it should get no work, and the log says why. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import Libsql from 'libsql';
import { openSqlite } from '../../src/stores/sqlite/store.ts';
import { cardPayin, clientOf, newPayinConfig, type Payin } from '../support/api.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { exchange } from '../support/exchange.ts';
import { startServer, type TestServer } from '../support/server.ts';

const MEBIBYTE = 1_048_576;
/** Short, for in here nobody lets go of a lock by himself. */
const PATIENCE_MS = 20;

/** A file system of a few megabytes; false where this user may make none. */
function mountSmall(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Writes until there is no room for another byte. */
function fill(file: string): void {
  for (let piece = MEBIBYTE; piece >= 1; ) {
    try {
      appendFileSync(file, Buffer.alloc(piece));
    } catch {
      piece = Math.floor(piece / 2);
    }
  }
}

describe('A store that can be read and not written', () => {
  let folder: string;
  let clock: ManualClock;
  let server: TestServer;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollbridge-full-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function start(): Promise<void> {
    clock = manualClock();
    server = await startServer({
      store: await openSqlite(join(folder, 'store.db'), { patienceMs: PATIENCE_MS }),
      clock,
    });
  }
  async function stop(): Promise<void> {
    await server.close();
    await server.store.close();
  }

  /** What is said once the answer of before is too old. */
  async function readiness() {
    await clock.advance(2_001);
    const { status, text } = await exchange(server.url, { method: 'GET', path: '/readyz' });
    return { status, ...JSON.parse(text) };
  }
  const READY = { status: 200, ready: true, reason: null };
  const NOT_READY = { status: 503, ready: false, reason: 'store' };

  it('is not ready while another program holds its lock, and ready when that lets go', async () => {
    await start();
    const other = new Libsql(join(folder, 'store.db'));
    expect(await readiness()).to.deep.equal(READY);
    other.exec('BEGIN IMMEDIATE');
    expect(await readiness()).to.deep.equal(NOT_READY);
    expect(server.log.entries('store_error').at(-1)).to.include({ during: 'ping', reason: 'SQLITE_BUSY' });
    other.exec('ROLLBACK');
    other.close();
    expect(await readiness()).to.deep.equal(READY);
    await stop();
  });

  it('is not ready while the disk is full, refuses with a line in the log, and pays when there is room', async function () {
    if (!mountSmall(folder)) {
      process.stdout.write('    needs a user who may mount a small file system\n');
      this.skip();
    }
    await start();
    try {
      const config = await newPayinConfig(server);
      const ballast = join(folder, 'ballast');
      fill(ballast);
      expect(await readiness()).to.deep.equal(NOT_READY);
      expect(server.log.entries('store_error').at(-1)).to.include({ during: 'ping', reason: 'SQLITE_FULL' });

      const asked = cardPayin(config);
      expect((await clientOf(server).send('POST', '/v1/payins', asked)).status).to.equal(503);
      expect(server.log.entries('store_error').at(-1)).to.include({ during: 'pay', reason: 'SQLITE_FULL' });
      const terms = {
        merchant_id: server.account.merchant.id,
        idempotency_key: 'one',
        amount: 1,
        currency_code: 'USD',
      };
      expect((await clientOf(server).send('POST', '/v1/payin_configs', terms)).status).to.equal(503);
      expect(server.log.entries('store_error').at(-1))
        .to.include({ during: 'request', reason: 'SQLITE_FULL' })
        .and.to.have.property('request_id');

      rmSync(ballast);
      expect(await readiness()).to.deep.equal(READY);
      expect((await clientOf(server).post<Payin>('/v1/payins', asked)).status).to.equal('PROCESSING');
    } finally {
      await stop();
      // Lazily: the driver lets go of the file when its statements are collected.
      execFileSync('umount', ['-l', folder]);
    }
  });
});
