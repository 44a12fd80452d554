/** The sandbox's whole table, its stored methods, and how its answers come and go missing. */
import { expect } from 'chai';
import { systemClock } from '../../src/core/clock.ts';
import type { ChargeOrder, Processor } from '../../src/core/processor.ts';
import { findBankAccountFault, findCardFault } from '../../src/core/tender.ts';
import { createSandbox, memoryLedger } from '../../src/processors/sandbox/index.ts';
import { type Ledger, listLedger } from '../../src/processors/sandbox/ledger.ts';
import { sandboxTable } from '../../src/processors/sandbox/outcomes.ts';
import { manualClock } from '../support/clock.ts';
import { bankAccount, captureOrder, card, chargeOrder, sentBy, tokenizeOrder, usd } from '../support/orders.ts';

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
  '4000000000000077': 'INSUFFICIENT_FUNDS',
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

describe('sandbox', () => {
  let ledger: Ledger;
  let processor: Processor;
  const charge = (tender: ChargeOrder['tender']) => processor.charge(chargeOrder({ tender }));

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

    it('approves half on the card for that, keyed in or stored, where less may be approved', async () => {
      const tender = card('4000000000000077');
      const half = async (changes: Partial<ChargeOrder>) =>
        processor.charge(chargeOrder({ partial: true, ...changes }));
      const approved = await half({ tender, money: usd('10.01') });
      expect(approved).to.deep.include({ kind: 'approved', money: usd('5.00') });
      const token = approved.kind === 'approved' ? (approved.token ?? '') : '';
      const stored = { kind: 'stored', token } as const;
      expect(await half({ tender: stored })).to.deep.include({ kind: 'approved', money: usd('5.00') });
      expect(await charge(stored)).to.include({ kind: 'declined', code: 'INSUFFICIENT_FUNDS' });
      expect(await half({ tender, money: usd('0.01') })).to.include({ kind: 'declined', code: 'INSUFFICIENT_FUNDS' });
      expect(await half({ tender: card('4000000000009995') })).to.include({ kind: 'declined' });
      expect(await half({})).to.deep.include({ kind: 'approved', money: usd('10.00') });
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
        expect(await charge(bankAccount(number, RETURNING_BANK)), number).to.deep.include({ kind: 'declined', code });
      }
      for (const number of ['12345678', '123456789', '000123456789', '123120006']) {
        const outcome = await charge(bankAccount(number, OTHER_BANK));
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
        expect(findBankAccountFault(bankAccount(number, RETURNING_BANK)), number).to.equal(null);
      }
    });
  });

  describe('stored methods', () => {
    it('end as the tender they were made from, and their tokens name an outcome', async () => {
      const { cards } = sandboxTable();
      const tenders = [
        ...cards.filter((row) => row.value !== 'any other').map((row) => card(row.value, null)),
        ...Object.keys(RETURNED).map((number) => bankAccount(number, RETURNING_BANK)),
        bankAccount('12345678', OTHER_BANK),
      ];
      for (const tender of tenders) {
        const kept = await processor.tokenize(tokenizeOrder({ tender }));
        expect(kept.kind).to.equal('approved');
        const token = kept.kind === 'approved' ? (kept.token ?? '') : '';
        expect(token).to.match(/^sandbox:(CARD|BANK)_[A-Z0-9_]+$/);
        const order = chargeOrder({ tender });
        const attemptKey = `${order.attemptKey}stored`;
        const byToken = await processor.charge({ ...order, attemptKey, tender: { kind: 'stored', token } });
        expect(byToken).to.deep.equal({ ...(await processor.charge(order)), reference: attemptKey });
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
      chargeOrder({ money: usd(amount), ...changes }, clock);

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
        expect((await processor.lookup(sentBy(order))).kind).to.equal('approved');
        await clock.advance(1);
        expect(answered).to.equal(true);
        expect((await outcome).kind).to.equal('approved');
      });
    }

    it('of 900003.00 are charged, and only a look-up tells', async () => {
      const order = orderOf('900003.00');
      expect(await processor.charge(order)).to.deep.equal({ kind: 'unknown' });
      expect((await processor.lookup(sentBy(order))).kind).to.equal('approved');
      expect((await processor.abandon?.(sentBy(order)))?.kind).to.equal('approved');
    });

    it('of 900004.00 are not charged, nobody is told, and an abandon finds nothing', async () => {
      const order = orderOf('900004.00');
      expect(await processor.charge(order)).to.deep.equal({ kind: 'unknown' });
      expect(await processor.lookup(sentBy(order))).to.deep.equal({ kind: 'absent' });
      expect(await processor.abandon?.(sentBy(order))).to.deep.equal({ kind: 'absent' });
    });

    it('of 900005.00 are open to everybody for 5 s and approved from then on', async () => {
      const order = orderOf('900005.00');
      expect(await processor.charge(order)).to.deep.equal({ kind: 'unknown' });
      await clock.advance(4_999);
      expect(await processor.charge(order)).to.deep.equal({ kind: 'unknown' });
      expect(await processor.lookup(sentBy(order))).to.deep.equal({ kind: 'open' });
      expect(await processor.abandon?.(sentBy(order))).to.deep.equal({ kind: 'open' });
      await clock.advance(1);
      expect((await processor.lookup(sentBy(order))).kind).to.equal('approved');
      expect((await processor.abandon?.(sentBy(order)))?.kind).to.equal('approved');
      expect(await listLedger(ledger)).to.have.length(1);
    });

    it('say how the answer comes, while the tender says what it is', async () => {
      const order = orderOf('900003.00', { tender: card('4000000000000069') });
      expect(await processor.charge(order)).to.deep.equal({ kind: 'unknown' });
      expect(await processor.lookup(sentBy(order))).to.deep.include({ kind: 'declined', code: 'EXPIRED_CARD' });
    });

    it('of 900006.00 are authorized, and a capture of as much is declined', async () => {
      const order = orderOf('900006.00', { mode: 'authorize' });
      expect((await processor.charge(order)).kind).to.equal('approved');
      const refused = await processor.capture(captureOrder(order));
      expect(refused).to.deep.include({ kind: 'declined', code: 'PROCESSING_ERROR' });
      const part = captureOrder(order, { money: usd('900005.99') });
      expect((await processor.capture(part)).kind).to.equal('approved');
    });

    it('of 900007.00 are authorized and expire: no part of them is captured', async () => {
      const order = orderOf('900007.00', { mode: 'authorize' });
      expect((await processor.charge(order)).kind).to.equal('approved');
      const late = captureOrder(order, { money: usd('0.01') });
      expect(await processor.capture(late)).to.deep.include({ kind: 'declined', code: 'AUTHORIZATION_EXPIRED' });
    });

    it('around them are ordinary', async () => {
      for (const amount of ['900000.99', '900001.01', '900006.00', '999999.99']) {
        expect((await processor.charge(orderOf(amount))).kind, amount).to.equal('approved');
      }
    });
  });
});
