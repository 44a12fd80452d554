/**
 * The public contract of Rainforest's API as schemas that can be checked, or null where this checkout has none: two
 * OpenAPI documents beside the repository. Decides how they are repaired (they do not compile as they are) and how much
 * stricter than their letter we are with our own replies: every documented property is there, none but our own is added,
 * and null stands where there is nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Node = { readonly [key: string]: unknown };

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

const FOLDER = join(import.meta.dirname, '../../../shared/contracts/rainforest');
const FILES = ['rainforest-payments-openapi.yaml', 'rainforest-authentication-openapi.yaml'];
const METHODS = ['get', 'post', 'patch', 'delete'];

/** What we add to the contract's replies, by the property that tells which object it is. */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  refusal_code: ['transaction_id', 'confirmation_code'],
  shipping_address: [
    'expires_at',
    'accepted_tenders',
    'accepted_brands',
    'require_postal_code',
    'require_security_code',
  ],
  originating_merchant_id: ['accepted_tenders', 'accepted_brands', 'require_postal_code', 'require_security_code'],
  api_key: ['masked_api_key', 'reply_status'],
  masked_api_key: ['reply_status'],
  last_key: ['total_results'],
};

export interface Example {
  readonly method: string;
  readonly path: string;
  readonly name: string;
  readonly body: unknown;
}

export interface Contract {
  /** Every route, `POST /v1/payins/{payin_id}/capture`. */
  readonly routes: readonly string[];
  /** The documents' own example requests. */
  readonly examples: readonly Example[];
  /** What the contract has against this request, or null. A path as called; one that is not in the contract passes. */
  faultOfRequest(method: string, path: string, body: unknown): string | null;
  faultOfReply(method: string, path: string, status: number, body: unknown): string | null;
}

export const contract: Contract | null = load();

function load(): Contract | null {
  const documents: Node[] = [];
  for (const file of FILES) {
    const text = readIfThere(join(FOLDER, file));
    if (text === null) return null;
    documents.push(resolved(JSON.parse(text)));
  }
  const operations = documents.flatMap(operationsOf);
  const ajv = new Ajv2020({ strict: false, logger: false });
  addFormats.default(ajv);
  const checks = new Map<string, ReturnType<typeof ajv.compile>>();

  function fault(name: string, schema: unknown, value: unknown): string | null {
    if (!isNode(schema)) return null;
    const check = checks.get(name) ?? ajv.compile(schema);
    checks.set(name, check);
    return check(value) ? null : `${name}: ${ajv.errorsText(check.errors)}`;
  }

  const find = (method: string, path: string) =>
    operations.find((one) => one.method === method && one.pattern.test(path.split('?')[0] ?? ''));

  return {
    routes: operations.map(({ method, path }) => `${method} ${path}`),
    examples: operations.flatMap(({ method, path, operation }) =>
      examplesOf(jsonOf(operation['requestBody'])).map(([name, body]) => ({ method, path, name, body })),
    ),
    faultOfRequest(method, path, body) {
      const one = find(method, path);
      const schema = one && jsonOf(one.operation['requestBody'])['schema'];
      return fault(`${method} ${one?.path}`, isNode(schema) ? repaired(schema, 'request') : null, body);
    },
    faultOfReply(method, path, status, body) {
      const one = find(method, path);
      if (one === undefined) return null;
      // What the contract does not declare, our 409 and 429 for two, has the shape of its 400.
      const responses = nodeAt(one.operation, 'responses');
      const response = responses[status] ?? (status >= 500 ? responses['5XX'] : responses['400']);
      const schema = jsonOf(response)['schema'];
      return fault(`${method} ${one.path} ${status}`, isNode(schema) ? repaired(schema, 'reply') : null, body);
    },
  };
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly pattern: RegExp;
  readonly operation: Node;
}

function operationsOf(document: Node): readonly Operation[] {
  return Object.entries(nodeAt(document, 'paths')).flatMap(([path, item]) =>
    METHODS.filter((method) => isNode(item) && method in item).map((method) => ({
      method: method.toUpperCase(),
      path,
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      operation: nodeAt(item, method),
    })),
  );
}

function examplesOf(json: Node): readonly (readonly [string, unknown])[] {
  const named = Object.entries(nodeAt(json, 'examples')).map(
    ([name, example]) => [name, nodeAt(example)['value']] as const,
  );
  return 'example' in json ? [...named, ['example', json['example']]] : named;
}

function jsonOf(content: unknown): Node {
  return nodeAt(content, 'content', 'application/json');
}

/** The node down that path; an empty one where there is none. */
function nodeAt(node: unknown, ...names: readonly string[]): Node {
  let at = node;
  for (const name of names) at = isNode(at) ? at[name] : undefined;
  return isNode(at) ? at : {};
}

/** The document without references. A pointer may lead through another reference, and a reference may have siblings. */
function resolved(document: Node): Node {
  function follow(pointer: string): unknown {
    let at: unknown = document;
    for (const token of pointer.slice(2).split('/')) {
      while (isNode(at) && typeof at['$ref'] === 'string') at = follow(at['$ref']);
      const name = decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
      at = Array.isArray(at) ? at[Number(name)] : isNode(at) ? at[name] : undefined;
    }
    return at;
  }
  function expand(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(expand);
    if (!isNode(value)) return value;
    const { $ref, ...rest } = value;
    if (typeof $ref !== 'string') return mapped(value, expand);
    return { ...nodeAt(expand(follow($ref))), ...mapped(rest, expand) };
  }
  return nodeAt(expand(document));
}

function mapped(node: Node, change: (value: unknown, name: string) => unknown): Node {
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, change(value, name)]));
}

/** A schema that compiles, and for replies a strict one. Keywords of OpenAPI that are not JSON Schema's are ignored. */
function repaired(schema: Node, side: 'request' | 'reply'): Node {
  // The documents' annotations are not always of the form that JSON Schema wants.
  const { required, nullable, description, example, examples, ...rest } = withoutAllOf(schema);
  const properties = mapped(nodeAt(rest['properties']), (property, name) => {
    const fixed = repaired(nodeAt(property), side);
    // The schema says integer; the document's own example is a string.
    return name === 'cvc' ? { ...fixed, type: ['string', 'integer'] } : fixed;
  });
  const named = Object.keys(properties);
  const strict =
    side === 'reply' && named.length > 0
      ? { required: named, propertyNames: { enum: [...named, ...named.flatMap((name) => EXTENSIONS[name] ?? [])] } }
      : {};
  return {
    ...rest,
    ...(Array.isArray(required) ? { required } : {}),
    ...(isNode(rest['properties']) ? { properties } : {}),
    ...(isNode(rest['items']) ? { items: repaired(rest['items'], side) } : {}),
    ...(nullable === true || side === 'reply' ? orNull(rest) : {}),
    ...strict,
  };
}

/** The members of an `allOf` as one object, so that its properties can be counted. */
function withoutAllOf({ allOf, ...rest }: Node): Node {
  if (!Array.isArray(allOf)) return rest;
  const members = allOf.map((member) => withoutAllOf(nodeAt(member)));
  return { ...rest, type: 'object', properties: Object.assign({}, ...members.map((one) => one['properties'])) };
}

function orNull({ type, enum: words }: Node): Node {
  return {
    ...(typeof type === 'string' ? { type: [type, 'null'] } : {}),
    ...(Array.isArray(words) ? { enum: [...words, null] } : {}),
  };
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
