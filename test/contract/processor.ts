/**
 * The contract that every processor keeps, as a mocha suite for its author to run: what the engine relies on to charge, to
 * capture and to give back exactly once. It decides nothing about declines or codes beyond their form.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Money } from '../../src/core/money.ts';
import type {
  Absence,
  ChargeOrder,
  Finding,
  Processor,
  ReverseOrder,
  SendOutcome,
  TokenizeOrder,
} from '../../src/core/processor.ts';
import type { Card, NewTender } from '../../src/core/tender.ts';
import { chargeOrder, reverseOrder, sentBy, tokenizeOrder, upstreamOrder } from '../support/orders.ts';
import { prepared } from './prepared.ts';
import { describeCaptures } from './processor-captures.ts';
import { expectWellFormed } from './well-formed.ts';

/** A processor to examine, and what its author knows about its upstream. */
export interface ProcessorFixture {
  readonly processor: Processor;
  /** Another one over the same upstream, as another process would have it. */
  readonly sibling: Processor;
  /** An amount that is answered at once. */
  readonly money: Money;
  readonly approves: Card;
  readonly declines: NewTender;
  /** How often upstream has really charged that chargeable; an authorization is no charge. */
  charges(chargeableId: string): Promise<number>;
  /** The amounts that upstream has really captured of that chargeable's authorization, in minor units. */
  captured(chargeableId: string): Promise<readonly number[]>;
  /** The amounts that upstream has really given back of that chargeable, in minor units. */
  givenBack(chargeableId: string): Promise<readonly number[]>;
  /** Makes that charge, or its captured authorization, settle. */
  settle(charge: ChargeOrder): Promise<void>;
  close(): Promise<void>;
}

type Answer = SendOutcome | Finding;

/** What an abandoned key is found as: an upstream object may have been closed for it. */
const GONE: readonly Finding['kind'][] = ['absent', 'closed'];
/** What a send under such a key is told. */
const NOTHING_DONE: readonly SendOutcome['kind'][] = ['not_sent', 'unknown', 'closed'];

/**
 * @param make called once
 * @param absence what the processor is to declare; it decides which of the promises are examined.
 */
