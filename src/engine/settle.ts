/**
 * How an outcome becomes the record: the attempt first or beside its pointers, never after them. Decides what is
 * written when a processor has spoken, what is freed, and what raises an alarm. An approval that cannot be written is
 * still an approval: it is answered as one and written later (exactly-once rules 4, 5, 8 and 9).
 */

import type { Chargeable } from '../core/chargeable-records.ts';
import { pause } from '../core/clock.ts';
import type { DeclineCode } from '../core/errors.ts';
import { makeConfirmationCode } from '../core/ids.ts';
import type { Money } from '../core/money.ts';
import { NO_CHECKS, type SendOutcome, type Verdict } from '../core/processor.ts';
import { type Attempt, type PaymentMethod, StoreUnavailable } from '../core/store.ts';
import type { AttemptEvent } from './attempt.ts';
import { consume, release, type UpstreamMark } from './chargeable.ts';
import type { EngineContext } from './context.ts';
import { type Amended, amendAttempt, amendChargeable } from './records.ts';

/** Declines after which Rainforest stores the method as FAILED; after any other it stays ACTIVE. */
const HARD_DECLINES: ReadonlySet<DeclineCode> = new Set([
  'DO_NOT_HONOR',
  'EXPIRED_CARD',
  'FRAUDULENT_CARD',
  'INCORRECT_PAYMENT_INFORMATION',
  'INVALID_CARD_SECURITY_CODE',
  'INVALID_EXPIRATION_DATE',
  'INVALID_PIN',
  'LOST_CARD',
  'NO_CARD_NUMBER_ON_FILE_WITH_ISSUER',
  'NO_SUCH_CARD_ISSUER',
  'STOLEN_CARD',
  'UNEXPECTED_PAYIN_TOKEN',
  'UNSUPPORTED_CARD_TYPE',
]);

/** Milliseconds between tries to write a verdict that the store did not take. */
const REWRITE_GAPS = [100, 500, 2_000, 10_000] as const;

/** Writes outcomes down. Whatever does not say otherwise: @throws {StoreUnavailable} */
export interface Settler {
  /** A code for the payin of this attempt, unique for its merchant. */
  reserveCode(attempt: Attempt): Promise<string>;
  /**
   * Records a verdict and completes the pointers. Never fails: what the store does not take now is written later.
   * @param chargeable the config as last read.
   * @param code the confirmation code in the making, for a charge.
   */
  verdict(attempt: Attempt, chargeable: Chargeable, verdict: Verdict, code: Promise<string | null>): Promise<Attempt>;
  /**
   * Records that nothing was sent under this generation and fence, and frees the config. Where the first processor had
   * declined it and the second was not reached, that decline is the outcome.
   */
  notSent(attempt: Attempt, chargeable: Chargeable, mark?: UpstreamMark): Promise<Attempt>;
  /** Records that the first processor declined it and frees the config, so that it can go to the second. */
  passOn(attempt: Attempt, chargeable: Chargeable, code: DeclineCode): Promise<Attempt>;
  /** Records that the outcome is not known; the config stays held. */
  unknown(attempt: Attempt): Promise<Attempt>;
  /** Frees the config, bound to its upstream object for good: what may still come of the attempt comes through that. */
  doubt(attempt: Attempt, chargeable: Chargeable): Promise<void>;
  /** A verdict about something else than was asked for is no verdict. */
  trusted<O extends SendOutcome>(attempt: Attempt, outcome: O): O | { readonly kind: 'unknown' };
}

