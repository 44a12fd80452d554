/** The OpenAPI document is valid, and says what is served: every route of both ports, every operation with its replies. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import type Koa from 'koa';
import { adapters } from '../../adapters/index.ts';
import { systemClock } from '../../src/core/clock.ts';
import { createApp } from '../../src/http/app.ts';
import { documentOf } from '../../src/http/openapi/document.ts';
import { operationsOf } from '../../src/http/openapi/operations.ts';
import { createSandbox, memoryLedger } from '../../src/processors/sandbox/index.ts';
import { prepare } from '../fuzz/live.ts';
import type { Target } from '../fuzz/schemathesis.ts';
import acme from '../kit/outside/acme.ts';
import { exchange } from '../support/exchange.ts';
import { conformanceOf, type Document, type Operation, operationsIn } from '../support/openapi.ts';
import { basic } from '../support/refusals.ts';
import { PUBLIC_ADDRESSES, startServer, TEST_SECRETS, type TestServer } from '../support/server.ts';
import { createDatabase, type TestDatabase } from '../support/stores.ts';

const DOCUMENT = { method: 'GET', path: '/openapi.json', headers: { authorization: null } };

async function documentAt(url: string): Promise<Document> {
  const { status, text } = await exchange(url, DOCUMENT);
  expect(status).to.equal(200);
  return JSON.parse(text);
}

const nameOf = ({ method, path }: { readonly method: string; readonly path: string }) => `${method} ${path}`;
const namesIn = (document: Document) => operationsIn(document).map(nameOf);

describe('The OpenAPI document', () => {
  let database: TestDatabase;
  let server: TestServer;
  let document: Document;
  before(async () => {
    const ledger = memoryLedger();
    // Payins settle at once, so that they can be refunded in part.
    const processor = createSandbox({ ledger, clock: systemClock, settlesAfterMs: 0 });
    database = await createDatabase('sqlite');
    server = await startServer({ store: await database.open(), ledger, processor });
    document = await documentAt(server.url);
  });
  after(async () => {
    await server.close();
    await database.destroy();
  });

  /** What the routers of an application answer, in the document's spelling. HEAD goes with GET. */
  function routesOf(koa: Koa | null): readonly string[] {
    const layers: readonly { readonly methods: readonly string[]; readonly path: string }[] = (
      koa?.middleware ?? []
    ).flatMap((middleware) => Reflect.get(middleware, 'router')?.stack ?? []);
    return layers.flatMap(({ methods, path }) =>
      methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
    );
  }

  for (const vaultApart of [false, true]) {
    it(`has every route, and no other, ${vaultApart ? 'of each port' : 'of the one port'}`, async () => {
      const { engine, store, log, clock } = server;
      const limits = { maxBodyBytes: 1_024, maxJsonDepth: 8, failedAuthsPerMinute: 1 };
      const { koa, vault } = createApp({
        ...{ engine, store, clock, adapters, limits, vaultApart, addresses: PUBLIC_ADDRESSES },
        ...{ log: log.log, secrets: TEST_SECRETS, apiPatienceMs: 1 },
      });
      const apart = vaultApart ? await startServer({ store: await database.open(), vaultApart }) : null;
      const [here, there] = [apart?.url ?? server.url, apart?.vaultUrl];
      expect(namesIn(await documentAt(here))).to.have.members(routesOf(koa));
      expect(routesOf(koa)).to.have.lengthOf.above(40);
      if (there !== undefined) expect(namesIn(await documentAt(there))).to.have.members(routesOf(vault));
      await apart?.close();
    });
  }

  it('marks what is served at VAULT_PORT', () => {
    const marked = operationsIn(document).filter((one) => 'x-tender-data' in one);
    expect(marked.map(nameOf)).to.include.members(['POST /v1/payins', 'POST /vendor/telnyx/pay/{key}']);
    expect(marked.map(nameOf)).to.not.include('POST /v1/payin_configs');
  });

  it('has an adapter from outside of the tree, with the statuses that it answers', () => {
    const { paths } = JSON.parse(JSON.stringify(documentOf(operationsOf([...adapters, acme], []))));
    expect(paths['/vendor/acme'].post).to.deep.include({ security: [{ basic: [] }], tags: ['acme'] });
    expect(Object.keys(paths['/vendor/acme'].post.responses)).to.include.members(['200', '401', '429']);
  });

  describe('is valid', () => {
    it('in its schemas, each of which compiles, and in its references, each of which leads somewhere', () => {
      const ajv = new Ajv2020({ strict: false });
      addFormats.default(ajv);
      ajv.addSchema({ $id: 'document', ...document });
      let schemas = 0;
      const visit = (node: unknown, pointer: string): void => {
        if (typeof node !== 'object' || node === null) return;
        if (pointer.endsWith('/schema') || /\/components\/schemas\/\w+$/.test(pointer)) {
          ajv.compile({ $ref: `document#${pointer}` });
          schemas++;
        }
        const reference: unknown = Reflect.get(node, '$ref');
        if (typeof reference === 'string') expect(followed(document, reference), reference).to.be.an('object');
        for (const [name, member] of Object.entries(node)) {
          visit(member, `${pointer}/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`);
        }
      };
      visit(document, '');
      expect(schemas).to.be.above(200);
    });

    it('in what each operation must have: an id of its own, its parameters, what it asks for', () => {
      const operations = operationsIn(document);
      const ids = operations.map(({ operationId }) => operationId);
      expect(new Set(ids).size).to.equal(ids.length);
      const schemes = Object.keys(document.components['securitySchemes'] ?? {});
      for (const { path, parameters = [], security, responses } of operations) {
        const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        const declared = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
        expect(declared, path).to.have.ordered.members(named);
        expect(schemes).to.include.members(security.flatMap(Object.keys));
        expect(Object.keys(responses), path).to.not.have.lengthOf(0);
      }
    });
  });

  describe('holds for replies', () => {
    let target: Target;
    before(async () => {
      const { platform, merchant } = server.account;
      const account = { platform_id: platform.id, merchant_id: merchant.id, admin_key: server.adminKey };
      target = await prepare(server.url, account);
    });

    /** As the examples have it, with objects that the server knows: each turn others, as some use theirs up. */
    async function ask(operation: Operation, turn: number): Promise<Response> {
      const { method, path, security } = operation;
      const known = (name: string) => {
        if (path.endsWith('/capture')) return target.authorized;
        const values = target.values[`path.${name}`] ?? ['none'];
        return values[turn % values.length] ?? '';
      };
      const [type, value] = exampleOf(operation);
      const [scheme] = security.flatMap(Object.keys);
      const credentials = scheme === 'basic' ? basic('api_key', target.key) : `Bearer ${target.key}`;
      const isForm = type === 'application/x-www-form-urlencoded';
      const body = isForm ? String(new URLSearchParams(Object(value))) : JSON.stringify(value);
      return fetch(server.url + path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(known(name))), {
        method,
        headers: {
          ...(scheme === undefined ? {} : { authorization: credentials }),
          ...(type === null ? {} : { 'content-type': type }),
        },
        ...(type === null ? {} : { body }),
      });
    }

    /** The Content-Type and the body; where a path carries the key, those of the path without it. */
    function exampleOf({ path, method }: Operation): readonly [type: string | null, value: unknown] {
      const plain = path.replace('/{key}', '').replaceAll('/', '~1');
      const found = followed(target.document, `#/paths/${plain}/${method.toLowerCase()}/requestBody/content`);
      const [[type, media] = [null, {}]] = Object.entries(found);
      const [example] = Object.values(Object(Reflect.get(media, 'examples')));
      return [type, Reflect.get(Object(example), 'value') ?? {}];
    }

    it('of each operation that is asked as it should be', async () => {
      const otherwise: string[] = [];
      for (const [turn, operation] of operationsIn(document).entries()) {
        const reply = await ask(operation, turn);
        // What is not built has no other answer.
        const wanted = operation.tags.includes('not built') ? 501 : operation.responses[204] ? 204 : 200;
        if (reply.status !== wanted) otherwise.push(`${nameOf(operation)}: ${reply.status} ${await reply.text()}`);
      }
      expect(otherwise).to.deep.equal([]);
    });

    it('of each operation that is asked without credentials', async () => {
      for (const { method, path, security } of operationsIn(document)) {
        const { status } = await exchange(server.url, { method, path, headers: { authorization: null }, body: {} });
        const isOpen = security.length === 0 && !path.endsWith('{key}') && !path.endsWith('/token');
        expect(status, `${method} ${path}`).to.equal(isOpen ? 200 : 401);
      }
    });
  });

  describe('does not hold for a reply', () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const fault = (url: string, status: number, body: unknown, type: object = headers) =>
      conformanceOf(server.engine, false)(
        { method: 'GET', url },
        {
          status,
          headers: { ...type },
          text: body === null ? '' : JSON.stringify(body),
        },
      );
    const merchants = { status: 'SUCCESS', data: { last_key: null, results: [] as unknown[] }, errors: null };

    it('with a status that the operation has not', () => {
      expect(fault('/v1/merchants', 200, merchants)).to.equal(null);
      expect(fault('/v1/merchants', 201, merchants)).to.include('not in the document');
    });
    it('with a field too many, one too few, or another type', () => {
      expect(fault('/v1/merchants', 200, { ...merchants, more: 1 })).to.include('additional properties');
      expect(fault('/v1/merchants', 200, { ...merchants, data: { results: [] } })).to.include('last_key');
      expect(fault('/v1/merchants?limit=1', 200, { ...merchants, errors: [] })).to.include('null');
    });
    it('that is no JSON, or empty', () => {
      expect(fault('/livez', 200, { live: true }, { 'content-type': 'text/plain' })).to.include('no JSON');
      expect(fault('/livez', 200, null)).to.include('no body');
    });
    it('of a path that it has not, unless that is not found', () => {
      const error = { status: 'ERROR', data: null, errors: [{ field: null, code: 'EntityNotFound', message: 'No.' }] };
      expect(fault('/v2/merchants', 404, error)).to.equal(null);
      expect(fault('/v2/merchants', 200, merchants)).to.include('is not in the document');
    });
  });
});

/** What a reference leads to. */
function followed(document: object, reference: string): object {
  const steps = reference.slice(2).split('/');
  return Object(
    steps.reduce<unknown>(
      (node, step) => Reflect.get(Object(node), decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')),
      document,
    ),
  );
}
