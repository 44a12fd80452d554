/**
 * What a telephony provider's adapter is: a declarative header and two pure, total functions. An adapter does no I/O,
 * reads no clock, holds no state and logs nothing; the framework authenticates, validates, executes and answers.
 */
import type { CartCommand, CartCommandResult } from './cart.ts';
import type { Command, PaymentResult, RefusedResult } from './payment.ts';
import type { Signature } from './signature.ts';

/** JSON as parsed, before its schema has been checked. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What an adapter may ask for: payments, and carts that are opened, found and given back. */
export type AdapterCommand = Command | CartCommand;
/** What the framework hands to an adapter that asks for these commands. */
export type ResultOf<C extends AdapterCommand> =
  | (Extract<C, Command> extends never ? never : PaymentResult)
  | (Extract<C, CartCommand> extends never ? never : CartCommandResult);

/** A path at which one provider delivers. No two adapters have a path in common. */
export interface AdapterRoute {
  readonly method: 'GET' | 'POST';
  /** A segment `:name` is any text, which reaches `decode` in `params`; the name `key` is the framework's. */
  readonly path: `/${string}`;
  /** Which of the adapter's operations the path itself names, where it does. */
  readonly operation: AdapterCommand['kind'] | null;
  /** Of this route's body, where the adapter's own does not fit it; null for a route without a body. */
  readonly schema?: object | null;
  /** Of this route's replies, where the adapter's own does not fit them. */
  readonly reply?: object;
}

/** Whether what comes by the route may be a card or an account: only such routes are served at `VAULT_PORT`. */
export function carriesTender({ operation }: AdapterRoute): boolean {
  switch (operation) {
    case 'charge':
    case 'tokenize':
    case null:
      return true;
    case 'openCart':
    case 'findCart':
    case 'findPayment':
    case 'reversePayment':
      return false;
  }
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

/**
 * `basic`: HTTP Basic, RFC 7617, an API key as the password, `api_key` or the platform's account SID as the user name.
 * `bearer`: RFC 6750. `path`: the key is one more segment behind each route's path, for providers that drop the user name
 * and password of a URL; such a path is never logged.
 */
export type AuthMethod = 'basic' | 'bearer' | 'path';

/** What goes back to the provider: the HTTP status and a body to be written as JSON. Headers are the framework's. */
export interface Reply {
  readonly status: number;
  readonly body: Json;
}

/** For the person who connects the provider: each field of its form, and what to type there; never a key itself. */
export interface Setup {
  /** The way to the form in the provider's console. */
  readonly where: string;
  /** By the form's own names of its fields. */
  readonly values: { readonly [field: string]: string };
}

/** The body after its schema was checked (null on a route without one), and the route that it came by. */
export interface Delivery<Wire> {
  readonly body: Wire;
  readonly route: AdapterRoute;
  /** The path's own parameters, decoded; absent where it has none. */
  readonly params?: Readonly<Record<string, string>>;
}

/**
 * A telephony provider: how it delivers, signs in and waits, and the way between its words and ours. Made by
 * `defineAdapter` and listed in adapters/index.ts; `Wire` is the body as the schemas let it through, `C` what it asks for.
 */
export interface Adapter<Wire, C extends AdapterCommand = Command> {
  /** Lower-case; part of the dedupe key, so it never changes. */
  readonly name: string;
  readonly routes: readonly AdapterRoute[];
  /** Where an API key may come; the first that a request brings counts. */
  readonly auth: readonly [AuthMethod, ...AuthMethod[]];
  /** JSON Schema 2020-12 of the body; names what is checked and lets everything else pass. */
  readonly schema: object;
  /**
   * JSON Schema 2020-12 of what `encode` answers, for the OpenAPI document; any JSON where absent. Of an `anyOf`, a status
   * has the forms that it is told in.
   */
  readonly reply?: object;
  /** JSON numbers reach the schema as the text that they were written in: `10.10` is `"10.10"`, not 10.1. */
  readonly numbersAsText: boolean;
  readonly patience: Patience;
  /** Where the provider signs its deliveries; asked only for merchants that have a signing key. */
  readonly signature?: Signature;
  /**
   * Whether the provider may send several tenders in one transaction, as when a caller corrects a digit: `one` refuses a
   * changed repeat, `many` takes another card, or a declined card with other details, for another attempt
   * (exactly-once rules 1 and 2).
   */
  readonly tenders: 'one' | 'many';
  /**
   * What a person types at the provider's, given where this server is reached (no slash at the end).
   * @param tenderUrl for routes that carry tender data.
   * @param baseUrl for all others, where tender data is served apart.
   */
  setup(tenderUrl: string, baseUrl?: string): Setup;
  /** Wire to command; a refusal where the words are well-formed and make no sense together. */
  decode(delivery: Delivery<Wire>): C | RefusedResult;
  /** Any result to the provider's own shape; also where the body was unreadable and there is no command. */
  encode(result: ResultOf<C>, route: AdapterRoute, body: unknown): Reply;
}

/** An adapter among others: each result that it is handed is one of a command that it decoded itself. */
export type AnyAdapter = Adapter<unknown, AdapterCommand>;

/** Declares an adapter. Its wire type is erased here; the framework's schema check vouches for it from then on. */
export function defineAdapter<Wire, C extends AdapterCommand = Command>(
  adapter: Adapter<Wire, C>,
): Adapter<unknown, C> {
  return adapter;
}
