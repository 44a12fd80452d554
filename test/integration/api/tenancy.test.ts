/**
 * One account reaching for another's objects, over every route: the answer for what belongs to somebody else is, to the
 * byte, the answer for what does not exist.
 */
import { expect } from 'chai';
import {
  type Client,
  cardPayin,
  clientOf,
  type Page,
  type Payin,
  type PayinConfig,
  type PaymentMethod,
  type PaymentMethodConfig,
  payinConfigBody,
  paymentMethodConfigBody,
  type Reversed,
} from '../../support/api.ts';
import { reversalBody, settle } from '../../support/reversals.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { eachStore } from '../../support/stores.ts';

/** The id of an object of each kind. */
interface Objects {
  readonly merchant: string;
  readonly key: string;
  readonly payinConfig: string;
  readonly methodConfig: string;
  readonly payin: string;
  readonly method: string;
  readonly refund: string;
}

/** Ids of the right form that name nothing. */
const NOTHING: Objects = {
  merchant: `sbx_mid_${'0'.repeat(27)}`,
  key: `sbx_api_${'0'.repeat(27)}`,
  payinConfig: `sbx_cfg_${'0'.repeat(27)}`,
  methodConfig: `sbx_pmc_${'0'.repeat(27)}`,
  payin: `sbx_pyi_${'0'.repeat(27)}`,
  method: `sbx_mtd_${'0'.repeat(27)}`,
  refund: `sbx_rfd_${'0'.repeat(27)}`,
};

type Request = readonly [method: string, path: string, body?: object];

/** Every route with an id of somebody's in its path, body or query, made with those ids. `own` is the asker's own. */
function requests(ids: Objects, own: Objects): readonly Request[] {
  const { payin_config_id: _config, ...tender } = cardPayin('');
  return [
    ['GET', `/v1/merchants/${ids.merchant}`],
    ['GET', `/v1/merchants?start_key=${ids.merchant}`],
    ['GET', `/v1/api_keys/${ids.key}`],
    ['POST', `/v1/api_keys/${ids.key}/disable`],
    ['POST', `/v1/api_keys/${ids.key}/enable`],
    ['DELETE', `/v1/api_keys/${ids.key}`],
    ['POST', '/v1/payin_configs', { ...payinConfigBody(ids.merchant), idempotency_key: 'reaching' }],
    ['GET', `/v1/payin_configs/${ids.payinConfig}`],
    ['GET', `/v1/payment_method_configs/${ids.methodConfig}`],
    ['POST', '/v1/payins', cardPayin(ids.payinConfig)],
    ['GET', `/v1/payins/${ids.payin}`],
    ['GET', `/v1/payins?merchant_id=${ids.merchant}`],
    ['GET', `/v1/payins?start_key=${ids.payin}`],
    ['PATCH', `/v1/payins/${ids.payin}/metadata`, { taken: true }],
    ['POST', `/v1/payins/${ids.payin}/capture`, {}],
    ['POST', `/v1/payins/${ids.payin}/void_or_refund`, { idempotency_key: 'reaching', reason: 'DUPLICATE' }],
    ['GET', `/v1/refunds/${ids.refund}`],
    ['GET', `/v1/refunds?merchant_id=${ids.merchant}`],
    ['GET', `/v1/refunds?payin_id=${ids.payin}`],
    ['GET', `/v1/refunds?start_key=${ids.refund}`],
    ['POST', '/v1/payment_methods', { payment_method_config_id: ids.methodConfig, ...tender }],
    ['GET', `/v1/payment_methods/${ids.method}`],
    ['GET', `/v1/payment_methods?billable_merchant_id=${ids.merchant}`],
    ['GET', `/v1/payment_methods?start_key=${ids.method}`],
    ['POST', `/v1/payment_methods/${ids.method}/deactivate`],
    ['POST', `/v1/payment_methods/${ids.method}/payin`, { payin_config_id: own.payinConfig }],
    ['POST', `/v1/payment_methods/${own.method}/payin`, { payin_config_id: ids.payinConfig }],
  ];
}

