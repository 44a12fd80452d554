/**
 * What a telephony provider's adapter is: a declarative header and two pure, total functions. An adapter does no I/O,
 * reads no clock, holds no state and logs nothing; the framework authenticates, validates, executes and answers.
 */
import type { Command, PaymentResult, RefusedResult } from './payment.ts';

/** JSON as parsed, before its schema has been checked. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface AdapterRoute {
  readonly method: 'POST';
  readonly path: `/${string}`;
  /** Which of the adapter's operations the path itself names, where it does. */
  readonly operation: 'charge' | 'tokenize' | null;
}

/**
 * How long the provider waits. A provider that repeats on silence is answered only with an outcome until its total is
 * over; any other is told "pending" when one delivery's patience ends (exactly-once rule 3).
 */
export interface Patience {
  /** Milliseconds that one delivery may take before the provider stops listening. */
  readonly deliveryMs: number;
  /** Milliseconds from the first delivery to the end of the last. */
  readonly totalMs: number;
  readonly repeatsOnSilence: boolean;
}

export interface Reply {
  readonly status: number;
  readonly body: Json;
}

export interface Setup {
  /** The way to the form in the provider's console. */
  readonly where: string;
  readonly values: { readonly [field: string]: string };
}

/** The body after its schema was checked, and the route that it came by. */
export interface Delivery<Wire> {
  readonly body: Wire;
  readonly route: AdapterRoute;
}

export interface Adapter<Wire> {
  /** Lower-case; part of the dedupe key, so it never changes. */
  readonly name: string;
  readonly routes: readonly AdapterRoute[];
  readonly auth: readonly 'basic'[];
  /** JSON Schema 2020-12 of the body; names what is checked and lets everything else pass. */
  readonly schema: object;
  readonly patience: Patience;
  /** What a person types at the provider's, given where this server is reached (no slash at the end). */
  setup(baseUrl: string): Setup;
  /** Wire to command; a refusal where the words are well-formed and make no sense together. */
  decode(delivery: Delivery<Wire>): Command | RefusedResult;
  /** Any result to the provider's own shape; also where the body was unreadable and there is no command. */
  encode(result: PaymentResult, route: AdapterRoute, body: unknown): Reply;
}

/** Declares an adapter. Its wire type is erased here; the framework's schema check vouches for it from then on. */
export function defineAdapter<Wire>(adapter: Adapter<Wire>): Adapter<unknown> {
  return adapter;
}
