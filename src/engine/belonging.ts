/**
 * Which attempt a delivery belongs to, and whether it still says the same. Decides what is a repeat, what is refused as
 * a changed one, and when a provider that may send several tenders in one transaction has begun another attempt
 * (exactly-once rules 1 and 2).
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Chargeable } from '../core/chargeable-records.ts';
import { Refused } from '../core/errors.ts';
import type { Command } from '../core/payment.ts';
import type { Attempt } from '../core/store.ts';
import type { EngineContext } from './context.ts';
import { attemptIdFor, contentOf, isManyTenders, tenderAttemptIdFor, tenderIdentityOf } from './identity.ts';
import type { Caller } from './join.ts';
import { takenCode } from './terms.ts';

/** The attempt's id, and the attempt where there is one. */
export interface Belonging {
  readonly attemptId: string;
  readonly existing: Attempt | null;
}

/**
 * @throws {Refused} `TRANSACTION_CHANGED`, or why the config is taken
 * @throws {StoreUnavailable}
 */
export type FindBelonging = (command: Command, caller: Caller, chargeable: Chargeable) => Promise<Belonging>;

/** A security code is remembered, as a digest, for as long as a caller may be correcting it. */
const CODE_MEMORY_MS = 600_000;

/** The search remembers security codes for as long as its process lives, and nothing else. */
export function createFindBelonging({ store, keyring, clock }: EngineContext): FindBelonging {
  const codes = new CodeMemory(() => clock.now());

  async function ofOneTender(command: Command, caller: Caller, chargeable: Chargeable): Promise<Belonging> {
    const content = contentOf(command, caller.tenders);
    const attemptId = attemptIdFor(command, caller.adapter, chargeable);
    const existing = await store.get('attempts', attemptId);
    if (existing !== null) {
      if (keyring.matches(existing.fingerprint, content)) return { attemptId, existing };
      throw new Refused(command.transactionId === null ? takenCode(command, existing) : 'TRANSACTION_CHANGED');
    }
    // A caller without a transaction id is answered from the attempt that the config names, if that says the same.
    const named = chargeable.used ?? chargeable.active?.attempt ?? null;
    if (command.transactionId !== null || named === null) return { attemptId, existing: null };
    const holder = await store.get('attempts', named);
    const mine = holder !== null && keyring.matches(holder.fingerprint, content);
    return { attemptId, existing: mine ? holder : null };
  }

  /** The attempts with one card of one transaction are numbered; only after a decline does another follow. */
  async function ofManyTenders(command: Command, caller: Caller, chargeable: Chargeable): Promise<Belonging> {
    const digests = keyring.digests(tenderIdentityOf(command.tender));
    for (const digest of digests) {
      const idOf = (n: number) => tenderAttemptIdFor(command, caller.adapter, chargeable, digest, n);
      let last: Attempt | null = null;
      let n = 0;
      for (
        let next = await store.get('attempts', idOf(n));
        next !== null;
        next = await store.get('attempts', idOf(n))
      ) {
        last = next;
        n += 1;
      }
      if (last === null) continue;
      if (isOtherPayment(command, last)) throw new Refused('TRANSACTION_CHANGED');
      const corrected =
        !keyring.matches(last.fingerprint, contentOf(command, 'many')) || codes.isAnother(last.id, command);
      if (last.state !== 'declined' || !corrected) return { attemptId: last.id, existing: last };
      return begin(idOf(n), command);
    }
    const [newest = ''] = digests;
    return begin(tenderAttemptIdFor(command, caller.adapter, chargeable, newest, 0), command);
  }

  function begin(attemptId: string, command: Command): Belonging {
    codes.remember(attemptId, command);
    return { attemptId, existing: null };
  }

  return (command, caller, chargeable) =>
    isManyTenders(command, caller.tenders)
      ? ofManyTenders(command, caller, chargeable)
      : ofOneTender(command, caller, chargeable);
}

/** Whether the command is about other money than the attempt was. */
function isOtherPayment(command: Command, attempt: Attempt): boolean {
  if (command.kind !== attempt.command) return true;
  if (command.configId !== null && command.configId !== attempt.chargeableId) return true;
  if (command.kind === 'tokenize' || command.money === null) return false;
  return command.money.amount !== attempt.amount || command.money.currency !== attempt.currency;
}

/** Which security code an attempt came with: in memory, under a key that no other process has, and not for long. */
class CodeMemory {
  readonly #key = randomBytes(32);
  /** Oldest first, as all are kept equally long. */
  readonly #digests = new Map<string, { readonly digest: string; readonly until: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  remember(attemptId: string, command: Command): void {
    for (const [id, { until }] of this.#digests) {
      if (until > this.#now()) break;
      this.#digests.delete(id);
    }
    this.#digests.set(attemptId, { digest: this.#digest(command), until: this.#now() + CODE_MEMORY_MS });
  }

  /** False where nothing is remembered. */
  isAnother(attemptId: string, command: Command): boolean {
    const known = this.#digests.get(attemptId);
    return known !== undefined && known.until > this.#now() && known.digest !== this.#digest(command);
  }

  #digest({ tender }: Command): string {
    const code = tender.kind === 'card' ? (tender.securityCode?.reveal() ?? '') : '';
    return createHmac('sha256', this.#key).update(code).digest('base64url');
  }
}
