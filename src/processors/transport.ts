/**
 * The way out: the only file that opens connections to the outside. Sends one request once over HTTPS and says what is
 * known of it afterwards: answered, certainly not sent, or maybe sent. Knows no processor, follows no redirect, repeats
 * nothing, uses no proxy, logs nothing; what an answer means is the processor's.
 *
 * The line between "not sent" and "maybe sent" is one place, not a list of errors: nothing is written to a connection
 * before it is open and its certificate was accepted. Whatever goes wrong before the first write is `not_sent`, all else
 * `maybe_sent`.
 */
import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { urlToHttpOptions } from 'node:url';
import type { Clock } from '../core/clock.ts';
import { isLoopback } from '../settings.ts';
import { type Answer, type AnswerFault, faultOf, readAnswer } from './answer.ts';
import { type BulkheadLimits, createBulkhead, type TurnedAway } from './bulkhead.ts';

/** What is borne before a request is given up. Times in milliseconds. */
export interface TransportLimits {
  readonly merchant: BulkheadLimits;
  /** Connections at once, of all merchants. */
  readonly connections: number;
  /** For a connection to be had and to be open, TLS included. */
  readonly connectMs: number;
  /** From the first byte of the request to the last of the answer. */
  readonly answerMs: number;
  /** Of an answer's body. */
  readonly answerBytes: number;
}

/** Processors allow issuers 60 to 70 seconds, so an answer may take 90; a connection that takes 5 is none. */
export const TRANSPORT_LIMITS: TransportLimits = {
  merchant: { inFlight: 32, waiting: 64, waitMs: 2_000 },
  connections: 256,
  connectMs: 5_000,
  answerMs: 90_000,
  answerBytes: 1_048_576,
};

/** Where to, and whom to trust there. */
export interface TransportOptions {
  /** `https://host[:port]`, without a path. */
  readonly origin: string;
  /** Lets the origin be `http://`, if it is this machine: for tests, and for a Tollbridge beside this one. */
  readonly plainLoopback?: boolean;
  /** Certificates in PEM that are trusted instead of Node's own list. */
  readonly trust?: string;
  readonly limits: TransportLimits;
  readonly clock: Clock;
}

/** One request. Nothing of it is kept, logged or told. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With the query. */
  readonly path: `/${string}`;
  /** Without `Host` and `Content-Length`, which are ours. */
  readonly headers: { readonly [name: string]: string };
  /** Null where the method has none. */
  readonly body: string | null;
  /** Whose place it takes: the merchant's id, ours or the processor's; null for what belongs to none. */
  readonly merchant: string | null;
  /** Milliseconds since the epoch: from then on not a byte is written. An answer may come later. */
  readonly deadline: number;
}

/** Why not a byte of a request left: an order of ours, the way there, or the other side before it was asked anything. */
export type NotSentReason =
  | TurnedAway
  | 'deadline'
  | 'invalid_request'
  | 'name_not_found'
  | 'not_connected'
  | 'tls_failed'
  | 'connect_timeout'
  | 'connection_lost';

/** Why nobody here knows what became of a request. */
export type MaybeSentReason = AnswerFault | 'answer_timeout' | 'closed';

/** What is known of a request without an answer. `not_sent`: certain that the other side has not had a byte of it. */
export type NoAnswer =
  | { readonly kind: 'not_sent'; readonly reason: NotSentReason }
  | { readonly kind: 'maybe_sent'; readonly reason: MaybeSentReason };

/** What became of a request, as far as it is known. */
export type Sent = Answer | NoAnswer;

/** Connections to one origin, kept for the next request. */
export interface Transport {
  /** Sends at most once. Never rejects. */
  request(request: TransportRequest): Promise<Sent>;
  /** Cuts what is under way, turns away what waits; nothing is sent afterwards. */
  close(): void;
}

/** The origin is no https origin, nor a plain one that was allowed. */
export class UnsafeOrigin extends Error {
  constructor() {
    super('A processor is reached by an https origin: a host without path, credentials or query.');
  }
}

/** Of an answer's head; Node's default, said here because a flag can change that. */
const HEAD_BYTES = 16_384;
/** A connection that was idle for longer may have been forgotten on its way. An earlier end that was announced counts. */
const IDLE_MS = 60_000;

