/**
 * Where simulated calls leave the machine: one HTTP exchange, each header as given, and whatever goes wrong with it as
 * a kind of silence. Decides nothing about repeats. No server loads this: it plays the outside.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Clock } from '../core/clock.ts';
import type { WireReply } from '../core/simulator.ts';

/** One request; `body` null for a method that has none. */
export interface Outgoing {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: { readonly [name: string]: string };
  readonly body: string | null;
  /** Milliseconds until the connection is given up. */
  readonly patienceMs: number;
  /** Ends the connection as soon as the request is out, as a network does that fails. */
  readonly hangUp: boolean;
}

/** Why nothing was heard: no connection came about, it ended early, or the patience was over. */
export type Silence = 'unreachable' | 'closed' | 'timeout';

/** A reply, or why there is none. */
export type Heard = { readonly reply: WireReply } | { readonly silence: Silence };

/** Sends requests over connections that are kept. */
export interface Wire {
  /** Never rejects. Redirects are not followed. */
  send(outgoing: Outgoing): Promise<Heard>;
  /** Ends the idle connections. */
  close(): void;
}

/** A provider reads no more of a reply than this. */
const MAX_REPLY_BYTES = 65_536;

const UNREACHABLE: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);

/** @param clock counts the patience. */
export function createWire(clock: Clock): Wire {
  const http = new HttpAgent({ keepAlive: true });
  const https = new HttpsAgent({ keepAlive: true });

  return {
    send({ url, method, headers, body, patienceMs, hangUp }) {
      return new Promise((resolve) => {
        const length: OutgoingHttpHeaders = body === null ? {} : { 'Content-Length': Buffer.byteLength(body) };
        const options = { method, headers: { ...headers, ...length } };
        const outgoing =
          url.protocol === 'https:'
            ? httpsRequest(url, { ...options, agent: https })
            : httpRequest(url, { ...options, agent: http });
        const giveUp = clock.after(patienceMs, () => end({ silence: 'timeout' }));
        const end = (heard: Heard) => {
          giveUp();
          resolve(heard);
          if ('silence' in heard) outgoing.destroy();
        };
        outgoing.on('response', (incoming) => {
          readReply(incoming).then(
            (reply) => end({ reply }),
            () => end({ silence: 'closed' }),
          );
        });
        outgoing.on('error', (error) => {
          const unreachable = 'code' in error && UNREACHABLE.has(error.code);
          end({ silence: unreachable ? 'unreachable' : 'closed' });
        });
        if (hangUp) outgoing.on('finish', () => end({ silence: 'closed' }));
        outgoing.end(body);
      });
    },
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

async function readReply(incoming: IncomingMessage): Promise<WireReply> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MAX_REPLY_BYTES) break;
  }
  return {
    status: incoming.statusCode ?? 0,
    contentType: incoming.headers['content-type'] ?? null,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}
