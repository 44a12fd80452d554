/**
 * Every body that Twilio documents or that somebody logged, and what it is answered: as it stands, and with the id of a
 * config of ours among its parameters. The files say where each comes from; cards expire, so they also say when. Files
 * from 20 on are bodies of our own making.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { manualClock } from '../../support/clock.ts';
import { post } from '../../support/refusals.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { createDatabase, type TestDatabase } from '../../support/stores.ts';
import { payinConfig, paymentMethodConfig } from '../../support/twilio.ts';

interface Fixture {
  readonly source: string;
  /** `doc` is Twilio's word, `log` was printed by a real run, `code` is an implementer's, `synthetic` ours. */
  readonly kind: 'doc' | 'log' | 'code' | 'synthetic';
  /** The day of the call. */
  readonly at: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: { readonly method?: string; readonly parameters?: object | null };
  /** Ids and codes that are new each time stand as `<name>`. */
  readonly as_it_stands: object;
  readonly with_our_config: {
    /** What the payin config says beside its defaults. */
    readonly config?: object;
    /** More of the caller's parameters. */
    readonly parameters?: object;
    readonly reply: object;
  };
}

const FOLDER = join(import.meta.dirname, 'fixtures');
const FILES = readdirSync(FOLDER).sort();
/** What others have written down of Twilio's bodies, by the number that the files begin with. */
const SAMPLES = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '10b'];
const load = (file: string): Fixture => JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));

const NAMES: Readonly<Record<string, RegExp>> = {
  '<payin_id>': /^sbx_pyi_[0-9A-Za-z]{27}$/,
  '<payment_method_id>': /^sbx_mtd_[0-9A-Za-z]{27}$/,
  '<confirmation_code>': /^[234679FKLMRW]{8}$/,
};

function named(reply: unknown): unknown {
  return JSON.parse(JSON.stringify(reply), (_key, value: unknown) => {
    const form = Object.entries(NAMES).find(([, pattern]) => typeof value === 'string' && pattern.test(value));
    return form === undefined ? value : form[0];
  });
}

const isTokenize = ({ path, body }: Fixture) => path.endsWith('/tokenize') || body.method === 'tokenize';

describe("Twilio's bodies", () => {
  let database: TestDatabase;
  let server: TestServer | null = null;
  before(async () => {
    database = await createDatabase('sqlite');
  });
  afterEach(async () => {
    await server?.close();
    server = null;
  });
  after(() => database.destroy());

  it('are all there: each documented and each logged one, as a charge and as a tokenize', () => {
    const foreign = FILES.filter((file) => load(file).kind !== 'synthetic');
    expect([...new Set(foreign.map((file) => file.split('-')[0]))]).to.deep.equal(SAMPLES);
    expect(foreign.map(load).filter(isTokenize)).to.have.length(4);
  });

  for (const file of FILES) {
    it(`${file} gets its reply, and the same bytes again`, async () => {
      const fixture = load(file);
      const { path, headers, body, as_it_stands, with_our_config: ours } = fixture;
      const own = await startServer({ store: await database.open(), clock: manualClock(Date.parse(fixture.at)) });
      server = own;
      const deliver = (parameters: object | null | undefined) =>
        post(own, { path, ...(headers && { headers }), body: { ...body, parameters } });

      const plain = await deliver(body.parameters);
      expect(named(plain.body)).to.deep.equal(as_it_stands);

      const id = isTokenize(fixture)
        ? { payment_method_config_id: await paymentMethodConfig(own) }
        : { payin_config_id: await payinConfig(own, ours.config) };
      const first = await deliver({ ...body.parameters, ...ours.parameters, ...id });
      expect(named(first.body)).to.deep.equal(ours.reply);
      const second = await deliver({ ...body.parameters, ...ours.parameters, ...id });
      expect(second.text).to.equal(first.text);
    });
  }
});
