/** Calls to be simulated: a test card or account, ten dollars, an id of their own. */
import { randomUUID } from 'node:crypto';
import { Secret } from '../../src/core/secret.ts';
import type { Call, Login } from '../../src/core/simulator.ts';
import { bankAccount, card } from './orders.ts';

export const LOGIN: Login = { username: 'my_connector_username', password: new Secret('testing123') };

export function cardCall(changes: Partial<Call> = {}): Call {
  return {
    operation: 'charge',
    transactionId: randomUUID(),
    tender: card('4111111111111111', '123'),
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
