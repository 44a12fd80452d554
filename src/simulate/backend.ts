/**
 * The merchant's backend, played: before a call pays, it makes the config that the call names, over `/v1`. Also the
 * backend of somebody else's connector, whose parameters are the same in every call.
 */
import { isCurrency, parseMoney } from '../core/money.ts';
import type { Secret } from '../core/secret.ts';
import type { Call, Simulator } from '../core/simulator.ts';
import { Explained } from '../failure.ts';
import type { Wire } from './wire.ts';

/** What the application puts into its document for a call. */
export interface Backend {
  /** @throws {Explained} */
  parametersFor(call: Call): Promise<Call['parameters']>;
}

/** Somebody else's: it knows nothing of the call. */
export function fixedBackend(parameters: Call['parameters']): Backend {
  return { parametersFor: async () => parameters };
}

/** How a config is named in a call. */
export function configParameter(operation: Call['operation'], config: string): Call['parameters'] {
  return operation === 'charge' ? { payin_config_id: config } : { payment_method_config_id: config };
}

/** What a Tollbridge's merchant prepares for a call of that provider: a config, or nothing where the call opens a cart. */
export function backendOf({ pays }: Simulator, wire: Wire, baseUrl: URL, key: Secret<string>): Backend {
  return pays === 'cart' ? fixedBackend({}) : configBackend(wire, baseUrl, key);
}

/** What a call without a server ends with. */
export function nobodyAt({ origin }: URL): Explained {
  return new Explained(`Nobody answers at ${origin}. Is the server running (npm start), and is that its --url?`);
}

const PATIENCE_MS = 10_000;

/** A Tollbridge's: a config for each call, for the oldest merchant that the key reaches. */
export function configBackend(wire: Wire, baseUrl: URL, key: Secret<string>): Backend {
  let merchant: Promise<Merchant> | null = null;

  async function ask(method: 'GET' | 'POST', path: string, body: object | null): Promise<unknown> {
    const url = new URL(`${baseUrl.pathname.replace(/\/$/, '')}${path}`, baseUrl);
    const heard = await wire.send({
      url,
      method,
      headers: { Authorization: `Bearer ${key.reveal()}`, 'Content-Type': 'application/json' },
      body: body === null ? null : JSON.stringify(body),
      patienceMs: PATIENCE_MS,
      hangUp: false,
    });
    if ('silence' in heard) throw nobodyAt(baseUrl);
    const { status } = heard.reply;
    if (status === 401) throw new Explained('The server does not know this --key.');
    if (status === 403)
      throw new Explained('This --key cannot make configs: give --config, or the admin key as --key.');
    if (status !== 200) throw new Explained(`${method} ${path} was answered with ${status}.`);
    return dataOf(heard.reply.body);
  }

  async function findMerchant(): Promise<Merchant> {
    const data = await ask('GET', '/v1/merchants?sort_order=asc&limit=1', null);
    const results = read(data, 'results');
    const first: unknown = Array.isArray(results) ? results[0] : null;
    const [id, platformId] = [read(first, 'merchant_id'), read(first, 'platform_id')];
    if (typeof id !== 'string' || typeof platformId !== 'string') throw new Explained('The key reaches no merchant.');
    return { id, platformId };
  }

  return {
    async parametersFor({ operation, transactionId, amount, currency }) {
      merchant ??= findMerchant();
      const { id, platformId } = await merchant;
      const idempotency_key = `call-${inLetters(transactionId)}`;
      if (operation === 'tokenize') {
        const data = await ask('POST', '/v1/payment_method_configs', { platform_id: platformId, idempotency_key });
        return configParameter(operation, String(read(data, 'payment_method_config_id')));
      }
      const money = isCurrency(currency) ? parseMoney(amount, currency) : null;
      if (money === null) throw new Explained('The amount is not one of that currency.');
      const terms = { merchant_id: id, idempotency_key, amount: money.amount, currency_code: currency };
      const data = await ask('POST', '/v1/payin_configs', terms);
      return configParameter(operation, String(read(data, 'payin_config_id')));
    },
  };
}

/** One UUID in some hundreds has a run of digits that could be a card number, and is refused as an idempotency key. */
function inLetters(uuid: string): string {
  return uuid.replace(/[0-9]/g, (digit) => 'ghijklmnop'.charAt(Number(digit)));
}

interface Merchant {
  readonly id: string;
  readonly platformId: string;
}

function dataOf(body: string): unknown {
  try {
    return read(JSON.parse(body), 'data');
  } catch {
    return null;
  }
}

function read(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
