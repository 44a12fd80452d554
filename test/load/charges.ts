/**
 * The charges of the bench: whole requests as an adapter's provider makes them, each for something of its own to pay.
 * Decides where they come from: the provider's simulator, else the first charge by card among the adapter's fixtures,
 * under ids of its own. A cart is handed over before, and paid with an access token.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { simulators } from '../../adapters/simulators.ts';
import { twilioSimulator } from '../../adapters/twilio/simulator.ts';
import type { AnyAdapter } from '../../src/core/adapter.ts';
import { formatMoney, type Money } from '../../src/core/money.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Simulator } from '../../src/core/simulator.ts';
import { configParameter } from '../../src/simulate/backend.ts';
import { readFixtures } from '../contract/adapter-fixtures.ts';
import { cardCall } from '../support/calls.ts';
import { CARTS, cardBody, cartBody } from '../support/carts.ts';
import { ROOT, type Server } from './child.ts';
import { CONNECTIONS, closedLoop, requestText } from './client.ts';

/** Makes so many requests, and what they pay on that server. Nothing of this is measured. */
export type Prepare = (server: Server, count: number) => Promise<readonly string[]>;

export const PRICE: Money = { amount: 1000, currency: 'USD' };
/** The sandbox answers a charge of this amount after 12 s. */
export const HANGING_PRICE: Money = { amount: 900_002, currency: 'USD' };

/** Whose charges all figures but the adapters' own are measured with. */
export const USUAL = twilioSimulator;

/** What the provider sends to have a config charged. */
export function chargeOf(simulator: Simulator, { configId, price, key }: Charge) {
  const call = cardCall({
    amount: formatMoney(price),
    currency: price.currency,
    description: 'pizza',
    parameters: configParameter('charge', configId),
  });
  const request = simulator.next(call, { username: 'api_key', password: new Secret(key) }, []);
  if (request === null || request.body === null) throw new Error(`${simulator.name} sends nothing`);
  const { path, headers, body } = request;
  return { path: `${simulator.path}${path}`, headers, body };
}

interface Charge {
  readonly configId: string;
  readonly price: Money;
  readonly key: string;
}

/** Charges of one merchant's configs, by default the first one's, at the usual price. */
export const simulated =
  (simulator: Simulator, { merchant = 0, price = PRICE }: { merchant?: 0 | 1; price?: Money } = {}): Prepare =>
  async (server, count) => {
    const key = server.keys[merchant];
    const ids = await server.makeConfigs({ merchant, price, count });
    return ids.map((configId) => {
      const { path, headers, body } = chargeOf(simulator, { configId, price, key });
      return requestText(path, headers, body);
    });
  };

/** How that adapter's charges are made. @throws {Error} where neither a simulator nor a fixture tells */
export function chargesOf(adapter: AnyAdapter): Prepare {
  if (adapter.name === 'cart') return cartPayments;
  const simulator = simulators.find(({ name }) => name === adapter.name);
  return simulator === undefined ? likeFixture(adapter) : simulated(simulator);
}

function likeFixture({ name, auth }: AnyAdapter): Prepare {
  const folder = fileURLToPath(new URL(`test/adapters/${name}/fixtures`, ROOT));
  for (const { path, body, command } of readFixtures(folder)) {
    if (command.kind !== 'charge' || command.tender.kind !== 'card') continue;
    const { configId, transactionId, money } = command;
    if (configId === null || transactionId === null) continue;
    return async (server, count) => {
      const [key] = server.keys;
      const ids = await server.makeConfigs({ merchant: 0, price: money ?? PRICE, count });
      const Authorization = auth.includes('basic') ? basic('api_key', key) : `Bearer ${key}`;
      return ids.map((id) => {
        const renamed = new Map([
          [configId, id],
          [transactionId, randomUUID()],
        ]);
        const own = JSON.stringify(body, (_name, value) => renamed.get(value) ?? value);
        return requestText(path, { Authorization, 'Content-Type': 'application/json' }, own);
      });
    };
  }
  throw new Error(`test/adapters/${name}/fixtures has no charge of a config by card in a transaction`);
}

const cartPayments: Prepare = async (server, count) => {
  const headers = { Authorization: `Bearer ${await accessToken(server)}`, 'Content-Type': 'application/json' };
  const primary = formatMoney(PRICE);
  const opening = () => requestText(CARTS, headers, JSON.stringify(cartBody({ item: { amount: primary } })));
  const { answers } = await closedLoop(server.port, Array.from({ length: count }, opening), CONNECTIONS);
  // The merchant has no fee schedule.
  const payment = JSON.stringify(cardBody({ amounts: { primary, fees: '0.00', total: primary } }));
  return answers.map((answer) => {
    const { cartId } = JSON.parse(answer);
    return requestText(`${CARTS}/${cartId}/payments/card`, headers, payment);
  });
};

async function accessToken({ port, client }: Server): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/oauth/token`, {
    method: 'POST',
    headers: { Authorization: basic(client.id, client.secret) },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'cart:create payin:create' }),
  });
  const { access_token } = (await response.json()) as { readonly access_token?: string };
  if (access_token === undefined) throw new Error(`no access token: ${response.status}`);
  return access_token;
}

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
