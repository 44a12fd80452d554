/**
 * A Rainforest on a real socket of loopback: keys, envelope and routes over a ledger of its own, and the harm that a test
 * wants. Every request that it gets and every reply that it gives is held against the contract where this checkout has it.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, pause, systemClock } from '../../src/core/clock.ts';
import type { Processor } from '../../src/core/processor.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Complain } from '../../src/processors/complaint.ts';
import { openRainforest } from '../../src/processors/rainforest/open.ts';
import { type Manner, mannerOf } from '../../src/processors/sandbox/outcomes.ts';
import { createFakeLedger, type FakeLedger, type Fields, Refusal } from './fake-rainforest-ledger.ts';
import { type Latch, latch } from './latch.ts';
import { contract } from './rainforest.ts';

export const CONFIG_KEY = `sbx_apikey_${'c'.repeat(64)}`;
export const PAYIN_KEY = `sbx_apikey_${'d'.repeat(64)}`;
export const PLATFORM = 'sbx_plt_2A4d6U0tMyovzTbVT1ktmRzdRaD';
export const MERCHANT = 'sbx_mid_2DrDFJPutxE5AIbJSopAnqniEbr';

export interface FakeRainforest {
  readonly port: number;
  readonly ledger: FakeLedger;
  /** Method and path of every request so far. */
  readonly requests: readonly string[];
  /** What the contract had against any of them, or against a reply. */
  readonly faults: readonly string[];
  /** Does what it is asked to by the next request to that path, and cuts the connection in place of an answer. */
  loseAnswer(path: RegExp): void;
  /** Holds the next request to that path before anything is done for it. */
  hold(path: RegExp): { readonly arrived: Promise<void>; release(): void };
  close(): Promise<void>;
}

/** A processor at that port, as its settings open it. */
export function rainforestAt(port: number, clock: Clock = systemClock, complain: Complain = () => {}): Processor {
  const processor = openRainforest(
    {
      environment: 'sandbox',
      configKey: new Secret(CONFIG_KEY),
      payinKey: new Secret(PAYIN_KEY),
      platformId: PLATFORM,
      merchantId: MERCHANT,
      url: `http://127.0.0.1:${port}`,
    },
    clock,
    complain,
  );
  if (processor === null) throw new Error('there are credentials');
  return processor;
}

/** @param clock times what is slow or late */
export async function startFakeRainforest(clock: Clock = systemClock): Promise<FakeRainforest> {
  const ledger = createFakeLedger(clock);
  const requests: string[] = [];
  const faults: string[] = [];
  let losing: RegExp | null = null;
  let holding: { readonly path: RegExp; readonly arrived: Latch; readonly released: Latch } | null = null;

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const [method = '', path = ''] = [incoming.method, incoming.url];
    const text = await textOf(incoming);
    const body: Fields | null = text === '' ? null : JSON.parse(text);
    requests.push(`${method} ${path}`);
    const fault = body === null ? null : (contract?.faultOfRequest(method, path, body) ?? null);
    if (fault !== null) faults.push(fault);

    if (holding?.path.test(path) === true) {
      const held = holding;
      holding = null;
      held.arrived.open();
      await held.released.opened;
    }
    const lost = losing?.test(path) === true;
    if (lost) losing = null;
    const manner = mannerOfRequest(path, body);
    if (manner.kind === 'order_lost') return void incoming.socket.destroy();
    const [status, reply] = answer(incoming, method, path, body ?? {});
    if (manner.kind === 'slow') await pause(clock, manner.ms);
    if (lost || manner.kind === 'answer_lost') return void incoming.socket.destroy();
    const broken = contract?.faultOfReply(method, path, status, reply) ?? null;
    if (broken !== null) faults.push(broken);
    outgoing.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(reply));
  }

  /** Of a request that charges: by its amount, as in the sandbox's table. */
  function mannerOfRequest(path: string, body: Fields | null): Manner {
    if (!/payins?$/.test(path) || body === null) return { kind: 'at_once' };
    const config = ledger.readConfig(String(body['payin_config_id']));
    return mannerOf({ amount: Number(config['amount']), currency: 'USD' });
  }

  function answer(incoming: IncomingMessage, method: string, path: string, body: Fields): [number, object] {
    const key = /configs/.test(path) ? CONFIG_KEY : PAYIN_KEY;
    const given = incoming.headers.authorization;
    if (given !== `Bearer ${key}`) {
      const known = given === `Bearer ${CONFIG_KEY}` || given === `Bearer ${PAYIN_KEY}`;
      return known ? errorReply(403, 'AuthForbidden', null) : errorReply(401, 'AuthUnauthorized', null);
    }
    if (incoming.headers['rainforest-api-version'] !== '2024-10-16') return errorReply(400, 'RequestBody', null);
    try {
      const data = execute(method, path, body);
      if (data === null) return errorReply(404, 'EntityNotFound', null);
      return [200, { status: 'SUCCESS', data, errors: null }];
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return errorReply(error.status, error.status === 404 ? 'EntityNotFound' : 'RequestBody', error.field);
    }
  }

  function execute(method: string, path: string, body: Fields): Fields | null {
    const [, , collection = '', id = '', action = ''] = (path.split('?')[0] ?? '').split('/');
    switch (`${method} ${collection}${id === '' ? '' : '/id'}${action === '' ? '' : `/${action}`}`) {
      case 'POST payin_configs':
        return ledger.createConfig(body);
      case 'GET payin_configs/id':
        return ledger.readConfig(id);
      case 'POST payment_method_configs':
        return ledger.createMethodConfig(body);
      case 'GET payment_method_configs/id':
        return ledger.readMethodConfig(id);
      case 'POST payment_methods':
        return ledger.store(body);
      case 'GET payment_methods/id':
        return ledger.readMethod(id);
      case 'POST payins':
        return ledger.pay(body, null);
      case 'POST payment_methods/id/payin':
        return ledger.pay(body, id);
      case 'GET payins':
        return { total_results: 0, last_key: null, results: [] };
      case 'GET payins/id':
        return ledger.readPayin(id);
      case 'POST payins/id/capture':
        return ledger.capture(id, body);
      case 'POST payins/id/void_or_refund':
        return ledger.reverse(id, body);
      default:
        return null;
    }
  }

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch((error: unknown) => {
      // A request that was cut off is the test's wish.
      if (incoming.complete) faults.push(String(error));
      incoming.socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    ledger,
    requests,
    faults,
    loseAnswer(path) {
      losing = path;
    },
    hold(path) {
      const held = { path, arrived: latch(), released: latch() };
      holding = held;
      return { arrived: held.arrived.opened, release: () => held.released.open() };
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function errorReply(status: number, code: string, field: string | null): [number, object] {
  return [status, { status: 'ERROR', data: null, errors: [{ field, code, message: 'No.' }] }];
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming) text += chunk;
  return text;
}
