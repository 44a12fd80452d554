/**
 * Reserve and claim: the two durable writes that stand before every send. Decides who may drive an attempt, and makes
 * sure that a config has at most one claim (exactly-once, steps 1 and 2).
 */

import type { ActiveClaim, Chargeable, PayinConfig } from '../core/chargeable-records.ts';
import { Refused } from '../core/errors.ts';
import type { Command } from '../core/payment.ts';
import { type Attempt, StoreUnavailable, type Write } from '../core/store.ts';
import type { Instrument } from '../core/tender.ts';
import { claim, isClaimedBy } from './chargeable.ts';
import type { EngineContext } from './context.ts';
import { contentOf, storableTransactionId } from './identity.ts';
import type { Caller } from './join.ts';
import { createLimits } from './limits.ts';
import { priceOf } from './price.ts';
import type { Reconciler } from './reconcile.ts';
import type { Routes, WayOut } from './routes.ts';
import type { Settler } from './settle.ts';
import { type AcceptedTender, busyCode, checkTerms, metadataOf } from './terms.ts';

/** One delivery on its way to a claim. */
export interface Opening {
  readonly command: Command;
  readonly caller: Caller;
  readonly attemptId: string;
  /** The attempt as found, where this delivery may drive it. */
  readonly existing: Attempt | null;
  /** Drawn once per delivery; tells an own row from another's. */
  readonly nonce: string;
}

/** An attempt that holds its config's claim, and what is to be sent for it. */
export interface Claimed {
  readonly attempt: Attempt;
  readonly chargeable: Chargeable;
  readonly accepted: AcceptedTender;
  /** When this delivery's provider stops listening: an outcome would be told to nobody, while a repeat may hear no. */
  readonly sendBy: number;
  /** The confirmation code in the making; null for a tokenize. */
  readonly code: Promise<string | null>;
}

/** The door to every send. */
export interface Reserve {
  /**
   * Reserves and claims, durably, before anything is sent.
   * @param asRead the config, read before the attempt was.
   * @returns null when somebody was faster: start over.
   * @throws {Refused} when the terms of the config forbid it.
   */
  open(opening: Opening, asRead: Chargeable): Promise<Claimed | null>;
  /** From now on nothing is reserved. */
  stop(): void;
}

/** Whether a delivery may drive the attempt: it was certainly not sent, and nobody else is at it. */
export function mayOpen(attempt: Attempt, chargeable: Chargeable, nonce: string, now: number): boolean {
  if (attempt.state === 'not_sent') return true;
  if (attempt.state !== 'reserved' || isClaimedBy(chargeable, attempt)) return false;
  return attempt.owner === nonce || now >= attempt.leaseUntil;
}