eachStore('Another account', (stores) => {
  let server: TestServer;
  let mine: Objects;
  let theirs: Objects;

  async function objectsOf(client: Client, platform: string, merchant: string, key: string): Promise<Objects> {
    const config = () => client.post<PayinConfig>('/v1/payin_configs', payinConfigBody(merchant));
    const storing = paymentMethodConfigBody(platform, { billable_merchant_id: merchant });
    const open = await client.post<PaymentMethodConfig>('/v1/payment_method_configs', storing);
    const paid = await client.post<Payin>('/v1/payins', cardPayin((await config()).payin_config_id));
    await settle(server, paid);
    const body = reversalBody({ amount: 1 });
    const refunded = await client.post<Reversed>(`/v1/payins/${paid.payin_id}/void_or_refund`, body);
    return {
      merchant,
      key,
      payinConfig: (await config()).payin_config_id,
      methodConfig: open.payment_method_config_id,
      payin: paid.payin_id ?? '',
      method: paid.payment_method_id,
      refund: refunded.refund_id ?? '',
    };
  }

  before(async () => {
    server = await startServer({ store: stores.store() });
    const { account, stranger } = server;
    const admin = clientOf(server);
    const other = clientOf(server, stranger.adminKey.secret.reveal());
    mine = await objectsOf(admin, account.platform.id, account.merchant.id, account.connectorKey.key.id);
    theirs = await objectsOf(other, stranger.platform.id, stranger.merchant.id, stranger.connectorKey.key.id);
  });
  after(() => server.close());

  /** What each request is answered, for that account's ids in them. */
  async function answers(client: Client, ids: Objects): Promise<readonly string[]> {
    const told: string[] = [];
    for (const [method, path, body] of requests(ids, mine)) {
      const { status, text } = await client.send(method, path, body);
      told.push(`${method} ${path.replaceAll(/sbx_\w+/g, 'ID')} ${status} ${text}`);
    }
    return told;
  }

  async function stateOf(client: Client, { payin, payinConfig, methodConfig, method, key }: Objects) {
    return [
      await client.get<Payin>(`/v1/payins/${payin}`),
      await client.get<PayinConfig>(`/v1/payin_configs/${payinConfig}`),
      await client.get<PaymentMethodConfig>(`/v1/payment_method_configs/${methodConfig}`),
      await client.get<PaymentMethod>(`/v1/payment_methods/${method}`),
      await client.get(`/v1/api_keys/${key}`),
      (await client.get<Page<Payin>>('/v1/payins')).total_results,
    ];
  }

  it('of another platform answers as nothing would, and is untouched', async () => {
    const owner = clientOf(server, server.stranger.adminKey.secret.reveal());
    const before = await stateOf(owner, theirs);
    const admin = clientOf(server);
    const told = await answers(admin, theirs);
    expect(told).to.deep.equal(await answers(admin, NOTHING));
    for (const one of told) expect(one).to.match(/ 40[04] \{| 200 .*"results":\[\]/);
    expect(await stateOf(owner, theirs)).to.deep.equal(before);
  });

  it('of another merchant on the same platform answers so to a key that is bound to one merchant', async () => {
    const admin = clientOf(server);
    const platform = server.account.platform.id;
    const { merchant_id } = await admin.post<{ merchant_id: string }>('/v1/merchants', {
      platform_id: platform,
      name: 'B',
    });
    const theirOwn = await objectsOf(admin, platform, merchant_id, server.account.connectorKey.key.id);
    const permissions = [
      'merchant:read',
      'payin_config:create',
      'payin_config:read',
      'payment_method_config:read',
      'payin:create',
      'payin:read',
      'payin:update',
      'payment_method:create',
      'payment_method:read',
      'payment_method:update',
      'refund:create',
      'refund:read',
    ];
    const bound = { permissions, constraints: { merchant: { merchant_id: mine.merchant } } };
    const body = { platform_id: platform, statements: [bound] };
    const { api_key } = await admin.post<{ api_key: string }>('/v1/api_keys', body);
    const client = clientOf(server, api_key);
    const before = await stateOf(admin, theirOwn);
    expect(await answers(client, theirOwn)).to.deep.equal(await answers(client, NOTHING));
    expect(await stateOf(admin, theirOwn)).to.deep.equal(before);
    expect((await client.get<Payin>(`/v1/payins/${mine.payin}`)).payin_id).to.equal(mine.payin);
  });

  it('lists nothing of mine', async () => {
    const other = clientOf(server, server.stranger.adminKey.secret.reveal());
    for (const path of ['/v1/payins', '/v1/refunds', '/v1/payment_methods', '/v1/merchants', '/v1/api_keys']) {
      const { text } = await other.send('GET', path);
      for (const id of Object.values(mine)) expect(text).not.to.contain(id);
    }
  });
});
