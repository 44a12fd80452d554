/** Signing keys of a merchant for a provider: set, look whether there are any, take away. Ours; no reply has a key in it. */
import type { SigningKeysBody } from '../../../schemas/api/signing-keys.types.ts';
import { Secret } from '../../core/secret.ts';
import type { SealedKeys } from '../../core/signature.ts';
import type { Engine } from '../../engine/engine.ts';
import { type ApiRoute, defineRoute, EntityNotFound, found } from './route.ts';
import { SCHEMAS } from './schemas.ts';
import { time } from './words.ts';

const PATH = '/v1/merchants/:merchant_id/signing_keys/:adapter';

/** @param signing the adapters whose provider signs: there is nothing to set for any other. */
export function signingKeyRoutes({ signingKeys }: Engine, signing: readonly string[]): readonly ApiRoute[] {
  /** A key that is never asked for would look like a protection. */
  function readPath({ merchant_id = '', adapter = '' }: Readonly<Record<string, string>>): readonly [string, string] {
    if (!signing.includes(adapter)) throw new EntityNotFound();
    return [merchant_id, adapter];
  }

  return [
    defineRoute<SigningKeysBody>({
      method: 'PUT',
      path: PATH,
      about: 'Sets the keys of which one has to have signed what the provider delivers for this merchant.',
      schema: SCHEMAS.signingKeys,
      reply: 'signing_keys',
      async handle({ principal, params, body }) {
        const keys = body.keys.map((key) => new Secret(key));
        return { data: showSigningKeys(found(await signingKeys.put(principal, ...readPath(params), keys))) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: PATH,
      about: 'Tells how many signing keys there are; never the keys.',
      schema: null,
      reply: 'signing_keys',
      async handle({ principal, params }) {
        return { data: showSigningKeys(found(await signingKeys.get(principal, ...readPath(params)))) };
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: PATH,
      about: 'Takes the signing keys away: nothing has to be signed from then on.',
      schema: null,
      reply: 'noContent',
      async handle({ principal, params }) {
        found(await signingKeys.remove(principal, ...readPath(params)));
        return 'noContent';
      },
    }),
  ];
}

/** That there are keys, and since when; times in RFC 3339. */
export function showSigningKeys({ adapter, sealed, createdAt, updatedAt }: SealedKeys) {
  return { adapter, key_count: sealed.length, created_at: time(createdAt), updated_at: time(updatedAt) };
}
