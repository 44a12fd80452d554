/** The part of a processor's contract that is about authorizations: captured once, or voided, and nothing taken before. */
import { expect } from 'chai';
import type { Absence, CaptureOrder, ChargeOrder } from '../../src/core/processor.ts';
import { captureOrder, chargeOrder, reverseOrder, sentBy } from '../support/orders.ts';
import { prepared } from './prepared.ts';
import type { ProcessorFixture } from './processor.ts';
import { expectWellFormed } from './well-formed.ts';

/** @param fixture asked for in each check, when it is there. */
export function describeCaptures(fixture: () => ProcessorFixture, absence: Absence): void {
  const authorization = () => {
    const { processor, money, approves } = fixture();
    return prepared(processor, chargeOrder({ money, tender: approves, mode: 'authorize' }));
  };

  /** An authorization that was made, with the processor's own id of it. */
  async function authorized(): Promise<{ order: ChargeOrder; reference: string | null }> {
    const order = await authorization();
    const outcome = await fixture().processor.charge(order);
    return { order, reference: outcome.kind === 'approved' ? outcome.reference : null };
  }

  /** The order to capture less than all of an authorization. */
  async function captureOf(changes: Partial<CaptureOrder> = {}): Promise<CaptureOrder> {
    const { order, reference } = await authorized();
    const money = { ...fixture().money, amount: fixture().money.amount - 1 };
    return captureOrder(order, { money, reference, ...changes });
  }

  it('authorizes without taking anything, and takes what is captured', async () => {
    const order = await authorization();
    const { chargeableId, money } = order;
    const outcome = await fixture().processor.charge(order);
    expectWellFormed(outcome);
    expect(outcome).to.deep.include({ kind: 'approved', money, chargeableId });
    expect(await fixture().processor.lookup(sentBy(order))).to.deep.equal(outcome);
    expect(await fixture().charges(chargeableId)).to.equal(0);
    expect(await fixture().captured(chargeableId)).to.deep.equal([]);

    const reference = outcome.kind === 'approved' ? outcome.reference : null;
    const captured = await fixture().processor.capture(captureOrder(order, { reference }));
    expectWellFormed(captured);
    expect(captured).to.deep.include({ kind: 'approved', chargeableId, money, token: null });
    expect(await fixture().charges(chargeableId)).to.equal(0);
    expect(await fixture().captured(chargeableId)).to.deep.equal([money.amount]);
  });

  it('says that an authorization has settled once it was captured and settled', async () => {
    const { order, reference } = await authorized();
    await fixture().settle(order);
    expect(await fixture().processor.settled(sentBy(order))).to.equal(false);
    await fixture().processor.capture(captureOrder(order, { reference }));
    expect(await fixture().processor.settled(sentBy(order))).to.equal(false);
    await fixture().settle(order);
    expect(await fixture().sibling.settled(sentBy(order))).to.equal(true);
  });

  it('voids an authorization, and takes nothing by it', async () => {
    const { order, reference } = await authorized();
    const { chargeableId, money } = order;
    const voided = await fixture().processor.reverse(reverseOrder(order, { kind: 'void', reference }));
    expect(voided).to.deep.include({ kind: 'approved', chargeableId, money });
    expect(await fixture().captured(chargeableId)).to.deep.equal([]);
  });

  for (const repeat of ['after', 'beside'] as const) {
    it(`captures once when one key is sent again ${repeat} the first, and tells it in a look-up`, async () => {
      const order = await captureOf();
      const { chargeableId, money } = order;
      const first = fixture().processor.capture(order);
      if (repeat === 'after') await first;
      const [a, b] = await Promise.all([first, fixture().sibling.capture(order)]);
      // What takes one capture and forgets its key may say of the second that nobody knows.
      const outcomes = absence === 'once' ? [a, b].filter(({ kind }) => kind !== 'unknown') : [a, b];
      expect(outcomes[0]).to.deep.include({ kind: 'approved', chargeableId, money });
      const found = await fixture().sibling.lookup(sentBy(order));
      for (const outcome of outcomes) expect(outcome).to.deep.equal(found);
      expect(await fixture().captured(chargeableId)).to.deep.equal([money.amount]);
    });
  }

  it('captures nothing by a look-up, or once the deadline is over', async () => {
    const order = await captureOf({ deadline: Date.now() - 1 });
    expect(await fixture().processor.lookup(sentBy(order))).to.deep.equal({ kind: 'absent' });
    expect(await fixture().processor.capture(order)).to.deep.equal({ kind: 'not_sent' });
    expect(await fixture().processor.lookup(sentBy(order))).to.deep.equal({ kind: 'absent' });
    expect(await fixture().captured(order.chargeableId)).to.deep.equal([]);
  });

  if (absence === 'abandon') {
    it('never captures under a key that was abandoned before', async () => {
      const order = await captureOf();
      expect(await fixture().processor.abandon?.(sentBy(order))).to.deep.equal({ kind: 'absent' });
      expect((await fixture().sibling.capture(order)).kind).to.be.oneOf(['not_sent', 'unknown']);
      expect(await fixture().captured(order.chargeableId)).to.deep.equal([]);
    });

    it('tells what was captured when its key is abandoned too late', async () => {
      const order = await captureOf();
      const outcome = await fixture().processor.capture(order);
      expect(await fixture().sibling.abandon?.(sentBy(order))).to.deep.equal(outcome);
    });
  }
}
