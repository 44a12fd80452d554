/**
 * What the OpenAPI document says of one method of one path, before it is written in OpenAPI's words. Decides which
 * errors a request can meet before its route is asked; everything else is the route's.
 */
import { ERROR_CODES, ERRORS, type OpenCode, type RefusalCode } from '../../core/errors.ts';
import type { QueryForms } from '../api/query.ts';
import { errorReply } from '../errors.ts';

/** By the name of a scheme in the document; each of them alone is enough. Empty: none is asked for. */
export type Credentials = readonly ('basic' | 'bearer' | 'accessToken')[];

/** What one status is told with. */
export interface Answer {
  readonly description: string;
  /** JSON Schemas, one of which the body has; none where there is no body. */
  readonly schemas: readonly object[];
}

/** By status. */
export type Answers = Readonly<Record<number, Answer>>;

/** One method of one path, in the router's spelling. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly tag: string;
  /** A sentence. */
  readonly about: string;
  /** Whether it is served at `VAULT_PORT`, where that is set. */
  readonly tenderData: boolean;
  readonly query: QueryForms;
  readonly body: { readonly contentType: string; readonly schema: object; readonly optional?: boolean } | null;
  readonly credentials: Credentials;
  readonly answers: Answers;
}

/** A request target that a proxy could read otherwise, and a defect: at any path. */
export const ANYWHERE: readonly RefusalCode[] = ['INVALID_REQUEST', 'INTERNAL_ERROR'];
/** Wherever credentials are asked for; the store has to be asked about them. */
export const SIGNED_IN: readonly RefusalCode[] = [
  ...ANYWHERE,
  'UNAUTHORIZED',
  'TOO_MANY_ATTEMPTS',
  'STORE_UNAVAILABLE',
];

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The form of the request, or a rule, says no; nothing was sent to a processor.',
  401: 'The credentials are missing or wrong, or the key is disabled.',
  403: 'The key lacks the permission.',
  404: 'There is nothing by that name within the reach of the key.',
  405: 'The path has other methods; `Allow` lists them.',
  409: 'The request conflicts with an earlier one.',
  413: 'The body is too large.',
  429: 'Too many wrong credentials, or too many attempts.',
  500: 'A defect.',
  501: 'This, or a field of the request that changes money, is not built.',
  503: 'Nothing was sent; try again.',
};

/** Every error of our own envelope: a component of the document, by the name `error_` and its status. */
export const ERROR_ANSWERS: Answers = Object.fromEntries(
  Object.entries(DESCRIPTIONS).map(([status, description]) => [
    status,
    { description, schemas: [{ $ref: `#/components/schemas/error_${status}` }] },
  ]),
);

/** Those of `ERROR_ANSWERS` that these codes are told with. */
export function errorsFor(codes: readonly RefusalCode[]): Answers {
  const statuses = new Set(codes.map((code) => String(errorReply(code).status)));
  return Object.fromEntries(Object.entries(ERROR_ANSWERS).filter(([status]) => statuses.has(status)));
}

/** Both: a status of both may be told with either. */
export function together(some: Answers, others: Answers): Answers {
  const both = Object.entries(others).map(([status, other]) => {
    const known = some[Number(status)];
    if (known === undefined) return [status, other];
    return [
      status,
      {
        description: `${known.description} Or: ${other.description}`,
        schemas: [...known.schemas, ...other.schemas],
      },
    ];
  });
  return { ...some, ...Object.fromEntries(both) };
}

/** Every refusal of ours, also as the code of a payment that is still open. */
export const REFUSAL_CODES = ERROR_CODES.filter(
  (code): code is RefusalCode | OpenCode => ERRORS[code].family !== 'declined',
);

/** The envelope of each status that an error can have, by its name among the components. */
export function errorSchemas(): Readonly<Record<string, object>> {
  const codes = new Map<number, Set<string>>();
  for (const code of REFUSAL_CODES) {
    const { status, body } = errorReply(code);
    codes.set(status, new Set([...(codes.get(status) ?? []), ...body.errors.map((error) => error.code)]));
  }
  return Object.fromEntries([...codes].map(([status, told]) => [`error_${status}`, envelopeOf([...told])]));
}

function envelopeOf(codes: readonly string[]): object {
  const error = objectOf({ field: { type: ['string', 'null'] }, code: { enum: codes }, message: { type: 'string' } });
  return objectOf({
    status: { const: 'ERROR' },
    data: { type: 'null' },
    errors: { type: 'array', minItems: 1, maxItems: 1, items: error },
  });
}

/** Of an object that has these properties and no others. */
export function objectOf(properties: Readonly<Record<string, object>>): object {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}
