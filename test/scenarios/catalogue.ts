/**
 * What a phone payment can come to, whatever provider it comes by: the same outcome and the same ledger in each. A
 * dialect says how a call is written and how its reply reads, and declares each scenario that it cannot have; what only
 * one provider does is in that provider's file.
 */
import { expect } from 'chai';
import { systemClock } from '../../src/core/clock.ts';
import { ERRORS, type ErrorCode, type ErrorFamily, type RefusalCode } from '../../src/core/errors.ts';
import { AMOUNTS, CARDS, OUTCOMES } from '../../src/processors/sandbox/outcomes.ts';
import { fastClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { useRealSockets } from '../support/real-sockets.ts';
import type { TestServer } from '../support/server.ts';
import { eachStore } from '../support/stores.ts';
import { api, DECLINED_VISA, payinConfig, paymentMethodConfig, VISA } from '../support/twilio.ts';
import { type OpenWorld, WORLDS, type World, type WorldKind } from '../support/worlds.ts';

const MASTERCARD = '5555555555554444';

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
  readonly outcome: 'approved' | ErrorFamily;
  /** Of the error table, whatever the provider's reply calls it. */
  readonly code: ErrorCode | null;
}

/** A reply: all of it, what it says, and the method that it stored. */
export interface Said {
  readonly text: string;
  readonly told: Told;
  readonly methodId: string | null;
}

/** What is to be paid, as the merchant means it. */
export interface Terms {
  /** Minor units of USD. */
  readonly amount: number;
  readonly cardsAccepted: boolean;
  /** Of a config's own fields. */
  readonly more: Readonly<Record<string, unknown>>;
}

/** Every scenario that an adapter may be unable to have. */
export type Scenario =
  | 'a bank account is charged'
  | 'a card that is stored can be charged later'
  | `${RefusalCode} is refused, and leaves no payin`;

/** How a provider writes a call and reads its reply, and where its outcomes differ from the others'. */
export interface Dialect {
  readonly name: string;
  /** Whether another card after a decline is another attempt, or a changed repeat. */
  readonly afterDecline: 'another attempt' | 'TRANSACTION_CHANGED';
  /** Whether its call has a place for the card's postal code. */
  readonly sendsPostalCode: boolean;
  /** Whether its call has a place for the name of an account's holder. */
  readonly sendsHolder: boolean;
  /** What stands for a code that it has not: of what is gone, of what is paid, of a changed amount. */
  readonly codes: Readonly<Partial<Record<RefusalCode, RefusalCode>>>;
  /** Scenarios that it cannot have, and why. */
  readonly lacks: Readonly<Partial<Record<Scenario, string>>>;
  /** An id of what a call pays, of its form, that nobody made. */
  readonly unknownId: string;
  /** Makes what a call pays. */
  prepare(server: TestServer, terms: Terms): Promise<string>;
  send(server: TestServer, call: PhoneCall): Promise<Said>;
}

/** A code as the reply of a family of outcomes. */
export function toldBy(code: ErrorCode | null): Told {
  if (code === null) return { outcome: 'approved', code };
  const { family } = ERRORS[code];
  return { outcome: family, code };
}

/** Waits of seconds pass in a twentieth of them. */
const SPEED = 20;
/** By when every outcome is known, in real milliseconds. */
const LATEST_MS = 10_000;
const APPROVED: Told = { outcome: 'approved', code: null };
const amountOf = (kind: string) => AMOUNTS.find(({ manner }) => manner.kind === kind)?.money.amount ?? 0;

/** Runs the catalogue through one provider, to every processor, on every store. */
export function describeCatalogue(dialect: Dialect): void {
  for (const [behind, kind] of Object.entries(WORLDS)) {
    if (kind.needsPostalCode && !dialect.sendsPostalCode) describeRefusal(dialect, behind, kind.open);
    else describeWorld(dialect, behind, kind);
  }
}

