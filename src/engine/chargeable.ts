/**
 * A config, or a cart, as a lock that one success consumes. Decides when an attempt may hold it, when it is freed and
 * when it is used up. `active` and `used` are pointers; the attempt that they name is the truth.
 */
import type { ActiveClaim, Chargeable, Upstream } from '../core/chargeable-records.ts';
import type { Attempt } from '../core/store.ts';
import { isSettled } from './attempt.ts';

/**
 * The config with a claim, or null: it must be free and still in the epoch that the claimer read in step 0.
 * @param upstream what the attempt will go through; null where the processor has no such objects.
 */
export function claim(
  chargeable: Chargeable,
  epoch: number,
  active: ActiveClaim,
  upstream: Upstream | null,
): Chargeable | null {
  if (chargeable.active !== null || chargeable.used !== null || chargeable.epoch !== epoch) return null;
  const held = upstream === null ? chargeable : { ...chargeable, upstream };
  return { ...held, rev: chargeable.rev + 1, active, claims: chargeable.claims + 1, expiresAt: null };
}

/**
 * The config freed of this attempt's claim of this generation, or null when somebody else holds it.
 * @param mark what has become of its upstream object by this attempt.
 */
export function release(
  chargeable: Chargeable,
  attempt: string,
  generation: number,
  expiresAt: number,
  mark?: UpstreamMark,
): Chargeable | null {
  if (chargeable.active?.attempt !== attempt || chargeable.active.generation !== generation) return null;
  const freed = { ...chargeable, rev: chargeable.rev + 1, active: null, epoch: chargeable.epoch + 1, expiresAt };
  return mark === undefined || freed.upstream === undefined
    ? freed
    : { ...freed, upstream: { ...freed.upstream, [mark]: true } };
}

/** What an attempt that frees its config leaves behind: an object that is closed, or one of which nobody knows. */
export type UpstreamMark = 'closed' | 'doubtful';

/** The config consumed by this attempt, or null when it already is consumed, by this or by another. */
export function consume(chargeable: Chargeable, attempt: string, expiresAt: number): Chargeable | null {
  if (chargeable.used !== null) return null;
  return { ...chargeable, rev: chargeable.rev + 1, active: null, used: attempt, expiresAt };
}

/** A new epoch for a free config, so that no claim that was prepared before can succeed; null when it is not free. */
export function bumpEpoch(chargeable: Chargeable, epoch: number): Chargeable | null {
  if (chargeable.active !== null || chargeable.used !== null || chargeable.epoch !== epoch) return null;
  return { ...chargeable, rev: chargeable.rev + 1, epoch: chargeable.epoch + 1 };
}

/** Whether the config is held by this attempt as it stands, or used up by it: from either on it may have been sent. */
export function isClaimedBy(chargeable: Chargeable, attempt: Attempt): boolean {
  const { active, used } = chargeable;
  return used === attempt.id || (active?.attempt === attempt.id && active.generation === attempt.generation);
}

/**
 * What a pointer that was left behind should become, given the attempt that it names, read after the config.
 * @returns `'again'` where the pointer is newer than the attempt as read, null where the claim still stands.
 */
export function completion(chargeable: Chargeable, attempt: Attempt, expiresAt: number): Chargeable | 'again' | null {
  const active = chargeable.active;
  if (active === null || active.attempt !== attempt.id) return null;
  if (active.generation > attempt.generation) return 'again';
  if (attempt.state === 'approved') return consume(chargeable, attempt.id, expiresAt);
  const over = active.generation < attempt.generation || isSettled(attempt) || attempt.state === 'not_sent';
  return over ? release(chargeable, attempt.id, active.generation, expiresAt) : null;
}
