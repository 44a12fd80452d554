/** How long the transport waits, how much it does at once, and what is certain of what it gave up. */
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { MerchantId } from '../../src/core/ids.ts';
import { TRANSPORT_LIMITS } from '../../src/processors/transport.ts';
import { HERE } from '../support/certificates.ts';
import { manualClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { latch } from '../support/latch.ts';
import { asking, closeAfterEach, closeLater, reasonOf, transportTo, witnessOf } from '../support/transport.ts';
import { approve } from '../support/witness.ts';

const MERCHANTS = ['mid_a', 'mid_b'] as readonly string[] as readonly [MerchantId, MerchantId];

describe("the transport's limits", () => {
  closeAfterEach();

  describe('of time', () => {
    it('sends nothing from the deadline on', async () => {
      const clock = manualClock();
      const witness = await witnessOf();
      const transport = transportTo(witness.port, { clock });
      expect(reasonOf(await transport.request(asking({ deadline: clock.now() })))).to.equal('not_sent deadline');
      expect(witness.connections).to.have.lengthOf(0);
    });

    for (const [name, deadlineMs, outcome] of [
      ['the time to connect', 60_000, 'not_sent connect_timeout'],
      ['the deadline', 1_000, 'not_sent deadline'],
    ] as const) {
      it(`gives up a connection that is not open when ${name} is over`, async () => {
        const clock = manualClock();
        const witness = await witnessOf(approve, {});
        const proxy = await startFaultProxy(witness.port, { on: 'response', at: 100, harm: 'hold' });
        closeLater(proxy);
        const transport = transportTo(proxy.port, { origin: `https://localhost:${proxy.port}`, trust: HERE, clock });
        const outcomeOf = transport.request(asking({ deadline: clock.now() + deadlineMs }));
        await proxy.struck;
        await clock.advance(TRANSPORT_LIMITS.connectMs);
        expect(reasonOf(await outcomeOf)).to.equal(outcome);
        expect(witness.connections.map(({ bytes }) => bytes)).to.deep.equal([0]);
      });
    }

    it('reads the clock again before it writes, because a process that was stopped has late timers', async () => {
      let now = systemClock.now();
      const clock: Clock = { now: () => now, after: () => () => {} };
      const witness = await witnessOf(approve, {});
      const proxy = await startFaultProxy(witness.port, { on: 'response', at: 100, harm: 'hold' });
      closeLater(proxy);
      const transport = transportTo(proxy.port, { origin: `https://localhost:${proxy.port}`, trust: HERE, clock });
      const outcome = transport.request(asking({ deadline: now + 1_000 }));
      await proxy.struck;
      now += 1_000;
      proxy.release();
      expect(reasonOf(await outcome)).to.equal('not_sent deadline');
      expect(witness.connections.map(({ bytes }) => bytes)).to.deep.equal([0]);
    });

    it('waits for an answer beyond the deadline, and no longer than for any', async () => {
      const clock = manualClock();
      const asked = latch();
      const waiting: ServerResponse[] = [];
      const witness = await witnessOf((_incoming, outgoing) => {
        waiting.push(outgoing);
        if (waiting.length === 2) asked.open();
      });
      const transport = transportTo(witness.port, { clock });
      const answered = transport.request(asking({ deadline: clock.now() + 1_000 }));
      const unanswered = transport.request(asking({ deadline: clock.now() + 1_000 }));
      await asked.opened;
      await clock.advance(TRANSPORT_LIMITS.answerMs - 1);
      waiting[0]?.writeHead(200, { 'Content-Length': 2 }).end('{}');
      expect(await Promise.race([answered, unanswered]).then(reasonOf)).to.equal('answered 200');
      await clock.advance(1);
      expect((await Promise.all([answered, unanswered])).map(reasonOf)).to.have.members([
        'answered 200',
        'maybe_sent answer_timeout',
      ]);
    });
  });

  describe('of number', () => {
    const merchant = { inFlight: 2, waiting: 1, waitMs: 1_000 };

    /** Answers when it is told to. */
    async function slowWitness() {
      const waiting: ServerResponse[] = [];
      const witness = await witnessOf((_incoming, outgoing) => waiting.push(outgoing));
      return {
        witness,
        waiting,
        asked: (count: number) => eventually(() => expect(waiting).to.have.lengthOf(count), 5_000),
        answer: (i: number) => waiting[i]?.writeHead(200, { 'Content-Length': 2 }).end('{}'),
      };
    }

    it('sends so many of one merchant at once, the next when one is answered, and turns away what has no place', async () => {
      const { waiting, asked, answer, witness } = await slowWitness();
      const transport = transportTo(witness.port, { limits: { merchant } });
      const [first, second, third, fourth] = [1, 2, 3, 4].map(() =>
        transport.request(asking({ merchant: MERCHANTS[0] })),
      );
      expect(await fourth?.then(reasonOf)).to.equal('not_sent queue_full');
      await asked(2);
      answer(0);
      await asked(3);
      answer(1);
      answer(2);
      expect((await Promise.all([first, second, third])).map((sent) => sent && reasonOf(sent))).to.deep.equal(
        Array(3).fill('answered 200'),
      );
      expect(waiting).to.have.lengthOf(3);
    });

    it('lets no merchant wait for another', async () => {
      const { asked, answer, witness } = await slowWitness();
      const transport = transportTo(witness.port, { limits: { merchant } });
      const slow = [1, 2, 3].map(() => transport.request(asking({ merchant: MERCHANTS[0] })));
      await asked(2);
      const quick = transport.request(asking({ merchant: MERCHANTS[1] }));
      await asked(3);
      answer(2);
      expect(reasonOf(await quick)).to.equal('answered 200');
      transport.close();
      expect((await Promise.all(slow)).map(reasonOf)).to.deep.equal([
        'maybe_sent closed',
        'maybe_sent closed',
        'not_sent closed',
      ]);
    });

    it('turns away what has waited too long, and sends it never', async () => {
      const clock = manualClock();
      const { waiting, asked, answer, witness } = await slowWitness();
      const transport = transportTo(witness.port, { clock, limits: { merchant } });
      const request = () => transport.request(asking({ merchant: MERCHANTS[0], deadline: clock.now() + 60_000 }));
      const [first, second, third] = [request(), request(), request()];
      await asked(2);
      await clock.advance(merchant.waitMs);
      expect(reasonOf(await third)).to.equal('not_sent queue_timeout');
      answer(0);
      answer(1);
      await Promise.all([first, second]);
      expect(waiting).to.have.lengthOf(2);
    });

    it('sends nothing whose deadline passed in the queue', async () => {
      const clock = manualClock();
      const { waiting, asked, answer, witness } = await slowWitness();
      const transport = transportTo(witness.port, { clock, limits: { merchant: { ...merchant, inFlight: 1 } } });
      const first = transport.request(asking({ deadline: clock.now() + 60_000 }));
      const second = transport.request(asking({ deadline: clock.now() + 500 }));
      await asked(1);
      await clock.advance(500);
      answer(0);
      expect([await first, await second].map(reasonOf)).to.deep.equal(['answered 200', 'not_sent deadline']);
      expect(waiting).to.have.lengthOf(1);
    });

    it('says "not sent" where all connections are taken for longer than it takes to connect', async () => {
      const clock = manualClock();
      const { asked, answer, witness } = await slowWitness();
      const transport = transportTo(witness.port, { clock, limits: { connections: 1 } });
      const request = () => transport.request(asking({ deadline: clock.now() + 60_000 }));
      const first = request();
      await asked(1);
      const second = request();
      await clock.advance(TRANSPORT_LIMITS.connectMs);
      expect(reasonOf(await second)).to.equal('not_sent connect_timeout');
      const third = request();
      answer(0);
      await asked(2);
      answer(1);
      expect([await first, await third].map(reasonOf)).to.deep.equal(['answered 200', 'answered 200']);
      expect(witness.connections).to.have.lengthOf(1);
    });
  });

  it('cuts what is under way when it is closed, and sends nothing afterwards', async () => {
    const asked = latch();
    const witness = await witnessOf(() => asked.open());
    const transport = transportTo(witness.port);
    const first = transport.request(asking());
    await asked.opened;
    const second = transport.request(asking());
    transport.close();
    expect([await first, await second, await transport.request(asking())].map(reasonOf)).to.deep.equal([
      'maybe_sent closed',
      'not_sent closed',
      'not_sent closed',
    ]);
    expect(witness.connections.map(({ requests }) => requests).filter((count) => count > 0)).to.deep.equal([1]);
  });
});
