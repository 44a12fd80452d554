/** The sandbox keeps the processor contract over each of its ledgers; what the ledger prints, and where it lies. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import Libsql from 'libsql';
import { systemClock } from '../../src/core/clock.ts';
import type { ChargeOrder, Processor } from '../../src/core/processor.ts';
import { createSandbox, memoryLedger, noLedger } from '../../src/processors/sandbox/index.ts';
import { type Ledger, listLedger } from '../../src/processors/sandbox/ledger.ts';
import { openSandboxLedger } from '../../src/processors/sandbox/open.ts';
import { settleCharges } from '../../src/processors/sandbox/settle.ts';
import { describeProcessor, type ProcessorFixture } from '../contract/processor.ts';
import { manualClock } from '../support/clock.ts';
import { bankAccount, captureOrder, card, chargeOrder, reverseOrder, sentBy, usd } from '../support/orders.ts';
import { eachStore, locationOf } from '../support/stores.ts';
import { upstreamOf } from '../support/upstream.ts';

function fixtureOver(ledger: Ledger, siblingLedger: Ledger): ProcessorFixture {
  const processor = createSandbox({ ledger, clock: systemClock });
  const sibling = createSandbox({ ledger: siblingLedger, clock: systemClock });
  return {
    processor,
    sibling,
    money: usd('10.00'),
    approves: card('4242424242424242'),
    declines: card('4000000000009995'),
    ...upstreamOf(ledger),
    async close() {
      await processor.close();
      await sibling.close();
    },
  };
}

async function temporaryStore() {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  const location = { kind: 'sqlite', path: join(folder, 'tollbridge.db') } as const;
  return { folder, location, remove: () => rm(folder, { recursive: true }) };
}

describe('The sandbox, its ledger in memory', () => {
  describeProcessor(async () => {
    const ledger = memoryLedger();
    return fixtureOver(ledger, ledger);
  });
});

eachStore('The sandbox, its ledger beside the store', (stores) => {
  describeProcessor(async () => {
    const location = locationOf(stores.url());
    return fixtureOver(await openSandboxLedger(location), await openSandboxLedger(location));
  });

  it('tells what was done for one chargeable, in its order', async () => {
    const ledger = await openSandboxLedger(locationOf(stores.url()));
    const clock = manualClock();
    const processor = createSandbox({ ledger, clock });
    const [one, other] = [chargeOrder({ mode: 'authorize' }, clock), chargeOrder({ mode: 'authorize' }, clock)];
    for (const order of [one, other]) await processor.charge(order);
    await clock.advance(1);
    for (const order of [one, other]) await processor.capture(captureOrder(order));
    const kinds = (await ledger.of(one.chargeableId)).map(({ operation }) => operation?.kind);
    expect(kinds).to.deep.equal(['authorize', 'capture']);
    expect(await ledger.of('of nobody')).to.deep.equal([]);
    await processor.close();
  });
});

describe('sandbox ledger', () => {
  let ledger: Ledger;
  let processor: Processor;

  beforeEach(() => {
    ledger = memoryLedger();
    processor = createSandbox({ ledger, clock: systemClock });
  });

  it('can be left out, and the answers stay', async () => {
    processor = createSandbox({ ledger: noLedger, clock: systemClock });
    const order = chargeOrder();
    expect((await processor.charge(order)).kind).to.equal('approved');
    expect(await processor.lookup(sentBy(order))).to.deep.equal({ kind: 'absent' });
  });

  it('shows two charges where one chargeable was charged under two keys', async () => {
    const order = chargeOrder();
    await processor.charge(order);
    await processor.charge({ ...order, attemptKey: `${order.attemptKey}again` });
    expect(await listLedger(ledger)).to.have.length(2);
  });

  it('shows that more was given back than was charged: it keeps nobody from that', async () => {
    const order = chargeOrder();
    await processor.charge(order);
    await processor.reverse(reverseOrder(order));
    await processor.reverse(reverseOrder(order));
    const refunds = (await listLedger(ledger)).filter(
      ({ kind, outcome }) => kind === 'refund' && outcome === 'approved',
    );
    expect(refunds.map(({ amount }) => amount)).to.deep.equal([1000, 1000]);
  });

  it('shows that more was captured than was authorized, and what was voided: it keeps nobody from that', async () => {
    const order = chargeOrder({ mode: 'authorize' });
    await processor.charge(order);
    await processor.reverse(reverseOrder(order, { kind: 'void' }));
    await processor.capture(captureOrder(order));
    await processor.capture(captureOrder(order, { money: usd('10.01') }));
    const lines = (await listLedger(ledger)).map(({ kind, amount, outcome }) => [kind, amount, outcome]);
    expect(lines).to.deep.equal([
      ['authorize', 1000, 'approved'],
      ['void', 1000, 'approved'],
      ['capture', 1000, 'approved'],
      ['capture', 1001, 'approved'],
    ]);
  });

  it('has a bank account charged at once, whatever was asked for, stored or not', async () => {
    const bank = bankAccount('12345678', '091000019');
    const charged = await processor.charge(chargeOrder({ mode: 'authorize', tender: bank }));
    const token = charged.kind === 'approved' ? (charged.token ?? '') : '';
    await processor.charge(chargeOrder({ mode: 'authorize', tender: { kind: 'stored', token } }));
    expect((await listLedger(ledger)).map(({ kind }) => kind)).to.deep.equal(['charge', 'charge']);
  });

  it('settles an authorization after its capture: by hand, or by the time since', async () => {
    const clock = manualClock();
    processor = createSandbox({ ledger, clock, settlesAfterMs: 1_000 });
    const [byTime, byHand, left] = [1, 2, 3].map(() => chargeOrder({ mode: 'authorize' }, clock));
    if (!byTime || !byHand || !left) throw new Error('three orders were made');
    for (const order of [byTime, byHand, left]) await processor.charge(order);
    await clock.advance(2_000);
    for (const order of [byTime, byHand]) await processor.capture(captureOrder(order));
    expect(await processor.settled(sentBy(byTime))).to.equal(false);
    expect(await settleCharges(ledger, clock, byHand.attemptKey)).to.deep.equal([byHand.attemptKey]);
    expect(await processor.settled(sentBy(byHand))).to.equal(true);
    await clock.advance(1_000);
    expect(await processor.settled(sentBy(byTime))).to.equal(true);
    expect(await processor.settled(sentBy(left))).to.equal(false);
    expect(await settleCharges(ledger, clock, null)).to.deep.equal([byTime.attemptKey]);
  });

  it('prints voids, refunds and what settled by hand', async () => {
    const clock = manualClock(Date.UTC(2026, 0, 15));
    processor = createSandbox({ ledger, clock });
    const a = chargeOrder({ attemptKey: 'a', chargeableId: 'config of a' }, clock);
    const b = chargeOrder({ attemptKey: 'b', chargeableId: 'config of b' }, clock);
    await processor.charge(a);
    await processor.charge(b);
    const voided = reverseOrder(a, { kind: 'void' });
    const tooLate = reverseOrder(b, { kind: 'void' });
    const refund = reverseOrder(b);
    await processor.reverse(voided);
    expect(await settleCharges(ledger, clock, null)).to.deep.equal(['b']);
    expect(await settleCharges(ledger, clock, null)).to.deep.equal([]);
    await processor.reverse(tooLate);
    await processor.reverse(refund);
    const lines = (await listLedger(ledger)).slice(2).map(({ at: _at, ...line }) => line);
    const money = { amount: 1000, currency: 'USD' };
    const done = { chargeable_id: 'config of b', outcome: 'approved' };
    expect(lines).to.deep.equal([
      { ...done, ...money, attempt_id: voided.reversalKey, chargeable_id: 'config of a', kind: 'void' },
      { ...done, attempt_id: 'settle:b', kind: 'settle', amount: null, currency: null },
      { ...done, ...money, attempt_id: tooLate.reversalKey, kind: 'void', outcome: 'declined' },
      { ...done, ...money, attempt_id: refund.reversalKey, kind: 'refund' },
    ]);
  });

  it('prints charges, declines, kept tenders and abandoned keys', async () => {
    const clock = manualClock(Date.UTC(2026, 0, 15));
    processor = createSandbox({ ledger, clock });
    const order = (attemptKey: string, changes: Partial<ChargeOrder> = {}) =>
      chargeOrder({ attemptKey, chargeableId: `config of ${attemptKey}`, ...changes }, clock);
    await processor.charge(order('a'));
    await processor.charge(order('b', { tender: card('4000000000000002') }));
    await processor.tokenize({ ...order('c'), tender: card('4000000000000002') });
    await processor.abandon?.(sentBy(chargeOrder({ attemptKey: 'd' })));

    const charged = { amount: 1000, currency: 'USD', at: '2026-01-15T00:00:00.000Z' };
    const free = { amount: null, currency: null, at: '2026-01-15T00:00:00.000Z' };
    expect(await listLedger(ledger)).to.deep.equal([
      { attempt_id: 'a', chargeable_id: 'config of a', kind: 'charge', outcome: 'approved', ...charged },
      { attempt_id: 'b', chargeable_id: 'config of b', kind: 'charge', outcome: 'declined', ...charged },
      { attempt_id: 'c', chargeable_id: 'config of c', kind: 'tokenize', outcome: 'approved', ...free },
      { attempt_id: 'd', chargeable_id: null, kind: null, outcome: 'abandoned', ...free },
    ]);
  });

  describe('in SQLite', () => {
    let store: Awaited<ReturnType<typeof temporaryStore>>;

    beforeEach(async () => {
      store = await temporaryStore();
      processor = createSandbox({ ledger: await openSandboxLedger(store.location), clock: systemClock });
    });
    afterEach(async () => {
      await processor.close();
      await store.remove();
    });

    const reopen = async () => {
      await processor.close();
      ledger = await openSandboxLedger(store.location);
      processor = createSandbox({ ledger, clock: systemClock });
    };

    it('is a file of its own beside the store, for its owner only', async () => {
      await processor.charge(chargeOrder());
      const files = await readdir(store.folder);
      expect(files).to.include('tollbridge.sandbox.db');
      for (const file of files) expect((await stat(join(store.folder, file))).mode & 0o777, file).to.equal(0o600);
    });

    it('keeps what was charged, and no number or code of it', async () => {
      const order = chargeOrder({ tender: card('4242424242424242', '9173') });
      const bank = chargeOrder({ tender: bankAccount('123120008', '122105278') });
      const outcomes = [await processor.charge(order), await processor.charge(bank)];
      await reopen();
      expect(await processor.lookup(sentBy(order))).to.deep.equal(outcomes[0]);
      expect(await processor.lookup(sentBy(bank))).to.deep.equal(outcomes[1]);
      for (const file of await readdir(store.folder)) {
        const bytes = await readFile(join(store.folder, file), 'latin1');
        for (const secret of ['4242424242424242', '9173', '123120008']) expect(bytes, file).to.not.include(secret);
      }
    });

    it('waits for another process that writes, without blocking', async () => {
      const other = new Libsql(join(store.folder, 'tollbridge.sandbox.db'));
      other.exec('BEGIN IMMEDIATE');
      const first = processor.charge(chargeOrder());
      const second = processor.charge(chargeOrder());
      await turn();
      await turn();
      other.exec('COMMIT');
      other.close();
      expect([(await first).kind, (await second).kind]).to.deep.equal(['approved', 'approved']);
    });

    it('leaves the outcome open when it fails', async () => {
      const other = new Libsql(join(store.folder, 'tollbridge.sandbox.db'));
      other.exec('DROP TABLE entries');
      other.close();
      const order = chargeOrder();
      expect(await processor.charge(order)).to.deep.equal({ kind: 'unknown' });
      expect(await processor.lookup(sentBy(order))).to.deep.equal({ kind: 'unavailable' });
      expect(await processor.abandon?.(sentBy(order))).to.deep.equal({ kind: 'unavailable' });
    });

    it('decides between sends here and abandons in another process, key by key', async () => {
      const orders = Array.from({ length: 300 }, () => chargeOrder());
      const script = new URL('../support/abandon-keys.ts', import.meta.url);
      const child = fork(script, [store.location.path], { execArgv: ['--import', 'tsx'] });
      await once(child, 'message');
      const found = once(child, 'message');
      child.send(orders.map((order) => order.attemptKey));
      const outcomes = [];
      for (const order of orders) outcomes.push(await processor.charge(order));
      const [findings] = await found;
      for (const [i, outcome] of outcomes.entries()) {
        if (findings[i].kind === 'absent') expect(outcome).to.deep.equal({ kind: 'not_sent' });
        else expect(outcome).to.deep.equal(findings[i]);
      }
    });
  });
});
