/** SignalWire's `payment_connector_url`, as SWML and cXML call it: how it signs in, how long it waits. */
import schema from '../../schemas/signalwire/pay.schema.json' with { type: 'json' };
import type { PayBody } from '../../schemas/signalwire/pay.types.ts';
import reply from '../../schemas/signalwire/reply.schema.json' with { type: 'json' };
import { defineAdapter } from '../../src/core/adapter.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import { signature } from './signature.ts';

const PATH = '/vendor/signalwire/pay';

/** SignalWire, SWML `pay`: https://signalwire.com/docs/swml/reference/calling/pay */
export const signalwire = defineAdapter<PayBody>({
  name: 'signalwire',
  routes: [{ method: 'POST', path: PATH, operation: null }],
  auth: ['basic', 'path'],
  schema,
  reply,
  // Its pages show an amount as a text and as a number.
  numbersAsText: true,
  // No page says how long a connector may take; other webhooks of SignalWire's are read for 5 s and not repeated.
  patience: { deliveryMs: 4_500, totalMs: 4_500, repeatsOnSilence: false },
  signature,
  // `max_attempts` asks the caller again within one call.
  tenders: 'many',
  setup: (baseUrl) => ({
    where: 'the `pay` method of your SWML document, or the `paymentConnectorUrl` of <Pay> in cXML',
    values: {
      payment_connector_url: `${baseUrl.replace('://', '://api_key:CONNECTOR_KEY@')}${PATH}`,
      'payment_connector_url, where user names are dropped': `${baseUrl}${PATH}/CONNECTOR_KEY`,
    },
  }),
  decode,
  encode,
});
