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
  context: EngineContext,
  request: IdempotentRequest<I>,
  isKind: (id: string) => id is I,
): Promise<I> {
  const { store, keyring, clock, settings } = context;
  const fingerprint = keyring.digest(contentOf(request));
  const expiresAt = clock.now() + settings.idempotencyRetentionMs;
  const row = { id: rowIdOf(request), rev: 0, fingerprint, makes: request.makes, expiresAt };
  if ((await store.apply({ insert: 'idempotency', record: row })) === 1) return request.makes;
  const first = await idKnownFor(context, request, isKind);
  if (first === null) throw new Refused('CONFLICT', 'idempotency_key');
  return first;
}

/**
 * As `idFor`, and makes nothing: the id of the first request with this key, or null where there was none.
 * @throws {Refused} `CONFLICT` when the key was used with other content.
 */
export async function idKnownFor<I extends string>(
  { store, keyring }: EngineContext,
  request: IdempotentRequest<I>,
  isKind: (id: string) => id is I,
): Promise<I | null> {
  const first = await store.get('idempotency', rowIdOf(request));
  if (first === null) return null;
  if (!keyring.matches(first.fingerprint, contentOf(request)) || !isKind(first.makes)) {
    throw new Refused('CONFLICT', 'idempotency_key');
  }
  return first.makes;
}

const rowIdOf = ({ scope, key }: IdempotentRequest<string>) => plainDigest([...scope, key]);
const contentOf = ({ content }: IdempotentRequest<string>) => [canonical(content)];

/** JSON with the members of each object in the order of their names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
