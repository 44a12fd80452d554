/** `cli sandbox settle`, beside a running server: what it settles is refunded from then on, and listed as SUCCEEDED. */
import { expect } from 'chai';
import { sandboxSettle } from '../../src/cli/sandbox.ts';
import { loadConfig } from '../../src/config.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Ledger } from '../../src/processors/sandbox/ledger.ts';
import { openSandboxLedger } from '../../src/processors/sandbox/open.ts';
import { clientOf, type Page, type Payin } from '../support/api.ts';
import { paid } from '../support/reversals.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eachStore, locationOf } from '../support/stores.ts';

const SECRET = 'the secret of a server and a command line';

eachStore('Settling by hand', (stores) => {
  let server: TestServer;
  let ledger: Ledger;

  before(async () => {
    ledger = await openSandboxLedger(locationOf(stores.url()));
    server = await startServer({ store: stores.store(), ledger, secrets: [new Secret(SECRET)] });
  });
  after(async () => {
    await server.close();
    await ledger.close();
  });

  async function settle(payin: string | null) {
    let text = '';
    const write = (part: string) => {
      text += part;
    };
    const config = loadConfig({ STORE_URL: stores.url(), SECRET_KEY: SECRET });
    const known = await sandboxSettle(config, payin, { json: true, write });
    return { known, ...JSON.parse(text) };
  }

  const listed = async () =>
    (await clientOf(server).get<Page<Payin>>('/v1/payins?status=SUCCEEDED')).results.map(({ payin_id }) => payin_id);

  it('settles the payin that is named, or all that have not settled', async () => {
    const [first, ...others] = [await paid(server), await paid(server), await paid(server)].map((one) => one.payin_id);
    expect(await settle(first ?? null)).to.deep.equal({ known: true, settled: 1 });
    expect(await listed()).to.deep.equal([first]);
    expect(await settle(null)).to.deep.equal({ known: true, settled: 2 });
    expect(await listed()).to.have.members([first, ...others]);
    expect(await settle(null)).to.deep.equal({ known: true, settled: 0 });
  });

  it('knows no payin by another id', async () => {
    expect(await settle('sbx_pyi_nothing')).to.deep.equal({ known: false, settled: 0 });
  });
});
