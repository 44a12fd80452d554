/**
 * What the fuzzed server holds: an account, and some of everything that can be made, so that requests reach further than
 * "there is nothing by that name"; and the document with bodies that work, as the providers send them, put in as examples.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { adapters } from '../../adapters/index.ts';
import { type AdapterFixture, readFixtures } from '../contract/adapter-fixtures.ts';
import { bankPayin, cardPayin, payinConfigBody, paymentMethodConfigBody, VISA } from '../support/api.ts';
import { cardBody, cartBody, echeckBody, FEES, ROUTING } from '../support/carts.ts';
import type { Target } from './schemathesis.ts';

/** Of each kind of object, so that what one request uses up leaves some for the next. */
const COUNT = 40;
const FIXTURES = join(import.meta.dirname, '../adapters');

/** What `cli init --json` prints, as far as it is needed. */
export interface Account {
  readonly platform_id: string;
  readonly merchant_id: string;
  readonly admin_key: string;
}

type Fields = Readonly<Record<string, string>>;
type Example = readonly [operation: string, body: unknown];

/** @throws {Error} where something cannot be made */
export async function prepare(url: string, account: Account): Promise<Target> {
  const { platform_id: platform, merchant_id: merchant, admin_key: adminKey } = account;
  const bearer = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };

  async function send(method: string, path: string, body: unknown): Promise<Fields> {
    const reply = await fetch(`${url}${path}`, { method, headers: bearer, body: JSON.stringify(body) });
    const text = await reply.text();
    if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    const json = JSON.parse(text);
    return json.data ?? json;
  }

  const many = (make: () => Promise<Fields>) => Promise.all(Array.from({ length: COUNT }, make));
  const idsOf = (name: string, made: readonly Fields[]) => made.map((one) => String(one[name]));
  const newConfig = async (changes: object = {}) =>
    String((await send('POST', '/v1/payin_configs', payinConfigBody(merchant, changes)))['payin_config_id']);
  const newMethodConfig = async () =>
    String(
      (await send('POST', '/v1/payment_method_configs', paymentMethodConfigBody(platform)))['payment_method_config_id'],
    );

  const payinConfigs = await Promise.all(Array.from({ length: COUNT }, () => newConfig()));
  const methodConfigs = await Promise.all(Array.from({ length: COUNT }, newMethodConfig));
  const authorizing = await newConfig({ processing_mode: 'AUTHORIZE' });
  const authorized = await send('POST', '/v1/payins', cardPayin(authorizing));
  const payins = await many(async () => send('POST', '/v1/payins', cardPayin(await newConfig())));
  const [payinIds, methodIds] = [idsOf('payin_id', payins), idsOf('payment_method_id', payins)];
  const refunds = await Promise.all(
    payinIds.slice(0, COUNT / 2).map((id) => {
      const asked = { idempotency_key: randomUUID(), reason: 'DUPLICATE', amount: 100 };
      return send('POST', `/v1/payins/${id}/void_or_refund`, asked);
    }),
  );
  const keyBody = (permission: string) => ({
    platform_id: platform,
    statements: [{ permissions: [permission], constraints: {} }],
  });
  const newKey = (permission: string) => send('POST', '/v1/api_keys', keyBody(permission));
  const { api_key: key = '', api_key_id: keyId = '' } = await newKey('group#all');
  const spareKeys = await many(() => newKey('payin:read'));
  const { location } = cartBody().request;
  const fees = { currency_code: 'USD', fees: FEES };
  await send('PUT', `/v1/merchants/${merchant}/fee_schedule`, fees);
  await send('PUT', `/v1/merchants/${merchant}/fee_schedule/${location}`, fees);
  const carts = idsOf('cartId', await many(() => send('POST', '/api/v1/pay/voice/carts', cartBody())));
  const payments = await Promise.all(
    carts.slice(0, COUNT / 2).map((cart) => send('POST', `/api/v1/pay/voice/carts/${cart}/payments/card`, cardBody())),
  );

  async function providerExamples(): Promise<readonly Example[]> {
    const named = new Set(readdirSync(FIXTURES));
    const all = adapters
      .filter(({ name }) => named.has(name) && name !== 'cart')
      .flatMap(({ name }) => readFixtures(join(FIXTURES, name, 'fixtures')));
    const configIn = ({ command }: AdapterFixture) => ('configId' in command ? command.configId : null);
    const pays = (one: AdapterFixture) => configIn(one) !== null;
    return Promise.all(
      // Those that can be approved come first.
      [...all.filter(pays), ...all.filter((one) => !pays(one))].map(async (fixture): Promise<Example> => {
        const { path, body, command } = fixture;
        const named = configIn(fixture);
        if (named === null) return [`post ${path}`, body];
        const price = command.kind === 'charge' && command.money !== null ? { amount: command.money.amount } : {};
        const config = command.kind === 'charge' ? await newConfig(price) : await newMethodConfig();
        return [`post ${path}`, JSON.parse(JSON.stringify(body).replaceAll(named, config))];
      }),
    );
  }

  const rule = { fixed: 30, rate_percent: '2.5', least: null, most: 500 };
  const schedule = { currency_code: 'USD', fees: { CARD: rule, ACH: null } };
  const examples: readonly Example[] = [
    ...(await providerExamples()),
    ['post /v1/payins', cardPayin(await newConfig())],
    ['post /v1/payins', bankPayin(await newConfig())],
    ['post /v1/payment_methods', { ...cardPayin(''), payment_method_config_id: await newMethodConfig() }],
    ['post /v1/payment_methods/{payment_method_id}/payin', { payin_config_id: await newConfig() }],
    ['post /v1/payins/{payin_id}/void_or_refund', { idempotency_key: 'one', reason: 'FRAUDULENT', amount: 50 }],
    ['post /v1/payins/{payin_id}/capture', { amount: 500 }],
    ['patch /v1/payins/{payin_id}/metadata', { order: { id: 17 }, gone: null }],
    ['post /v1/payin_configs', payinConfigBody(merchant)],
    ['post /v1/payment_method_configs', paymentMethodConfigBody(platform)],
    ['post /v1/merchants', { platform_id: platform, name: 'Another merchant' }],
    ['put /v1/merchants/{merchant_id}/line_limit', { amount: 50_000, currency_code: 'USD' }],
    ['put /v1/merchants/{merchant_id}/late_approvals', { policy: 'KEEP' }],
    ['put /v1/merchants/{merchant_id}/routing', { processor: 'sandbox' }],
    ['put /v1/merchants/{merchant_id}/signing_keys/{adapter}', { keys: ['PSK_that_only_tests_know'] }],
    ['put /v1/merchants/{merchant_id}/fee_schedule', schedule],
    ['put /v1/merchants/{merchant_id}/fee_schedule/{location}', fees],
    ['post /v1/api_keys', keyBody('payin:read')],
    ['post /api/v1/pay/voice/carts', cartBody()],
    ['post /api/v1/pay/carts/voice', cartBody()],
    ['post /api/v1/pay/voice/carts/{cartId}/payments/card', cardBody()],
    ['post /api/v1/pay/voice/carts/{cartId}/payments/echeck', echeckBody()],
    ['post /api/v1/pay/payments/{paymentId}/reversal', {}],
    ['post /api/v1/pay/payments/{paymentId}/items/{clientItemId}/reversal', { amount: '1.00' }],
    [
      'post /api/v1/oauth/token',
      { grant_type: 'client_credentials', client_id: keyId, client_secret: key, scope: 'payin:read payin:create' },
    ],
  ];
  const document = await (await fetch(`${url}/openapi.json`)).json();
  return {
    url,
    key,
    document: withExamples(document, examples),
    authorized: String(authorized['payin_id']),
    values: {
      'path.key': [key],
      'path.merchant_id': [merchant],
      'path.location': [location],
      'path.adapter': adapters.flatMap(({ name, signature }) => (signature === undefined ? [] : [name])),
      'path.payin_config_id': payinConfigs,
      'path.payment_method_config_id': methodConfigs,
      'path.payin_id': payinIds,
      'path.payment_method_id': methodIds,
      'path.refund_id': idsOf('refund_id', refunds),
      'path.api_key_id': idsOf('api_key_id', spareKeys),
      'path.cartId': carts.slice(COUNT / 2),
      'path.paymentId': idsOf('paymentId', payments),
      'path.clientItemId': cartBody().items.map(({ clientItemId }) => clientItemId),
      'query.merchant_id': [merchant],
      'body.platform_id': [platform],
      'body.merchant_id': [merchant],
      'body.billable_merchant_id': [merchant],
      'body.currency_code': ['USD'],
      'body.currency': ['USD'],
      'body.payin_config_id': payinConfigs,
      'body.payment_method_config_id': methodConfigs,
      'body.payment_method_id': methodIds,
      'body.request.location': [location],
      'body.card.card_number': [VISA],
      'body.card.number': [VISA],
      'body.cardnumber': [VISA],
      'body.accountNumber': [VISA],
      'body.routingNumber': [ROUTING],
      'body.ach.routing_number': [ROUTING],
      'body.bank_account.routing_number': [ROUTING],
      'body.client_id': [keyId],
      'body.client_secret': [key],
      'body.scope': ['payin:read', 'payin:create payin:read'],
    },
  };
}

/** The document with bodies for its operations, each `post /path`. */
function withExamples(document: unknown, examples: readonly Example[]): object {
  const copy: Readonly<Record<string, unknown>> = structuredClone(Object(document));
  for (const [i, [operation, value]] of examples.entries()) {
    const [method = '', path = ''] = operation.split(' ');
    const content = at(copy, 'paths', path, method, 'requestBody', 'content');
    const json = at(content, Object.keys(content)[0] ?? '');
    json['examples'] = { ...Object(json['examples']), [`example ${i}`]: { value } };
  }
  return copy;
}

/** @throws {Error} where nothing is there by those names */
function at(node: unknown, ...names: readonly string[]): Record<string, unknown> {
  const found = names.reduce<unknown>((inner, name) => Reflect.get(Object(inner), name), node);
  if (typeof found !== 'object' || found === null) throw new Error(`the document has no ${names.join(' ')}`);
  return found as Record<string, unknown>;
}
