/**
 * A Stripe on a real socket of loopback: keys, accounts, forms, and idempotency as Stripe documents it, over a ledger for
 * each account; and the harm that a test wants. Nothing is deduped but by idempotency keys.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { type Clock, pause, systemClock } from '../../src/core/clock.ts';
import type { Processor } from '../../src/core/processor.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Complain } from '../../src/processors/complaint.ts';
import { mannerOf } from '../../src/processors/sandbox/outcomes.ts';
import { openStripe } from '../../src/processors/stripe/open.ts';
import { createFakeStripeLedger, type FakeStripeLedger, type Form, StripeRefusal } from './fake-stripe-ledger.ts';
import { type Latch, latch } from './latch.ts';

export const STRIPE_KEY = 'sk_test_ofTheTestsAlone';

/** One request as it came. */
export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An object as it would be answered. */
export type Answered = Readonly<Record<string, unknown>>;

export interface FakeStripe {
  readonly port: number;
  /** Of the key's own account, unless another is named. */
  ledger(account?: string): FakeStripeLedger;
  readonly requests: readonly SeenRequest[];
  /** What went wrong in the fake, or was never to come. */
  readonly faults: readonly string[];
  /** Cuts the connection of the next request that reads so, before anything is done for it or in place of its answer. */
  cut(line: RegExp, when: 'before' | 'after'): void;
  /** Holds the next request that reads so before anything is done for it. @param lost cuts off its answer, too */
  hold(line: RegExp, lost?: 'lost'): { readonly arrived: Promise<void>; release(): void };
  /** Answers the next request that reads so with that, and does nothing for it. */
  answer(line: RegExp, status: number, body: string): void;
  /** Does what the next request that reads so asks for, and answers with what `change` makes of the object. */
  alter(line: RegExp, change: (object: Answered) => object): void;
  /** Forgets the idempotency keys, as Stripe may after a day. */
  prune(): void;
  close(): Promise<void>;
}

/** A processor at that port, as its settings open it. */
export function stripeAt(port: number, clock: Clock = systemClock, complain: Complain = () => {}): Processor {
  const settings = {
    secretKey: new Secret(STRIPE_KEY),
    bankAccounts: 'unverified',
    url: `http://127.0.0.1:${port}`,
  } as const;
  const processor = openStripe(settings, clock, complain);
  if (processor === null) throw new Error('there is a key');
  return processor;
}

/** What came of the first request with a key; null while it is under way. */
interface Kept {
  readonly request: string;
  reply: readonly [status: number, body: string] | null;
}

type Harm = { readonly line: RegExp } & (
  | { readonly kind: 'before' | 'after' }
  | { readonly kind: 'hold'; readonly arrived: Latch; readonly released: Latch; readonly lost: boolean }
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | { readonly kind: 'alter'; readonly change: (object: Answered) => object }
);