/** A provider that has no place for a postal code, before a processor that wants one. */
function describeRefusal(dialect: Dialect, behind: string, open: OpenWorld): void {
  eachStore(`The catalogue, by ${dialect.name} before ${behind}`, (stores) => {
    useRealSockets();
    let world: World;
    before(async () => {
      world = await open(stores, systemClock);
    });
    after(() => world?.close());

    it('a card is refused for the postal code that it cannot bring, and nothing is sent', async () => {
      const config = await dialect.prepare(world.server, { amount: 1000, cardsAccepted: true, more: {} });
      const { told } = await dialect.send(world.server, callOf(dialect, config));
      expect(told).to.deep.equal({ outcome: 'refused', code: 'INVALID_POSTAL_CODE' });
      expect((await world.charges(config)).sent).to.equal(0);
    });
  });
}

let calls = 0;

/** Ten dollars from a good card. */
function callOf({ name }: Dialect, config: string): PhoneCall {
  return {
    operation: 'charge',
    config,
    transaction: `${name}-${++calls}`,
    amount: 1000,
    card: VISA,
    securityCode: '123',
    postalCode: '94111',
    expiryYear: '2030',
    account: null,
    currency: 'USD',
    description: 'a pizza',
  };
}

function describeWorld(dialect: Dialect, behind: string, { open, needsHolder }: WorldKind): void {
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

    const call = (config: string, changes: Partial<PhoneCall> = {}): PhoneCall => ({
      ...callOf(dialect, config),
      ...changes,
    });
    const prepare = ({ amount = 1000, cardsAccepted = true, ...more }: Partial<Terms> = {}, to = server) =>
      dialect.prepare(to, { amount, cardsAccepted, more: more.more ?? {} });
    const send = (made: PhoneCall, to = server) => dialect.send(to, made);
    const tell = async (made: PhoneCall, to = server) => (await send(made, to)).told;
    const codeOf = (code: RefusalCode): RefusalCode => dialect.codes[code] ?? code;
    const approvals = async (config: string, of = world) => (await of.charges(config)).approved;
    const sends = async (config: string) => (await world.charges(config)).sent;
    const payins = async (config: string) => {
      const { results } = await api(server, 'GET', '/v1/payins?limit=100');
      return (results as readonly { payin_config_id: string; status: string }[]).filter(
        (payin) => payin.payin_config_id === config,
      );
    };
    /** A scenario, or why the provider cannot have it. */
    const scenario = (name: Scenario, run: () => Promise<void>) => {
      const reason = dialect.lacks[name];
      if (reason === undefined) it(name, run);
      else it(`${name} (not here: ${reason})`);
    };

    it('an approval is told, charged once and found as a payin', async () => {
      const config = await prepare();
      expect(await tell(call(config))).to.deep.equal(APPROVED);
      expect(await approvals(config)).to.equal(1);
      expect((await payins(config)).map(({ status }) => status)).to.deep.equal(['PROCESSING']);
    });

    for (const { number, outcome } of CARDS) {
      const { answer } = OUTCOMES[outcome];
      if (answer === 'approved') continue;
      it(`${answer} is told as a decline, and nothing is charged`, async () => {
        const config = await prepare();
        expect(await tell(call(config, { card: number }))).to.deep.equal({ outcome: 'declined', code: answer });
        expect(await approvals(config)).to.equal(0);
        expect(await sends(config)).to.equal(1);
      });
    }

    it('six deliveries of one transaction, at once and one by one, are one charge and one text', async () => {
      const config = await prepare();
      const made = call(config);
      const replies = await Promise.all(Array.from({ length: 3 }, () => send(made)));
      for (let i = 0; i < 3; i++) replies.push(await send(made));
      expect(new Set(replies.map(({ text }) => text)).size).to.equal(1);
      expect(await sends(config)).to.equal(1);
    });

    it('a transaction whose amount has changed executes nothing', async () => {
      const config = await prepare();
      const made = call(config);
      await tell(made);
      const changed = { outcome: 'refused', code: codeOf('TRANSACTION_CHANGED') };
      expect(await tell({ ...made, amount: 1100 })).to.deep.equal(changed);
      expect(await sends(config)).to.equal(1);
    });

    it('another card in a declined transaction is another attempt only where the provider asks again', async () => {
      const config = await prepare();
      const made = call(config, { card: DECLINED_VISA });
      await tell(made);
      const again = dialect.afterDecline === 'another attempt';
      expect(await tell({ ...made, card: VISA })).to.deep.equal(
        again ? APPROVED : { outcome: 'refused', code: 'TRANSACTION_CHANGED' },
      );
      expect(await approvals(config)).to.equal(again ? 1 : 0);
    });

    it('a redial with another card is refused after an approval, and charged after a decline', async () => {
      const [used, open] = [await prepare(), await prepare()];
      await tell(call(used));
      const refused = { outcome: 'refused', code: codeOf('PAYIN_CONFIG_USED') };
      expect(await tell(call(used, { card: MASTERCARD }))).to.deep.equal(refused);
      await tell(call(open, { card: DECLINED_VISA }));
      expect(await tell(call(open))).to.deep.equal(APPROVED);
      for (const config of [used, open]) expect(await approvals(config)).to.equal(1);
    });

    scenario('a card that is stored can be charged later', async () => {
      const config = await paymentMethodConfig(server);
      const { told, methodId } = await send(call(config, { operation: 'tokenize' }));
      expect(told).to.deep.equal(APPROVED);
      const payin_config_id = await payinConfig(server);
      const path = `/v1/payment_methods/${methodId}/payin`;
      expect(await api(server, 'POST', path, { payin_config_id })).to.include({ status: 'PROCESSING' });
      expect(await approvals(payin_config_id)).to.equal(1);
    });

    scenario('a bank account is charged', async () => {
      const config = await prepare();
      const taken = dialect.sendsHolder || !needsHolder;
      const refused: Told = { outcome: 'refused', code: 'ACCOUNT_HOLDER_REQUIRED' };
      const told = await tell(call(config, { card: null, account: '000123456789' }));
      expect(told).to.deep.equal(taken ? APPROVED : refused);
      expect(await approvals(config)).to.equal(taken ? 1 : 0);
    });

    const refusals: readonly (readonly [RefusalCode, Partial<Terms>, Partial<PhoneCall>])[] = [
      ['AMOUNT_MISMATCH', {}, { amount: 1001 }],
      ['CURRENCY_MISMATCH', {}, { currency: 'EUR' }],
      ['BRAND_NOT_ACCEPTED', { more: { accepted_brands: ['AMERICAN_EXPRESS'] } }, {}],
      ['TENDER_NOT_ACCEPTED', { cardsAccepted: false }, {}],
      ['INVALID_SECURITY_CODE', { more: { require_security_code: true } }, { securityCode: null }],
      ['INVALID_POSTAL_CODE', { more: { require_postal_code: true } }, { postalCode: null }],
      ['INVALID_CARD_NUMBER', {}, { card: '4111111111111112' }],
      ['INVALID_EXPIRY', {}, { expiryYear: '2020' }],
      ['CARD_DATA_IN_TEXT', {}, { description: `card ${VISA}` }],
      ['PAYIN_CONFIG_NOT_FOUND', {}, { config: dialect.unknownId }],
      ['INVALID_REQUEST', {}, { card: null }],
    ];
    for (const [code, terms, changes] of refusals) {
      scenario(`${code} is refused, and leaves no payin`, async () => {
        const config = await prepare(terms);
        expect(await tell(call(config, changes))).to.deep.equal({ outcome: 'refused', code: codeOf(code) });
        expect(await sends(config)).to.equal(0);
        expect(await payins(config)).to.deep.equal([]);
      });
    }

    it('an answer that is lost, late or slow is never told as a no, and the repeat hears the approval', async () => {
      for (const kind of ['slow', 'answer_lost', 'late']) {
        const amount = amountOf(kind);
        const config = await prepare({ amount }, slow);
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
      const config = await prepare({ amount }, slow);
      const told = await tell(call(config, { amount }), slow);
      expect(told.outcome).to.be.oneOf(['refused', 'open']);
      expect(await approvals(config, slowWorld)).to.equal(0);
    });
  });
}
