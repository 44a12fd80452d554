/** `cli attempts`, beside a running server: what is open is listed, and a person's word ends it unless the processor has one. */
import { expect } from 'chai';
import { listAttempts, resolveAttempt } from '../../src/cli/attempts.ts';
import { loadConfig } from '../../src/config.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Finding, Processor } from '../../src/core/processor.ts';
import { Secret } from '../../src/core/secret.ts';
import { OPEN_STATES, type Resolved, type Word } from '../../src/engine/by-hand.ts';
import { createSandbox } from '../../src/processors/sandbox/index.ts';
import type { Ledger } from '../../src/processors/sandbox/ledger.ts';
import { openSandboxLedger } from '../../src/processors/sandbox/open.ts';
import { cardPayin, clientOf, newPayinConfig, type Payin, type Refund, type Reversed } from '../support/api.ts';
import { startNode } from '../support/process.ts';
import { paid, reversalBody, settledPayin } from '../support/reversals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore, locationOf } from '../support/stores.ts';

const OTHER_CARD = { card_number: '5555555555554444', exp_month: 12, exp_year: 2030, cvc: '123' };
const SECRET = 'the secret of a server and a command line';

interface Row {
  readonly attempt: string;
  readonly follow_up: string | null;
  readonly payin_id: string;
  readonly state: string;
  readonly kind: string;
  readonly money: string;
}

