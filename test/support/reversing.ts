/**
 * Engines that charge, capture and reverse payins without HTTP, over one store and one ledger, on a clock that the test
 * moves; and what must be true of a payin, held against the ledger.
 */
import { expect } from 'chai';
import type { PayinConfig } from '../../src/core/chargeable-records.ts';
import type { MerchantId, PayinConfigId, PayinId } from '../../src/core/ids.ts';
import type { ChargeCommand, PayinStatus, PaymentResult } from '../../src/core/payment.ts';
import type { Principal } from '../../src/core/principal.ts';
import { createProcessors, type Processor } from '../../src/core/processor.ts';
import type { Attempt, Store } from '../../src/core/store.ts';
import { CARD_BRANDS } from '../../src/core/tender.ts';
import { takenOf } from '../../src/engine/authorization.ts';
import type { NewPayinConfig } from '../../src/engine/configs.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { type FollowUp, followUpsOf, isOpen, reversalsOf } from '../../src/engine/follow-up.ts';
import type { Caller } from '../../src/engine/join.ts';
import { balanceOf, refundStatusOf } from '../../src/engine/reversal.ts';
import type { ReversalRequest } from '../../src/engine/reverse.ts';
import { createSandbox, memoryLedger } from '../../src/processors/sandbox/index.ts';
import { answerOf, type Ledger, type LedgerEntry, type OperationKind } from '../../src/processors/sandbox/ledger.ts';
import { settleCharges } from '../../src/processors/sandbox/settle.ts';
import { type ManualClock, manualClock } from './clock.ts';
import { type CapturedLog, captureLog } from './log.ts';
import { card } from './orders.ts';
import { ENGINE_SETTINGS, TEST_SECRETS } from './server.ts';

export const LEASE_MS = ENGINE_SETTINGS.processorDeadlineMs + ENGINE_SETTINGS.leaseSlackMs;

export interface Bench {
  readonly clock: ManualClock;
  readonly ledger: Ledger;
  readonly log: CapturedLog;
  /** Works on what it is given; the raw store and ledger unless told otherwise. */
  engine(
    parts?: Partial<{ store: Store; ledger: Ledger; processor: Processor; others: readonly Processor[] }>,
  ): Promise<Engine>;
  readonly principal: Principal;
  readonly merchantId: MerchantId;
  /** A config of 10.00 USD unless the changes say otherwise. */
  config(changes?: Partial<NewPayinConfig>): Promise<PayinConfig>;
  /** Charges the config with a card that the sandbox approves unless told otherwise. */
  charge(by: Engine, configId: PayinConfigId, changes?: Partial<ChargeCommand>, as?: Caller): Promise<PaymentResult>;
  /** A payin of 10.00 USD unless told otherwise, settled, PROCESSING or AUTHORIZED. */
  pay(options?: { amount?: number; as?: 'settled' | 'processing' | 'authorized'; by?: Engine }): Promise<PayinId>;
  caller(): Caller;
  attempt(payin: PayinId): Promise<Attempt>;
  /**
   * That the payin's record says what the ledger says, that no more was taken or given back than may be, and that nothing
   * of it is open.
   * @returns the states of its captures, then of its reversals.
   */
  expectTrue(payin: PayinId): Promise<readonly string[]>;
}

let asked = 0;

/** All that is left, under a key of its own, unless the changes say otherwise. */
export function requestOf(payinId: PayinId, changes: Partial<ReversalRequest> = {}): ReversalRequest {
  const idempotencyKey = `asked-${++asked}`;
  return { payinId, idempotencyKey, amount: null, item: null, reason: 'DUPLICATE', metadata: {}, ...changes };
}

