/**
 * One request with every byte of it in the test's hand, and its reply, held against what no reply may show: its
 * request's own words included, where it is an error.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { ERRORS } from '../../src/core/errors.ts';

export interface Sent {
  readonly method?: string;
  /** The target as it goes on the wire. */
  readonly path: string;
  /** Null takes a header away; a header of a text or bytes goes as it is. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
  /** Text and bytes go as they are, anything else as JSON. */
  readonly body?: unknown;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export async function exchange(url: string, sent: Sent): Promise<Reply> {
  const payload = payloadOf(sent.body);
  const given = { 'content-type': 'application/json', ...sent.headers };
  const headers = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
  const { hostname, port } = new URL(url);
  const reply = await new Promise<Reply>((resolve, reject) => {
    const outgoing = request(
      {
        hostname,
        port,
        path: sent.path,
        method: sent.method ?? 'POST',
        headers: { 'content-length': payload.length, ...headers },
        agent: false,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
  expect(echoesOf(sent, reply), 'words of the request in an error').to.deep.equal([]);
  return reply;
}

function payloadOf(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Writes the bytes to a connection of their own; what comes back until the server closes it. */
export function exchangeRaw(url: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server that has read enough resets the connection; what it said before counts.
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}

/** Shorter words occur by chance. */
const SHORTEST = 6;

/** The words that an error may have in common with a request: those of our own shapes, table and schemas. */
const OUR_WORDS = `charge_id token_id unsupported_grant_type ${JSON.stringify(ERRORS)} ${schemaTexts()}`;

function schemaTexts(): string {
  const folder = join(import.meta.dirname, '../../schemas');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  return files.map((name) => readFileSync(join(folder, name), 'utf8')).join(' ');
}

/** Words of the request that an error repeats. */
function echoesOf(sent: Sent, { status, text }: Reply): readonly string[] {
  const isError = status >= 400 || /"error_code":"/.test(text);
  if (!isError) return [];
  const headers = Object.values(sent.headers ?? {}).flat();
  const words = [sent.path, ...headers, payloadOf(sent.body).toString()].join(' ').match(/[\w$-]+/g) ?? [];
  return [...new Set(words)].filter(
    (word) => word.length >= SHORTEST && !OUR_WORDS.includes(word) && text.includes(word),
  );
}