/** A verdict that the store does not take is written again behind the reply, as the context's background work. */
export function createSettler(context: EngineContext): Settler {
  const { store, clock, log, settings, transitions, background } = context;
  const configExpiry = () => clock.now() + settings.configRetentionMs;

  async function reserveCode(attempt: Attempt): Promise<string> {
    for (let round = 0; ; round++) {
      const code = codeOf(attempt, round);
      if (await takeCode(attempt, code)) return code;
    }
  }

  /** Whether the code is this attempt's, from now on or already. */
  async function takeCode(attempt: Attempt, code: string): Promise<boolean> {
    const id = `${attempt.merchantId ?? attempt.platformId}:${code}`;
    const record = { id, rev: 0, attempt: attempt.id, expiresAt: clock.now() + settings.attemptRetentionMs };
    if ((await store.apply({ insert: 'codes', record })) === 1) return true;
    return (await store.get('codes', id))?.attempt === attempt.id;
  }

  async function verdict(
    attempt: Attempt,
    chargeable: Chargeable,
    given: Verdict,
    reserving: Promise<string | null>,
  ): Promise<Attempt> {
    const wantsCode = attempt.payinId !== null && given.kind === 'approved';
    const reserved = await reserving.catch(() => null);
    const code = wantsCode ? (attempt.confirmationCode ?? reserved ?? codeOf(attempt, 0)) : null;
    const step = (current: Attempt) =>
      transitions.apply(current, {
        kind: 'verdict',
        generation: attempt.generation,
        verdict: given,
        confirmationCode: code,
      });
    try {
      return await write(attempt, chargeable, given, step);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.event('store_error', { during: 'settle', reason: error.reason, attempt: attempt.id });
      background.run(writeLater(attempt, chargeable, given, step, code));
      return step(attempt) ?? attempt;
    }
  }

  async function write(
    attempt: Attempt,
    chargeable: Chargeable,
    given: Verdict,
    step: (current: Attempt) => Attempt | null,
  ): Promise<Attempt> {
    // The method goes before the attempt: once that is settled, nobody comes back for it.
    const method = { insert: 'methods', record: methodOf(attempt, chargeable, given) } as const;
    return given.kind === 'approved' ? writeApproval() : writeDecline();

    async function writeApproval(): Promise<Attempt> {
      const [amended, pointer] = await Promise.all([
        settleAttempt(),
        amendChargeable(store, chargeable, (current) => consume(current, attempt.id, configExpiry())),
      ]);
      if (amended.applied && amended.record.told === 'unknown') log.event('alarm', alarmOf('late_approval', attempt));
      const winner = pointer.record.used;
      return winner === null || winner === attempt.id ? amended.record : recordConflict(amended.record, winner);
    }

    async function settleAttempt(): Promise<Amended<Attempt>> {
      const next = step(attempt);
      const applied = next === null ? 0 : await store.apply(method, { replace: 'attempts', record: next });
      if (next !== null && applied === 2) return { record: next, applied: true };
      return amendAttempt(store, attempt, step);
    }

    async function writeDecline(): Promise<Attempt> {
      const next = step(attempt);
      const freed = release(chargeable, attempt.id, attempt.generation, configExpiry());
      if (next !== null && freed !== null) {
        const applied = await store.apply(
          method,
          { replace: 'attempts', record: next },
          { replace: 'chargeables', record: freed },
        );
        if (applied === 3) return next;
      }
      const { record } = await settleAttempt();
      if (record.state === 'declined') await free(record, chargeable, attempt.generation);
      return record;
    }
  }

  /**
   * Should not be possible: one config, two approvals. A person hears of it, and the second is given back; but not where
   * both are one and the same at the processor, because two attempts with one card took it for theirs.
   */
  async function recordConflict(attempt: Attempt, winner: string): Promise<Attempt> {
    log.event('alarm', alarmOf('second_approval', attempt));
    const other = await store.get('attempts', winner);
    if (attempt.reference !== null && other?.reference === attempt.reference) return attempt;
    return (await amendAttempt(store, attempt, (current) => transitions.apply(current, { kind: 'conflict' }))).record;
  }

  async function writeLater(
    attempt: Attempt,
    chargeable: Chargeable,
    given: Verdict,
    step: (current: Attempt) => Attempt | null,
    code: string | null,
  ): Promise<void> {
    for (const gap of REWRITE_GAPS) {
      await pause(clock, gap);
      try {
        if (code !== null) await takeCode(attempt, code);
        const current = (await store.get('attempts', attempt.id)) ?? attempt;
        await write(current, (await store.get('chargeables', chargeable.id)) ?? chargeable, given, step);
        return;
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
      }
    }
    // The reconciler of some process takes it from here: the processor still knows the outcome.
  }

  async function free(
    attempt: Attempt,
    chargeable: Chargeable,
    generation: number,
    mark?: UpstreamMark,
  ): Promise<void> {
    await amendChargeable(store, chargeable, (current) =>
      release(current, attempt.id, generation, configExpiry(), mark),
    );
  }

  async function notSent(attempt: Attempt, chargeable: Chargeable, mark?: UpstreamMark): Promise<Attempt> {
    const { generation, fence, passedOn } = attempt;
    if (passedOn !== undefined) return verdict(attempt, chargeable, declinedWith(passedOn), Promise.resolve(null));
    return end(attempt, chargeable, { kind: 'not_sent', generation, fence }, mark);
  }

  async function passOn(attempt: Attempt, chargeable: Chargeable, code: DeclineCode): Promise<Attempt> {
    const { generation, fence } = attempt;
    return end(attempt, chargeable, { kind: 'pass_on', generation, fence, code });
  }

  async function end(
    attempt: Attempt,
    chargeable: Chargeable,
    event: AttemptEvent,
    mark?: UpstreamMark,
  ): Promise<Attempt> {
    const { generation } = attempt;
    const { record } = await amendAttempt(store, attempt, (current) => transitions.apply(current, event));
    if (record.state === 'not_sent' && record.generation === generation) {
      await free(record, chargeable, generation, mark);
    }
    return record;
  }

  async function unknown(attempt: Attempt): Promise<Attempt> {
    const { generation, fence } = attempt;
    const dueAt = clock.now();
    const { record } = await amendAttempt(store, attempt, (current) =>
      transitions.apply(current, { kind: 'unknown', generation, fence, dueAt }),
    );
    return record;
  }

  function methodOf(attempt: Attempt, chargeable: Chargeable, given: Verdict): PaymentMethod {
    const now = clock.now();
    const { kind, token } = given;
    const failed = kind === 'declined' && (token === null || attempt.payinId === null || HARD_DECLINES.has(given.code));
    // What was charged and is not kept did not fail; it cannot be charged again.
    const kept = token === null ? 'DEACTIVATED' : 'ACTIVE';
    return {
      id: attempt.paymentMethodId,
      rev: 0,
      platformId: attempt.platformId,
      merchantId: attempt.merchantId,
      paymentMethodConfigId: chargeable.kind === 'payment_method' ? chargeable.id : chargeable.paymentMethodConfigId,
      status: failed ? 'FAILED' : kept,
      methodType: attempt.methodType,
      instrument: attempt.instrument,
      route: attempt.route,
      token,
      billingContact: attempt.billingContact,
      metadata: chargeable.kind === 'payment_method' ? attempt.metadata : chargeable.methodMetadata,
      createdAt: now,
      updatedAt: now,
    };
  }

  function trusted<O extends SendOutcome>(attempt: Attempt, outcome: O): O | { readonly kind: 'unknown' } {
    if (outcome.kind !== 'approved') return outcome;
    const { chargeableId, account } = outcome;
    const rightPlace = chargeableId === attempt.chargeableId && account === attempt.route.account;
    if (rightPlace && isRightMoney(attempt, outcome.money)) return outcome;
    log.event('alarm', alarmOf('integrity_mismatch', attempt));
    return { kind: 'unknown' };
  }

  return {
    reserveCode,
    verdict,
    notSent,
    passOn,
    unknown,
    doubt: (attempt, chargeable) => free(attempt, chargeable, attempt.generation, 'doubtful'),
    trusted,
  };
}

/** Less than was asked for is right only where that was asked for, too. */
function isRightMoney({ payinId, amount, currency, partial }: Attempt, money: Money | null): boolean {
  if (payinId === null || money === null) return payinId === null && money === null;
  const rightAmount = money.amount === amount || (partial === true && money.amount > 0 && money.amount < (amount ?? 0));
  return rightAmount && money.currency === currency;
}

const declinedWith = (code: DeclineCode): Verdict => ({
  kind: 'declined',
  code,
  checks: NO_CHECKS,
  token: null,
  reference: null,
});

/** The codes that an attempt may get, in the order in which they are tried: everybody who settles it tries the same. */
const codeOf = (attempt: Attempt, round: number) => makeConfirmationCode(`${attempt.id} ${round}`);

type AlarmKind = 'second_approval' | 'integrity_mismatch' | 'manual' | 'late_approval';

/** What an operator needs to find the payment that raised an alarm. */
export function alarmOf(alarm: AlarmKind, attempt: Attempt) {
  return {
    alarm,
    attempt: attempt.id,
    config_id: attempt.chargeableId,
    payin_id: attempt.payinId,
    merchant_id: attempt.merchantId,
  };
}
