/**
 * How a simulated call signs in. Decides where the key comes from when none is given: whoever has the sandbox's store
 * at hand may play calls, so a key is made for the time of one command and deleted at its end.
 */
import type { Config } from '../../config.ts';
import { systemClock } from '../../core/clock.ts';
import { createIds } from '../../core/ids.ts';
import { GROUP_ALL, type Permission, type Principal } from '../../core/principal.ts';
import { Secret } from '../../core/secret.ts';
import type { Login, Simulator } from '../../core/simulator.ts';
import { Explained } from '../../failure.ts';
import { openRuntime } from '../../runtime.ts';
import { isLoopback } from '../../settings.ts';
import { createTerminalLog } from '../terminal-log.ts';

const PERMISSIONS: readonly Permission[] = [
  'merchant:read',
  'payin_config:create',
  'payment_method_config:create',
  'payin:create',
  'payment_method:create',
];

/** Given for one merchant, for a cart belongs to the one that its key is bound to. */
const CART_PERMISSIONS: readonly Permission[] = ['cart:create', 'cart:read', 'payin:create', 'payin:read'];

/** Who is called, and the key that was given for it. */
export interface Access {
  readonly config: Config;
  readonly url: URL;
  readonly key: string | undefined;
}

/** A key, and its id where it is known: a client needs it to ask for a token. */
export interface KeyInHand {
  readonly id: string | null;
  readonly secret: Secret<string>;
}

/** Does the work with the given key, or with one that lives as long as the work. @throws {Explained} */
export async function withKey<T>({ config, url, key }: Access, work: (key: KeyInHand) => Promise<T>): Promise<T> {
  if (key !== undefined) return work({ id: null, secret: new Secret(key) });
  if (config.production) throw new Explained('--key is needed in production.');
  if (!isLoopback(url.hostname)) throw new Explained('--key is needed for a server that is not on this machine.');
  const runtime = await openRuntime(config, createTerminalLog());
  try {
    const { store, processors, engine } = runtime;
    const oldest = { where: [], sortBy: 'createdAt', order: 'asc', limit: 1 } as const;
    const [platform] = await store.list('platforms', oldest);
    if (!processors.sandbox) throw new Explained('--key is needed where the money is real.');
    if (platform === undefined) {
      throw new Explained('There is no merchant yet. Start the server once (npm start), or give --key and --url.');
    }
    const constraints = { platform: { platform_id: platform.id } };
    const operator: Principal = {
      keyId: createIds({ sandbox: true, clock: systemClock }).make('api'),
      platformId: platform.id,
      statements: [{ permissions: [GROUP_ALL], constraints }],
      replyStatus: 'DOCUMENTED',
    };
    const ofPlatform = { field: 'platformId', is: 'in', values: [platform.id] } as const;
    const [merchant] = await store.list('merchants', { ...oldest, where: [ofPlatform] });
    const forCarts =
      merchant === undefined
        ? []
        : [{ permissions: CART_PERMISSIONS, constraints: { merchant: { merchant_id: merchant.id } } }];
    const made = await engine.accounts.createKey(operator, {
      platformId: platform.id,
      statements: [{ permissions: PERMISSIONS, constraints }, ...forCarts],
      replyStatus: 'DOCUMENTED',
    });
    try {
      return await work({ id: made.key.id, secret: made.secret });
    } finally {
      await engine.accounts.setKeyStatus(operator, made.key.id, 'DELETED');
    }
  } finally {
    await runtime.close();
  }
}

/** The key as it is typed into a provider's form; a cart's client without an id uses the key in place of a token. */
export function loginWith({ pays }: Simulator, { id, secret }: KeyInHand): Login {
  return { username: pays === 'cart' ? (id ?? '') : 'api_key', password: secret };
}
