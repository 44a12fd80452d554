/**
 * What no reply may show, whoever asked for what. Every reply of a test server is held against this, so that each suite
 * that starts one is a test of it.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { looksLikeCardNumber } from '../../src/core/tender.ts';
import type { Conformance } from './openapi.ts';

export interface SeenReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Words are bounded, because ids are random letters. */
const INTERNALS: Readonly<Record<string, RegExp>> = {
  'a stack': /(?:\n|\\n)\s*at |:[0-9]+:[0-9]+\)/,
  'a path': /node_modules|file:\/\/|(?:^|[\s"'(])\/(?:home|root|work|usr|var|tmp|opt|src)\/|\.[cm]?[jt]s\b/,
  "a library's name": /\b(?:koa|ajv|mongo(?:db|ose)?|bson|sqlite|libsql|winston|bourne|raw-body|co-body|zlib|V8)\b/i,
  "a library's text":
    /\b(?:Unexpected (?:token|end|string|number)|not valid JSON|in JSON at|must (?:be|have|match|NOT)|[A-Z]\w*Error|E(?:NOENT|PIPE|ACCES|CONN[A-Z]+|11000)|NaN|undefined)\b|\[object |<html|<pre/,
};

/** Shown when it is made; its hex digits may have the look of a card number. */
const API_KEY = /apikey_[0-9a-f]{64}/g;

/** The cart API's names of PROCESSING_ERROR and INTERNAL_ERROR, which only look like a library's. */
const OWN_ERRORS = /"errorCode":"(?:Processing|Internal)Error"/g;

const HEADERS: Readonly<Record<string, RegExp>> = {
  'cache-control': /^no-store$/,
  'x-content-type-options': /^nosniff$/,
  'content-security-policy': /^default-src 'none'$/,
  'strict-transport-security': /^max-age=[0-9]{8,}$/,
  'x-request-id': /^[0-9a-z-]{16,40}$/,
};

/** All that is wrong with a reply, whatever it answers; empty for a good one. */
export function faultsOf({ status, headers, text }: SeenReply): readonly string[] {
  const faults: string[] = [];
  for (const [name, form] of Object.entries(HEADERS)) {
    if (!form.test(String(headers[name]))) faults.push(`${status} has ${name}: ${headers[name]}`);
  }
  for (const name of ['x-powered-by', 'server']) if (name in headers) faults.push(`${status} names its ${name}`);
  if (text !== '' && !/^application\/json(?:;|$)/.test(String(headers['content-type']))) {
    faults.push(`${status} is ${headers['content-type']}`);
  }
  for (const [what, form] of Object.entries(INTERNALS)) {
    const [found] = form.exec(text.replace(OWN_ERRORS, '')) ?? [];
    if (found !== undefined) faults.push(`${status} shows ${what}: ${found}`);
  }
  if (looksLikeCardNumber(text.replace(API_KEY, ''))) faults.push(`${status} shows what could be a card number`);
  return faults;
}

export interface Watched {
  readonly handler: RequestListener;
  /** What was wrong with the replies so far. */
  faults(): readonly string[];
}

/** The handler, each of its replies held against the rules and against the document of what is served. */
export function watch(handler: RequestListener, faultOf: Conformance): Watched {
  const faults: string[] = [];

  function check(req: IncomingMessage, res: ServerResponse): void {
    let text = '';
    const end = res.end;
    // Replies are written in one piece: JSON, or nothing.
    res.end = (...args: unknown[]) => {
      const [body] = args;
      if (typeof body === 'string' || Buffer.isBuffer(body)) text = body.toString();
      return Reflect.apply(end, res, args);
    };
    res.once('finish', () => {
      const seen = { status: res.statusCode, headers: res.getHeaders(), text };
      const undocumented = faultOf(req, seen);
      const found = [...faultsOf(seen), ...(undocumented === null ? [] : [undocumented])];
      faults.push(...found.map((fault) => `${req.method}: ${fault}`));
    });
  }

  return {
    handler: (req, res) => {
      check(req, res);
      handler(req, res);
    },
    faults: () => faults,
  };
}
