/** What probes are told: whether the process lives, and whether it should be given work. */
import { expect } from 'chai';
import { type Store, StoreUnavailable } from '../../src/core/store.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { exchange } from '../support/exchange.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';

eachStore('Health', (stores) => {
  let server: TestServer;
  let clock: ManualClock;
  /** The handle that is asked; a closed one is a store that is away. */
  let asked: Store;
  let pings = 0;

  before(async () => {
    clock = manualClock();
    asked = await stores.open();
    const store = askedBy(() => {
      pings += 1;
      return asked.ping();
    }, stores.store());
    server = await startServer({ store, clock });
  });
  after(() => server.close());

  async function ask(path: string) {
    const { status, text } = await exchange(server.url, { method: 'GET', path });
    return { status, body: JSON.parse(text) };
  }
  const READY = { status: 200, body: { ready: true, reason: null } };

  it('is ready while the store answers', async () => {
    expect(await ask('/livez')).to.deep.equal({ status: 200, body: { live: true } });
    expect(await ask('/readyz')).to.deep.equal(READY);
  });

  it('is alive and not ready while the store is away, and ready when it is back', async () => {
    await asked.close();
    expect(await asked.ping().catch((error: unknown) => error)).to.be.an.instanceOf(StoreUnavailable);
    // What a moment ago was well is not asked again.
    expect(await ask('/readyz')).to.deep.equal(READY);
    await clock.advance(2_001);
    expect(await ask('/readyz')).to.deep.equal({ status: 503, body: { ready: false, reason: 'store' } });
    expect(await ask('/livez')).to.deep.equal({ status: 200, body: { live: true } });
    asked = await stores.open();
    await clock.advance(2_001);
    expect(await ask('/readyz')).to.deep.equal(READY);
  });

  it('asks the store once, however many ask', async () => {
    await clock.advance(2_001);
    const before = pings;
    const probes = await Promise.all(Array.from({ length: 20 }, () => ask('/readyz')));
    expect(probes).to.deep.equal(Array(20).fill(READY));
    expect(pings).to.equal(before + 1);
  });

  it('sends work elsewhere once the process stops, while it still answers', async () => {
    const stopping = await startServer({ store: stores.store() });
    stopping.drain();
    const ready = await exchange(stopping.url, { method: 'GET', path: '/readyz' });
    expect(ready.status).to.equal(503);
    expect(JSON.parse(ready.text)).to.deep.equal({ ready: false, reason: 'stopping' });
    expect((await exchange(stopping.url, { method: 'GET', path: '/livez' })).status).to.equal(200);
    await stopping.close();
  });

  it('needs no credentials and tells nothing else', async () => {
    for (const path of ['/livez', '/readyz']) {
      const headers = { authorization: 'Bearer x' };
      expect((await exchange(server.url, { method: 'GET', path, headers })).status).to.equal(200);
    }
  });
});

/** The store, its health told by another. */
function askedBy(ping: Store['ping'], store: Store): Store {
  return {
    name: store.name,
    get: (collection, id) => store.get(collection, id),
    find: (collection, field, value) => store.find(collection, field, value),
    list: (collection, query) => store.list(collection, query),
    count: (collection, where) => store.count(collection, where),
    apply: (...writes) => store.apply(...writes),
    purge: (now, limit) => store.purge(now, limit),
    ping,
    close: () => store.close(),
  };
}
