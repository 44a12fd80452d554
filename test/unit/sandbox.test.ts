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
import { createSandbox } from '../../src/processors/sandbox/index.ts';
import { type Ledger, listLedger, memoryLedger, noLedger } from '../../src/processors/sandbox/ledger.ts';
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

async function temporaryStore(): Promise<{ folder: string; url: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  return { folder, url: `sqlite:${join(folder, 'tollbridge.db')}`, remove: () => rm(folder, { recursive: true }) };
}

describeProcessor('sandbox, ledger in memory', 'abandon', async () => {
  const ledger = memoryLedger();
  return fixtureOver(ledger, ledger, async () => {});
});

describeProcessor('sandbox, ledger in SQLite', 'abandon', async () => {
  const { url, remove } = await temporaryStore();
  return fixtureOver(await openSandboxLedger(url), await openSandboxLedger(url), remove);
});
