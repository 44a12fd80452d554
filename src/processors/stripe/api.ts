/**
 * Asking Stripe. Decides what is certain after a request: done, refused before anything was done, not sent, or unknown;
 * nothing of what an object means. What may be asked again is asked again here, under the same idempotency key.
 */
import Stripe from 'stripe';
import { type Clock, pause } from '../../core/clock.ts';
import type { Secret } from '../../core/secret.ts';
import type { Complain } from '../complaint.ts';
import type { Transport } from '../transport.ts';
import { stripeFor, unanswered } from './client.ts';

/** Milliseconds before the first repeat; each gap is twice the one before. */
const FIRST_GAP_MS = 50;
/** Milliseconds that one try of `insist` may take. */
const TRY_MS = 3_000;

/** One request. */
export interface Call {
  /** The connected account; null for the key's own. */
  readonly account: string | null;
  /** The idempotency key; null where the same request again does no more than once. */
  readonly key: string | null;
  /** Milliseconds since the epoch: not a byte is sent from then on. */
  readonly deadline: number;
}

/** Stripe's error object, as far as it is read. */
export interface ToldError {
  readonly status: number;
  readonly code: string | null;
  readonly declineCode: string | null;
}

/**
 * `declined`: a card, or a bank account, was refused. `refused`: the request was read, and certainly not done; `keyTaken`:
 * because its idempotency key was used for another. `not_sent`: certain that not a byte left. `unknown`: everything else.
 */
export type Reply<T> =
  | Data<T>
  | { readonly kind: 'declined'; readonly error: ToldError }
  | { readonly kind: 'refused'; readonly error: ToldError; readonly keyTaken: boolean }
  | { readonly kind: 'not_sent' }
  | { readonly kind: 'unknown' };

/** An object, and the account that it is of. */
export interface Data<T> {
  readonly kind: 'data';
  readonly data: T;
  readonly account: string | null;
}

type Ask<T> = (stripe: Stripe, options: Stripe.RequestOptions) => Promise<Stripe.Response<T>>;

/** Stripe, asked one thing at a time. Never rejects. */
export interface StripeApi {
  /** Again only where Stripe says that it has not begun, because of its limits or of another request on the same object. */
  ask<T>(call: Call, ask: Ask<T>): Promise<Reply<T>>;
  /** Also after no answer, for half of the time that is left. Only for what moves no money. */
  insist<T>(call: Call, ask: Ask<T>): Promise<Reply<T>>;
}

/** @param transport to the host that the key belongs to. @param complain hears of each request that the key may not make. */
export function createStripeApi(
  transport: Transport,
  secretKey: Secret<string>,
  clock: Clock,
  complain: Complain,
): StripeApi {
  async function once<T>({ account, key, deadline }: Call, ask: Ask<T>): Promise<Reply<T> | 'busy'> {
    const options = {
      ...(account === null ? {} : { stripeAccount: account }),
      ...(key === null ? {} : { idempotencyKey: key }),
    };
    try {
      const data = await ask(stripeFor({ merchant: account, deadline }, transport, secretKey), options);
      // The library takes any object without an `error` for what was asked for.
      if (data.lastResponse.statusCode !== 200) return UNKNOWN;
      // Without the header the account is the one that was asked.
      return { kind: 'data', data, account: data.lastResponse.stripeAccount ?? account };
    } catch (error) {
      const reply = replyOf(error);
      if (isRefusedKey(reply)) complain({ kind: 'credentials_refused', setting: 'STRIPE_SECRET_KEY', account });
      return reply;
    }
  }

  async function ask<T>(call: Call, asking: Ask<T>): Promise<Reply<T>> {
    for (let gap = FIRST_GAP_MS; ; gap *= 2) {
      const reply = await once(call, asking);
      if (reply !== 'busy') return reply;
      if (clock.now() + gap >= call.deadline) return UNKNOWN;
      await pause(clock, gap);
    }
  }

  async function insist<T>(call: Call, asking: Ask<T>): Promise<Reply<T>> {
    const until = clock.now() + (call.deadline - clock.now()) / 2;
    let mayHaveArrived = false;
    for (let gap = FIRST_GAP_MS; ; gap *= 2) {
      const tooLong = pause(clock, Math.min(TRY_MS, until - clock.now())).then((): Reply<T> => UNKNOWN);
      const reply = await Promise.race([ask({ ...call, deadline: until }, asking), tooLong]);
      if (reply.kind !== 'unknown' && reply.kind !== 'not_sent') return reply;
      mayHaveArrived ||= reply.kind === 'unknown';
      if (clock.now() + gap >= until) return mayHaveArrived ? UNKNOWN : reply;
      await pause(clock, gap);
    }
  }

  return { ask, insist };
}

const UNKNOWN = { kind: 'unknown' } as const;

/** Statuses of errors after which nothing was done: https://docs.stripe.com/api/errors. */
const NOT_DONE: ReadonlySet<number> = new Set([400, 401, 402, 403, 404]);
/** Not begun: another request has the key or the object, or there were too many. */
const BUSY: ReadonlySet<number> = new Set([409, 429]);

/** Whether it is the key that was refused, or what it may do: https://docs.stripe.com/api/errors, 401 and 403. */
export function isRefusedKey(reply: Reply<unknown> | 'busy'): boolean {
  return reply !== 'busy' && reply.kind === 'refused' && (reply.error.status === 401 || reply.error.status === 403);
}

function replyOf(error: unknown): Exclude<Reply<never>, { kind: 'data' }> | 'busy' {
  if (unanswered(error)?.kind === 'not_sent') return { kind: 'not_sent' };
  if (!(error instanceof Stripe.errors.StripeError)) return UNKNOWN;
  const { statusCode: status, rawType } = error;
  if (status === undefined || rawType === undefined) return UNKNOWN;
  if (BUSY.has(status) || error.code === 'rate_limit' || error.code === 'lock_timeout') return 'busy';
  if (!NOT_DONE.has(status)) return UNKNOWN;
  const told = { status, code: error.code ?? null, declineCode: error.decline_code || null };
  if (rawType === 'card_error') return { kind: 'declined', error: told };
  return { kind: 'refused', error: told, keyTaken: rawType === 'idempotency_error' };
}
