/**
 * The bodies of the source's pages, word for word, and what each is answered; then the same payments with a tender that is
 * good, and what the pages' rules refuse. Each meets a cart of its own, made by the page's hand-off on the day that its
 * card was good; paid first, where the request is about a payment.
 */
import { join } from 'node:path';
import { expect } from 'chai';
import { type AdapterFixture, readFixtures } from 'tollbridge/testing';
import { PAYMENT_ID, send, setFees } from '../../support/carts.ts';
import { manualClock } from '../../support/clock.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { createDatabase, type TestDatabase } from '../../support/stores.ts';

interface Fixture extends AdapterFixture {
  /** `doc` is the source's word, `synthetic` ours. */
  readonly kind: 'doc' | 'synthetic';
  readonly note?: string;
  readonly status: number;
  /** Ids that are new each time stand as `<name>`. */
  readonly reply: object;
}

const FIXTURES = readFixtures<Fixture>(join(import.meta.dirname, 'fixtures'));

function named(name: string): Fixture {
  const found = FIXTURES.find((fixture) => fixture.name === name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return found;
}

const HANDOFF = named('01-open.json');
const PAYMENT = named('20-card-that-is-good.json');

const NAMES: Readonly<Record<string, RegExp>> = {
  '<cart_id>': /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  '<payment_id>': PAYMENT_ID,
  '<confirmation_code>': /^[234679FKLMRW]{8}$/,
};

const withNames = (reply: unknown): unknown =>
  JSON.parse(JSON.stringify(reply), (_key, value: unknown) => {
    const form = Object.entries(NAMES).find(([, pattern]) => typeof value === 'string' && pattern.test(value));
    return form === undefined ? value : form[0];
  });

describe("The cart API's bodies", () => {
  let database: TestDatabase;
  let server: TestServer;
  before(async () => {
    database = await createDatabase('sqlite');
  });
  beforeEach(async () => {
    server = await startServer({ store: await database.open(), clock: manualClock(Date.UTC(2025, 5, 1)) });
    await setFees(server, { location: '<<defaultIVRLocation>>' });
  });
  afterEach(() => server.close());
  after(() => database.destroy());

  it('are all there: the hand-off, both payments, both reversals and both look-ups', () => {
    const documented = FIXTURES.filter(({ kind }) => kind === 'doc').map(({ name }) => name.slice(0, 2));
    expect(documented).to.deep.equal(['01', '02', '03', '04', '05', '06', '07']);
  });

  /** The request, about the cart and the payment that there are. */
  async function deliver({ path, params = {}, body }: Fixture, ids: Readonly<Record<string, string>>) {
    const whole = path.replace(/:(\w+)/g, (_all, name: string) => ids[name] ?? params[name] ?? '');
    return send(server, { path: whole, body, method: body === null ? 'GET' : 'POST' });
  }

  for (const fixture of FIXTURES) {
    it(`${fixture.name} gets its reply, and the same again`, async () => {
      const { cartId = '' } = (await deliver(HANDOFF, {})).body;
      const isAboutPayment = fixture.params !== undefined && 'paymentId' in fixture.params;
      const paid = isAboutPayment ? await deliver(PAYMENT, { cartId }) : null;
      const ids = { cartId, ...(paid === null ? {} : { paymentId: paid.body.paymentId ?? '' }) };
      const first = await deliver(fixture, ids);
      expect(first.status, first.text).to.equal(fixture.status);
      expect(withNames(first.body)).to.deep.equal(fixture.reply);
      expect((await deliver(fixture, ids)).text).to.equal(first.text);
    });
  }
});
