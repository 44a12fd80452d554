/** Processors that are broken on purpose, each in one way, and the check of `describeProcessor` that catches it. */
import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { systemClock } from '../../src/core/clock.ts';
import type { DeclineCode } from '../../src/core/errors.ts';
import { createIds } from '../../src/core/ids.ts';
import type { Processor, SendOutcome } from '../../src/core/processor.ts';
import { createSandbox, memoryLedger } from '../../src/processors/sandbox/index.ts';
import { describeProcessor, type ProcessorFixture } from '../contract/index.ts';
import { card, chargeOrder, sentBy, tokenizeOrder, usd } from '../support/orders.ts';
import { upstreamOf } from '../support/upstream.ts';
import { runNested } from './nested.ts';

const ids = createIds({ sandbox: true, clock: systemClock });

/** What a broken processor does otherwise than the good one that it is given. */
type Breakage = (good: Processor) => Partial<Processor>;

/** The sandbox twice over one ledger, both broken in the same way. */
async function fixtureOf(breakage: Breakage): Promise<ProcessorFixture> {
  const ledger = memoryLedger();
  const make = (): Processor => {
    const good = createSandbox({ ledger, clock: systemClock });
    return { ...good, ...breakage(good) };
  };
  return {
    processor: make(),
    sibling: make(),
    money: usd('10.00'),
    approves: card('4242424242424242'),
    declines: card('4000000000009995'),
    ...upstreamOf(ledger),
    close: async () => {},
  };
}

const tokenWith = (outcome: SendOutcome, token: string): SendOutcome =>
  outcome.kind === 'approved' ? { ...outcome, token } : outcome;

