/**
 * A merchant's first and second processor: the second is sent what certainly moved nothing at the first, and nothing else;
 * and one upstream object, through which all attempts of a config go. The ledgers say what was charged, and where.
 */
import { expect } from 'chai';
import type { Processor, SendOutcome } from '../../src/core/processor.ts';
import { createSandbox, memoryLedger } from '../../src/processors/sandbox/index.ts';
import type { Ledger } from '../../src/processors/sandbox/ledger.ts';
import { eventually } from '../support/eventually.ts';
import { card } from '../support/orders.ts';
import { type Bench, createBench, LEASE_MS } from '../support/reversing.ts';
import { eachStore } from '../support/stores.ts';

const NO_FUNDS = '4000000000009995';
const LOST = '4000000000009987';

eachStore('A merchant with two processors', (stores) => {
  let bench: Bench;
  let spare: Ledger;
  let second: Processor;

  before(async () => {
    bench = await createBench(stores.store());
    spare = memoryLedger();
    const spareOne = createSandbox({ ledger: spare, clock: bench.clock });
    second = { ...spareOne, name: 'spare', takesAccount: (account) => account === 'acct_1' };
    await routeOver(await bench.engine({ others: [second] }));
  });

  const routeOver = (engine: Awaited<ReturnType<Bench['engine']>>) =>
    engine.accounts.setRouting(bench.principal, bench.merchantId, {
      first: { processor: 'sandbox', account: null },
      second: { processor: 'spare', account: 'acct_1' },
      secondAfter: ['INSUFFICIENT_FUNDS'],
    });

  /** How often each processor has charged that config. */
  async function charges(configId: string): Promise<readonly number[]> {
    const counts = [bench.ledger, spare].map(async (ledger) => {
      const entries = await ledger.list();
      return entries.filter(
        ({ operation }) => operation?.chargeableId === configId && operation.outcome === 'CARD_APPROVED',
      ).length;
    });
    return Promise.all(counts);
  }

  const sandbox = () => createSandbox({ ledger: bench.ledger, clock: bench.clock });

  /** An engine whose first processor answers a charge so. */
  async function firstAnswers(answer: () => Promise<SendOutcome>, changes: Partial<Processor> = {}) {
    return bench.engine({ processor: { ...sandbox(), charge: answer, ...changes }, others: [second] });
  }

  it('is charged at the first', async () => {
    const engine = await bench.engine({ others: [second] });
    const { id } = await bench.config();
    expect(await bench.charge(engine, id)).to.include({ kind: 'approved' });
    expect(await charges(id)).to.deep.equal([1, 0]);
  });

  it('is charged at the second where nothing was sent to the first, in the same delivery', async () => {
    const engine = await firstAnswers(async () => ({ kind: 'not_sent' }));
    const { id } = await bench.config();
    const paid = await bench.charge(engine, id);
    expect(paid).to.include({ kind: 'approved' });
    expect(await charges(id)).to.deep.equal([0, 1]);
    if (paid.kind !== 'approved' || paid.command !== 'charge') throw new Error('not approved');
    expect((await bench.attempt(paid.payinId)).route).to.deep.equal({ processor: 'spare', account: 'acct_1' });
    expect(await bench.charge(engine, id)).to.deep.equal(paid);
    expect(await charges(id)).to.deep.equal([0, 1]);
  });

  it('is told that nothing was sent where neither could be reached, and a repeat begins with the first again', async () => {
    const { id } = await bench.config();
    const none = async () => ({ kind: 'not_sent' }) as const;
    const engine = await bench.engine({
      processor: { ...sandbox(), charge: none },
      others: [{ ...second, charge: none }],
    });
    const command = { transactionId: `once-${id}` };
    expect(await bench.charge(engine, id, command)).to.include({ kind: 'refused', code: 'PROCESSOR_UNREACHABLE' });
    const well = await bench.engine({ others: [second] });
    expect(await bench.charge(well, id, command)).to.include({ kind: 'approved' });
    expect(await charges(id)).to.deep.equal([1, 0]);
  });

  it('is never charged at the second while nobody knows what the first did', async () => {
    const engine = await firstAnswers(async (): Promise<SendOutcome> => ({ kind: 'unknown' }), {
      absence: 'unproven',
    });
    const { id } = await bench.config();
    const asked = bench.charge(engine, id);
    await bench.clock.advance(20_000);
    expect((await asked).kind).to.be.oneOf(['pending', 'unknown']);
    await bench.clock.advance(LEASE_MS);
    await engine.reconciler.sweep();
    expect(await charges(id)).to.deep.equal([0, 0]);
  });

  it('goes to the second after a decline that the routing lists', async () => {
    const engine = await bench.engine({ others: [{ ...second, charge: approvesAll() }] });
    const { id } = await bench.config();
    const paid = await bench.charge(engine, id, { tender: card(NO_FUNDS) });
    expect(paid).to.include({ kind: 'approved' });
  });

  it('is sent a decline once where its record names the same processor twice', async () => {
    const here = { processor: 'sandbox', account: null };
    const merchant = await stores.store().get('merchants', bench.merchantId);
    if (merchant === null) throw new Error('there is no merchant');
    const same = { first: here, second: here, secondAfter: ['INSUFFICIENT_FUNDS'] } as const;
    await stores.store().apply({ replace: 'merchants', record: { ...merchant, rev: merchant.rev + 1, routing: same } });
    let sends = 0;
    const engine = await bench.engine({
      processor: {
        ...sandbox(),
        async charge(order) {
          sends += 1;
          return sandbox().charge(order);
        },
      },
      others: [second],
    });
    const { id } = await bench.config();
    const declined = await bench.charge(engine, id, { tender: card(NO_FUNDS) });
    expect(declined).to.include({ kind: 'declined', code: 'INSUFFICIENT_FUNDS' });
    expect(sends).to.equal(1);
    await routeOver(engine);
  });

  it('is declined by the first for good where the routing does not list the code', async () => {
    const engine = await bench.engine({ others: [{ ...second, charge: approvesAll() }] });
    const { id } = await bench.config();
    const paid = await bench.charge(engine, id, { tender: card(LOST) });
    expect(paid).to.include({ kind: 'declined', code: 'LOST_CARD' });
  });

  it('is told the decline of the first where the second was not reached, and a repeat hears it again', async () => {
    const engine = await bench.engine({ others: [{ ...second, charge: async () => ({ kind: 'not_sent' }) }] });
    const { id } = await bench.config();
    const command = { tender: card(NO_FUNDS), transactionId: `once-${id}` };
    const first = await bench.charge(engine, id, command);
    expect(first).to.include({ kind: 'declined', code: 'INSUFFICIENT_FUNDS' });
    const well = await bench.engine({ others: [{ ...second, charge: approvesAll() }] });
    expect(await bench.charge(well, id, command)).to.deep.equal(first);
  });

  it('joins a repeat to the second send: nobody hears that nothing was sent while it is', async () => {
    let release = () => {};
    const asked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: Processor['charge'] = async (order) => {
      await asked;
      return second.charge(order);
    };
    const engine = await bench.engine({
      processor: { ...sandbox(), charge: async () => ({ kind: 'not_sent' }) },
      others: [{ ...second, charge: slow }],
    });
    const { id } = await bench.config();
    const command = { transactionId: `once-${id}` };
    let over = false;
    const told = Promise.all([bench.charge(engine, id, command), bench.charge(engine, id, command)]).finally(() => {
      over = true;
    });
    release();
    // A delivery that reads what another is at waits by the clock.
    await eventually(async () => {
      await bench.clock.advance(20);
      expect(over).to.equal(true);
    }, 10_000);
    for (const result of await told) expect(result).to.include({ kind: 'approved' });
    expect(await charges(id)).to.deep.equal([0, 1]);
  });

  it('keeps the routing of its making in a config', async () => {
    const { id } = await bench.config();
    const engine = await firstAnswers(async () => ({ kind: 'not_sent' }));
    await engine.accounts.setRouting(bench.principal, bench.merchantId, null);
    expect(await bench.charge(engine, id)).to.include({ kind: 'approved' });
    expect(await charges(id)).to.deep.equal([0, 1]);
    await routeOver(engine);
  });

  it('cannot be routed to a processor that is not set up', async () => {
    const engine = await bench.engine();
    const routed = routeOver(engine).catch((error: unknown) => error);
    expect(await routed).to.include({ code: 'INVALID_REQUEST', field: 'second.processor' });
  });

  function approvesAll(): Processor['charge'] {
    return (order) => second.charge({ ...order, tender: card('4242424242424242') });
  }
});
