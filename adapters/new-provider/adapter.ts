/** New Provider: where it posts, how it signs in, how long it waits. */

import schema from '../../schemas/new-provider/pay.schema.json' with { type: 'json' };
import { defineAdapter } from '../../src/core/adapter.ts';
import { decode, type PayBody } from './decode.ts';
import { encode } from './encode.ts';

const PATH = '/vendor/new-provider/pay';

/** New Provider, the page that documents its request: https:// */
export const newProvider = defineAdapter<PayBody>({
  name: 'new-provider',
  routes: [{ method: 'POST', path: PATH, operation: 'charge' }],
  auth: ['basic'],
  schema,
  numbersAsText: false,
  // 10 s a request, and none is repeated.
  patience: { deliveryMs: 10_000, totalMs: 10_000, repeatsOnSilence: false },
  tenders: 'one',
  setup: (baseUrl) => ({
    where: "New Provider's console",
    values: { URL: `${baseUrl}${PATH}`, Username: 'api_key', Password: 'the connector key' },
  }),
  decode,
  encode,
});