/** Once stopped it stays so: every new attempt is refused with `SERVICE_STOPPING`. */
export function createReserve(
  context: EngineContext,
  routes: Routes,
  settler: Settler,
  reconciler: Reconciler,
): Reserve {
  const { store, clock, ids, keyring, settings, transitions, background } = context;
  const limits = createLimits(context);
  let stopping = false;

  async function open(opening: Opening, asRead: Chargeable): Promise<Claimed | null> {
    const { command, caller, existing, nonce } = opening;
    const { chargeable, holder } = await reconciler.complete(asRead);
    // Neither a refusal nor a claim goes by a config that was read after the attempt.
    if (chargeable !== asRead) return null;
    const mine = existing?.owner === nonce;
    try {
      if (stopping && !mine) throw new Refused('SERVICE_STOPPING');
      const processor = routes.processorOf(chargeable);
      const accepted = await checkTerms(context, processor, chargeable, command, caller.principal);
      if (chargeable.active !== null) throw new Refused(busyCode(holder));
      if (!mine) await limits.check(caller.principal, chargeable);
      const way = await routes.open(chargeable, accepted, existing, sendBy(caller));
      const reserved = reservationOf(opening, chargeable, accepted, way);
      return reserved === null ? null : await reserveAndClaim(opening, chargeable, reserved, accepted, way);
    } catch (error) {
      if (error instanceof Refused && existing !== null && mine && existing.state === 'reserved') {
        await settler.notSent(existing, chargeable);
      }
      throw error;
    }
  }

  async function reserveAndClaim(
    { command, caller, existing }: Opening,
    chargeable: Chargeable,
    reserved: Attempt,
    accepted: AcceptedTender,
    { upstream }: WayOut,
  ): Promise<Claimed | null> {
    const active: ActiveClaim = {
      attempt: reserved.id,
      generation: reserved.generation,
      nonce: reserved.owner,
      leaseUntil: clock.now() + settings.processorDeadlineMs + settings.leaseSlackMs,
    };
    const held = claim(chargeable, chargeable.epoch, active, upstream);
    if (held === null) return null;
    const writes: readonly Write[] = [
      existing === null ? { insert: 'attempts', record: reserved } : { replace: 'attempts', record: reserved },
      { replace: 'chargeables', record: held },
    ];
    const writing = store.apply(...writes);
    const code = command.kind === 'charge' ? background.run(settler.reserveCode(reserved)) : Promise.resolve(null);
    if (existing === null) limits.count(caller.principal, chargeable);
    const applied = await writing.catch((lost: unknown) => readClaim(active, held, lost));
    return applied === writes.length || applied === 'mine'
      ? { attempt: reserved, chargeable: held, accepted, sendBy: sendBy(caller), code }
      : null;
  }

  /**
   * A claim whose answer was lost is mine only if the config carries my nonce.
   * @throws {StoreUnavailable} when it does not: it may still arrive, so nothing is sent and nothing is tried again.
   */
  async function readClaim(active: ActiveClaim, held: Chargeable, lost: unknown): Promise<'mine'> {
    const stored = await store.get('chargeables', held.id);
    if (stored?.active?.nonce !== active.nonce || stored.rev !== held.rev) {
      throw lost instanceof StoreUnavailable ? lost : new StoreUnavailable();
    }
    return 'mine';
  }

  /** The attempt that this delivery is about to drive: new, taken over, or opened again. */
  function reservationOf(
    { command, caller, attemptId, existing, nonce }: Opening,
    chargeable: Chargeable,
    { instrument, billingContact, keeper }: AcceptedTender,
    { route, upstream }: WayOut,
  ): Attempt | null {
    const now = clock.now();
    const leaseUntil = now + settings.reservationLeaseMs;
    const dueAt = now + settings.processorDeadlineMs + settings.leaseSlackMs;
    const price = priceOf(chargeable, instrument.kind);
    const way = { route, upstream: upstream?.id ?? null };
    if (existing !== null) {
      // An own reservation is taken over, too: somebody may be about to give it up under the fence that it had.
      if (existing.state === 'not_sent') {
        return transitions.apply(existing, { kind: 'reopen', owner: nonce, leaseUntil, dueAt, ...way });
      }
      return transitions.apply(existing, { kind: 'take_over', owner: nonce, leaseUntil, ...way });
    }
    return {
      id: attemptId,
      rev: 0,
      command: command.kind,
      adapter: caller.adapter,
      platformId: chargeable.platformId,
      merchantId: chargeable.merchantId,
      chargeableId: chargeable.id,
      transactionId: storableTransactionId(command.transactionId),
      keyId: caller.principal.keyId,
      fingerprint: keyring.digest(contentOf(command, caller.tenders)),
      state: 'reserved',
      generation: 0,
      fence: 0,
      owner: nonce,
      leaseUntil,
      verdict: null,
      told: null,
      conflict: false,
      dueAt,
      looks: 0,
      ...way,
      reference: null,
      ...(keeper === null ? {} : { bound: true }),
      payinId: command.kind === 'charge' ? ids.make('pyi') : null,
      paymentMethodId: command.tender.kind === 'stored' ? command.tender.paymentMethodId : ids.make('mtd'),
      ...(chargeable.kind === 'cart' ? { cartPaymentId: chargeable.paymentId } : {}),
      confirmationCode: null,
      payinStatus: command.kind === 'charge' ? 'PRESENTING' : null,
      source: command.source,
      amount: price?.amount ?? null,
      currency: price?.currency ?? null,
      ...(chargeable.reverseLate === true ? { reverseLate: true } : {}),
      ...(chargeable.kind === 'payin' ? modeOf(chargeable, instrument) : {}),
      instrument,
      methodType: instrument.kind === 'card' ? 'CARD' : 'ACH',
      billingContact,
      billingName: billingContact.name ?? null,
      metadata: metadataOf(chargeable, command),
      createdAt: now,
      updatedAt: now,
      expiresAt: null,
    };
  }

  return {
    open,
    stop() {
      stopping = true;
    },
  };
}

/** When the delivery's provider stops listening. */
const sendBy = ({ receivedAt, patience }: Caller): number => receivedAt + patience.deliveryMs;

/** How a config wants to be charged, where it says so. A bank account is always charged at once. */
function modeOf({ mode, partial }: PayinConfig, { kind }: Instrument): Pick<Attempt, 'mode' | 'partial'> {
  return {
    ...(mode === undefined || kind !== 'card' ? {} : { mode }),
    ...(partial === undefined ? {} : { partial }),
  };
}
