/** What `PUT /v1/merchants/{id}/routing` takes, and with which words it refuses; likewise `late_approvals`. */
import { expect } from 'chai';
import { systemClock } from '../../../src/core/clock.ts';
import type { Processor } from '../../../src/core/processor.ts';
import { Secret } from '../../../src/core/secret.ts';
import { openRainforest } from '../../../src/processors/rainforest/open.ts';
import { clientOf, expectRefusal } from '../../support/api.ts';
import { CONFIG_KEY, PAYIN_KEY, PLATFORM } from '../../support/fake-rainforest.ts';
import { stripeAt } from '../../support/fake-stripe.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { createDatabase, type TestDatabase } from '../../support/stores.ts';

/** Nothing is asked of it. */
const PORT = 9;

/** Of the sandbox, and with no merchant but those that routings name. */
function rainforest(): Processor {
  const keys = { configKey: new Secret(CONFIG_KEY), payinKey: new Secret(PAYIN_KEY) };
  const settings = { ...keys, platformId: PLATFORM, merchantId: null, url: `http://127.0.0.1:${PORT}` };
  const opened = openRainforest({ ...settings, environment: 'sandbox' }, systemClock, () => {});
  if (opened === null) throw new Error('there are credentials');
  return opened;
}

describe('The routing of a merchant', () => {
  let database: TestDatabase;
  let server: TestServer;
  let others: readonly Processor[];

  before(async () => {
    database = await createDatabase('sqlite');
    others = [rainforest(), stripeAt(PORT)];
    server = await startServer({ store: await database.open(), others });
  });
  after(async () => {
    await server.close();
    for (const processor of others) await processor.close();
    await database.destroy();
  });

  const put = (what: 'routing' | 'late_approvals', body: object) =>
    clientOf(server).send('PUT', `/v1/merchants/${server.account.merchant.id}/${what}`, body);

  const taken: readonly object[] = [
    { processor: 'sandbox' },
    { processor: 'stripe' },
    { processor: 'stripe', account: 'acct_1A2b3C4d5E6f7G' },
    { processor: 'rainforest', account: 'sbx_mid_2DrDFJPutxE5AIbJSopAnqniEbr' },
    { processor: 'stripe', second: { processor: 'sandbox' }, second_after: ['DECLINED'] },
    { processor: 'stripe', account: 'acct_1', second: { processor: 'stripe', account: 'acct_2' } },
    { processor: null },
  ];
  for (const body of taken) {
    it(`is taken: ${JSON.stringify(body)}`, async () => {
      const { status, text } = await put('routing', body);
      expect(status, text).to.equal(200);
      const { routing } = JSON.parse(text).data;
      if (routing !== null) expect(body).to.include({ processor: routing.processor });
    });
  }

  const sandboxTwice = { processor: 'sandbox', second: { processor: 'sandbox' } };
  const refused: readonly [string, object, string, RegExp][] = [
    ['an account that is none of Stripe', { processor: 'stripe', account: 'nonsense!!' }, 'account', /form/],
    ['an account that is a path', { processor: 'stripe', account: '../../v1/charges' }, 'account', /form/],
    ['an account that is only a lead', { processor: 'stripe', account: 'acct_' }, 'account', /form/],
    ['a live account on a test server', { processor: 'rainforest', account: 'mid_live' }, 'account', /form/],
    ['an account that is no merchant', { processor: 'rainforest', account: 'sbx_plt_1' }, 'account', /form/],
    ['Rainforest for nobody', { processor: 'rainforest' }, 'account', /needs the account/],
    ['an account of the sandbox', { processor: 'sandbox', account: 'x' }, 'account', /needs none/],
    [
      'a second account that is none',
      { processor: 'sandbox', second: { processor: 'stripe', account: '?' } },
      'second.account',
      /form/,
    ],
    ['a second that is the first', sandboxTwice, 'second', /same as the first/],
    [
      'a second that is the first, account and all',
      { processor: 'stripe', account: 'acct_1', second: { processor: 'stripe', account: 'acct_1' } },
      'second',
      /same as the first/,
    ],
    [
      'second_after without a second',
      { processor: 'sandbox', second_after: ['DECLINED'] },
      'second_after',
      /no second/,
    ],
    ['a code that is no decline', { ...sandboxTwice, second_after: ['PERHAPS'] }, 'second_after', /INSUFFICIENT_FUNDS/],
    [
      'a processor without credentials',
      { processor: 'worldpay' },
      'processor',
      /no credentials.*sandbox, rainforest, stripe/,
    ],
    [
      'a second without credentials',
      { processor: 'sandbox', second: { processor: 'worldpay' } },
      'second.processor',
      /no credentials/,
    ],
    ["an account at the server's own", { processor: null, account: 'acct_1' }, 'account', /./],
    ["second_after behind the server's own", { processor: null, second_after: ['DECLINED'] }, 'second_after', /./],
  ];
  for (const [title, body, field, message] of refused) {
    it(`is refused with the field that is to blame: ${title}`, async () => {
      const reply = await put('routing', body);
      expectRefusal(reply, 400, 'RequestBody', field);
      expect(reply.errors?.[0]?.message).to.match(message);
    });
  }

  it('tells a developer which policies there are', async () => {
    for (const policy of ['KEEP', 'REVERSE']) expect((await put('late_approvals', { policy })).status).to.equal(200);
    for (const policy of ['reverse', '', null, 7]) {
      const reply = await put('late_approvals', { policy });
      expectRefusal(reply, 400, 'RequestBody', 'policy');
      expect(reply.errors?.[0]?.message).to.equal('Must be one of: KEEP, REVERSE.');
    }
  });

  it('tells a developer which words a parameter takes', async () => {
    for (const [query, words] of [
      ['sort_order=up', 'asc, desc'],
      ['status=PAID', 'PROCESSING'],
    ] as const) {
      const reply = await clientOf(server).send('GET', `/v1/payins?${query}`);
      expect(reply.errors?.[0]?.message)
        .to.match(/^Must be one of: /)
        .and.include(words);
    }
  });

  it('tells a developer, not somebody on the telephone, what was wrong with a request', async () => {
    const form = await clientOf(server).send('POST', '/v1/merchants', {});
    expect(form.errors?.[0]?.message).to.equal('A field is missing, has the wrong form, or contradicts another.');
    const rights = await clientOf(server, server.connectorKey).send('GET', '/v1/merchants');
    expect(rights.errors?.[0]?.message).to.match(/^The key lacks the permission/);
  });
});
