/**
 * What a telephony provider's simulator is: pure functions that say what a call with that provider looks like from
 * every side, so that a whole call can be played without a telephone. Decides nothing about time or sockets; whoever
 * plays a call (src/simulate) sends the requests and keeps the provider's patience.
 */
import type { Json } from './adapter.ts';
import { Secret } from './secret.ts';
import { brandOf, type NewTender, type TenderKind } from './tender.ts';

/** A caller's call up to the moment at which the provider has everything that it asks for. */
export interface Call {
  readonly operation: 'charge' | 'tokenize';
  /** A UUID, the same on each repeat; other ids of the call are made from it. */
  readonly transactionId: string;
  readonly tender: NewTender;
  /** What the caller keys in when the first tender was declined and the provider asks again; else null. */
  readonly thenTender: NewTender | null;
  /** Major units as the application's document says them; providers pass the text on as it is. */
  readonly amount: string;
  /** ISO 4217, upper case. */
  readonly currency: string;
  readonly description: string | null;
  /** The custom parameters of the application's document. */
  readonly parameters: { readonly [name: string]: string };
}

/** As a person typed them into the provider's form: for HTTP Basic, or a client's id and secret. */
export interface Login {
  readonly username: string;
  readonly password: Secret<string>;
}

/** One request, byte for byte. Holds account data and credentials: `shownCall` and `shownLogin` make one to show. */
export interface WireRequest {
  readonly method: 'GET' | 'POST';
  /** Behind the connector's address; empty where a provider knows one address only. */
  readonly path: '' | `/${string}`;
  /** Those that the provider sets; the ones that every HTTP client sets (Host, Content-Length) are not among them. */
  readonly headers: { readonly [name: string]: string };
  /** Null for a method that has none. */
  readonly body: string | null;
  /** Whether it carries the tender: what it asks for may happen once only. */
  readonly pays: boolean;
  /** Milliseconds to wait before, where somebody asks again how things stand. */
  readonly afterMs?: number;
}

/** What came back, as far as a provider looks at it. */
export interface WireReply {
  readonly status: number;
  /** Null where the reply has none. */
  readonly contentType: string | null;
  readonly body: string;
}

/** What was sent, and what the provider heard; null is silence. */
export interface Exchange {
  readonly request: WireRequest;
  readonly reply: WireReply | null;
}

/** What the provider does next, given all that was before; null when the call is over. */
export type Next = (call: Call, login: Login, before: readonly Exchange[]) => WireRequest | null;

/** What a caller hears, and the keys that answer it, masked. */
export interface Step {
  /** The provider's name of the step. */
  readonly name: string;
  readonly hears: string;
  /** Empty where the caller only listens. */
  readonly keys: string;
}

/** What the customer's application is told, and where. */
export interface Notice {
  /** The place in the application's document that receives it: an attribute, a URL, or variables. */
  readonly to: string;
  readonly form: 'form' | 'json';
  readonly fields: Json;
}

/** What the provider makes of a reply: `malformed` could not be understood, `silent` never came. */
export type Verdict = 'approved' | 'failed' | 'malformed' | 'silent';

/** How a call ends. */
export interface Ending {
  readonly verdict: Verdict;
  /** The connector's id of the charge or token, where it was approved. */
  readonly id: string | null;
  /** The connector's own code, where it failed. */
  readonly code: string | null;
  readonly notices: readonly Notice[];
}

/** A form of the body that the provider documents, or that somebody logged. */
export interface BodyForm {
  readonly name: string;
  /** What the application's document or the caller does differently. */
  of(call: Call): Call;
  /** What the provider then sends. */
  readonly next: Next;
}

/** What an application wants paid, to be written as a document for the provider. */
export interface Order extends Pick<Call, 'operation' | 'amount' | 'currency' | 'description' | 'parameters'> {
  readonly tender: TenderKind;
  /** Where this server is reached, without a slash at the end. */
  readonly baseUrl: string;
}

/** How long the provider waits for one delivery, and how often it tries in all while it hears nothing. */
export interface Persistence {
  readonly deliveryMs: number;
  readonly deliveries: number;
}

/** A provider from the outside. Every function is pure and total. */
export interface Simulator {
  /** The adapter's name. */
  readonly name: string;
  /** Where this server takes its requests. */
  readonly path: `/${string}`;
  /** What callers can pay with. */
  readonly tenders: readonly TenderKind[];
  readonly operations: readonly Call['operation'][];
  /** A `config` was made by the merchant's backend before the call; a `cart` is opened in the call, by a client's token. */
  readonly pays: 'config' | 'cart';
  /** Whether a caller whose tender was declined is asked for another within the same transaction. */
  readonly asksAgain: boolean;
  readonly persistence: Persistence;
  /** Forms of the body beside the plain one. */
  readonly forms: readonly BodyForm[];
  readonly next: Next;
  /** As far as the call has come. */
  steps(call: Call, exchanges: readonly Exchange[]): readonly Step[];
  /** Why a real call would go otherwise; nothing where it would not. */
  remarks(call: Call): readonly string[];
  /** What the provider makes of what it heard last. */
  ending(call: Call, exchanges: readonly Exchange[]): Ending;
  /** What the provider's documentation asks of a reply and this one does not keep to; nothing of silence. */
  faults(call: Call, exchange: Exchange): readonly string[];
  /** What makes a real call reach this server, complete: the application's document, or what its own code sends. */
  snippet(order: Order): string;
}

/** The same call, its account data masked at the same length: all that may be shown. */
export function shownCall(call: Call): Call {
  const { tender, thenTender } = call;
  return { ...call, tender: shownTender(tender), thenTender: thenTender === null ? null : shownTender(thenTender) };
}

function shownTender(tender: NewTender): NewTender {
  if (tender.kind === 'bank_account') return { ...tender, account: masked(tender.account, 2) };
  const securityCode = tender.securityCode === null ? null : masked(tender.securityCode, 0);
  return { ...tender, number: masked(tender.number, 4), securityCode };
}

/** The same sign-in, its password masked; the user name or the client's id is no secret. */
export function shownLogin({ username }: Login): Login {
  return { username, password: new Secret('xxxx') };
}

/** What the provider heard last; null where nothing came. */
export function lastReply(exchanges: readonly Exchange[]): WireReply | null {
  return exchanges.at(-1)?.reply ?? null;
}

/** `x` for every digit but the last `kept`. */
function masked(secret: Secret<string>, kept: number): Secret<string> {
  const text = secret.reveal();
  const hidden = Math.max(0, text.length - kept);
  return new Secret('x'.repeat(hidden) + text.slice(hidden));
}

/** The brand of the call's card in the words of the `<Pay>` family; empty for a bank account or an unknown brand. */
export function cardTypeOf({ tender }: Call): string {
  return tender.kind === 'card' ? (brandOf(tender.number.reveal()) ?? '') : '';
}