eachStore('What is open, by hand', (stores) => {
  let server: TestServer;
  let ledger: Ledger;
  let silent = false;
  let finding: Finding | null = null;

  before(async () => {
    ledger = await openSandboxLedger(locationOf(stores.url()));
    const sandbox = createSandbox({ ledger, clock: systemClock });
    const { abandon: _abandon, ...unproven } = sandbox;
    const processor: Processor = {
      ...unproven,
      absence: 'unproven',
      charge: async (order) => (silent ? { kind: 'unknown' } : sandbox.charge(order)),
      reverse: async (order) => (silent ? { kind: 'unknown' } : sandbox.reverse(order)),
      lookup: async (sent) => finding ?? sandbox.lookup(sent),
    };
    const secrets = [new Secret(SECRET)];
    server = await startServer({ store: stores.store(), ledger, processor, secrets, apiPatienceMs: 400 });
  });
  beforeEach(() => {
    silent = false;
    finding = null;
  });
  after(async () => {
    await server.close();
    await ledger.close();
  });

  const config = () => loadConfig({ STORE_URL: stores.url(), SECRET_KEY: SECRET });

  async function printed(run: (write: (text: string) => void) => Promise<unknown>, json = true) {
    let text = '';
    const result = await run((part) => {
      text += part;
    });
    return { result, text, json: json ? JSON.parse(text) : null };
  }

  async function rowsOf(payin: Payin | null): Promise<readonly Row[]> {
    const { json } = await printed((write) => listAttempts(config(), OPEN_STATES, { json: true, write }));
    return json.filter((row: Row) => row.payin_id === payin?.payin_id);
  }

  async function resolve({ attempt, follow_up: followUp }: Row, word: Word, force = false): Promise<Resolved | null> {
    const resolved = await server.engine.byHand.resolve(attempt, followUp, word, force);
    await server.engine.background.idle();
    return resolved;
  }

  /** By the command, whose sandbox can close a key. */
  const resolveByCommand = (row: Row, word: Word, json = true, env: NodeJS.ProcessEnv = {}) => {
    const said = { attempt: row.attempt, followUp: row.follow_up, word, force: false };
    const config = loadConfig({ STORE_URL: stores.url(), SECRET_KEY: SECRET, ...env });
    return printed((write) => resolveAttempt(config, said, { json, write }), json);
  };

  async function doubtful(): Promise<{ payin: Payin; row: Row }> {
    silent = true;
    const asked = cardPayin(await newPayinConfig(server));
    const payin = await clientOf(server).post<Payin>('/v1/payins', asked);
    expect(payin.status).to.equal('PRESENTING');
    await server.engine.background.idle();
    const [row] = await rowsOf(payin);
    if (row === undefined) throw new Error('it is not listed');
    expect(row).to.include({ state: 'unknown', kind: 'charge', money: '10.00 USD', follow_up: null });
    return { payin, row };
  }

  async function doubtfulRefund(): Promise<{ payin: Payin; row: Row }> {
    const payin = await settledPayin(server);
    silent = true;
    const path = `/v1/payins/${payin.payin_id}/void_or_refund`;
    const told = await clientOf(server).post<Reversed>(path, reversalBody({ amount: 400 }));
    await server.engine.background.idle();
    const [row] = await rowsOf(payin);
    if (row === undefined) throw new Error('it is not listed');
    expect(row).to.include({ state: 'unknown', kind: 'refund', money: '4.00 USD', follow_up: told.refund_id });
    return { payin, row };
  }

  const statusOf = async ({ payin_id }: Payin) => (await clientOf(server).get<Payin>(`/v1/payins/${payin_id}`)).status;

  it('becomes a payment, once, when a person says that it was made', async () => {
    const { payin, row } = await doubtful();
    expect(await resolve(row, 'done')).to.deep.equal({ kind: 'resolved', by: 'person', outcome: 'approved' });
    expect(await statusOf(payin)).to.equal('PROCESSING');
    expect(await rowsOf(payin)).to.deep.equal([]);
    expect(await resolve(row, 'not_done')).to.equal(null);
    expect(await statusOf(payin)).to.equal('PROCESSING');
  });

  it('becomes a decline when a person says that it was not, and leaves the config free', async () => {
    const { payin, row } = await doubtful();
    expect(await resolve(row, 'not_done')).to.deep.equal({
      kind: 'resolved',
      by: 'person',
      outcome: 'declined',
    });
    expect(await statusOf(payin)).to.equal('FAILED');
    silent = false;
    const again = await clientOf(server).post<Payin>('/v1/payins', {
      ...cardPayin(payin.payin_config_id ?? ''),
      card: OTHER_CARD,
    });
    await server.engine.background.idle();
    expect(await statusOf(again)).to.equal('PROCESSING');
  });

  it('is what the processor says, whatever a person believes', async () => {
    const { payin, row } = await doubtful();
    const attempt = await stores.store().get('attempts', row.attempt);
    await ledger.insert({
      attemptKey: row.attempt,
      operation: {
        kind: 'charge',
        chargeableId: attempt?.chargeableId ?? '',
        money: { amount: 1000, currency: 'USD' },
        outcome: 'CARD_APPROVED',
        securityCodeGiven: true,
      },
      at: Date.now(),
    });
    expect(await resolve(row, 'not_done')).to.deep.equal({
      kind: 'resolved',
      by: 'processor',
      outcome: 'approved',
    });
    expect(await statusOf(payin)).to.equal('PROCESSING');
  });

  it('is closed at the processor where that can be, whatever a person believes', async () => {
    const { payin, row } = await doubtful();
    const { result, json } = await resolveByCommand(row, 'done');
    expect(result).to.equal(true);
    expect(json).to.deep.equal({ kind: 'resolved', by: 'processor', outcome: 'not_sent' });
    expect(await rowsOf(payin)).to.deep.equal([]);
    const again = await resolveByCommand(row, 'done');
    expect(again).to.deep.include({ result: false, json: { kind: 'nothing_open' } });
  });

  for (const kind of ['unavailable', 'open'] as const) {
    it(`stays as it is while the processor is ${kind}, unless a person insists`, async () => {
      const { payin, row } = await doubtful();
      finding = { kind };
      for (const word of ['done', 'not_done'] as const) {
        expect(await resolve(row, word)).to.deep.equal({ kind: 'refused', because: kind, processor: 'sandbox' });
        expect(await statusOf(payin)).to.equal('PRESENTING');
      }
      const outcome = 'declined';
      expect(await resolve(row, 'not_done', true)).to.deep.equal({ kind: 'resolved', by: 'person', outcome });
      expect(await statusOf(payin)).to.equal('FAILED');
    });

    it(`stays as it is while the processor is ${kind}, a refund, too`, async () => {
      const { payin, row } = await doubtfulRefund();
      finding = { kind };
      expect(await resolve(row, 'not_done')).to.deep.equal({ kind: 'refused', because: kind, processor: 'sandbox' });
      expect(await rowsOf(payin)).to.have.length(1);
      const outcome = 'failed';
      expect(await resolve(row, 'not_done', true)).to.deep.equal({ kind: 'resolved', by: 'person', outcome });
    });
  }

  it('stays as it is where the command has no credentials for its processor', async () => {
    const { payin, row } = await doubtful();
    const elsewhere = { PROCESSOR: 'stripe', STRIPE_SECRET_KEY: 'sk_test_ofTheTestsAlone' };
    const { result, text } = await resolveByCommand(row, 'not_done', false, elsewhere);
    expect(result).to.equal(false);
    expect(text).to.equal('sandbox cannot be asked now: nothing was changed. --force ends it all the same.\n');
    expect(await statusOf(payin)).to.equal('PRESENTING');
  });

  it('is told in words where the processor reports something else, and not as a line of a server', async () => {
    const { row } = await doubtful();
    const attempt = await stores.store().get('attempts', row.attempt);
    await ledger.insert({
      attemptKey: row.attempt,
      operation: {
        kind: 'charge',
        chargeableId: attempt?.chargeableId ?? '',
        money: { amount: 1001, currency: 'USD' },
        outcome: 'CARD_APPROVED',
        securityCodeGiven: true,
      },
      at: Date.now(),
    });
    const env = { PATH: process.env['PATH'], NO_COLOR: '1', STORE_URL: stores.url(), SECRET_KEY: SECRET };
    const running = startNode('src/cli/main.ts', ['attempts', 'resolve', row.attempt, '--done'], { env });
    await running.ended;
    expect(running.output())
      .to.include('The processor reports another amount, currency or config than it was sent')
      .and.not.include('alarm');
  });

  for (const [word, status] of [
    ['done', 'SUCCEEDED'],
    ['not_done', 'FAILED'],
  ] as const) {
    it(`is a refund, too: ${word} makes it ${status}`, async () => {
      const { payin, row } = await doubtfulRefund();
      await resolve(row, word);
      expect(await clientOf(server).get<Refund>(`/v1/refunds/${row.follow_up}`)).to.include({ status });
      expect(await rowsOf(payin)).to.deep.equal([]);
    });
  }

  it('is a table for a person, and says when there is nothing', async () => {
    const { text } = await printed((write) => listAttempts(config(), ['manual'], { json: false, write }), false);
    expect(text).to.equal('nothing is open\n');
    await doubtful();
    const table = await printed((write) => listAttempts(config(), ['unknown'], { json: false, write }), false);
    expect(table.text).to.include('10.00 USD');
  });

  it('leaves a payment alone that nobody doubts', async () => {
    const payin = await paid(server);
    const attempt = await stores.store().find('attempts', 'payinId', payin.payin_id ?? '');
    const said = { attempt: attempt?.id ?? '', followUp: null, word: 'not_done', force: true } as const;
    const { result } = await printed((write) => resolveAttempt(config(), said, { json: true, write }));
    expect(result).to.equal(false);
    expect(await statusOf(payin)).to.equal('PROCESSING');
  });
});
