/** The sandbox: its whole table, how answers come and go missing, and its ledger in memory, SQLite and MongoDB. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import Libsql from 'libsql';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { createIds } from '../../src/core/ids.ts';
import { type Money, parseMoney } from '../../src/core/money.ts';
import type { ChargeOrder, Processor } from '../../src/core/processor.ts';
import { Secret } from '../../src/core/secret.ts';
import { type BankAccount, type Card, findBankAccountFault, findCardFault } from '../../src/core/tender.ts';
import { createSandbox, memoryLedger, noLedger } from '../../src/processors/sandbox/index.ts';
import { type Ledger, listLedger } from '../../src/processors/sandbox/ledger.ts';
import { openSandboxLedger } from '../../src/processors/sandbox/open.ts';
import { sandboxTable } from '../../src/processors/sandbox/outcomes.ts';
import { describeProcessor, type ProcessorFixture } from '../contract/processor.ts';
import { manualClock } from '../support/clock.ts';

const APPROVED = [
  ...['4111111111111111', '4242424242424242', '4104282000000001', '4394362620000000', '4240400011111113'],
  ...['5555555555554444', '2223003122003222', '2301350000000001', '2226350000000003', '5100270099929991'],
  ...['378282246310005', '371449635398431', '340082000000007'],
  ...['6011111111111117', '6011000990139424', '6011050000000009', '4000002500001001', '5555552500001001'],
  ...['3065930009020004', '3566002020360505', '6200000000000005', '6771798021000008'],
];

const DECLINED = {
  '4000000000000002': 'DECLINED',
  '4000000000009995': 'INSUFFICIENT_FUNDS',
  '4000000000000069': 'EXPIRED_CARD',
  '4000000000000010': 'INCORRECT_PAYMENT_INFORMATION',
  '4000000000000127': 'INVALID_CARD_SECURITY_CODE',
  '4000000000009987': 'LOST_CARD',
  '4000000000009979': 'STOLEN_CARD',
  '4100000000000019': 'FRAUDULENT_CARD',
  '4000000000000119': 'PROCESSING_ERROR',
};

const RETURNED = {
  '123120006': 'INSUFFICIENT_FUNDS',
  '123120007': 'DECLINED',
  '123120008': 'INCORRECT_PAYMENT_INFORMATION',
  '123120009': 'INCORRECT_PAYMENT_INFORMATION',
};
const RETURNING_BANK = '122105278';
const OTHER_BANK = '091000022';

const ids = createIds({ sandbox: true, clock: systemClock });

function card(number: string, securityCode: string | null = '737'): Card {
  return {
    kind: 'card',
    number: new Secret(number),
    expiry: { month: 12, year: 2030 },
    securityCode: securityCode === null ? null : new Secret(securityCode),
    postalCode: '94107',
  };
}

function account(number: string, routing: string): BankAccount {
  return {
    kind: 'bank_account',
    account: new Secret(number),
    routing,
    accountType: 'CHECKING',
    holderType: 'PERSONAL',
    holderName: 'Test Caller',
  };
}

function usd(text: string): Money {
  const money = parseMoney(text, 'USD');
  if (money === null) throw new Error(`${text} is not an amount`);
  return money;
}

function orderAt(clock: Clock, changes: Partial<ChargeOrder> = {}): ChargeOrder {
  return {
    attemptKey: `${ids.make('cfg')}#0`,
    chargeableId: ids.make('cfg'),
    merchantId: ids.make('mid'),
    paymentMethodId: ids.make('mtd'),
    payinId: ids.make('pyi'),
    channel: 'telephone_order',
    billingContact: {},
    deadline: clock.now() + 60_000,
    money: usd('10.00'),
    tender: card('4242424242424242'),
    ...changes,
  };
}

function fixtureOver(ledger: Ledger, siblingLedger: Ledger, clean: () => Promise<unknown>): ProcessorFixture {
  const processor = createSandbox({ ledger, clock: systemClock });
  const sibling = createSandbox({ ledger: siblingLedger, clock: systemClock });
  return {
    processor,
    sibling,
    money: usd('10.00'),
    approves: card('4242424242424242'),
    declines: card('4000000000009995'),
    async charges(chargeableId) {
      const lines = await listLedger(ledger);
      return lines.filter(
        (line) => line.chargeable_id === chargeableId && line.kind === 'charge' && line.outcome === 'approved',
      ).length;
    },
    async close() {
      await processor.close();
      await sibling.close();
      await clean();
    },
  };
}

async function temporaryStore() {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  const location = { kind: 'sqlite', path: join(folder, 'tollbridge.db') } as const;
  return { folder, location, remove: () => rm(folder, { recursive: true }) };
}

describeProcessor('sandbox, ledger in memory', 'abandon', async () => {
  const ledger = memoryLedger();
  return fixtureOver(ledger, ledger, async () => {});
});

describeProcessor('sandbox, ledger in SQLite', 'abandon', async () => {
  const { location, remove } = await temporaryStore();
  return fixtureOver(await openSandboxLedger(location), await openSandboxLedger(location), remove);
});

const mongoUrl = process.env['MONGODB_URI'];
if (mongoUrl !== undefined) {
  describeProcessor('sandbox, ledger in MongoDB', 'abandon', async () => {
    const url = new URL(mongoUrl);
    url.pathname = `/sandbox_${ids.make('cfg')}`;
    const location = { kind: 'mongo', url: new Secret(url.href) } as const;
    return fixtureOver(await openSandboxLedger(location), await openSandboxLedger(location), async () => {});
  });
}

describe('sandbox', () => {
  let ledger: Ledger;
  let processor: Processor;
  const charge = (tender: ChargeOrder['tender']) => processor.charge(orderAt(systemClock, { tender }));

  beforeEach(() => {
    ledger = memoryLedger();
    processor = createSandbox({ ledger, clock: systemClock });
  });

  describe('the table', () => {
    it('approves each test card of Rainforest and Twilio', async () => {
      for (const number of APPROVED) {
        const outcome = await charge(card(number));
        expect(outcome, number).to.deep.include({ kind: 'approved', money: usd('10.00') });
        expect(outcome, number).to.have.deep.property('checks', { authCode: 'SANDBX', avs: 'Y', securityCode: 'M' });
      }
    });

    it('gives the decline code of each declining card', async () => {
      for (const [number, code] of Object.entries(DECLINED)) {
        expect(await charge(card(number)), number).to.deep.include({ kind: 'declined', code });
      }
    });

    it('declines every card that is not listed', async () => {
      for (const number of ['4012888888881881', '36259600000004', '4444333322221111']) {
        expect(await charge(card(number)), number).to.deep.include({ kind: 'declined', code: 'DECLINED' });
      }
    });

    it('gives the AVS letter of the card', async () => {
      for (const [number, avs] of [
        ['4000000000000028', 'Z'],
        ['4000000000000044', 'U'],
        ['4000000000000010', 'N'],
      ] as const) {
        const outcome = await charge(card(number));
        expect(outcome, number).to.have.nested.property('checks.avs', avs);
        expect(outcome.kind, number).to.equal(avs === 'N' ? 'declined' : 'approved');
      }
    });

    it('says of a security code that it matches, that it does not, or nothing where none was given', async () => {
      for (const [tender, letter] of [
        [card('4242424242424242'), 'M'],
        [card('4000000000000127'), 'N'],
        [card('4242424242424242', null), null],
      ] as const) {
        expect(await charge(tender)).to.have.nested.property('checks.securityCode', letter);
      }
    });

    it('returns the listed bank accounts and approves every other, without card checks', async () => {
      for (const [number, code] of Object.entries(RETURNED)) {
        expect(await charge(account(number, RETURNING_BANK)), number).to.deep.include({ kind: 'declined', code });
      }
      for (const number of ['12345678', '123456789', '000123456789', '123120006']) {
        const outcome = await charge(account(number, OTHER_BANK));
        expect(outcome.kind, number).to.equal('approved');
        expect(outcome).to.have.deep.property('checks', { authCode: null, avs: null, securityCode: null });
      }
    });

    it('lists exactly these cards and accounts, each of which the card and account rules let through', () => {
      const { cards, accounts } = sandboxTable();
      const avsApproved = ['4000000000000028', '4000000000000044'];
      expect(cards.map((row) => row.value)).to.have.members([
        ...APPROVED,
        ...avsApproved,
        ...Object.keys(DECLINED),
        'any other',
      ]);
      expect(accounts.map((row) => row.value)).to.have.members([
        ...Object.keys(RETURNED).map((number) => `${RETURNING_BANK} / ${number}`),
        'any / 12345678',
        'any / 123456789',
        'any other valid one',
      ]);
      const rules = { clock: manualClock(), sandbox: true, requireSecurityCode: false };
      for (const number of [...APPROVED, ...avsApproved, ...Object.keys(DECLINED)]) {
        expect(findCardFault(card(number, null), rules), number).to.equal(null);
      }
      for (const number of Object.keys(RETURNED)) {
        expect(findBankAccountFault(account(number, RETURNING_BANK)), number).to.equal(null);
      }
    });
  });

  describe('stored methods', () => {
    it('end as the tender they were made from, and their tokens name an outcome', async () => {
      const { cards } = sandboxTable();
      const tenders = [
        ...cards.filter((row) => row.value !== 'any other').map((row) => card(row.value, null)),
        ...Object.keys(RETURNED).map((number) => account(number, RETURNING_BANK)),
        account('12345678', OTHER_BANK),
      ];
      for (const tender of tenders) {
        const kept = await processor.tokenize({ ...orderAt(systemClock), tender });
        expect(kept.kind).to.equal('approved');
        const token = kept.kind === 'approved' ? (kept.token ?? '') : '';
        expect(token).to.match(/^sandbox:(CARD|BANK)_[A-Z0-9_]+$/);
        const order = orderAt(systemClock, { tender });
        const stored = {
          ...order,
          attemptKey: `${order.attemptKey}stored`,
          tender: { kind: 'stored', token },
        } as const;
        expect(await processor.charge(stored)).to.deep.equal(await processor.charge(order));
      }
    });

    it('are declined when another processor made them', async () => {
      for (const token of ['tok_visa', 'sandbox:', 'sandbox:toString', 'CARD_APPROVED']) {
        const outcome = await charge({ kind: 'stored', token });
        expect(outcome, token).to.deep.include({ kind: 'declined', code: 'UNEXPECTED_PAYIN_TOKEN' });
      }
    });
  });

  describe('amounts', () => {
    const clock = manualClock();
    const orderOf = (amount: string, changes: Partial<ChargeOrder> = {}) =>
      orderAt(clock, { money: usd(amount), ...changes });

    beforeEach(() => {
      processor = createSandbox({ ledger, clock });
    });

    for (const [amount, seconds] of [
      ['900001.00', 2],
      ['900002.00', 12],
    ] as const) {
      it(`of ${amount} are charged at once and answered after ${seconds} s`, async () => {
        const order = orderOf(amount);
        let answered = false;
        const outcome = processor.charge(order).finally(() => {
          answered = true;
        });
        await clock.advance(seconds * 1000 - 1);
        expect(answered).to.equal(false);
        expect((await processor.lookup(order.attemptKey)).kind).to.equal('approved');
        await clock.advance(1);
        expect(answered).to.equal(true);
        expect((await outcome).kind).to.equal('approved');
      });
    }

    it('of 900003.00 are charged, and only a look-up tells', async () => {
      const order = orderOf('900003.00');
      expect(await processor.charge(order)).to.deep.equal({ kind: 'unknown' });
      expect((await processor.lookup(order.attemptKey)).kind).to.equal('approved');
      expect((await processor.abandon?.(order.attemptKey))?.kind).to.equal('approved');
    });

    it('of 900004.00 are not charged, nobody is told, and an abandon finds nothing', async () => {
      const order = orderOf('900004.00');
      expect(await processor.charge(order)).to.deep.equal({ kind: 'unknown' });
      expect(await processor.lookup(order.attemptKey)).to.deep.equal({ kind: 'absent' });
      expect(await processor.abandon?.(order.attemptKey)).to.deep.equal({ kind: 'absent' });
    });

    it('of 900005.00 are open to everybody for 5 s and approved from then on', async () => {
      const order = orderOf('900005.00');
      expect(await processor.charge(order)).to.deep.equal({ kind: 'unknown' });
      await clock.advance(4_999);
      expect(await processor.charge(order)).to.deep.equal({ kind: 'unknown' });
      expect(await processor.lookup(order.attemptKey)).to.deep.equal({ kind: 'open' });
      expect(await processor.abandon?.(order.attemptKey)).to.deep.equal({ kind: 'open' });
      await clock.advance(1);
      expect((await processor.lookup(order.attemptKey)).kind).to.equal('approved');
      expect((await processor.abandon?.(order.attemptKey))?.kind).to.equal('approved');
      expect(await listLedger(ledger)).to.have.length(1);
    });

    it('say how the answer comes, while the tender says what it is', async () => {
      const order = orderOf('900003.00', { tender: card('4000000000000069') });
      expect(await processor.charge(order)).to.deep.equal({ kind: 'unknown' });
      expect(await processor.lookup(order.attemptKey)).to.deep.include({ kind: 'declined', code: 'EXPIRED_CARD' });
    });

    it('around them are ordinary', async () => {
      for (const amount of ['900000.99', '900001.01', '900006.00', '999999.99']) {
        expect((await processor.charge(orderOf(amount))).kind, amount).to.equal('approved');
      }
    });
  });

  describe('the ledger', () => {
    it('can be left out, and the answers stay', async () => {
      processor = createSandbox({ ledger: noLedger, clock: systemClock });
      const order = orderAt(systemClock);
      expect((await processor.charge(order)).kind).to.equal('approved');
      expect(await processor.lookup(order.attemptKey)).to.deep.equal({ kind: 'absent' });
    });

    it('shows two charges where one chargeable was charged under two keys', async () => {
      const order = orderAt(systemClock);
      await processor.charge(order);
      await processor.charge({ ...order, attemptKey: `${order.attemptKey}again` });
      expect(await listLedger(ledger)).to.have.length(2);
    });

    it('prints charges, declines, kept tenders and abandoned keys', async () => {
      const clock = manualClock(Date.UTC(2026, 0, 15));
      processor = createSandbox({ ledger, clock });
      const order = (attemptKey: string, changes: Partial<ChargeOrder> = {}) =>
        orderAt(clock, { attemptKey, chargeableId: `config of ${attemptKey}`, ...changes });
      await processor.charge(order('a'));
      await processor.charge(order('b', { tender: card('4000000000000002') }));
      await processor.tokenize({ ...order('c'), tender: card('4000000000000002') });
      await processor.abandon?.('d');

      const charged = { amount: 1000, currency: 'USD', at: '2026-01-15T00:00:00.000Z' };
      const free = { amount: null, currency: null, at: '2026-01-15T00:00:00.000Z' };
      expect(await listLedger(ledger)).to.deep.equal([
        { attempt_id: 'a', chargeable_id: 'config of a', kind: 'charge', outcome: 'approved', ...charged },
        { attempt_id: 'b', chargeable_id: 'config of b', kind: 'charge', outcome: 'declined', ...charged },
        { attempt_id: 'c', chargeable_id: 'config of c', kind: 'tokenize', outcome: 'approved', ...free },
        { attempt_id: 'd', chargeable_id: null, kind: null, outcome: 'abandoned', ...free },
      ]);
    });
  });

  describe('the ledger in SQLite', () => {
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
      await charge(card('4242424242424242'));
      const files = await readdir(store.folder);
      expect(files).to.include('tollbridge.sandbox.db');
      for (const file of files) expect((await stat(join(store.folder, file))).mode & 0o777, file).to.equal(0o600);
    });

    it('keeps what was charged, and no number or code of it', async () => {
      const order = orderAt(systemClock, { tender: card('4242424242424242', '9173') });
      const bank = orderAt(systemClock, { tender: account('123120008', RETURNING_BANK) });
      const outcomes = [await processor.charge(order), await processor.charge(bank)];
      await reopen();
      expect(await processor.lookup(order.attemptKey)).to.deep.equal(outcomes[0]);
      expect(await processor.lookup(bank.attemptKey)).to.deep.equal(outcomes[1]);
      for (const file of await readdir(store.folder)) {
        const bytes = await readFile(join(store.folder, file), 'latin1');
        for (const secret of ['4242424242424242', '9173', '123120008']) expect(bytes, file).to.not.include(secret);
      }
    });

    it('waits for another process that writes, without blocking', async () => {
      const other = new Libsql(join(store.folder, 'tollbridge.sandbox.db'));
      other.exec('BEGIN IMMEDIATE');
      const first = charge(card('4242424242424242'));
      const second = charge(card('4242424242424242'));
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
      const order = orderAt(systemClock);
      expect(await processor.charge(order)).to.deep.equal({ kind: 'unknown' });
      expect(await processor.lookup(order.attemptKey)).to.deep.equal({ kind: 'unavailable' });
      expect(await processor.abandon?.(order.attemptKey)).to.deep.equal({ kind: 'unavailable' });
    });

    it('decides between sends here and abandons in another process, key by key', async () => {
      const orders = Array.from({ length: 300 }, () => orderAt(systemClock));
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
