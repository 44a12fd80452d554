/**
 * What a first start in sandbox mode shows: a demo platform with two keys, and lines to paste that charge a test card.
 * Decides when that is made: once, on an empty store, never in production. The keys go to the terminal only.
 */
import { demoCharge } from '../adapters/demo.ts';
import type { Addresses } from './addresses.ts';
import type { Config } from './config.ts';
import type { SetUp } from './engine/accounts.ts';
import type { Runtime } from './runtime.ts';

/** What the demo is made on and where its lines go. */
export interface DemoOptions {
  readonly config: Config;
  readonly runtime: Runtime;
  readonly addresses: Addresses;
  readonly out: NodeJS.WritableStream;
}

/** Does nothing in production, with real money, or where there is a platform. @throws {StoreUnavailable} */
export async function makeDemo({ config, runtime, addresses, out }: DemoOptions): Promise<void> {
  const { store, processors, engine } = runtime;
  if (config.production || !processors.sandbox) return;
  const known = await store.list('platforms', { where: [], sortBy: 'createdAt', order: 'asc', limit: 1 });
  if (known.length > 0) return;
  // Of two processes that start on the same empty store, one makes the demo.
  if ((await store.apply({ insert: 'meta', record: { id: 'demo', rev: 0, value: 'made' } })) === 0) return;
  out.write(linesFor(await engine.accounts.setUp('Demo platform', 'Demo merchant'), addresses));
}

const TRANSACTION = 'demo-call-1';

function linesFor({ platform, merchant, adminKey, connectorKey }: SetUp, { baseUrl, tenderUrl }: Addresses): string {
  const config = JSON.stringify({
    merchant_id: merchant.id,
    idempotency_key: 'demo-order-1',
    amount: 1000,
    currency_code: 'USD',
  });
  const { provider, adapter, path, bodyFor } = demoCharge;
  const charge = JSON.stringify(bodyFor(TRANSACTION, 'CONFIG')).replace('"CONFIG"', `"'"$CONFIG"'"`);
  return `
A demo platform was made, with test money only. These keys are shown this once:

  platform       ${platform.id}
  merchant       ${merchant.id}
  account SID    ${platform.accountSid}
  admin key      ${adminKey.secret.reveal()}
  connector key  ${connectorKey.secret.reveal()}

1. As the merchant's backend: make a payin config of 10.00 USD.

CONFIG=$(curl -s ${baseUrl}/v1/payin_configs -H 'Authorization: Bearer ${adminKey.secret.reveal()}' -H 'Content-Type: application/json' -d '${config}' | sed 's/.*"payin_config_id":"\\([^"]*\\)".*/\\1/'); echo "$CONFIG"

2. As ${provider}, after a caller keyed in a card: charge it. Paste it twice: it charges once and answers the same.

curl -s ${tenderUrl}${path} -u 'api_key:${connectorKey.secret.reveal()}' -H 'Content-Type: application/json' -d '${charge}'; echo

3. As the backend again: see the payin.

curl -s '${baseUrl}/v1/payins?transaction_id=${TRANSACTION}' -H 'Authorization: Bearer ${adminKey.secret.reveal()}'; echo

Or all of it as one call, with what the caller hears: npm run -s cli -- call ${adapter}

`;
}
