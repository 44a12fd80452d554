/**
 * Stripe's own library on our way out: it builds the requests and reads the answers, the transport sends. Decides that
 * the library repeats nothing and opens nothing by itself; what an answer means is the processor's.
 */
import Stripe from 'stripe';
import type { Secret } from '../../core/secret.ts';
import type { Answer } from '../answer.ts';
import type { NoAnswer, Transport, TransportRequest } from '../transport.ts';

/** The version that the library's types describe; said always, or the account's own default would count. */
const API_VERSION = '2026-10-28.endive';

/** What of an order the transport goes by. */
export type OnBehalfOf = Pick<TransportRequest, 'merchant' | 'deadline'>;

/** There was no answer to read. Its message tells nothing of the request. */
export class Unanswered extends Error {
  readonly sent: NoAnswer;

  constructor(sent: NoAnswer) {
    super(`${sent.kind}: ${sent.reason}`);
    this.sent = sent;
  }
}

/** What the transport said where a call of the library failed for want of an answer; null for any other error. */
export function unanswered(error: unknown): NoAnswer | null {
  if (!(error instanceof Stripe.errors.StripeConnectionError)) return null;
  return error.detail instanceof Unanswered ? error.detail.sent : null;
}

/**
 * The library for one order, made anew for each (a quarter of a millisecond), because it has no place for a deadline.
 * Host and port are the transport's. Its calls reject as the library's do; see `unanswered`.
 * @param key Stripe's secret key.
 */
export function stripeFor(order: OnBehalfOf, transport: Transport, key: Secret<string>): Stripe {
  return new Stripe(key.reveal(), {
    apiVersion: API_VERSION,
    httpClient: clientOver(transport, order),
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

type Client = InstanceType<typeof Stripe.HttpClient>;
type Response = Awaited<ReturnType<Client['makeRequest']>>;

const METHODS: readonly TransportRequest['method'][] = ['GET', 'POST', 'DELETE'];

function clientOver(transport: Transport, order: OnBehalfOf): Client {
  return {
    getClientName: () => 'tollbridge',
    async makeRequest(_host, _port, path, name, headers, body) {
      const method = METHODS.find((one) => one === name);
      if (method === undefined || !isPath(path)) throw new Unanswered({ kind: 'not_sent', reason: 'invalid_request' });
      const sent = await transport.request({
        ...order,
        method,
        path,
        headers: Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, String(value)])),
        body: body === '' ? null : body,
      });
      if (sent.kind !== 'answered') throw new Unanswered(sent);
      return responseOf(sent);
    },
  };
}

const isPath = (path: string): path is `/${string}` => path.startsWith('/');

/** Of the headers, what may be read later: others make the library warn on its own. */
const SHOWN: readonly string[] = ['request-id', 'stripe-account'];

/** JSON is read here already, because the library's error would quote what it could not read. */
function responseOf({ status, headers, body }: Answer): Response {
  const json = parse(body);
  const raw = { statusCode: status };
  return {
    getStatusCode: () => status,
    getHeaders: () =>
      Object.fromEntries(SHOWN.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]]))),
    getRawResponse: () => raw,
    toJSON: async () => json,
    toStream() {
      throw new Error('a stream was never asked for');
    },
  };
}

/** What is no object, the library fails on beyond the reach of whoever called it. */
function parse(body: string): object {
  try {
    const json: unknown = JSON.parse(body);
    if (typeof json === 'object' && json !== null) return json;
  } catch {
    // Told below, without the text.
  }
  throw new Unanswered({ kind: 'maybe_sent', reason: 'answer_malformed' });
}
