/**
 * Telnyx's custom pay connector, "Pay over Voice". Its body is Twilio's, field for field, so it is read and answered by
 * the same code; here is what differs: its path, its ways to sign in and its patience.
 */
import schema from '../../schemas/twilio/pay.schema.json' with { type: 'json' };
import type { PayBody } from '../../schemas/twilio/pay.types.ts';
import reply from '../../schemas/twilio/reply.schema.json' with { type: 'json' };
import { defineAdapter } from '../../src/core/adapter.ts';
import { decodePayBody } from '../shared/pay-body.ts';
import { encodePayReply } from '../shared/pay-reply.ts';

const PATH = '/vendor/telnyx/pay';

/** Telnyx, Pay: https://developers.telnyx.com/docs/voice/programmable-voice/pay */
export const telnyx = defineAdapter<PayBody>({
  name: 'telnyx',
  routes: [{ method: 'POST', path: PATH, operation: null }],
  auth: ['basic', 'bearer', 'path'],
  schema,
  reply,
  numbersAsText: false,
  // No page says how long it waits or that it repeats; a caller hears silence for longer than this as a dead line.
  patience: { deliveryMs: 10_000, totalMs: 10_000, repeatsOnSilence: false },
  tenders: 'one',
  setup: (baseUrl) => ({
    where: 'Telnyx, POST https://api.telnyx.com/v2/pay_connectors with type "generic"',
    values: {
      name: 'Tollbridge',
      'config.endpoint_url': `${baseUrl}${PATH}`,
      'config.auth_type': 'basic',
      'config.username': 'api_key',
      'config.password': 'the connector key',
    },
  }),
  decode: decodePayBody,
  encode: encodePayReply,
});
