/**
 * What each fixture of the adapters without replies of their own is answered over HTTP, and that a repeat is answered
 * alike. `cfg_ours` and `pmc_ours` stand for configs that are made for it; ids and codes that are new each time for their
 * names.
 */
import { join } from 'node:path';
import { expect } from 'chai';
import { type AdapterFixture, readFixtures } from 'tollbridge/testing';
import { manualClock } from '../support/clock.ts';
import { exchange } from '../support/exchange.ts';
import { basic } from '../support/refusals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createDatabase, type TestDatabase } from '../support/stores.ts';
import { payinConfig, paymentMethodConfig } from '../support/twilio.ts';

interface Fixture extends AdapterFixture {
  readonly reply: { readonly status: number; readonly body: object };
}

/** A day on which every card of the fixtures is good. */
const TODAY = Date.UTC(2026, 0, 15);
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

/** The body with configs of the account's in place of the names. */
async function bodyFor(server: TestServer, { body, command }: Fixture): Promise<unknown> {
  const money = command.kind === 'charge' ? command.money : null;
  const terms = money?.currency !== 'USD' ? {} : { amount: money.amount, currency_code: money.currency };
  const ids = { cfg_ours: await payinConfig(server, terms), pmc_ours: await paymentMethodConfig(server) };
  return Object.entries(ids).reduce(
    (made, [name, id]) => JSON.parse(JSON.stringify(made).replaceAll(`"${name}"`, `"${id}"`)),
    body,
  );
}

for (const adapter of ['generic', 'signalwire', 'telnyx']) {
  describe(`The bodies of ${adapter}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await createDatabase('sqlite');
    });
    after(() => database.destroy());

    for (const fixture of readFixtures<Fixture>(join(import.meta.dirname, adapter, 'fixtures'))) {
      it(`${fixture.name} gets its reply, and the same bytes again`, async () => {
        const server = await startServer({ store: await database.open(), clock: manualClock(TODAY) });
        try {
          const headers = { authorization: basic('api_key', server.connectorKey) };
          const sent = { path: fixture.path, headers, body: await bodyFor(server, fixture) };
          const first = await exchange(server.url, sent);
          const reply = { status: first.status, body: named(JSON.parse(first.text)) };
          expect(reply).to.deep.equal(fixture.reply);
          expect((await exchange(server.url, sent)).text).to.equal(first.text);
        } finally {
          await server.close();
        }
      });
    }
  });
}
