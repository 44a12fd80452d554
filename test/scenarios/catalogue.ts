/**
 * What a phone payment can come to, whatever provider it comes by: the same outcome and the same ledger in each. A
 * dialect says how a call is written and how its reply reads; what only one provider does is in that provider's file.
 */
import { expect } from 'chai';
import { systemClock } from '../../src/core/clock.ts';
import { ERRORS, type ErrorCode } from '../../src/core/errors.ts';
import { AMOUNTS, CARDS, OUTCOMES } from '../../src/processors/sandbox/outcomes.ts';
import { fastClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import type { TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import {
  api,
  DECLINED_VISA,
  type DeliveryOptions,
  deliver,
  payinConfig,
  paymentMethodConfig,
  type TwilioReply,
  VISA,
} from '../support/twilio.ts';
import { type OpenWorld, WORLDS, type World } from '../support/worlds.ts';

/** One call, as its caller and its application mean it. */
export interface PhoneCall {
  readonly operation: 'charge' | 'tokenize';
  readonly config: string;
  readonly transaction: string;
  /** Minor units of USD; read for a charge. */
  readonly amount: number;
  readonly card: string | null;
  readonly securityCode: string | null;
  readonly postalCode: string | null;
  /** Four digits. */
  readonly expiryYear: string;
  /** The account number of a checking account held by Ada Lovelace; instead of a card. */
  readonly account: string | null;
  readonly currency: string;
  readonly description: string;
}

/** What the provider was told. */
export interface Told {
  readonly outcome: 'approved' | 'declined' | 'refused' | 'open';
  readonly code: string | null;
}

/** How a provider writes a call and reads its reply. */
export interface Dialect {
  readonly name: string;
  readonly path: string;
  /** Whether it can send a bank account. */
  readonly bankAccounts: boolean;
  /** Whether another card in the same transaction is another attempt, or a changed repeat. */
  readonly tenders: 'one' | 'many';
  body(call: PhoneCall): object;
}

/** What a reply says in the words that all dialects share: its `error_code`, of the error table. */
function read({ body }: TwilioReply): Told {
  const { error_code: code } = body;
  if (code === null) return { outcome: 'approved', code };
  const { family } = ERRORS[code as ErrorCode];
  return { outcome: family === 'open' ? 'open' : family === 'declined' ? 'declined' : 'refused', code };
}

/** Waits of seconds pass in a twentieth of them. */
const SPEED = 20;
/** By when every outcome is known, in real milliseconds. */
const LATEST_MS = 10_000;
const APPROVED: Told = { outcome: 'approved', code: null };
const amountOf = (kind: string) => AMOUNTS.find(({ manner }) => manner.kind === kind)?.money.amount ?? 0;

/** Runs the catalogue through one provider, to every processor, on every store. */
export function describeCatalogue(dialect: Dialect): void {
  for (const [behind, open] of Object.entries(WORLDS)) describeWorld(dialect, behind, open);
}

function describeWorld(dialect: Dialect, behind: string, open: OpenWorld): void {
  eachStore(`The catalogue, by ${dialect.name} before ${behind}`, (stores) => {
    useRealSockets();
    let world: World;
    let slowWorld: World;
    let server: TestServer;
    let slow: TestServer;
    before(async () => {
      world = await open(stores, systemClock);
      slowWorld = await open(stores, fastClock(SPEED));
      server = world.server;
      slow = slowWorld.server;
    });
    after(() => Promise.all([world?.close(), slowWorld?.close()]));

    let calls = 0;
    const call = (config: string, changes: Partial<PhoneCall> = {}): PhoneCall => ({
      operation: 'charge',
      config,
      transaction: `${dialect.name}-${++calls}`,
      amount: 1000,
      card: VISA,
      securityCode: '123',
      postalCode: '94111',
      expiryYear: '2030',
      account: null,
      currency: 'USD',
      description: 'a pizza',
      ...changes,
    });
    const send = (made: PhoneCall, to = server, options: DeliveryOptions = {}) =>
      deliver(to, dialect.body(made), { path: dialect.path, ...options });
    const tell = async (made: PhoneCall, to = server) => read(await send(made, to));
    const approvals = async (config: string, of = world) => (await of.charges(config)).approved;
    const sends = async (config: string) => (await world.charges(config)).sent;

    it('an approval is told, charged once and found as a payin', async () => {
      const config = await payinConfig(server);
      expect(await tell(call(config))).to.deep.equal(APPROVED);
      expect(await approvals(config)).to.equal(1);
      const { payin } = (await api(server, 'GET', `/v1/payin_configs/${config}`)) as { payin: { payin_id: string } };
      expect(await api(server, 'GET', `/v1/payins/${payin.payin_id}`)).to.include({ status: 'PROCESSING' });
    });

    for (const { number, outcome } of CARDS) {
      const { answer } = OUTCOMES[outcome];
      if (answer === 'approved') continue;
      it(`${answer} is told as a decline, and nothing is charged`, async () => {
        const config = await payinConfig(server);
        expect(await tell(call(config, { card: number }))).to.deep.equal({ outcome: 'declined', code: answer });
        expect(await approvals(config)).to.equal(0);
        expect(await sends(config)).to.equal(1);
      });
    }

    it('six deliveries of one transaction, at once and one by one, are one charge and one text', async () => {
      const config = await payinConfig(server);
      const made = call(config);
      const replies = await Promise.all(Array.from({ length: 3 }, () => send(made)));
      for (let i = 0; i < 3; i++) replies.push(await send(made));
      expect(new Set(replies.map(({ text }) => text)).size).to.equal(1);
      expect(await sends(config)).to.equal(1);
    });

    it('a transaction whose amount has changed executes nothing', async () => {
      const config = await payinConfig(server);
      const made = call(config);
      await tell(made);
      const changed = { outcome: 'refused', code: 'TRANSACTION_CHANGED' };
      expect(await tell({ ...made, amount: 1100 })).to.deep.equal(changed);
      expect(await sends(config)).to.equal(1);
    });

    it('another card in a declined transaction is another attempt only where the provider asks again', async () => {
      const config = await payinConfig(server);
      const made = call(config, { card: DECLINED_VISA });
      await tell(made);
      const other = await tell({ ...made, card: VISA });
      expect(other).to.deep.equal(
        dialect.tenders === 'many' ? APPROVED : { outcome: 'refused', code: 'TRANSACTION_CHANGED' },
      );
      expect(await approvals(config)).to.equal(dialect.tenders === 'many' ? 1 : 0);
    });

    it('a redial after an approval is refused, after a decline it is charged', async () => {
      const [used, open] = [await payinConfig(server), await payinConfig(server)];
      await tell(call(used));
      expect(await tell(call(used))).to.deep.equal({ outcome: 'refused', code: 'PAYIN_CONFIG_USED' });
      await tell(call(open, { card: DECLINED_VISA }));
      expect(await tell(call(open))).to.deep.equal(APPROVED);
      for (const config of [used, open]) expect(await approvals(config)).to.equal(1);
    });

    it('a card that is stored can be charged later', async () => {
      const config = await paymentMethodConfig(server);
      const reply = await send(call(config, { operation: 'tokenize' }));
      expect(read(reply)).to.deep.equal(APPROVED);
      const payin_config_id = await payinConfig(server);
      const path = `/v1/payment_methods/${reply.body.token_id}/payin`;
      expect(await api(server, 'POST', path, { payin_config_id })).to.include({ status: 'PROCESSING' });
      expect(await approvals(payin_config_id)).to.equal(1);
    });

    if (dialect.bankAccounts) {
      it('a bank account is charged', async () => {
        const config = await payinConfig(server);
        expect(await tell(call(config, { card: null, account: '000123456789' }))).to.deep.equal(APPROVED);
        expect(await approvals(config)).to.equal(1);
      });
    }

    const refusals: Readonly<Record<string, readonly [terms: object, changes: Partial<PhoneCall>]>> = {
      AMOUNT_MISMATCH: [{}, { amount: 1001 }],
      CURRENCY_MISMATCH: [{}, { currency: 'EUR' }],
      BRAND_NOT_ACCEPTED: [{ accepted_brands: ['AMERICAN_EXPRESS'] }, {}],
      TENDER_NOT_ACCEPTED: [{ accepted_tenders: ['ACH'] }, {}],
      INVALID_SECURITY_CODE: [{ require_security_code: true }, { securityCode: null }],
      INVALID_POSTAL_CODE: [{ require_postal_code: true }, { postalCode: null }],
      INVALID_CARD_NUMBER: [{}, { card: '4111111111111112' }],
      INVALID_EXPIRY: [{}, { expiryYear: '2020' }],
      CARD_DATA_IN_TEXT: [{}, { description: `card ${VISA}` }],
      PAYIN_CONFIG_NOT_FOUND: [{}, { config: 'sbx_cfg_000000000000000000000000000' }],
      INVALID_REQUEST: [{}, { card: null }],
    };
    for (const [code, [terms, changes]] of Object.entries(refusals)) {
      it(`${code} is refused, and leaves no payin`, async () => {
        const config = await payinConfig(server, terms);
        const made = call(config, changes);
        expect(await tell(made)).to.deep.equal({ outcome: 'refused', code });
        expect(await sends(config)).to.equal(0);
        const listed = await api(server, 'GET', `/v1/payins?transaction_id=${made.transaction}`);
        expect(listed['results']).to.deep.equal([]);
      });
    }

    it('an answer that is lost, late or slow is never told as a no, and the repeat hears the approval', async () => {
      for (const kind of ['slow', 'answer_lost', 'late']) {
        const amount = amountOf(kind);
        const config = await payinConfig(slow, { amount });
        const made = call(config, { amount });
        const heard: Told[] = [];
        await eventually(async () => {
          const told = await tell(made, slow);
          heard.push(told);
          await slow.engine.background.idle();
          await slowWorld.reconcile();
          expect(told, kind).to.deep.equal(APPROVED);
        }, LATEST_MS);
        for (const { outcome } of heard) expect(outcome, kind).to.be.oneOf(['approved', 'open']);
        expect(await approvals(config, slowWorld), kind).to.equal(1);
      }
    });

    it('an order that is lost is charged by nobody, and the config stays free', async () => {
      const amount = amountOf('order_lost');
      const config = await payinConfig(slow, { amount });
      const told = await tell(call(config, { amount }), slow);
      expect(told.outcome).to.be.oneOf(['refused', 'open']);
      expect(await approvals(config, slowWorld)).to.equal(0);
    });
  });
}
