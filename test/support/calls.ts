/** Calls to be simulated: a test card or account, ten dollars, an id of their own. */
import { randomUUID } from 'node:crypto';
import { Secret } from '../../src/core/secret.ts';
import type { BodyForm, Call, Ending, Login, Simulator, WireReply, WireRequest } from '../../src/core/simulator.ts';
import { bankAccount, card } from './orders.ts';

export const LOGIN: Login = { username: 'my_connector_username', password: new Secret('testing123') };

export function cardCall(changes: Partial<Call> = {}): Call {
  return {
    operation: 'charge',
    transactionId: randomUUID(),
    tender: card('4111111111111111', '123'),
    thenTender: null,
    amount: '10.00',
    currency: 'USD',
    description: null,
    parameters: {},
    ...changes,
  };
}

export function bankCall(changes: Partial<Call> = {}): Call {
  return cardCall({ tender: bankAccount('123456789', '110000000'), ...changes });
}

/** What the provider sends first. */
export function firstRequest({ next }: Simulator | BodyForm, call: Call, login: Login = LOGIN): WireRequest {
  const request = next(call, login, []);
  if (request === null) throw new Error('nothing is sent');
  return request;
}

/** How the call ends when the first request is answered so. */
export function endingOf(simulator: Simulator, call: Call, reply: WireReply | null): Ending {
  return simulator.ending(call, [{ request: firstRequest(simulator, call), reply }]);
}

/** What is wrong with that answer to the first request. */
export function faultsOf(simulator: Simulator, call: Call, reply: WireReply): readonly string[] {
  return simulator.faults(call, { request: firstRequest(simulator, call), reply });
}
