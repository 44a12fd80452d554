/**
 * Reads a request's body as JSON, whatever its Content-Type says: providers send it empty, missing or odd; or as a form
 * where the protocol wants one. Decides what is not read at all; what a body must hold is its route's schema.
 */
import type Koa from 'koa';
import bodyParser from 'koa-bodyparser';
import { findJsonFault, numbersToText } from './json-guard.ts';

/** Why a body cannot be used. Carries nothing of it: parsers quote what they choke on. */
export class BodyFault extends Error {
  readonly kind: 'malformed' | 'too_large';

  constructor(kind: BodyFault['kind']) {
    super(kind);
    this.kind = kind;
  }
}

/** Bounds of a JSON body: its bytes, and how deep objects and lists may stand in each other. */
export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly maxJsonDepth: number;
}

/** A body as it was sent, and what it says: undefined where there is none, for null is a body. */
export interface SentBody {
  readonly text: string;
  readonly value: unknown;
}

/**
 * What was parsed is what the text says, byte for byte: a signature over the text holds for the value.
 * @param numbers `text` keeps them as the strings that they were written as, so that no amount is rounded.
 * @throws {BodyFault}
 */
export type ReadBody = (ctx: Koa.Context, numbers: 'number' | 'text') => Promise<SentBody>;

/** A body past its bytes is not read to its end. A key twice in one object is malformed, as is a deeper nesting. */
export function createReadBody({ maxBodyBytes, maxJsonDepth }: BodyLimits): ReadBody {
  const parse = bodyParser({
    enableTypes: ['json'],
    detectJSON: () => true,
    jsonLimit: `${maxBodyBytes}b`,
    strict: false,
    onerror(error) {
      throw new BodyFault(Reflect.get(error, 'status') === 413 ? 'too_large' : 'malformed');
    },
  });
  const done = async () => {};

  return async (ctx, numbers) => {
    await parse(ctx, done);
    const { body, rawBody } = ctx.request;
    // Neither outlives this request's decoding.
    ctx.request.body = undefined;
    ctx.request.rawBody = '';
    if (typeof rawBody !== 'string' || rawBody === '') return { text: '', value: undefined };
    if (findJsonFault(rawBody, maxJsonDepth) !== null) throw new BodyFault('malformed');
    return { text: rawBody, value: numbers === 'text' ? JSON.parse(numbersToText(rawBody)) : body };
  };
}

/** The form's parameters; none where the Content-Type is another. @throws {BodyFault} */
export type ReadForm = (ctx: Koa.Context) => Promise<URLSearchParams>;

/** For `application/x-www-form-urlencoded`; a body past its bytes is not read to its end. */
export function createReadForm(maxBodyBytes: number): ReadForm {
  const parse = bodyParser({
    enableTypes: ['form'],
    formLimit: `${maxBodyBytes}b`,
    onerror(error) {
      throw new BodyFault(Reflect.get(error, 'status') === 413 ? 'too_large' : 'malformed');
    },
  });
  const done = async () => {};

  return async (ctx) => {
    await parse(ctx, done);
    const { rawBody } = ctx.request;
    ctx.request.body = undefined;
    ctx.request.rawBody = '';
    return new URLSearchParams(typeof rawBody === 'string' ? rawBody : '');
  };
}
