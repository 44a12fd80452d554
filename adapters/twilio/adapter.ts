/** Twilio's generic pay connector: what it posts, how it signs in, how long it waits. */

import schema from '../../schemas/twilio/pay.schema.json' with { type: 'json' };
import type { PayBody } from '../../schemas/twilio/pay.types.ts';
import reply from '../../schemas/twilio/reply.schema.json' with { type: 'json' };
import { defineAdapter } from '../../src/core/adapter.ts';
import { decodePayBody } from '../shared/pay-body.ts';
import { encodePayReply } from '../shared/pay-reply.ts';

const PATH = '/vendor/twilio/pay_generic';

/** Twilio, Generic Pay Connector: https://www.twilio.com/docs/voice/twiml/pay/generic-pay-connector */
export const twilio = defineAdapter<PayBody>({
  name: 'twilio',
  routes: [
    { method: 'POST', path: PATH, operation: null },
    // The form before March 2022 appended the operation to the configured URL.
    { method: 'POST', path: `${PATH}/charge`, operation: 'charge' },
    { method: 'POST', path: `${PATH}/tokenize`, operation: 'tokenize' },
  ],
  auth: ['basic'],
  schema,
  reply,
  numbersAsText: false,
  // 10 s a delivery and up to five repeats, all on silence; 50 s leaves the last repeat time to take the answer.
  patience: { deliveryMs: 10_000, totalMs: 50_000, repeatsOnSilence: true },
  tenders: 'one',
  setup: (baseUrl) => ({
    where: "Twilio's console, Voice > Manage > Pay Connectors > Generic Pay Connector",
    values: {
      'Unique Name': 'Tollbridge',
      'Endpoint URL': `${baseUrl}${PATH}`,
      Username: 'api_key',
      Password: 'the connector key',
    },
  }),
  decode: decodePayBody,
  encode: encodePayReply,
});
