/** Stripe against a fake of its own on real sockets: the contract of every processor, and what only it has. */
import { expect } from 'chai';
import { systemClock } from '../../src/core/clock.ts';
import { describeProcessor } from '../contract/processor.ts';
import { startFakeStripe, stripeAt } from '../support/fake-stripe.ts';
import { card, usd } from '../support/orders.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import { DECLINED_VISA, VISA } from '../support/twilio.ts';

/** Gaps between repeats pass in a fiftieth of them; deadlines are the machine's. */
const HASTY = { now: systemClock.now, after: (ms: number, fire: () => void) => systemClock.after(ms / 50, fire) };

describe('Stripe, faked', () => {
  useRealSockets();

  describeProcessor(async () => {
    const fake = await startFakeStripe();
    const [processor, sibling] = [await stripeAt(fake.port, HASTY), await stripeAt(fake.port, HASTY)];
    return {
      processor,
      sibling,
      money: usd('10.00'),
      approves: card(VISA),
      declines: card(DECLINED_VISA),
      charges: async (chargeableId) => fake.ledger().chargesOf(chargeableId).length,
      givenBack: async (chargeableId) => fake.ledger().givenBack(chargeableId),
      settle: async ({ chargeableId }) => fake.ledger().settle(chargeableId),
      async close() {
        await Promise.all([processor.close(), sibling.close()]);
        await fake.close();
        expect(fake.faults).to.deep.equal([]);
      },
    };
  });
});
