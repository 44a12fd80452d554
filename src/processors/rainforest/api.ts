/**
 * Rainforest's HTTP: key, version, envelope. Decides what is certain after a request, nothing of what its answer means:
 * an answer that is not whole, not in the envelope or not documented leaves it unknown.
 */
import type { Clock } from '../../core/clock.ts';
import type { Secret } from '../../core/secret.ts';
import type { Complain } from '../complaint.ts';
import type { Transport } from '../transport.ts';
import { type Fields, fieldsOf, listAt, objectAt, textAt } from './fields.ts';

/** Rainforest, Version header: the newest; sent always, because the default is the platform's own. */
const API_VERSION = '2024-10-16';

/** The two keys, each with its own permissions: configs are made by one, money is moved by the other. */
export interface RainforestKeys {
  readonly config: Secret<string>;
  readonly payin: Secret<string>;
}

/** One request. */
export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: `/${string}`;
  readonly key: keyof RainforestKeys;
  /** Null where the method has none. */
  readonly body: object | null;
  /** Whose place in the queue it takes. */
  readonly account: string | null;
  /** Milliseconds since the epoch: not a byte is sent from then on. */
  readonly deadline: number;
}

/** Statuses after which nothing was executed: Rainforest, Envelope and errors. The rest, 409 and 5XX too, is `unknown`. */
export type RefusedStatus = 400 | 401 | 403 | 404;

/**
 * `refused`: it was read, and certainly not done; `fields` are the names that it complains of. `not_sent`: certain that
 * not a byte left. `unknown`: everything else.
 */
export type Reply =
  | { readonly kind: 'data'; readonly data: Fields }
  | { readonly kind: 'refused'; readonly status: RefusedStatus; readonly fields: readonly string[] }
  | { readonly kind: 'not_sent' }
  | { readonly kind: 'unknown' };

/** Sends a request at most once. Never rejects. */
export type RainforestApi = (call: Call) => Promise<Reply>;

const REFUSED: readonly RefusedStatus[] = [400, 401, 403, 404];
const UNKNOWN: Reply = { kind: 'unknown' };

/** Where each key is set. */
const SETTINGS = { config: 'RAINFOREST_CONFIG_KEY', payin: 'RAINFOREST_PAYIN_KEY' } as const;

/**
 * @param transport to the host of the environment that the keys belong to.
 * @param complain hears of each request that its key may not make.
 */
export function createApi(transport: Transport, keys: RainforestKeys, complain: Complain): RainforestApi {
  return async ({ method, path, key, body, account, deadline }) => {
    const sent = await transport.request({
      method,
      path,
      headers: {
        Authorization: `Bearer ${keys[key].reveal()}`,
        'Rainforest-Api-Version': API_VERSION,
        Accept: 'application/json',
        ...(body === null ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === null ? null : JSON.stringify(body),
      merchant: account,
      deadline,
    });
    switch (sent.kind) {
      case 'answered': {
        const reply = readReply(sent.status, sent.body);
        const isRefusedKey = reply.kind === 'refused' && (reply.status === 401 || reply.status === 403);
        if (isRefusedKey) complain({ kind: 'credentials_refused', setting: SETTINGS[key], account });
        return reply;
      }
      case 'not_sent':
        return { kind: 'not_sent' };
      case 'maybe_sent':
        return UNKNOWN;
    }
  };
}

/** Milliseconds that somebody waits for an answer to what moves no money. */
const PATIENCE_MS = 3_000;

/** The reply, or `unknown` where it takes too long: for requests that may be asked again. */
export function inTime(clock: Clock, asking: Promise<Reply>): Promise<Reply> {
  return new Promise((resolve) => {
    const cancel = clock.after(PATIENCE_MS, () => resolve(UNKNOWN));
    asking.then((reply) => {
      cancel();
      resolve(reply);
    });
  });
}

function readReply(status: number, text: string): Reply {
  const envelope = fieldsOf(parsed(text));
  if (envelope === null) return UNKNOWN;
  const told = textAt(envelope, 'status');
  const data = objectAt(envelope, 'data');
  if (status === 200 && told === 'SUCCESS' && data !== null) return { kind: 'data', data };
  const refused = REFUSED.find((one) => one === status);
  if (refused === undefined || told !== 'ERROR') return UNKNOWN;
  const fields = listAt(envelope, 'errors').flatMap((error) => textAt(error, 'field') ?? []);
  return { kind: 'refused', status: refused, fields };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
