/**
 * Two servers on one store, and steps of theirs that fall between each other's in ways that time alone would seldom
 * bring about. Both run in this process; the ledger is the oracle.
 */
import { expect } from 'chai';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { StoreUnavailable } from '../../src/core/store.ts';
import { memoryLedger } from '../../src/processors/sandbox/index.ts';
import type { Ledger } from '../../src/processors/sandbox/ledger.ts';
import { eventually } from '../support/eventually.ts';
import { createHolds, gatedLedger, gatedStore, type Holds } from '../support/moments.ts';
import { createOracle, type Oracle } from '../support/oracle.ts';
import { type ServerParts, startServer, type TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import { type Sweeping, startSweeping } from '../support/sweep.ts';
import { chargeBody, DECLINED_VISA, type Door, payinConfig } from '../support/twilio.ts';
import { expectClean } from './figures.ts';

/** Both leases are over soon; a charge that finds no obstacle takes milliseconds. */
const SOON = { processorDeadlineMs: 400, leaseSlackMs: 50, reservationLeaseMs: 100 };
const SETTLES_WITHIN_MS = 5_000;
const SWEEP_MS = 20;

eachStore('Two servers, one of them held between two steps', (stores) => {
  let ledger: Ledger;
  let oracle: Oracle;
  let held: TestServer;
  let free: TestServer;
  let holds: Holds;
  /** The held server with the free one's keys. */
  let door: Door;
  let gates: Holds[];
  let servers: TestServer[];
  let sweeping: Sweeping;

  beforeEach(async () => {
    ledger = memoryLedger();
    oracle = createOracle();
    gates = [];
    servers = [];
    holds = gate();
    held = await start({
      store: gatedStore(stores.store(), holds.gate),
      ledger: gatedLedger(ledger, holds.gate),
    });
    free = await start({ store: stores.store(), ledger });
    door = { ...free, url: held.url };
    sweeping = startSweeping(free.engine, SWEEP_MS);
  });

  afterEach(async () => {
    for (const { releaseAll } of gates) releaseAll();
    await sweeping.stop();
    await Promise.all(servers.map((server) => server.close()));
  });

  function gate(): Holds {
    const made = createHolds();
    gates.push(made);
    return made;
  }

  async function start(parts: ServerParts): Promise<TestServer> {
    const server = await startServer({ settings: SOON, ...parts });
    servers.push(server);
    return server;
  }

  /** A config whose last attempt was declined, by a process that died before it freed the config. */
  async function declinedAndNotFreed(config: string, transaction: string): Promise<void> {
    const crashed = createHolds();
    const dying = await startServer({ store: gatedStore(stores.store(), crashed.gate), ledger, settings: SOON });
    const { reached } = crashed.hold(['before config free']);
    const body = chargeBody(config, { transaction_id: transaction, cardnumber: DECLINED_VISA });
    const silence = oracle.deliver({ ...free, url: dying.url }, body);
    await reached;
    // Its work goes on to wait for ever; only its connections end.
    void dying.close();
    expect(await silence).to.equal(null);
  }

  const stateOf = (transaction: string) => async () =>
    (await stores.store().find('attempts', 'transactionId', transaction))?.state;

  it('the repeat that comes between the used config and the settled attempt gets the approval', async () => {
    const config = await payinConfig(free);
    const body = chargeBody(config, { transaction_id: 'used, not settled' });
    const hold = holds.hold(['before attempt approved']);
    const first = oracle.deliver(door, body);
    await hold.reached;
    const attempt = await stores.store().find('attempts', 'transactionId', 'used, not settled');
    await eventually(() => expect(Date.now()).to.be.above(attempt?.leaseUntil ?? Number.POSITIVE_INFINITY), 1_000);
    const second = oracle.deliver(free, body);
    const reply = await second;
    hold.release();
    expect(reply?.body.error_code).to.equal(null);
    expect((await first)?.text).to.equal(reply?.text);
    expectClean(stores.name, await oracle.judge(stores.store(), ledger, [config], SETTLES_WITHIN_MS));
  });

  it('a repeat is told the approval that came while it freed the config of an earlier decline', async () => {
    const config = await payinConfig(free);
    await declinedAndNotFreed(config, 'earlier decline');
    const body = chargeBody(config, { transaction_id: 'approved meanwhile' });
    const hold = holds.hold(['before config free']);
    const slow = oracle.deliver(door, body);
    await hold.reached;
    const quick = await oracle.deliver(free, body);
    expect(quick?.body.error_code).to.equal(null);
    hold.release();
    expect((await slow)?.text).to.equal(quick?.text);
    expectClean(stores.name, await oracle.judge(stores.store(), ledger, [config], SETTLES_WITHIN_MS));
  });

  it('an owner whose reservation was given up meanwhile does not claim with an epoch that it read after it', async () => {
    const config = await payinConfig(free);
    const body = chargeBody(config, { transaction_id: 'slept over its lease' });
    const beforeClaim = holds.hold(['before config claimed']);
    const slow = oracle.deliver(door, body);
    await beforeClaim.reached;
    // The claim will fail, and the owner start over on a config that has to be freed first.
    await declinedAndNotFreed(config, 'claimed in between');
    const beforeFree = holds.hold(['before config free']);
    beforeClaim.release();
    await beforeFree.reached;
    await eventually(
      async () => expect(await stateOf('slept over its lease')()).to.equal('not_sent'),
      SETTLES_WITHIN_MS,
    );
    const beforeCharge = holds.hold(['before charge']);
    beforeFree.release();
    await beforeCharge.reached;
    const quick = await oracle.deliver(free, body);
    beforeCharge.release();
    expect(quick?.body.error_code).to.equal(null);
    await slow;
    expectClean(stores.name, await oracle.judge(stores.store(), ledger, [config], SETTLES_WITHIN_MS));
  });

  it('an approval that could not be written and that another process writes has one confirmation code', async () => {
    const config = await payinConfig(free);
    const body = chargeBody(config, { transaction_id: 'approved, not written' });
    const store = gatedStore(stores.store(), async (moment) => {
      if (moment !== 'before attempt approved') return;
      // Away until the other process has found the approval.
      if ((await stateOf('approved, not written')()) !== 'approved') throw new StoreUnavailable();
    });
    const shut = await start({ store, ledger });
    const told = await oracle.deliver({ ...free, url: shut.url }, body);
    expect(told?.body.error_code).to.equal(null);
    await eventually(
      async () => expect(await stateOf('approved, not written')()).to.equal('approved'),
      SETTLES_WITHIN_MS,
    );
    expect((await oracle.deliver(free, body))?.text).to.equal(told?.text);
    expectClean(stores.name, await oracle.judge(stores.store(), ledger, [config], SETTLES_WITHIN_MS));
  });

  it('a reservation is not given up under its own owner, who claims once more', async () => {
    const config = await payinConfig(free);
    const body = chargeBody(config, { transaction_id: 'claimed once more' });
    await sweeping.stop();
    const sweeps = gate();
    const sweeper = await start({ store: gatedStore(stores.store(), sweeps.gate), ledger });
    const beforeClaim = holds.hold(['before config claimed']);
    const slow = oracle.deliver(door, body);
    await beforeClaim.reached;
    // The first claim will fail: the config is in another epoch by then.
    await oracle.deliver(free, chargeBody(config, { transaction_id: 'in between', cardnumber: DECLINED_VISA }));
    // The reservation's lease is over, the epoch bumped, and the reservation about to be given up.
    const beforeNotSent = sweeps.hold(['before attempt not_sent']);
    sweeping = startSweeping(sweeper.engine, SWEEP_MS);
    await beforeNotSent.reached;
    const beforeCharge = holds.hold(['before charge']);
    beforeClaim.release();
    await beforeCharge.reached;
    beforeNotSent.release();
    await sweeping.stop();
    expect(await stateOf('claimed once more')()).to.equal('reserved');
    beforeCharge.release();
    expect((await slow)?.body.error_code).to.equal(null);
    sweeping = startSweeping(free.engine, SWEEP_MS);
    expectClean(stores.name, await oracle.judge(stores.store(), ledger, [config], SETTLES_WITHIN_MS));
  });

  it('a delivery that its provider has stopped listening to sends nothing', async () => {
    const config = await payinConfig(free);
    const body = chargeBody(config, { transaction_id: 'nobody listens' });
    let late = 0;
    const clock: Clock = { ...systemClock, now: () => Date.now() + late };
    const slowHolds = gate();
    const slow = await start({ store: gatedStore(stores.store(), slowHolds.gate), ledger, clock, settings: {} });
    const beforeInsert = slowHolds.hold(['before insert attempts']);
    const first = oracle.deliver({ ...free, url: slow.url }, body);
    await beforeInsert.reached;
    // Twilio repeats after ten seconds, and meets a store that takes nothing: an answer, and so its last.
    late = 10_000;
    const shut = await start({
      store: gatedStore(stores.store(), (moment) => {
        if (moment === 'before insert attempts') throw new StoreUnavailable();
      }),
      ledger,
    });
    const second = await oracle.deliver({ ...free, url: shut.url }, body);
    expect(second?.body.error_code).to.equal('STORE_UNAVAILABLE');
    beforeInsert.release();
    await first;
    expectClean(stores.name, await oracle.judge(stores.store(), ledger, [config], SETTLES_WITHIN_MS));
  });
});