export async function createBench(store: Store): Promise<Bench> {
  const clock = manualClock();
  const ledger = memoryLedger();
  const log = captureLog({ clock });
  const engineOver: Bench['engine'] = (parts = {}) => {
    const processor = parts.processor ?? createSandbox({ ledger: parts.ledger ?? ledger, clock });
    const settings = { ...ENGINE_SETTINGS, attemptRetentionMs: 1e12 };
    return createEngine({
      store: parts.store ?? store,
      processors: createProcessors(processor, ...(parts.others ?? [])),
      clock,
      log: log.log,
      settings,
      secrets: TEST_SECRETS,
    });
  };
  const payer = await engineOver();
  const { merchant, adminKey } = await payer.accounts.setUp('Platform', 'Merchant');
  const principal = await payer.accounts.authenticate(adminKey.secret.reveal(), null);
  if (principal === null) throw new Error('a key that was just made is good');
  const patience = { deliveryMs: 10_000, totalMs: 10_000, repeatsOnSilence: false };
  const caller = (): Caller => ({
    principal,
    adapter: 'api',
    patience,
    tenders: 'one',
    receivedAt: clock.now(),
    requestId: 'request',
  });

  const owner: Principal = principal;

  function config(changes: Partial<NewPayinConfig> = {}): Promise<PayinConfig> {
    return payer.createPayinConfig(owner, {
      merchantId: merchant.id,
      amount: 1000,
      currency: 'USD',
      idempotencyKey: `config-${++asked}`,
      billingContact: {},
      metadata: {},
      methodMetadata: {},
      tenders: ['card'],
      brands: CARD_BRANDS,
      requirePostalCode: false,
      requireSecurityCode: false,
      validUntil: null,
      givenUpstream: null,
      ...changes,
    });
  }

  function charge(by: Engine, configId: PayinConfigId, changes: Partial<ChargeCommand> = {}, as = caller()) {
    return by.execute(
      {
        kind: 'charge',
        source: 'API_DIRECT',
        configId,
        transactionId: null,
        money: null,
        tender: card('4242424242424242'),
        billingContact: {},
        metadata: {},
        ...changes,
      },
      as,
    );
  }

  async function attempt(payin: PayinId): Promise<Attempt> {
    const found = await store.find('attempts', 'payinId', payin);
    if (found === null) throw new Error('no such payin');
    return found;
  }

  return {
    clock,
    ledger,
    log,
    engine: engineOver,
    principal,
    merchantId: merchant.id,
    config,
    charge,
    caller,
    attempt,
    async pay({ amount = 1000, as = 'settled', by = payer } = {}) {
      const { id } = await config({ amount, ...(as === 'authorized' && { mode: 'authorize' }) });
      const paid = await charge(by, id);
      if (paid.kind !== 'approved' || paid.command !== 'charge') throw new Error('the payin was not approved');
      await by.background.idle();
      if (as === 'settled') await settleCharges(ledger, clock, (await attempt(paid.payinId)).id);
      return paid.payinId;
    },
    async expectTrue(payin) {
      const record = await attempt(payin);
      const entries = await ledger.of(record.chargeableId);
      const made = entries.filter(({ operation }) => operation !== null && answerOf(operation) === 'approved');
      const of = (...kinds: readonly OperationKind[]) =>
        made.filter(({ operation }) => operation !== null && kinds.includes(operation.kind));
      const [captures, reversals] = [of('capture'), of('void', 'refund')];
      const followUps = followUpsOf(record);
      const done = followUps.filter(({ state }) => state === 'done');
      expect(done.map(({ id }) => id)).to.have.members([...captures, ...reversals].map(({ attemptKey }) => attemptKey));
      expect(followUps.filter(isOpen)).to.deep.equal([]);

      const reserved = sumOf(of('authorize'));
      const taken = sumOf(of('charge', 'capture'));
      const given = sumOf(reversals);
      expect(captures.length, 'captures').to.be.at.most(1);
      if (record.mode === 'authorize') expect(taken, 'taken').to.be.at.most(reserved);
      const letGo = made.findIndex(({ operation }) => operation?.kind === 'void');
      const capturedAt = made.findIndex(({ operation }) => operation?.kind === 'capture');
      if (letGo !== -1) expect(capturedAt, 'captured after it was voided').to.be.lessThan(letGo);
      const whole = taken === 0 ? reserved : taken;
      expect(given, 'given back').to.be.at.most(whole);
      expect(takenOf(record)).to.equal(taken);
      expect(balanceOf(record)).to.equal(record.payinStatus === 'FAILED' ? 0 : whole - given);
      expect(record.payinStatus).to.equal(statusAfter(record));
      expect(record.dueAt).to.equal(null);
      expect(record.expiresAt).to.not.equal(null);
      for (const reversal of reversalsOf(record)) {
        const found = await store.get('refunds', reversal.id);
        expect(found?.status ?? null).to.equal(reversal.kind === 'void' ? null : refundStatusOf(reversal));
        if (found !== null) expect(found.expiresAt).to.not.equal(null);
      }
      return followUps.map(({ state }) => state);
    },
  };
}

const sumOf = (entries: readonly LedgerEntry[]) =>
  entries.reduce((sum, { operation }) => sum + (operation?.money?.amount ?? 0), 0);

function statusAfter(record: Attempt): PayinStatus {
  const followUps = followUpsOf(record);
  const isDone = (kind: FollowUp['kind']) => followUps.some((one) => one.kind === kind && one.state === 'done');
  if (isDone('void')) return 'CANCELED';
  if (followUps.some(({ kind }) => kind === 'refund')) return 'SUCCEEDED';
  if (followUps.some(({ code }) => code === 'AUTHORIZATION_EXPIRED')) return 'FAILED';
  return record.mode === 'authorize' && !isDone('capture') ? 'AUTHORIZED' : 'PROCESSING';
}
