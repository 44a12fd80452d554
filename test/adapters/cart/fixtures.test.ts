/**
 * The bodies of the source's page, word for word, and what each is answered; then the same payments with a tender that is
 * good. Each meets a cart of its own, made by the page's hand-off on the day that its card was good.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { PAYMENT_ID, send, setFees } from '../../support/carts.ts';
import { manualClock } from '../../support/clock.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { createDatabase, type TestDatabase } from '../../support/stores.ts';

interface Fixture {
  readonly source: string;
  /** `doc` is the source's word, `synthetic` ours. */
  readonly kind: 'doc' | 'synthetic';
  readonly note?: string;
  readonly path: string;
  readonly body: object;
  readonly status: number;
  /** Ids that are new each time stand as `<name>`. */
  readonly reply: object;
}

const FOLDER = join(import.meta.dirname, 'fixtures');
const FILES = readdirSync(FOLDER).sort();
const load = (file: string): Fixture => JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
const HANDOFF = load('01-open.json');

const NAMES: Readonly<Record<string, RegExp>> = {
  '<cart_id>': /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  '<payment_id>': PAYMENT_ID,
};

const named = (reply: unknown): unknown =>
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

  it('are all there: the hand-off and both payments', () => {
    const documented = FILES.filter((file) => load(file).kind === 'doc');
    expect(documented).to.deep.equal(['01-open.json', '02-card.json', '03-echeck.json']);
  });

  for (const file of FILES) {
    it(`${file} gets its reply, and the same again`, async () => {
      const { path, body, status, reply } = load(file);
      const { cartId = '' } = (await send(server, HANDOFF)).body;
      const deliver = () => send(server, { path: path.replace('<cart_id>', cartId), body });
      const first = await deliver();
      expect(first.status, first.text).to.equal(status);
      expect(named(first.body)).to.deep.equal(reply);
      expect((await deliver()).text).to.equal(first.text);
    });
  }
});
