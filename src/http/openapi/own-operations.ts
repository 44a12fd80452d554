/** What is neither a provider's nor in `/v1`, in the OpenAPI document: tokens, health, and the document itself. */
import { PERMISSIONS } from '../../core/principal.ts';
import { TOKEN_ERRORS, TOKEN_PATH } from '../oauth/route.ts';
import { TOKEN_LIFETIME_SECONDS } from '../oauth/token.ts';
import { ANYWHERE, type Answers, errorsFor, type Operation, objectOf, together } from './operation.ts';

const open = { tag: 'server', tenderData: false, query: {}, body: null, credentials: [] } as const;
const text = { type: 'string' };

/** At every port. */
export const EVERYWHERE: readonly Operation[] = [
  {
    ...open,
    method: 'GET',
    path: '/livez',
    about: 'Whether the process lives.',
    answers: { 200: told(objectOf({ live: { const: true } })), ...errorsFor(ANYWHERE) },
  },
  {
    ...open,
    method: 'GET',
    path: '/readyz',
    about: 'Whether the process should be given work.',
    answers: {
      200: told(objectOf({ ready: { const: true }, reason: { type: 'null' } })),
      503: {
        description: 'It is stopping, or its store does not answer or cannot write.',
        schemas: [objectOf({ ready: { const: false }, reason: { enum: ['stopping', 'store'] } })],
      },
      ...errorsFor(ANYWHERE),
    },
  },
  {
    ...open,
    method: 'GET',
    path: '/openapi.json',
    about: 'This document.',
    answers: { 200: told({ type: 'object', required: ['openapi', 'info', 'paths'] }), ...errorsFor(ANYWHERE) },
  },
];

function told(schema: object) {
  return { description: 'Told.', schemas: [schema] };
}

const granted = objectOf({
  access_token: text,
  token_type: { const: 'Bearer' },
  expires_in: { const: TOKEN_LIFETIME_SECONDS },
  scope: text,
});

/** RFC 6749, section 5.2. */
const refused = (description: string, ...errors: readonly (keyof typeof TOKEN_ERRORS)[]) => ({
  description,
  schemas: [objectOf({ error: { enum: errors }, error_description: text })],
});

const tokenErrors: Answers = {
  400: refused('The request for a token says no.', 'invalid_request', 'unsupported_grant_type', 'invalid_scope'),
  401: refused(TOKEN_ERRORS.invalid_client, 'invalid_client'),
  429: refused('Too many wrong credentials.', 'invalid_client'),
};

const WORD = PERMISSIONS.join('|');

/** The token endpoint: OAuth 2.0, client credentials. */
export const TOKEN_OPERATION: Operation = {
  ...open,
  method: 'POST',
  path: TOKEN_PATH,
  about:
    'An API key for an access token of narrower scope. The id of the key and the key come as `client_id` and `client_secret`, or by HTTP Basic, and not both.',
  body: {
    contentType: 'application/x-www-form-urlencoded',
    schema: {
      type: 'object',
      properties: {
        grant_type: { const: 'client_credentials' },
        scope: { type: 'string', pattern: `^(?:${WORD})(?: (?:${WORD}))*$` },
        client_id: text,
        client_secret: text,
      },
      required: ['grant_type', 'scope'],
    },
  },
  answers: {
    200: told(granted),
    ...together(tokenErrors, errorsFor([...ANYWHERE, 'STORE_UNAVAILABLE'])),
  },
};
