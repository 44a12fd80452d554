/** Charges by our own API whose outcome is not there yet, cannot be known, or cannot be written. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import type { Processor } from '../../../src/core/processor.ts';
import { type Store, StoreUnavailable } from '../../../src/core/store.ts';
import { createSandbox, memoryLedger } from '../../../src/processors/sandbox/index.ts';
import {
  type Client,
  cardPayin,
  clientOf,
  expectRefusal,
  newPayinConfig,
  type Page,
  type Payin,
} from '../../support/api.ts';
import { manualClock } from '../../support/clock.ts';
import { type ServerParts, startServer, type TestServer } from '../../support/server.ts';
import { eachStore } from '../../support/stores.ts';

eachStore('A charge by the API whose outcome is out', (stores) => {
  let server: TestServer;
  let admin: Client;
  let connector: Client;

  const start = async (parts: Partial<ServerParts>) => {
    server = await startServer({ store: stores.store(), ...parts });
    admin = clientOf(server);
    connector = clientOf(server, server.connectorKey);
  };
  afterEach(() => server.close());

  const pay = (body: object) => connector.post<Payin>('/v1/payins', body);
  const refused = async (body: object, status: number, code: string) =>
    expectRefusal(await connector.send('POST', '/v1/payins', body), status, code);

  /** A sandbox that charges and keeps its answer until it is let go. */
  function heldBack() {
    const clock = manualClock();
    const ledger = memoryLedger();
    const sandbox = createSandbox({ ledger, clock });
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const charge: Processor['charge'] = async (order) => {
      const outcome = await sandbox.charge(order);
      await held;
      return outcome;
    };
    return { clock, ledger, processor: { ...sandbox, charge }, letGo };
  }

  it('is PRESENTING at the end of the patience, refuses another card, and PROCESSING once it is known', async () => {
    const { clock, ledger, processor, letGo } = heldBack();
    await start({ clock, ledger, processor, apiPatienceMs: 8_000 });
    const config = await newPayinConfig(server);
    const asking = pay(cardPayin(config));
    while ((await ledger.list()).length === 0) await turn();
    await clock.advance(8_000);
    const payin = await asking;
    expect(payin).to.include({ status: 'PRESENTING', authorized_amount: 0, confirmation_code: null });
    await refused(cardPayin(config, { card_number: '5555555555554444' }), 400, 'PAYMENT_PENDING');

    letGo();
    await server.engine.background.idle();
    const after = await admin.get<Payin>(`/v1/payins/${payin.payin_id}`);
    expect(after).to.include({ status: 'PROCESSING', payin_id: payin.payin_id, captured_amount: 1000 });
  });

  it('is PRESENTING while nobody can say, and refuses another card', async () => {
    const processor: Processor = {
      ...createSandbox({ ledger: memoryLedger(), clock: manualClock() }),
      charge: async () => ({ kind: 'unknown' }),
      lookup: async () => ({ kind: 'unavailable' }),
      abandon: async () => ({ kind: 'unavailable' }),
    };
    await start({ processor, apiPatienceMs: 50 });
    const config = await newPayinConfig(server);
    expect((await pay(cardPayin(config))).status).to.equal('PRESENTING');
    await refused(cardPayin(config, { card_number: '5555555555554444' }), 400, 'OUTCOME_UNKNOWN');
    const listed = await admin.get<Page<Payin>>('/v1/payins?status=PRESENTING');
    expect(listed.results.map((payin) => payin.payin_config_id)).to.include(config);
  });

  it('is 503 where it is certain that nothing was sent, and may then be sent again', async () => {
    const sandbox = createSandbox({ ledger: memoryLedger(), clock: manualClock() });
    let reachable = false;
    const charge: Processor['charge'] = async (order) => (reachable ? sandbox.charge(order) : { kind: 'not_sent' });
    await start({ processor: { ...sandbox, charge }, clock: manualClock() });
    const config = await newPayinConfig(server);
    await refused(cardPayin(config), 503, 'PROCESSOR_UNREACHABLE');
    expect(
      (await admin.get<Page<Payin>>('/v1/payins')).results.map(({ payin_config_id }) => payin_config_id),
    ).not.to.include(config);
    reachable = true;
    expect((await pay(cardPayin(config))).status).to.equal('PROCESSING');
  });

  it('is told as approved although the store cannot write it, and is on record once it can', async () => {
    let away = false;
    const store = new Proxy<Store>(stores.store(), {
      get(real, name) {
        if (away) return () => Promise.reject(new StoreUnavailable());
        const member: unknown = Reflect.get(real, name);
        return typeof member === 'function' ? member.bind(real) : member;
      },
    });
    const sandbox = createSandbox({ ledger: memoryLedger(), clock: manualClock() });
    const charge: Processor['charge'] = (order) => {
      away = true;
      return sandbox.charge(order);
    };
    await start({ store, processor: { ...sandbox, charge } });
    const config = await newPayinConfig(server);
    const payin = await pay(cardPayin(config));
    expect(payin).to.include({ status: 'PROCESSING', captured_amount: 1000, payin_config_id: config });
    await refused(cardPayin(config), 503, 'STORE_UNAVAILABLE');
    away = false;
    await server.engine.background.idle();
    const after = await admin.get<Payin>(`/v1/payins/${payin.payin_id}`);
    expect(after).to.include({ status: 'PROCESSING', confirmation_code: payin.confirmation_code });
  });
});
