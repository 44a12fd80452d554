/** The list of payins: every filter, every order, pages without gaps or doubles, and what is refused of a query. */
import { expect } from 'chai';
import {
  bankPayin,
  type Client,
  cardPayin,
  clientOf,
  DECLINED_VISA,
  expectRefusal,
  type Merchant,
  type Page,
  type Payin,
  type PayinConfig,
  payinConfigBody,
} from '../../support/api.ts';
import { type ManualClock, manualClock } from '../../support/clock.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { eachStore } from '../../support/stores.ts';
import { chargeBody, deliver } from '../../support/twilio.ts';

eachStore('The API list of payins', (stores) => {
  let server: TestServer;
  let admin: Client;
  let clock: ManualClock;
  /** By the name that the tests call it. */
  const payins = new Map<string, Payin>();
  let second: Merchant;

  async function pay(name: string, body: (config: string) => object, config: object, merchant: string): Promise<void> {
    const made = await admin.post<PayinConfig>('/v1/payin_configs', payinConfigBody(merchant, config));
    payins.set(name, await admin.post<Payin>('/v1/payins', body(made.payin_config_id)));
    await clock.advance(1_000);
  }

  before(async () => {
    clock = manualClock();
    server = await startServer({ store: stores.store(), clock });
    admin = clientOf(server);
    second = await admin.post<Merchant>('/v1/merchants', {
      platform_id: server.account.platform.id,
      name: 'Röhrig & Co',
    });
    const first = server.account.merchant.id;
    const named = (name: string) => (config: string) => ({ ...cardPayin(config), billing_contact: { name } });

    await pay('ann', named('Ann Lee'), { amount: 500, metadata: { account: { id: 'acct_1' }, tries: 3 } }, first);
    await pay('bob', named('Bob Leeson'), { amount: 500, metadata: { account: { id: 'acct_2' }, vip: true } }, first);
    await pay('bank', bankPayin, { amount: 500 }, second.merchant_id);
    const declined = (config: string) => cardPayin(config, { card_number: DECLINED_VISA });
    await pay('declined', declined, { amount: 700 }, second.merchant_id);
    const body = payinConfigBody(first, { amount: 1000 });
    const { payin_config_id } = await admin.post<PayinConfig>('/v1/payin_configs', body);
    const { body: told } = await deliver(server, chargeBody(payin_config_id, { transaction_id: 'call-1' }));
    payins.set('ivr', await admin.get<Payin>(`/v1/payins/${told.charge_id}`));
  });
  after(() => server.close());

  const list = (query: string) => admin.get<Page<Payin>>(`/v1/payins?${query}`);
  const nameOf = (payin: Payin) => [...payins].find(([, known]) => known.payin_id === payin.payin_id)?.[0];
  async function names(query: string): Promise<(string | undefined)[]> {
    const page = await list(query);
    expect(page.total_results, query).to.equal(page.results.length);
    return page.results.map(nameOf);
  }
  const createdAt = (name: string) => payins.get(name)?.created_at ?? '';

  it('has all of them, the newest first, each as it is read by itself', async () => {
    const { total_results, last_key, results } = await list('');
    expect(results.map(nameOf)).to.deep.equal(['ivr', 'declined', 'bank', 'bob', 'ann']);
    expect(results).to.deep.include(payins.get('declined'));
    expect(total_results).to.equal(5);
    expect(last_key).to.equal(payins.get('ann')?.payin_id);
  });

  it('is filtered by every parameter of the contract', async () => {
    const all = ['ivr', 'declined', 'bank', 'bob', 'ann'];
    const filters: Readonly<Record<string, readonly string[]>> = {
      [`merchant_id=${second.merchant_id}`]: ['declined', 'bank'],
      'merchant_id=mid_none': [],
      'merchant_name=hrig': ['declined', 'bank'],
      'merchant_name=test%20MERCHANT': ['ivr', 'bob', 'ann'],
      'merchant_name=nobody': [],
      'method_type=ACH': ['bank'],
      'method_type=ACH&method_type=APPLE_PAY': ['bank'],
      'method_type=PLAID_ACH': [],
      'billing_contact_name=lee': ['bob', 'ann'],
      'billing_contact_name=Ann%20Lee': ['ann'],
      'billing_contact_name=%25': [],
      'status=FAILED': ['declined'],
      'status=FAILED&status=PROCESSING&status=FAILED': all,
      'source=IVR': ['ivr'],
      'source=API_DIRECT&source=DEVICE': ['declined', 'bank', 'bob', 'ann'],
      'metadata[$.account.id]=acct_1': ['ann'],
      'metadata%5B%24.account.id%5D=acct_2': ['bob'],
      'metadata[$.tries]=3': ['ann'],
      'metadata[$.vip]=true': ['bob'],
      'metadata[$.account.id]=acct_1&metadata[$.tries]=4': [],
      'metadata[$.nowhere.to.be.found]=x': [],
      [`created_at.start=${createdAt('bank')}`]: ['ivr', 'declined', 'bank'],
      [`created_at.end=${createdAt('bank')}`]: ['bank', 'bob', 'ann'],
      [`created_at.start=${createdAt('bob')}&created_at.end=${createdAt('bank')}`]: ['bank', 'bob'],
      'created_at.start=2020-01-01T00:00:00%2B02:00': all,
      'expected_deposit_date.start=2020-01-01': [],
      'status=PROCESSING&method_type=CARD&metadata[$.account.id]=acct_1': ['ann'],
    };
    for (const [query, wanted] of Object.entries(filters)) expect(await names(query), query).to.deep.equal(wanted);
  });

  it('finds a payin by transaction and by confirmation code, as ours', async () => {
    expect(await names('transaction_id=call-1')).to.deep.equal(['ivr']);
    expect(await names('transaction_id=call-2')).to.deep.equal([]);
    const code = payins.get('bob')?.confirmation_code ?? '';
    expect(await names(`confirmation_code=${code}`)).to.deep.equal(['bob']);
    expect(await names(`confirmation_code=${code.toLowerCase()}&status=PROCESSING`)).to.deep.equal(['bob']);
    expect(await names(`confirmation_code=${code}&merchant_id=${second.merchant_id}`)).to.deep.equal([]);
    expect(await names('confirmation_code=22222222')).to.deep.equal([]);
  });

  it('comes in every order, both ways, ties in an order of their own', async () => {
    const key: Readonly<Record<string, (payin: Payin) => string | number>> = {
      amount: (payin) => payin.amount ?? 0,
      billing_contact_name: (payin) => payin.billing_contact.name ?? '',
      created_at: (payin) => payin.created_at,
      merchant_id: (payin) => payin.merchant_id ?? '',
      method_type: (payin) => payin.method_type,
      payin_id: (payin) => payin.payin_id ?? '',
      status: (payin) => payin.status ?? '',
      expected_deposit_date: (payin) => payin.created_at,
    };
    for (const [word, of] of Object.entries(key)) {
      const up = (await list(`sort_by=${word}&sort_order=asc`)).results;
      expect(up, word).to.have.length(5);
      const values = up.map(of);
      expect(values, word).to.deep.equal([...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
      const down = (await list(`sort_by=${word}&sort_order=desc`)).results;
      expect(down.map(nameOf), word).to.deep.equal(up.map(nameOf).reverse());
    }
  });

  it('comes in pages without gaps or doubles, in every order and with ties', async () => {
    for (const order of [
      '',
      'sort_by=amount',
      'sort_by=amount&sort_order=asc',
      'sort_by=billing_contact_name',
      'sort_by=status',
    ]) {
      const whole = (await list(order)).results.map(nameOf);
      const paged: (string | undefined)[] = [];
      let start = '';
      for (;;) {
        const page: Page<Payin> = await list(`${order}&limit=2${start}`);
        expect(page.total_results).to.equal(5);
        if (page.last_key === null) break;
        paged.push(...page.results.map(nameOf));
        start = `&start_key=${page.last_key}`;
      }
      expect(paged, order).to.deep.equal(whole);
    }
    const skipped = await list('offset=3&limit=1');
    expect(skipped.results.map(nameOf)).to.deep.equal(['bob']);
  });

  it('refuses what it does not understand of a query, and says of which parameter', async () => {
    const refused: Readonly<Record<string, readonly string[]>> = {
      status: ['PAID', '', 'failed'],
      source: ['PHONE'],
      method_type: ['card'],
      sort_by: ['', 'name', 'constructor', '__proto__'],
      sort_order: ['up'],
      limit: ['0', '1001', '-1', '1.5', 'ten', ''],
      offset: ['-1', 'x'],
      start_key: ['pyi_none', 'x', ''],
      'created_at.start': ['yesterday', '2026-01-01', '2026-13-01T00:00:00Z', '1600000000'],
      'created_at.end': ['2026-01-01T00:00:00'],
      'expected_deposit_date.start': ['2026-01-01T00:00:00Z', '2026-99-99'],
      confirmation_code: ['short', '4111-111'],
      merchant_id: [''],
      billing_contact_name: ['', 'x'.repeat(257)],
    };
    for (const [name, values] of Object.entries(refused)) {
      for (const value of values) {
        const reply = await admin.send('GET', `/v1/payins?${name}=${encodeURIComponent(value)}`);
        expectRefusal(reply, 400, 'RequestBody', name);
      }
    }
    for (const query of ['limit=1&limit=2', 'merchant_id=a&merchant_id=b']) {
      expectRefusal(await admin.send('GET', `/v1/payins?${query}`), 400, 'RequestBody', query.split('=')[0]);
    }
    for (const name of ['metadata', 'metadata[a]', 'metadata[$]', 'metadata[$.$where]', "metadata[$['a']]"]) {
      expectRefusal(
        await admin.send('GET', `/v1/payins?${encodeURIComponent(name)}=x`),
        400,
        'RequestBody',
        'metadata',
      );
    }
    expect(await names('unheard_of=1')).to.have.length(5);
  });

  it('shows a key that is bound to one merchant only that one', async () => {
    const body = {
      platform_id: server.account.platform.id,
      statements: [{ permissions: ['payin:read'], constraints: { merchant: { merchant_id: second.merchant_id } } }],
    };
    const { api_key } = await admin.post<{ api_key: string }>('/v1/api_keys', body);
    const bound = clientOf(server, api_key);
    const queries = ['', `?merchant_id=${server.account.merchant.id}`, '?merchant_name=test', '?transaction_id=call-1'];
    const seen = await Promise.all(queries.map((query) => bound.get<Page<Payin>>(`/v1/payins${query}`)));
    expect(seen.map(({ results }) => results.map(nameOf))).to.deep.equal([['declined', 'bank'], [], [], []]);
    const foreign = payins.get('ann');
    const code = await bound.get<Page<Payin>>(`/v1/payins?confirmation_code=${foreign?.confirmation_code}`);
    expect(code.total_results).to.equal(0);
    expectRefusal(
      await bound.send('GET', `/v1/payins?start_key=${foreign?.payin_id}`),
      400,
      'RequestBody',
      'start_key',
    );
    expectRefusal(await bound.send('GET', `/v1/payins/${foreign?.payin_id}`), 404, 'EntityNotFound');
  });
});
