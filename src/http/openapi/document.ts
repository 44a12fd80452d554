/**
 * The OpenAPI 3.1 document of whatever is served at one port: the operations in OpenAPI's words. Decides nothing about
 * them; what is true of a route follows from its own declaration.
 *
 * Source: OpenAPI Specification 3.1.1, https://spec.openapis.org/oas/v3.1.1
 */
import packageFile from '../../../package.json' with { type: 'json' };
import { PERMISSIONS } from '../../core/principal.ts';
import { REPLIES } from '../api/schemas.ts';
import { TOKEN_PATH } from '../oauth/route.ts';
import { type Answer, ERROR_ANSWERS, errorSchemas, type Operation } from './operation.ts';

const ABOUT = `A bridge from phone calls to payment processors.

Amounts are minor units unless a field says otherwise, times RFC 3339 in UTC. A body is read as JSON whatever its
Content-Type says, and what a schema does not name is ignored. Every path that takes GET takes HEAD, too.

Operations with \`x-tender-data\` may carry a card or a bank account. Where \`VAULT_PORT\` is set they are served there and only
there, and the document at that port describes them; elsewhere they stand beside the others.

The operations of a provider answer each outcome with the status that its pages name, or with 200 to an API key whose
\`reply_status\` is \`ALWAYS_200\`.

Before any operation: a path that is not here is 404 and another method 405, with the bodies of \`error_404\` and
\`error_405\`. What is no HTTP is 400, a request that does not arrive in time 408, an \`Expect\` that cannot be met 417, headers
that are too large 431, each without a body.`;

/** A JSON object; `paths` in the order of the operations. */
export interface OpenApiDocument {
  readonly openapi: '3.1.1';
  readonly paths: Readonly<Record<string, object>>;
  readonly [member: string]: unknown;
}

/** The document of these operations. */
export function documentOf(operations: readonly Operation[]): OpenApiDocument {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll(PARAMETER, '{$1}');
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: described(operation) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tollbridge',
      version: packageFile.version,
      description: ABOUT,
      license: { name: 'Apache 2.0', identifier: packageFile.license },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...Object.fromEntries(Object.entries(REPLIES).map(asComponent)), ...errorSchemas() },
      responses: Object.fromEntries(
        Object.entries(ERROR_ANSWERS).map(([status, answer]) => [`error_${status}`, responseOf(status, answer)]),
      ),
      headers: {
        RequestId: {
          description: 'Finds the request in the log.',
          schema: { type: 'string', pattern: '^[a-z]{20}$' },
          required: true,
        },
        WwwAuthenticate: { description: 'The scheme to sign in by.', schema: { type: 'string' }, required: true },
      },
      securitySchemes: SCHEMES,
    },
  };
}

const PARAMETER = /:(\w+)/g;

const SCHEMES = {
  basic: {
    type: 'http',
    scheme: 'basic',
    description: "An API key as the password; the user is `api_key` or the platform's account SID.",
  },
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key.' },
  accessToken: {
    type: 'oauth2',
    description: 'An access token of an API key.',
    flows: {
      clientCredentials: {
        tokenUrl: TOKEN_PATH,
        scopes: Object.fromEntries(PERMISSIONS.map((permission) => [permission, permission.replace(':', ', ')])),
      },
    },
  },
};

function described(operation: Operation): object {
  const { method, path, tag, about, tenderData, query, body, credentials, answers } = operation;
  const names = [...path.matchAll(PARAMETER)].map(([, name = '']) => name);
  const parameters = [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: pathForm(name) })),
    ...Object.entries(query).map(([name, schema]) => ({ name, in: 'query', schema, ...styleOf(schema) })),
  ];
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/\W+/g, '_')}`,
    tags: [tag],
    summary: about,
    ...(tenderData ? { 'x-tender-data': true } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: body.optional !== true,
            content: { [body.contentType]: { schema: withoutDialect(body.schema) } },
          },
        }),
    security: credentials.map((name) => ({ [name]: [] })),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [
        status,
        ERROR_ANSWERS[Number(status)] === answer
          ? { $ref: `#/components/responses/error_${status}` }
          : responseOf(status, answer),
      ]),
    ),
  };
}

/** The name `key` is that of a path which carries the API key. */
function pathForm(name: string): object {
  return name === 'key' ? { type: 'string', format: 'password', description: 'The API key.' } : { type: 'string' };
}

function styleOf(schema: object): object {
  return Reflect.get(schema, 'type') === 'object' ? { style: 'deepObject', explode: true } : {};
}

/** As any tool reads it. */
function withoutDialect(schema: object): object {
  const { $schema, $defs, ...rest } = { $schema: null, $defs: null, ...schema };
  return JSON.parse(
    JSON.stringify(rest, (name, value) => (name === 'pattern' && typeof value === 'string' ? portable(value) : value)),
  );
}

/** Without classes of Unicode, which few tools know. Half characters, which no well-formed text has, are left out. */
function portable(pattern: string): string {
  return pattern
    .replaceAll('\\p{Cc}', '\\u0000-\\u001f\\u007f-\\u009f')
    .replaceAll('\\p{Cs}', '')
    .replaceAll('\\P{Cs}', '[\\s\\S]');
}

function responseOf(status: string, { description, schemas }: Answer): object {
  const [schema, ...others] = schemas;
  const header = (name: string) => ({ $ref: `#/components/headers/${name}` });
  return {
    description,
    headers: {
      'X-Request-Id': header('RequestId'),
      ...(status === '401' ? { 'WWW-Authenticate': header('WwwAuthenticate') } : {}),
    },
    ...(schema === undefined
      ? {}
      : { content: { 'application/json': { schema: others.length === 0 ? schema : { anyOf: schemas } } } }),
  };
}

/** References between files are references between components here. */
function asComponent([name, schema]: readonly [string, object]): readonly [string, unknown] {
  return [
    name,
    JSON.parse(JSON.stringify(schema).replaceAll(/"[\w-]*(?:\.schema\.json)?#\/\$defs\//g, '"#/components/schemas/')),
  ];
}
