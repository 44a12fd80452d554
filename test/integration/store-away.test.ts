/** A store that is away already when a delivery signs in: even then it is answered in its provider's own shape. */
import { expect } from 'chai';
import { adapters } from '../../adapters/index.ts';
import { simulators } from '../../adapters/simulators.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Secret } from '../../src/core/secret.ts';
import { StoreUnavailable } from '../../src/core/store.ts';
import { addressOf } from '../../src/simulate/play.ts';
import { createWire } from '../../src/simulate/wire.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { type Gate, gatedStore } from '../support/moments.ts';
import { card } from '../support/orders.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase, type TestDatabase } from '../support/stores.ts';

const HOUR = 3_600_000;

describe('While the store is away', () => {
  let database: TestDatabase;
  let server: TestServer;
  let clock: ManualClock;
  let away = false;
  const wire = createWire(systemClock);

  before(async () => {
    database = await createDatabase('sqlite');
    const gate: Gate = (moment) => {
      if (away && moment === 'before read keys') throw new StoreUnavailable();
    };
    clock = manualClock();
    server = await startServer({ store: gatedStore(await database.open(), gate), clock });
  });
  after(async () => {
    away = false;
    wire.close();
    await server.close();
    await database.destroy();
  });

  for (const simulator of simulators.filter(({ pays }) => pays === 'config')) {
    it(`a delivery of ${simulator.name} hears so in words that ${simulator.name} understands`, async () => {
      const call = {
        operation: 'charge',
        transactionId: '00000000-0000-4000-8000-000000000001',
        tender: card('4242424242424242'),
        amount: '10.00',
        currency: 'USD',
        description: null,
        parameters: { payin_config_id: 'cfg_any' },
        thenTender: null,
      } as const;
      const login = { username: 'api_key', password: new Secret(server.connectorKey) };
      away = true;
      const request = simulator.next(call, login, []);
      if (request === null) throw new Error('nothing is sent');
      const { method, headers, body } = request;
      const url = addressOf(new URL(`${server.url}${simulator.path}`), request);
      const answered = wire.send({ method, headers, body, url, patienceMs: 10_000, hangUp: false });
      let over = false;
      const hearing = answered.finally(() => {
        over = true;
      });
      while (!over) await clock.advance(HOUR);
      const heard = await hearing;
      if ('silence' in heard) throw new Error(`heard nothing: ${heard.silence}`);
      const { verdict, code } = simulator.ending(call, [{ request, reply: heard.reply }]);
      // To a provider that sends again on silence, and only then, this may be the repeat of something that was sent.
      const adapter = adapters.find(({ name }) => name === simulator.name);
      const expected = adapter?.patience.repeatsOnSilence === true ? 'OUTCOME_UNKNOWN' : 'STORE_UNAVAILABLE';
      expect({ verdict, code }).to.deep.equal({ verdict: 'failed', code: expected });
    });
  }
});
