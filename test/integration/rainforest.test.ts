/** Rainforest against a fake of its own on real sockets: the contract of every processor, and what only it has. */
import { expect } from 'chai';
import { describeProcessor } from '../contract/processor.ts';
import { type FakeRainforest, rainforestAt, startFakeRainforest } from '../support/fake-rainforest.ts';
import { card, usd } from '../support/orders.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import { DECLINED_VISA, VISA } from '../support/twilio.ts';

describe('Rainforest, faked', () => {
  useRealSockets();

  describeProcessor(async () => {
    const fake = await startFakeRainforest();
    const [processor, sibling] = [rainforestAt(fake.port), rainforestAt(fake.port)];
    return {
      processor,
      sibling,
      money: usd('10.00'),
      approves: card(VISA),
      declines: card(DECLINED_VISA),
      charges: async (chargeableId) =>
        fake.ledger.payinsOf(chargeableId).filter(({ status }) => status !== 'FAILED').length,
      givenBack: async (chargeableId) => fake.ledger.givenBack(chargeableId),
      settle: async ({ chargeableId }) => fake.ledger.settle(chargeableId),
      async close() {
        await Promise.all([processor.close(), sibling.close()]);
        await closeWithoutFault(fake);
      },
    };
  }, 'once');
});

/** Whatever was said on the wire was in the contract. */
async function closeWithoutFault(fake: FakeRainforest): Promise<void> {
  await fake.close();
  expect(fake.faults).to.deep.equal([]);
}
