/** Stripe against a fake of its own on real sockets: the contract of every processor, and what only it has. */
import { expect } from 'chai';
import { describeProcessor } from '../contract/processor.ts';
import { hastyClock } from '../support/clock.ts';
import { startFakeStripe, stripeAt } from '../support/fake-stripe.ts';
import { card, usd } from '../support/orders.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import { DECLINED_VISA, VISA } from '../support/twilio.ts';

describe('Stripe, faked', () => {
  useRealSockets();

  describeProcessor(async () => {
    const fake = await startFakeStripe();
    const [processor, sibling] = [stripeAt(fake.port, hastyClock(50)), stripeAt(fake.port, hastyClock(50))];
    return {
      processor,
      sibling,
      money: usd('10.00'),
      approves: card(VISA),
      declines: card(DECLINED_VISA),
      charges: async (chargeableId) =>
        fake
          .ledger()
          .chargesOf(chargeableId)
          .filter(({ intent }) => !intent.manual).length,
      captured: async (chargeableId) =>
        fake
          .ledger()
          .chargesOf(chargeableId)
          .flatMap(({ intent, captured }) => (intent.manual && captured > 0 ? [captured] : [])),
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
