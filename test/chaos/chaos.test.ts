/** The short form of `npm run test:chaos`: two servers, and payments enough for each to be disturbed. */
import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { killLiving } from '../support/process.ts';
import { eachStore } from '../support/stores.ts';
import { runChaos } from './run.ts';

const PAYMENTS = 40;
const SERVERS = 2;
const WITHIN_MS = 180_000;
const LAST_PATIENCE_MS = 1_500;

const seed = Number(process.env['CHAOS_SEED'] ?? randomInt(1, 2 ** 31));

eachStore('Servers that die, sleep and are cut off at random', ({ name }) => {
  after(killLiving);

  for (const upstream of ['sandbox', 'stripe', 'rainforest', 'second'] as const) {
    it(`charge everybody once before ${upstream}, and say so (CHAOS_SEED=${seed})`, async () => {
      const options = {
        payments: PAYMENTS,
        servers: SERVERS,
        atOnce: 12,
        seed,
        lastPatienceMs: LAST_PATIENCE_MS,
        progress() {},
      };
      const { wrong, payments, kills, stops } = await runChaos({ store: name, upstream, ...options });
      expect(payments).to.be.at.least(PAYMENTS);
      expect(kills + stops).to.be.at.least(SERVERS);
      expect(wrong).to.deep.equal({ doubleCharges: [], lostApprovals: [], wrongReplies: [], unresolved: [] });
    }).timeout(WITHIN_MS);
  }
});
