/** What the bench sends is what it claims: charges of every adapter, each approved and each another one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { adapters } from '../../adapters/index.ts';
import { chargesOf, PRICE, simulated, USUAL } from './charges.ts';
import { type Server, startServer, stopAll } from './child.ts';
import { closedLoop } from './client.ts';

describe("the bench's charges", () => {
  let folder: string;
  let server: Server;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tollbridge-charges-'));
    server = await startServer('charge', `sqlite:${join(folder, 'store.db')}`);
  });
  after(async () => {
    await stopAll();
    rmSync(folder, { recursive: true });
  });

  for (const adapter of adapters) {
    it(`of ${adapter.name} are approved`, async () => {
      const { answers } = await closedLoop(server.port, await chargesOf(adapter)(server, 3), 2);
      expect(new Set(answers).size).to.equal(3);
    });
  }

  it('end the measurement when one is not', async () => {
    const requests = await simulated(USUAL, { price: { ...PRICE, amount: 1001 } })(server, 1);
    const wrong = requests.map((request) => request.replace('"10.01"', '"10.02"'));
    const error = await closedLoop(server.port, wrong, 1).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Error).with.property('message').that.includes('AMOUNT_MISMATCH');
    const [signedOut = ''] = await simulated(USUAL)({ ...server, keys: ['wrong', 'wrong'] }, 1);
    const refused = await closedLoop(server.port, [signedOut], 1).catch((thrown: unknown) => thrown);
    expect(refused).to.be.instanceOf(Error).with.property('message').that.includes('401');
  });
});