export function describeProcessor(make: () => Promise<ProcessorFixture>, absence: Absence = 'abandon'): void {
  describe('processor contract', () => {
    let fixture: ProcessorFixture;
    let processor: Processor;

    before(async () => {
      fixture = await make();
      processor = fixture.processor;
    });
    after(() => fixture?.close());

    const orderOf = (changes: Partial<ChargeOrder> = {}) =>
      prepared(processor, chargeOrder({ money: fixture.money, tender: fixture.approves, ...changes }));
    const keepingOf = (changes: Partial<TokenizeOrder> = {}) =>
      prepared(processor, tokenizeOrder({ tender: fixture.approves, ...changes }));

    it('declares what it can do', () => {
      expect(processor.name).to.match(/^[a-z]+$/);
      expect(processor.tenders).to.not.be.empty;
      expect(processor.absence).to.equal(absence);
      expect(typeof processor.abandon).to.equal(absence === 'abandon' ? 'function' : 'undefined');
    });

    it('takes no account for one that could be anything', () => {
      for (const account of ['nonsense!!', '../../v1/charges', 'an account', '?']) {
        expect(processor.takesAccount?.(account) ?? false, account).to.equal(false);
      }
    });

    it('can be reached', () => processor.ping());

    it('approves, and says which money was charged for which chargeable', async () => {
      const order = await orderOf();
      const outcome = await processor.charge(order);
      expectWellFormed(outcome);
      expect(outcome).to.deep.include({ kind: 'approved', money: order.money, chargeableId: order.chargeableId });
      expect(await fixture.charges(order.chargeableId)).to.equal(1);
    });

    it('declines with a code of the table, and charges nothing', async () => {
      const order = await orderOf({ tender: fixture.declines });
      const outcome = await processor.charge(order);
      expectWellFormed(outcome);
      expect(outcome.kind).to.equal('declined');
      expect(await fixture.charges(order.chargeableId)).to.equal(0);
    });

    it('keeps a tender without charging it, and charges it by its token', async () => {
      const kept = await keepingOf();
      const outcome = await processor.tokenize(kept);
      expectWellFormed(outcome);
      expect(outcome).to.deep.include({ kind: 'approved', money: null, chargeableId: kept.chargeableId });
      expect(await fixture.charges(kept.chargeableId)).to.equal(0);

      const token = outcome.kind === 'approved' ? outcome.token : null;
      expect(token).to.be.a('string');
      const order = await orderOf({ tender: { kind: 'stored', token: token ?? '' } });
      expect(await processor.charge(order)).to.deep.include({ kind: 'approved', money: order.money });
    });

    for (const repeat of ['after', 'beside'] as const) {
      it(`charges once when one key is sent again ${repeat} the first`, async () => {
        const order = await orderOf();
        const first = processor.charge(order);
        if (repeat === 'after') await first;
        const [a, b] = await Promise.all([first, fixture.sibling.charge(order)]);
        const outcomes = absence === 'once' ? [a, b].filter(({ kind }) => kind !== 'unknown') : [a, b];
        expect(outcomes).to.not.be.empty;
        for (const outcome of outcomes) expect(outcome).to.deep.equal(await processor.lookup(sentBy(order)));
        expect(outcomes[0]?.kind).to.equal('approved');
        expect(await fixture.charges(order.chargeableId)).to.equal(1);
      });
    }

    if (absence === 'once') {
      it('makes one object for one key', async () => {
        const order = await orderOf();
        expect(await fixture.sibling.prepare?.(upstreamOrder(order))).to.deep.equal({
          kind: 'ready',
          upstream: order.upstream,
        });
      });

      it('charges once through one object, whoever sends, and says so of a send with another card', async () => {
        const order = await orderOf();
        const { attemptKey } = await orderOf();
        expect((await processor.charge(order)).kind).to.equal('approved');
        const other = { ...order, attemptKey, tender: fixture.declines };
        expect((await fixture.sibling.charge(other)).kind).to.be.oneOf(['closed', 'unknown', 'declined']);
        expect(await processor.lookup(sentBy(other))).to.deep.equal({ kind: 'closed' });
        expect(await fixture.charges(order.chargeableId)).to.equal(1);
      });
    } else {
      it('gives the first outcome when one key is sent again with another tender', async () => {
        const order = await orderOf({ tender: fixture.declines });
        const first = await processor.charge(order);
        expect(await processor.charge({ ...order, tender: fixture.approves })).to.deep.equal(first);
        expect(await fixture.charges(order.chargeableId)).to.equal(0);
      });
    }

    it('tells in a look-up what a send was told', async () => {
      for (const tender of [fixture.approves, fixture.declines]) {
        const order = await orderOf({ tender });
        const outcome = await processor.charge(order);
        const found = await fixture.sibling.lookup(sentBy(order));
        // A config that can succeed once knows its success; a decline leaves it as it was.
        if (absence !== 'once' || found.kind !== 'absent') expect(found).to.deep.equal(outcome);
        else expect(outcome.kind).to.equal('declined');
      }
      const order = await keepingOf();
      const outcome = await processor.tokenize(order);
      expect(await fixture.sibling.lookup(sentBy(order))).to.deep.equal(outcome);
    });

    it('changes nothing by a look-up', async () => {
      const order = await orderOf();
      expect(await processor.lookup(sentBy(order))).to.deep.equal({ kind: 'absent' });
      expect((await processor.charge(order)).kind).to.equal('approved');
      await processor.lookup(sentBy(order));
      await processor.lookup(sentBy(order));
      expect(await fixture.charges(order.chargeableId)).to.equal(1);
    });

    it('sends nothing once the deadline is over', async () => {
      const late = { deadline: Date.now() - 1 };
      const order = await orderOf(late);
      expect(await processor.charge(order)).to.deep.equal({ kind: 'not_sent' });
      expect(await processor.lookup(sentBy(order))).to.deep.equal({ kind: 'absent' });
      expect(await fixture.charges(order.chargeableId)).to.equal(0);
      expect(await processor.tokenize(await keepingOf(late))).to.deep.equal({ kind: 'not_sent' });
    });

    /** An approved charge, and the processor's own id of it. */
    async function charged(): Promise<[ChargeOrder, string | null]> {
      const order = await orderOf();
      const outcome = await processor.charge(order);
      if (outcome.kind !== 'approved') throw new Error('the charge was not approved');
      return [order, outcome.reference];
    }

    /** A settled charge, and the order to give some of it back. */
    async function refundOf(changes: Partial<ReverseOrder> = {}): Promise<ReverseOrder> {
      const [order, reference] = await charged();
      await fixture.settle(order);
      return reverseOrder(order, { kind: 'refund', reference, ...changes });
    }

    it('says whether a charge has settled', async () => {
      const order = await orderOf();
      expect(await processor.settled(sentBy(order))).to.equal(false);
      await processor.charge(order);
      expect(await processor.settled(sentBy(order))).to.equal(false);
      await fixture.settle(order);
      expect(await processor.settled(sentBy(order))).to.equal(true);
      expect(await fixture.sibling.settled(sentBy(order))).to.equal(true);
    });

    it('voids a charge that has not settled, and none that has', async () => {
      const [order, reference] = await charged();
      const { chargeableId, money } = order;
      const voided = await processor.reverse(reverseOrder(order, { kind: 'void', reference }));
      expectWellFormed(voided);
      expect(voided).to.deep.include({ kind: 'approved', chargeableId, money, token: null });
      expect(await fixture.givenBack(chargeableId)).to.deep.equal([money.amount]);

      const late = await refundOf({ kind: 'void' });
      expect((await processor.reverse(late)).kind).to.equal('declined');
      expect(await fixture.givenBack(late.chargeableId)).to.deep.equal([]);
    });

    for (const repeat of ['after', 'beside'] as const) {
      it(`gives back once when one key is sent again ${repeat} the first, and says how much of what`, async () => {
        const order = await refundOf({ money: { ...fixture.money, amount: fixture.money.amount - 1 } });
        const { chargeableId, money } = order;
        const first = processor.reverse(order);
        if (repeat === 'after') await first;
        const [a, b] = await Promise.all([first, fixture.sibling.reverse(order)]);
        expectWellFormed(a);
        expect(a).to.deep.include({ kind: 'approved', chargeableId, money, token: null });
        expect(b).to.deep.equal(a);
        expect(await processor.lookup(sentBy(order))).to.deep.equal(a);
        expect(await fixture.givenBack(chargeableId)).to.deep.equal([money.amount]);
      });
    }

    it('gives nothing back once the deadline is over', async () => {
      const order = await refundOf({ deadline: Date.now() - 1 });
      expect(await processor.reverse(order)).to.deep.equal({ kind: 'not_sent' });
      expect(await processor.lookup(sentBy(order))).to.deep.equal({ kind: 'absent' });
      expect(await fixture.givenBack(order.chargeableId)).to.deep.equal([]);
    });

    describeCaptures(() => fixture, absence);

    it('returns nothing of the card', async () => {
      const answers: Answer[] = [];
      for (const tender of [fixture.approves, fixture.declines]) {
        const order = await orderOf({ tender });
        answers.push(await processor.charge(order), await processor.lookup(sentBy(order)));
        answers.push(await processor.tokenize(await keepingOf({ tender })));
      }
      const shown = inspect(answers, { depth: null, showHidden: true });
      for (const tender of [fixture.approves, fixture.declines]) {
        for (const secret of secretsOf(tender)) expect(shown).to.not.match(new RegExp(`\\b${secret}\\b`));
      }
    });

    if (absence === 'abandon') {
      it('never charges under a key that was abandoned before', async () => {
        const order = await orderOf();
        expect((await abandon(processor, order)).kind).to.be.oneOf(GONE);
        expect((await fixture.sibling.charge(order)).kind).to.be.oneOf(NOTHING_DONE);
        expect((await abandon(processor, order)).kind).to.be.oneOf(GONE);
        expect((await processor.lookup(sentBy(order))).kind).to.be.oneOf(GONE);
        expect(await fixture.charges(order.chargeableId)).to.equal(0);
      });

      it('never gives anything back under a key that was abandoned before', async () => {
        const order = await refundOf();
        expect(await processor.abandon?.(sentBy(order))).to.deep.equal({ kind: 'absent' });
        expect((await fixture.sibling.reverse(order)).kind).to.be.oneOf(['not_sent', 'unknown']);
        expect(await fixture.givenBack(order.chargeableId)).to.deep.equal([]);
      });

      it('tells the verdict when a key is abandoned too late', async () => {
        for (const tender of [fixture.approves, fixture.declines]) {
          const order = await orderOf({ tender });
          const outcome = await processor.charge(order);
          expect(await abandon(fixture.sibling, order)).to.deep.equal(outcome);
          expect(await processor.lookup(sentBy(order))).to.deep.equal(outcome);
        }
        const order = await refundOf();
        const outcome = await processor.reverse(order);
        expect(await fixture.sibling.abandon?.(sentBy(order))).to.deep.equal(outcome);
      });

      it('decides each of a hundred races of sends and abandons for one side', async () => {
        const racers = ['send', 'send by the sibling', 'abandon', 'abandon by the sibling'] as const;
        const starts = fc.tuple(...racers.map((racer) => fc.tuple(fc.constant(racer), fc.nat(3))));
        await fc.assert(
          fc.asyncProperty(starts, async (started) => {
            const order = await orderOf();
            const race = { send: [] as SendOutcome[], abandon: [] as Finding[] };
            await Promise.all(
              started.map(async ([racer, turns]) => {
                for (let i = 0; i < turns; i++) await turn();
                const by = racer.endsWith('sibling') ? fixture.sibling : processor;
                if (racer.startsWith('send')) race.send.push(await by.charge(order));
                else race.abandon.push(await abandon(by, order));
              }),
            );
            const charged = await fixture.charges(order.chargeableId);
            const [found] = race.abandon;
            expect(found?.kind).to.be.oneOf([...GONE, 'approved']);
            for (const finding of race.abandon) expect(finding).to.deep.equal(found);
            for (const outcome of race.send) {
              if (found?.kind === 'approved') expect(outcome).to.deep.equal(found);
              else expect(outcome.kind).to.be.oneOf(NOTHING_DONE);
            }
            expect(charged).to.equal(found?.kind === 'approved' ? 1 : 0);
          }),
          { numRuns: 100 },
        );
      });
    }
  });
}

async function abandon(processor: Processor, order: ChargeOrder): Promise<Finding> {
  if (processor.abandon === undefined) throw new Error('this processor cannot abandon');
  return processor.abandon(sentBy(order));
}

function secretsOf(tender: NewTender): readonly string[] {
  if (tender.kind === 'bank_account') return [tender.account.reveal()];
  const code = tender.securityCode?.reveal();
  return code === undefined ? [tender.number.reveal()] : [tender.number.reveal(), code];
}
