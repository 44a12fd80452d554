/**
 * A server process that a test kills or stops at a moment of its choice. The same parts as the real one, but with every
 * step of the store and of the ledger in view: ordered to, it holds its payments at a moment and says when all are
 * there. Its argument is the store's URL.
 */
import { openStore } from '../../src/stores/open.ts';
import { createHolds, gatedLedger, gatedStore, type Hold } from '../support/moments.ts';
import { startServer } from '../support/server.ts';
import { startSweeping } from '../support/sweep.ts';
import { type Order, openLedgerOf, SHORT, SWEEP_MS } from './victim.ts';

const url = process.argv[2] ?? '';
const { gate, hold } = createHolds();
const server = await startServer({
  store: gatedStore(await openStore(url), gate),
  ledger: gatedLedger(await openLedgerOf(url), gate),
  settings: SHORT,
});

let held: Hold | null = null;
process.on('message', (order: Order) => {
  switch (order.kind) {
    case 'hold':
      held = hold(order.at, order.arrivals);
      void held.reached.then(() => process.send?.('reached'));
      process.send?.('waiting');
      return;
    case 'release':
      held?.release();
      process.send?.('released');
      return;
    case 'sleep':
      // By itself, and so between two transactions: a stopped process that holds the lock of an SQLite file stops all.
      process.send?.('sleeping', () => process.kill(process.pid, 'SIGSTOP'));
      return;
    case 'reconcile':
      startSweeping(server.engine, SWEEP_MS);
  }
});
// A test that ends without its child takes the channel with it.
process.once('disconnect', () => process.exit());

const { adminKey, connectorKey, account } = server;
process.send?.({
  url: server.url,
  adminKey,
  connectorKey,
  account: { platform: { id: account.platform.id }, merchant: { id: account.merchant.id } },
});
