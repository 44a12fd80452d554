/**
 * Engines that reverse payins without HTTP, over one store and one ledger, on a clock that the test moves; and what must be
 * true of a payin, held against the ledger.
 */
import { expect } from 'chai';
import type { PayinId } from '../../src/core/ids.ts';
import type { PayinStatus } from '../../src/core/payment.ts';
import { createProcessors, type Processor } from '../../src/core/processor.ts';
import type { Reversal } from '../../src/core/reversal.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Attempt, Store } from '../../src/core/store.ts';
import { CARD_BRANDS } from '../../src/core/tender.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { isOpen, reversalsOf } from '../../src/engine/follow-up.ts';
import type { Caller } from '../../src/engine/join.ts';
import { balanceOf, refundStatusOf } from '../../src/engine/reversal.ts';
import type { ReversalRequest } from '../../src/engine/reverse.ts';
import { createSandbox, memoryLedger } from '../../src/processors/sandbox/index.ts';
import type { Ledger } from '../../src/processors/sandbox/ledger.ts';
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
  engine(parts?: Partial<{ store: Store; ledger: Ledger; processor: Processor }>): Promise<Engine>;
  /** A payin of 10.00 USD unless told otherwise, PROCESSING or settled. */
  pay(options?: { amount?: number; settled?: boolean; by?: Engine }): Promise<PayinId>;
  caller(): Caller;
  attempt(payin: PayinId): Promise<Attempt>;
  /**
   * That the payin's record says what the ledger says, and that nothing of it is open.
   * @returns the states of its reversals.
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
      processors: createProcessors(processor),
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
    caller,
    attempt,
    async pay({ amount = 1000, settled = true, by = payer } = {}) {
      const config = await payer.createPayinConfig(principal, {
        merchantId: merchant.id,
        amount,
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
      });
      const tender = { ...card('4242424242424242'), securityCode: new Secret('123') };
      const paid = await by.execute(
        {
          kind: 'charge',
          source: 'API_DIRECT',
          configId: config.id,
          transactionId: null,
          money: null,
          tender,
          billingContact: {},
          metadata: {},
        },
        caller(),
      );
      if (paid.kind !== 'approved' || paid.command !== 'charge') throw new Error('the payin was not approved');
      await by.background.idle();
      if (settled) await settleCharges(ledger, clock, (await attempt(paid.payinId)).id);
      return paid.payinId;
    },
    async expectTrue(payin) {
      const record = await attempt(payin);
      const entries = await ledger.list();
      const made = entries.filter(
        ({ operation }) => operation?.chargeableId === record.chargeableId && operation.outcome === 'REVERSED',
      );
      const reversals = reversalsOf(record);
      const done = reversals.filter(({ state }) => state === 'done');
      expect(done.map(({ id }) => id)).to.have.members(made.map(({ attemptKey }) => attemptKey));
      expect(reversals.filter(isOpen)).to.deep.equal([]);
      const given = made.reduce((sum, { operation }) => sum + (operation?.money?.amount ?? 0), 0);
      expect(given).to.be.at.most(record.amount ?? 0);
      expect(balanceOf(record)).to.equal((record.amount ?? 0) - given);
      expect(record.payinStatus).to.equal(statusAfter(reversals));
      expect(record.dueAt).to.equal(null);
      expect(record.expiresAt).to.not.equal(null);
      for (const reversal of reversals) {
        const found = await store.get('refunds', reversal.id);
        expect(found?.status ?? null).to.equal(reversal.kind === 'void' ? null : refundStatusOf(reversal));
        if (found !== null) expect(found.expiresAt).to.not.equal(null);
      }
      return reversals.map(({ state }) => state);
    },
  };
}

function statusAfter(reversals: readonly Reversal[]): PayinStatus {
  if (reversals.some(({ kind, state }) => kind === 'void' && state === 'done')) return 'CANCELED';
  return reversals.some(({ kind }) => kind === 'refund') ? 'SUCCEEDED' : 'PROCESSING';
}
