/**
 * Callers and their providers: calls are delivered, cut off, repeated side by side, redialled with another card, in the
 * dialects of all simulators. Remembers what each delivery was told; whether that was true is judge.ts.
 */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/core/clock.ts';
import { ERROR_CODES, ERRORS } from '../../src/core/errors.ts';
import type { Call, Login, Simulator } from '../../src/core/simulator.ts';
import { addressOf } from '../../src/simulate/play.ts';
import { createWire, type Wire } from '../../src/simulate/wire.ts';
import type { Draw } from '../support/draw.ts';
import { card } from '../support/orders.ts';

/** One delivery, and what it was told. */
export interface Told {
  readonly startedAt: number;
  /** Null for silence. */
  verdict: 'approved' | 'failed' | null;
  /** Of an approval. */
  id: string | null;
  /** Of a failure. */
  code: string | null;
}

/** One transaction of a payment, with the deliveries of it in the order in which they began. */
export interface Transaction {
  readonly call: Call;
  readonly simulator: Simulator;
  readonly told: Told[];
}

/** A config, and everybody who called to pay it. */
export interface Payment {
  readonly config: string;
  readonly operation: Call['operation'];
  readonly transactions: readonly Transaction[];
}

/** Whether an answer is for good; `open`: neither yes nor no, or silence; `passing`: not executed, and may be yet. */
export type Answer = 'for good' | 'open' | 'passing';

/** Sends what callers want to a server. */
export interface Callers {
  /** Calls until it is answered, or the caller has enough. */
  call(transaction: Transaction, urlOf: () => URL, draw: Draw): Promise<void>;
  /** Delivers once more, and waits for so long, milliseconds. */
  ask(transaction: Transaction, url: URL, patienceMs: number): Promise<Answer>;
  close(): void;
}

const GOOD = ['4242424242424242', '5555555555554444', '378282246310005'] as const;
const DECLINED = '4000000000000002';
const MOST_DELIVERIES = 4;

/** Refusals that a later delivery of the same transaction may hear otherwise. */
const PASSING: ReadonlySet<string | null> = new Set([
  'PROCESSOR_UNREACHABLE',
  'STORE_UNAVAILABLE',
  'SERVICE_STOPPING',
  'INTERNAL_ERROR',
]);

const familyOf = (code: string | null) => {
  const known = ERROR_CODES.find((one) => one === code);
  return known === undefined ? null : ERRORS[known].family;
};

/** Whether a reply with that code says neither yes nor no. */
export const isOpenCode = (code: string | null): boolean => familyOf(code) === 'open';

/** Whether it says no for somebody else, so that it was sent. */
export const isDeclineCode = (code: string | null): boolean => familyOf(code) === 'declined';

/** The calls for one config: a first one, and for every second config another that redials. */
export function paymentOf(
  config: string,
  operation: Call['operation'],
  simulators: readonly Simulator[],
  draw: Draw,
): Payment {
  const simulator = simulators[draw(0, simulators.length - 1)];
  if (simulator === undefined) throw new Error('there is a simulator for each number');
  const first = draw(0, 4) === 0 ? DECLINED : (GOOD[draw(0, GOOD.length - 1)] ?? GOOD[0]);
  const numbers = draw(0, 1) === 0 ? [first] : [first, GOOD[draw(0, GOOD.length - 1)] ?? GOOD[0]];
  const transactions = numbers.map((number) => ({ simulator, told: [], call: callOf(config, operation, number) }));
  return { config, operation, transactions };
}

function callOf(config: string, operation: Call['operation'], number: string): Call {
  const parameters: Call['parameters'] =
    operation === 'charge' ? { payin_config_id: config } : { payment_method_config_id: config };
  return {
    operation,
    transactionId: randomUUID(),
    tender: card(number, number.startsWith('3') ? '7373' : '737'),
    thenTender: null,
    amount: '10.00',
    currency: 'USD',
    description: null,
    parameters,
  };
}

export function createCallers(login: Login): Callers {
  const wire = createWire(systemClock);

  async function call(transaction: Transaction, urlOf: () => URL, draw: Draw): Promise<void> {
    for (let i = 0; i < MOST_DELIVERIES; i++) {
      const sideBySide = Array.from({ length: draw(1, 2) }, () => {
        const hangUp = draw(0, 9) === 0;
        return deliver(wire, login, transaction, urlOf(), draw(30, 1_500), hangUp);
      });
      const told = await Promise.all(sideBySide);
      if (told.some(({ verdict }) => verdict !== null)) return;
    }
  }

  return {
    call,
    async ask(transaction, url, patienceMs) {
      const { verdict, code } = await deliver(wire, login, transaction, url, patienceMs, false);
      if (verdict === null || isOpenCode(code)) return 'open';
      return PASSING.has(code) ? 'passing' : 'for good';
    },
    close: () => wire.close(),
  };
}

async function deliver(
  wire: Wire,
  login: Login,
  { simulator, call, told }: Transaction,
  base: URL,
  patienceMs: number,
  hangUp: boolean,
): Promise<Told> {
  const heard: Told = { startedAt: Date.now(), verdict: null, id: null, code: null };
  told.push(heard);
  const request = simulator.next(call, login, []);
  if (request === null) throw new Error(`${simulator.name} has nothing to send`);
  const { method, headers, body } = request;
  const url = addressOf(new URL(simulator.path, base), request);
  const answer = await wire.send({ method, headers, body, url, patienceMs, hangUp });
  if ('silence' in answer) return heard;
  const { verdict, id, code } = simulator.ending(call, [{ request, reply: answer.reply }]);
  if (verdict === 'malformed' || verdict === 'silent') throw new Error(`a reply that is none: ${answer.reply.body}`);
  return Object.assign(heard, { verdict, id, code });
}