/** @param clock times what is slow */
export async function startFakeStripe(clock: Clock = systemClock): Promise<FakeStripe> {
  const ledgers = new Map<string, FakeStripeLedger>();
  const kept = new Map<string, Kept>();
  const requests: SeenRequest[] = [];
  const faults: string[] = [];
  let harms: readonly Harm[] = [];
  let count = 0;

  function ledger(account = ''): FakeStripeLedger {
    const known = ledgers.get(account) ?? createFakeStripeLedger(() => ++count);
    ledgers.set(account, known);
    return known;
  }

  function harmTo(line: string): Harm | undefined {
    const harm = harms.find((one) => one.line.test(line));
    harms = harms.filter((one) => one !== harm);
    return harm;
  }

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = incoming;
    const body = await textOf(incoming);
    requests.push({ method, path, headers, body });
    const harm = harmTo(`${method} ${path}`);
    if (harm?.kind === 'before') return void incoming.socket.destroy();
    if (harm?.kind === 'answer') return void outgoing.writeHead(harm.status).end(harm.body);
    if (harm?.kind === 'hold') {
      harm.arrived.open();
      await harm.released.opened;
    }
    const manner = mannerOfRequest(path, headers);
    if (manner.kind === 'order_lost') return void incoming.socket.destroy();
    const [status, reply] = await replyTo(method, path, headers, body);
    if (manner.kind === 'slow') await pause(clock, manner.ms);
    const isLost = harm?.kind === 'after' || (harm?.kind === 'hold' && harm.lost) || manner.kind === 'answer_lost';
    if (isLost) return void incoming.socket.destroy();
    const account = headers['stripe-account'];
    outgoing.writeHead(status, {
      'Content-Type': 'application/json',
      'Request-Id': `req_${++count}`,
      'Stripe-Notice': 'one that the library would warn of',
      ...(account === undefined ? {} : { 'Stripe-Account': account }),
    });
    outgoing.end(harm?.kind === 'alter' ? JSON.stringify(harm.change(JSON.parse(reply))) : reply);
  }

  /** Of a request that charges: by its amount, as in the sandbox's table. */
  function mannerOfRequest(path: string, headers: IncomingMessage['headers']) {
    const id = /^\/v1\/payment_intents\/([^/]+)\/confirm$/.exec(path)?.[1];
    if (id === undefined) return mannerOf(null);
    const intent: object = ledger(accountIn(headers)).readIntent(id);
    return mannerOf({ amount: 'amount' in intent ? Number(intent.amount) : 0, currency: 'USD' });
  }

  /** https://docs.stripe.com/api/idempotent_requests; a key is of one endpoint of one account. */
  async function replyTo(
    method: string,
    path: string,
    headers: IncomingMessage['headers'],
    body: string,
  ): Promise<readonly [number, string]> {
    if (headers.authorization !== `Bearer ${STRIPE_KEY}`) return errorReply(401, { type: 'invalid_request_error' });
    if (headers['stripe-version'] !== '2026-10-28.endive') faults.push(`version ${headers['stripe-version']}`);
    const given = headers['idempotency-key'];
    if (method !== 'POST' || given === undefined) return execute(method, path, headers, body).reply;
    const key = `${accountIn(headers) ?? ''} ${String(given)}`;
    const request = `${path} ${body}`;
    const before = kept.get(key);
    if (before !== undefined && before.request !== request) return errorReply(400, { type: 'idempotency_error' });
    if (before !== undefined) return before.reply ?? errorReply(409, IN_USE);
    const now: Kept = { request, reply: null };
    kept.set(key, now);
    await turn();
    const { reply, isBegun } = execute(method, path, headers, body);
    if (isBegun) now.reply = reply;
    else kept.delete(key);
    return reply;
  }

  function execute(
    method: string,
    path: string,
    headers: IncomingMessage['headers'],
    body: string,
  ): { readonly reply: readonly [number, string]; readonly isBegun: boolean } {
    try {
      const url = new URL(path, 'http://stripe');
      const form = formOf(method === 'GET' ? url.search.slice(1) : body);
      const reply = run(ledger(accountIn(headers)), `${method} ${url.pathname}`, form);
      const shown = JSON.stringify(collapsed(reply, Object.values(form['expand'] ?? {}).map(String)));
      return { reply: [200, shown], isBegun: true };
    } catch (error) {
      if (!(error instanceof StripeRefusal)) throw error;
      return { reply: errorReply(error.status, collapsed(error.error, [])), isBegun: !error.unbegun };
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
  const add = (harm: Harm) => {
    harms = [...harms, harm];
  };
  return {
    port: (server.address() as AddressInfo).port,
    ledger,
    requests,
    faults,
    cut: (line, kind) => add({ line, kind }),
    answer: (line, status, body) => add({ kind: 'answer', line, status, body }),
    alter: (line, change) => add({ kind: 'alter', line, change }),
    hold(line, lost) {
      const [arrived, released] = [latch(), latch()];
      add({ kind: 'hold', line, arrived, released, lost: lost === 'lost' });
      return { arrived: arrived.opened, release: () => released.open() };
    },
    prune: () => kept.clear(),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const IN_USE = { type: 'invalid_request_error', code: 'idempotency_key_in_use' };

function errorReply(status: number, error: object): [number, string] {
  return [status, JSON.stringify({ error: { message: 'No.', ...error } })];
}

const accountIn = (headers: IncomingMessage['headers']): string | undefined => {
  const account = headers['stripe-account'];
  return typeof account === 'string' ? account : undefined;
};

function run(ledger: FakeStripeLedger, line: string, form: Form): object {
  const [, collection = '', id = '', action = ''] = /^\w+ \/v1\/(\w+)(?:\/(\w+))?(?:\/(\w+))?$/.exec(line) ?? [];
  const of = typeof form['payment_intent'] === 'string' ? form['payment_intent'] : '';
  const kind = `${line.split(' ', 1)[0]} ${collection}${id === '' ? '' : '/id'}${action === '' ? '' : `/${action}`}`;
  switch (kind) {
    case 'POST payment_methods':
      return ledger.createMethod(form);
    case 'GET payment_methods/id':
      return ledger.readMethod(id);
    case 'POST customers':
      return ledger.createCustomer();
    case 'POST payment_intents':
      return ledger.createPayment(form);
    case 'POST setup_intents':
      return ledger.createSetup(form);
    case 'GET payment_intents':
      return ledger.listIntents();
    case 'GET payment_intents/id':
    case 'GET setup_intents/id':
      return ledger.readIntent(id);
    case 'POST payment_intents/id':
    case 'POST setup_intents/id':
      return ledger.update(id, form);
    case 'POST payment_intents/id/confirm':
    case 'POST setup_intents/id/confirm':
      return ledger.confirm(id, form);
    case 'POST payment_intents/id/capture':
      return ledger.capture(id, form);
    case 'POST payment_intents/id/cancel':
    case 'POST setup_intents/id/cancel':
      return ledger.cancel(id);
    case 'POST refunds':
      return ledger.refund(form);
    case 'GET refunds':
      return ledger.listRefunds(of);
    case 'GET charges':
      return ledger.listCharges(of);
    default:
      throw new Error(`the fake has no ${kind}`);
  }
}

/** What can be expanded is an id unless it was asked for; in an error the method stays whole. */
function collapsed(object: object, expand: readonly string[]): object {
  const shown: Record<string, unknown> = { ...object };
  for (const name of ['latest_charge', 'payment_method', 'balance_transaction']) {
    const value = shown[name];
    if (typeof value !== 'object' || value === null || !('id' in value)) continue;
    const inner = expand.filter((path) => path.startsWith(`${name}.`)).map((path) => path.slice(name.length + 1));
    const isWanted = expand.includes(name) || inner.length > 0;
    if (isWanted) shown[name] = collapsed(value, inner);
    else if (!('type' in object && object.type === 'card_error')) shown[name] = value.id;
  }
  for (const name of ['payment_intent', 'setup_intent']) {
    const value = shown[name];
    if (typeof value === 'object' && value !== null) shown[name] = collapsed(value, []);
  }
  return shown;
}

/** `a[b][0]=c`, nested. */
function formOf(text: string): Form {
  type Open = { [name: string]: string | Open };
  const form: Open = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.replaceAll(']', '').split('[');
    const last = path.pop() ?? '';
    let at = form;
    for (const step of path) {
      const next = at[step];
      const inner = typeof next === 'object' ? next : {};
      at[step] = inner;
      at = inner;
    }
    at[last] = value;
  }
  return form;
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming) text += chunk;
  return text;
}