/** What is wrong, the title of the check that is meant for it, and how it is made wrong. */
const BROKEN: readonly [string, string, Breakage][] = [
  [
    'refunds under a key of its own each time',
    'gives back once when one key is sent again after the first',
    (good) => ({ reverse: (order) => good.reverse({ ...order, reversalKey: ids.make('rfd') }) }),
  ],
  [
    'whatever is said to be an account',
    'takes no account for one that could be anything',
    () => ({ takesAccount: () => true }),
  ],
  [
    'a void of what has settled',
    'voids a charge that has not settled, and none that has',
    (good) => ({ reverse: (order) => good.reverse({ ...order, kind: 'refund' }) }),
  ],
  [
    'an authorization that takes the money',
    'authorizes without taking anything, and takes what is captured',
    (good) => ({ charge: (order) => good.charge({ ...order, mode: 'authorize_and_capture' }) }),
  ],
  [
    'a capture that is told and not made',
    'authorizes without taking anything, and takes what is captured',
    (good) => ({
      async capture(order) {
        const found = await good.lookup({ ...sentBy(order), key: order.attemptKey });
        return found.kind === 'approved' ? found : { kind: 'unknown' };
      },
    }),
  ],
  [
    'an authorization that settles uncaptured',
    'says that an authorization has settled once it was captured and settled',
    (good) => ({ settled: async (charge) => (await good.lookup(charge)).kind === 'approved' }),
  ],
  [
    'a void that captures',
    'voids an authorization, and takes nothing by it',
    (good) => ({
      async reverse(order) {
        if (order.kind === 'void') await good.capture({ ...order, captureKey: randomUUID() });
        return good.reverse(order);
      },
    }),
  ],
  [
    'captures under a key of its own each time',
    'captures once when one key is sent again after the first, and tells it in a look-up',
    (good) => ({ capture: (order) => good.capture({ ...order, captureKey: randomUUID() }) }),
  ],
  [
    'a capture that counts in this process only',
    'captures once when one key is sent again beside the first, and tells it in a look-up',
    (good) => {
      const sent = new Map<string, Promise<SendOutcome>>();
      return {
        capture(order) {
          const outcome = sent.get(order.captureKey) ?? good.capture({ ...order, captureKey: randomUUID() });
          sent.set(order.captureKey, outcome);
          return outcome;
        },
      };
    },
  ],
  [
    'a capture past its deadline',
    'captures nothing by a look-up, or once the deadline is over',
    (good) => ({ capture: (order) => good.capture({ ...order, deadline: Number.POSITIVE_INFINITY }) }),
  ],
  [
    'an abandon that closes no key of a capture',
    'never captures under a key that was abandoned before',
    (good) => ({
      abandon: (sent) => (sent.kind === 'capture' ? good.lookup(sent) : (good.abandon?.(sent) ?? good.lookup(sent))),
    }),
  ],
  ['a promise without the means', 'declares what it can do', () => ({ absence: 'once' })],
  ['no tender that it takes', 'declares what it can do', () => ({ tenders: [] })],
  ['being out of reach', 'can be reached', () => ({ ping: () => Promise.reject(new Error('nobody there')) })],
  [
    'another amount than was asked for',
    'approves, and says which money was charged',
    (good) => ({ charge: (order) => good.charge({ ...order, money: usd('9.99') }) }),
  ],
  [
    'an approval of nothing',
    'approves, and says which money was charged',
    (good) => ({ charge: (order) => good.tokenize(tokenizeOrder({ attemptKey: order.attemptKey })) }),
  ],
  [
    "upstream's own decline codes",
    'declines with a code of the table',
    (good) => ({
      async charge(order) {
        const outcome = await good.charge(order);
        return outcome.kind === 'declined' ? { ...outcome, code: 'card_declined' as DeclineCode } : outcome;
      },
    }),
  ],
  [
    'a charge by tokenizing',
    'keeps a tender without charging it',
    (good) => ({
      async tokenize(order) {
        await good.charge(chargeOrder({ ...order, attemptKey: randomUUID() }));
        return good.tokenize(order);
      },
    }),
  ],
  [
    'a second charge for a repeat',
    'charges once when one key is sent again after the first',
    (good) => ({ charge: (order) => good.charge({ ...order, attemptKey: randomUUID() }) }),
  ],
  [
    'a memory of this process only',
    'charges once when one key is sent again beside the first',
    (good) => {
      const sent = new Map<string, Promise<SendOutcome>>();
      return {
        charge(order) {
          const outcome = sent.get(order.attemptKey) ?? good.charge({ ...order, attemptKey: randomUUID() });
          sent.set(order.attemptKey, outcome);
          return outcome;
        },
      };
    },
  ],
  [
    'keys that count for one tender only',
    'gives the first outcome when one key is sent again with another tender',
    (good) => ({
      charge: (order) =>
        good.charge({
          ...order,
          attemptKey: `${order.attemptKey} ${order.tender.kind === 'card' ? order.tender.number.reveal() : ''}`,
        }),
    }),
  ],
  [
    'a look-up that finds nothing',
    'tells in a look-up what a send was told',
    () => ({ lookup: async () => ({ kind: 'absent' }) }),
  ],
  [
    'a look-up that closes the key',
    'changes nothing by a look-up',
    (good) => ({ lookup: (key) => good.abandon?.(key) ?? good.lookup(key) }),
  ],
  [
    'a send past its deadline',
    'sends nothing once the deadline is over',
    (good) => ({ charge: (order) => good.charge({ ...order, deadline: Number.POSITIVE_INFINITY }) }),
  ],
  [
    'the card in its token',
    'returns nothing of the card',
    (good) => ({
      async charge(order) {
        const number = order.tender.kind === 'card' ? order.tender.number.reveal() : '';
        return tokenWith(await good.charge(order), `tok-${number}`);
      },
    }),
  ],
  [
    'the security code in its checks',
    'returns nothing of the card',
    (good) => ({
      async charge(order) {
        const outcome = await good.charge(order);
        const code = order.tender.kind === 'card' ? (order.tender.securityCode?.reveal() ?? null) : null;
        return outcome.kind === 'approved' ? { ...outcome, checks: { ...outcome.checks, authCode: code } } : outcome;
      },
    }),
  ],
  [
    'an abandon that only looks',
    'never charges under a key that was abandoned before',
    (good) => ({ abandon: (key) => good.lookup(key) }),
  ],
  [
    'an abandon that says what is wanted',
    'tells the verdict when a key is abandoned too late',
    (good) => ({
      async abandon(key) {
        await good.abandon?.(key);
        return { kind: 'absent' };
      },
    }),
  ],
  [
    'an abandon that looks first and closes later',
    'decides each of a hundred races of sends and abandons for one side',
    (good) => {
      const closed = new Set<string>();
      return {
        async charge(order) {
          return closed.has(order.attemptKey) ? { kind: 'not_sent' } : good.charge(order);
        },
        async abandon(sent) {
          const finding = await good.lookup(sent);
          if (finding.kind === 'absent') closed.add(sent.key);
          return finding;
        },
      };
    },
  ],
];

describe('describeProcessor', () => {
  let passed: readonly string[];
  before(async () => {
    const run = await runNested(() => describeProcessor(() => fixtureOf(() => ({}))));
    expect([...run.failed]).to.deep.equal([]);
    passed = run.passed;
  });

  for (const [what, check, breakage] of BROKEN) {
    it(`catches ${what}`, async () => {
      expect(passed.filter((title) => title.includes(check))).to.have.lengthOf(1);
      const { failed } = await runNested(() => describeProcessor(() => fixtureOf(breakage)), check);
      expect(failed.size, 'failed checks').to.equal(1);
    });
  }
});