/** @throws {UnsafeOrigin} */
export function openTransport({ clock, limits, ...options }: TransportOptions): Transport {
  const line = createLine(parseOrigin(options), limits.connections, options.trust);
  const bulkhead = createBulkhead(limits.merchant, clock);
  const cuts = new Set<() => void>();

  const isOver = ({ deadline }: TransportRequest) => clock.now() >= deadline;

  async function send(request: TransportRequest): Promise<Sent> {
    if (isOver(request)) return notSent('deadline');
    const outgoing = line.prepare(request);
    return outgoing === null ? notSent('invalid_request') : exchange(outgoing, request);
  }

  function exchange(outgoing: ClientRequest, request: TransportRequest): Promise<Sent> {
    return new Promise((resolve) => {
      let written = false;
      let answering = false;
      const tooLong = () => settle(notSent(isOver(request) ? 'deadline' : 'connect_timeout'));
      let stopTimer = clock.after(Math.min(limits.connectMs, request.deadline - clock.now()), tooLong);
      const fail = (after: MaybeSentReason, before: NotSentReason) =>
        settle(written ? maybeSent(after) : notSent(before));
      const cut = () => fail('closed', 'closed');
      cuts.add(cut);

      /** The first word counts. Its connection is not touched again: another request may be on it by then. */
      function settle(sent: Sent): void {
        if (!cuts.delete(cut)) return;
        stopTimer();
        if (sent.kind !== 'answered') outgoing.destroy();
        resolve(sent);
      }

      line.whenOpen(outgoing, () => {
        if (isOver(request)) return settle(notSent('deadline'));
        written = true;
        stopTimer();
        stopTimer = clock.after(limits.answerMs, () => settle(maybeSent('answer_timeout')));
        outgoing.end(request.body);
      });
      outgoing.on('response', async (incoming) => {
        answering = true;
        const answer = await readAnswer(incoming, limits.answerBytes);
        settle(typeof answer === 'string' ? maybeSent(answer) : answer);
      });
      outgoing.on('error', (error) => fail(faultOf(error), line.failureOf(outgoing, error)));
      // Without an error where the other side changes the protocol.
      outgoing.on('close', () => {
        if (!answering) fail('answer_cut', 'connection_lost');
      });
    });
  }

  return {
    async request(request) {
      const sent = await bulkhead.run(request.merchant, () => send(request));
      return typeof sent === 'string' ? notSent(sent) : sent;
    },
    close() {
      bulkhead.close();
      for (const cut of [...cuts]) cut();
      line.close();
    },
  };
}

const notSent = (reason: NotSentReason): Sent => ({ kind: 'not_sent', reason });
const maybeSent = (reason: MaybeSentReason): Sent => ({ kind: 'maybe_sent', reason });

function parseOrigin({ origin, plainLoopback }: Pick<TransportOptions, 'origin' | 'plainLoopback'>): URL {
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url === null || url.href !== `${url.origin}/`) throw new UnsafeOrigin();
  const plain = plainLoopback === true && url.protocol === 'http:' && isLoopback(url.hostname);
  if (!plain && url.protocol !== 'https:') throw new UnsafeOrigin();
  return url;
}

/** Node's side of it: connections, and when one of them may be written to. */
interface Line {
  /** Asks for a connection and writes nothing; null where Node cannot write such a request at all. */
  prepare(request: TransportRequest): ClientRequest | null;
  /** Calls back, if ever, when the first byte can go out; only what the callback writes is sent. */
  whenOpen(outgoing: ClientRequest, open: () => void): void;
  /** What an error means before that. */
  failureOf(outgoing: ClientRequest, error: Error): NotSentReason;
  close(): void;
}

function createLine(origin: URL, connections: number, trust?: string): Line {
  const secure = origin.protocol === 'https:';
  const opened = secure ? 'secureConnect' : 'connect';
  const kept = { keepAlive: true, maxSockets: connections, timeout: IDLE_MS };
  const agent = secure ? new https.Agent({ ...kept, ...certifiedBy(trust) }) : new http.Agent(kept);
  const opening = watchOpening(agent, opened);
  const fixed = { ...urlToHttpOptions(origin), agent, maxHeaderSize: HEAD_BYTES, insecureHTTPParser: false };

  return {
    prepare({ method, path, headers, body }) {
      const length = body === null ? {} : { 'content-length': Buffer.byteLength(body) };
      const options = { ...fixed, method, path, headers: { ...headers, host: origin.host, ...length } };
      try {
        return secure ? https.request(options) : http.request(options);
      } catch {
        return null;
      }
    },

    whenOpen(outgoing, open) {
      outgoing.once('socket', (socket) => {
        if (opening.has(socket)) return socket.once(opened, open);
        // A kept connection is listened to before it is written to: the other side may have ended it, or said what
        // would be taken for the answer.
        const hangUp = () => outgoing.destroy(new Error('spoken to out of turn'));
        socket.prependOnceListener('data', hangUp);
        return afterOneTurn(() => {
          socket.off('data', hangUp);
          if (!outgoing.destroyed) open();
        });
      });
    },

    failureOf({ socket }, error) {
      const syscall = 'syscall' in error ? error.syscall : null;
      if (syscall === 'getaddrinfo') return 'name_not_found';
      if (syscall === 'connect' || error instanceof AggregateError) return 'not_connected';
      return secure && socket !== null && opening.has(socket) ? 'tls_failed' : 'connection_lost';
    },

    close: () => agent.destroy(),
  };
}

/** The connections that the agent has begun and that are not open yet, whichever request they were begun for. */
function watchOpening(agent: http.Agent, opened: 'connect' | 'secureConnect'): WeakSet<Duplex> {
  const opening = new WeakSet<Duplex>();
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = connect(options, callback);
    if (socket != null) opening.add(socket.once(opened, () => opening.delete(socket)));
    return socket;
  };
  return opening;
}

const certifiedBy = (trust?: string) =>
  ({ minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(trust !== undefined && { ca: trust }) }) as const;

/** Calls back when all that has arrived by now was read: the first of the two ends this turn of the event loop. */
function afterOneTurn(resume: () => void): void {
  setImmediate(() => setImmediate(resume));
}
