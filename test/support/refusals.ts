/** What Twilio's endpoint answers, held against Twilio's shape; and that a refusal leaves everything as it was. */
import { expect } from 'chai';
import { ERRORS, type ErrorCode } from '../../src/core/errors.ts';
import { exchange, type Sent } from './exchange.ts';
import type { TestServer } from './server.ts';
import type { TwilioReply } from './twilio.ts';

export const TWILIO_PATH = '/vendor/twilio/pay_generic';

export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** Posts with the connector's credentials, unless the headers say otherwise; the reply must have Twilio's shape. */
export async function post(
  server: TestServer,
  { path = TWILIO_PATH, headers, body }: Partial<Sent>,
): Promise<TwilioReply> {
  const authorization = basic('api_key', server.connectorKey);
  const { status, text } = await exchange(server.url, { path, headers: { authorization, ...headers }, body });
  return shapeOf(status, text);
}

/** The reply as Twilio reads it: 200, the keys in order, an id or an error and never both. */
export function shapeOf(status: number, text: string): TwilioReply {
  expect(status, text).to.equal(200);
  const body = JSON.parse(text);
  const [idField, ...others] = Object.keys(body);
  expect(idField).to.be.oneOf(['charge_id', 'token_id']);
  expect(others).to.deep.equal(['error_code', 'error_message', 'parameters']);
  expect(Object.values(body.parameters).every((value) => typeof value === 'string')).to.equal(true);
  if (body.error_code === null) {
    expect(body[String(idField)]).to.match(idField === 'charge_id' ? /^sbx_pyi_/ : /^sbx_mtd_/);
    expect(body.error_message).to.equal(null);
  } else {
    expect(Object.keys(ERRORS)).to.include(body.error_code);
    expect(body[String(idField)]).to.equal(null);
    expect(body).to.deep.include({ error_message: sentenceOf(body.error_code), parameters: {} });
  }
  return { status, text, body };
}

const sentenceOf = (code: ErrorCode): string => ERRORS[code].sentence;

/** Everything that a payment changes. */
async function standing({ store, ledger, engine }: TestServer, config: string) {
  await engine.background.idle();
  const [record, attempts, methods, charges] = await Promise.all([
    store.get('chargeables', config),
    store.count('attempts', []),
    store.count('methods', []),
    ledger.list(),
  ]);
  return { record, attempts, methods, charges: charges.length };
}

/** That what `attempt` sends changes nothing: no attempt, no method, no charge, and the config as it was. */
export async function changesNothing<T>(server: TestServer, config: string, attempt: () => Promise<T>): Promise<T> {
  const before = await standing(server, config);
  const result = await attempt();
  expect(await standing(server, config), 'what a refusal left').to.deep.equal(before);
  return result;
}

/** That the delivery is refused with the code and leaves the config as it was. */
export async function refuses(server: TestServer, config: string, code: ErrorCode, sent: Partial<Sent>): Promise<void> {
  const { text, body } = await changesNothing(server, config, () => post(server, sent));
  expect(body.error_code, text).to.equal(code);
}
