/**
 * Makes a record once per idempotency key. Decides what a key is scoped to and what counts as the same request: the
 * same key with the same content gives the first record again, with other content a conflict.
 */
import { Refused } from '../core/errors.ts';
import type { EngineContext } from './context.ts';
import { plainDigest } from './keyring.ts';

/** A creating request that may be repeated under the key that its client gave it. */
export interface IdempotentRequest<I extends string> {
  /** Who the key belongs to, and what it makes. */
  readonly scope: readonly string[];
  readonly key: string;
  /** The validated input; its members' order does not matter. */
  readonly content: unknown;
  /** The id of what would be made, if this request is the first. */
  readonly makes: I;
}

/**
 * The id under which the request's record belongs: the given one for the first request with this key, the first one's
 * for each repeat. The caller inserts under that id, which does nothing where it is already there.
 * @throws {Refused} `CONFLICT` when the key was used with other content.
 */
export async function idFor<I extends string>(
  { store, keyring, clock, settings }: EngineContext,
  request: IdempotentRequest<I>,
  isKind: (id: string) => id is I,
): Promise<I> {
  const id = plainDigest([...request.scope, request.key]);
  const content = [canonical(request.content)];
  const expiresAt = clock.now() + settings.idempotencyRetentionMs;
  const row = { id, rev: 0, fingerprint: keyring.digest(content), makes: request.makes, expiresAt };
  if ((await store.apply({ insert: 'idempotency', record: row })) === 1) return request.makes;
  const first = await store.get('idempotency', id);
  if (first === null || !keyring.matches(first.fingerprint, content) || !isKind(first.makes)) {
    throw new Refused('CONFLICT', 'idempotency_key');
  }
  return first.makes;
}

/** JSON with the members of each object in the order of their names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
