/**
 * Whether a reply is one that the OpenAPI document has: its status, its body, its content type. Every reply of a test
 * server is asked about, so that each suite that starts one proves the document.
 */
import type { IncomingMessage } from 'node:http';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { adapters } from '../../adapters/index.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { apiRoutes } from '../../src/http/api/index.ts';
import { documentOf, type OpenApiDocument } from '../../src/http/openapi/document.ts';
import { operationsOf } from '../../src/http/openapi/operations.ts';
import type { SeenReply } from './replies.ts';

/** What the document has against a reply, or null. */
export type Conformance = (req: Pick<IncomingMessage, 'method' | 'url'>, reply: SeenReply) => string | null;

/** A document as it is read, by paths, methods and statuses. */
export interface Document extends OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

export interface DocumentedOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, object>>;
}

export interface Operation extends DocumentedOperation {
  readonly method: string;
  readonly path: string;
}

export function operationsIn({ paths }: Document): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

/** The document as a client reads it. */
export const documentFor = (engine: Engine): Document =>
  JSON.parse(JSON.stringify(documentOf(operationsOf(adapters, apiRoutes(engine, adapters, 0)))));

let known: Checks | null = null;

/** @param apart whether tender data is served at another port, so that a path of the document may be 404 or 405 */
export function conformanceOf(engine: Engine, apart: boolean): Conformance {
  known ??= checksOf(documentFor(engine));
  const { find, check } = known;
  return ({ method = '', url = '' }, { status, headers, text }) => {
    const [path = ''] = url.split('?');
    const [operation, isPath] = find(method === 'HEAD' ? 'GET' : method, path);
    const name = `${method} ${operation?.path ?? 'elsewhere'}: ${status}`;
    if (text === '') {
      const empty = method === 'HEAD' || method === 'OPTIONS' || status === 204;
      return empty ? null : `${name} has no body`;
    }
    if (!String(headers['content-type']).startsWith('application/json')) return `${name} is no JSON`;
    // What is no operation, an odd target, or not at this port.
    const unrouted = operation === null ? [isPath ? 405 : 404, 400] : apart ? [404, 405] : [];
    const fault = operation === null ? 'is not in the document' : check(operation, status, text);
    const isKnown = fault === null || (unrouted.includes(status) && check(null, status, text) === null);
    return isKnown ? null : `${name} ${fault} ${text}`;
  };
}

interface Checks {
  /** The operation, or null and whether the path has others. */
  find(method: string, path: string): readonly [Operation | null, boolean];
  /** What is wrong with a body; without an operation, as an error of ours. */
  check(operation: Operation | null, status: number, text: string): string | null;
}

function checksOf(document: Document): Checks {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'document', ...document });
  const paths = Object.keys(document.paths).map((path) => ({ path, form: patternOf(path) }));
  const operations = operationsIn(document);
  const checks = new Map<string, ValidateFunction>();
  const compiled = (pointer: string) => {
    const check = checks.get(pointer) ?? ajv.compile({ $ref: `document#${pointer}` });
    checks.set(pointer, check);
    return check;
  };

  function pointerOf(operation: Operation | null, status: number): string | null {
    if (operation === null) return `/components/schemas/error_${status}`;
    const { path, method, responses } = operation;
    const response = responses[status];
    if (response === undefined) return null;
    if ('$ref' in response) return `/components/schemas/error_${status}`;
    const place = ['paths', path, method.toLowerCase(), 'responses', status, 'content', 'application/json', 'schema'];
    return `/${place.map((step) => encodeURIComponent(String(step).replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
  }

  return {
    find(method, path) {
      const matching = paths.filter(({ form }) => form.test(path)).map((one) => one.path);
      // A literal segment counts before a parameter, as in the router.
      const [first] = matching.sort((a, b) => a.split('{').length - b.split('{').length);
      return [operations.find((one) => one.path === first && one.method === method) ?? null, first !== undefined];
    },
    check(operation, status, text) {
      const pointer = pointerOf(operation, status);
      if (pointer === null) return 'is a status that is not in the document';
      const check = compiled(pointer);
      return check(JSON.parse(text)) ? null : ajv.errorsText(check.errors);
    },
  };
}

const patternOf = (path: string) => new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`);
