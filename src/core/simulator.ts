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
  /** Major units as the application's document says them; providers pass the text on as it is. */
  readonly amount: string;
  /** ISO 4217, upper case. */
  readonly currency: string;
  readonly description: string | null;
  /** The custom parameters of the application's document. */
  readonly parameters: { readonly [name: string]: string };
}

/** HTTP Basic credentials, as a person typed them into the provider's form. */
export interface Login {
  readonly username: string;
  readonly password: Secret<string>;
}

/** One delivery, byte for byte. Holds account data and credentials: `shownCall` and `SHOWN_LOGIN` make one to show. */
export interface WireRequest {
  readonly method: 'POST';
  /** Those that the provider sets; the ones that every HTTP client sets (Host, Content-Length) are not among them. */
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/** What came back, as far as a provider looks at it. */
export interface WireReply {
  readonly status: number;
  /** Null where the reply has none. */
  readonly contentType: string | null;
  readonly body: string;
}

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
  request(call: Call, login: Login): WireRequest;
}

/** What an application wants paid, to be written as a document for the provider. */
export interface Order extends Pick<Call, 'operation' | 'amount' | 'currency' | 'description' | 'parameters'> {
  readonly tender: TenderKind;
  /** Where this server is reached, without a slash at the end. */
  readonly baseUrl: string;
}

/** How long the provider waits for one delivery, and how many it makes in all while it hears nothing. */
export interface Persistence {
  readonly deliveryMs: number;
  readonly deliveries: number;
}

/** A provider from the outside. Every function is pure and total. */
export interface Simulator {
  /** The adapter's name. */
  readonly name: string;
  /** Where this server takes its deliveries. */
  readonly path: `/${string}`;
  /** What callers can pay with. */
  readonly tenders: readonly TenderKind[];
  readonly persistence: Persistence;
  /** Forms of the body beside the plain one. */
  readonly forms: readonly BodyForm[];
  steps(call: Call): readonly Step[];
  /** Why a real call would go otherwise; nothing where it would not. */
  remarks(call: Call): readonly string[];
  request(call: Call, login: Login): WireRequest;
  /** What the provider makes of a reply; null is silence on every delivery. */
  ending(call: Call, reply: WireReply | null): Ending;
  /** What the provider's documentation asks of a reply and this one does not keep to. */
  faults(call: Call, reply: WireReply): readonly string[];
  /** The application's document, complete, ready to be served to the provider. */
  snippet(order: Order): string;
}

/** The same call, its account data masked at the same length: all that may be shown. */
export function shownCall(call: Call): Call {
  const { tender } = call;
  if (tender.kind === 'bank_account') return { ...call, tender: { ...tender, account: masked(tender.account, 2) } };
  const securityCode = tender.securityCode === null ? null : masked(tender.securityCode, 0);
  return { ...call, tender: { ...tender, number: masked(tender.number, 4), securityCode } };
}

/** Stands for credentials in what is shown. */
export const SHOWN_LOGIN: Login = { username: 'xxxx', password: new Secret('xxxx') };

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
