/**
 * The generic adapter: for platforms on which the customer writes the request (Amazon Connect's Lambda functions,
 * Genesys Cloud's data actions, NICE CXone's scripts). The form is ours, described in docs/generic.md.
 */

import schema from '../../schemas/generic/payment.schema.json' with { type: 'json' };
import type { PaymentBody } from '../../schemas/generic/payment.types.ts';
import reply from '../../schemas/generic/reply.schema.json' with { type: 'json' };
import { defineAdapter } from '../../src/core/adapter.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';

const CHARGE = '/vendor/generic/charge';
const TOKENIZE = '/vendor/generic/tokenize';

/** Our own form: flat replies, always 200, the outcome in `status`. */
export const generic = defineAdapter<PaymentBody>({
  name: 'generic',
  routes: [
    { method: 'POST', path: CHARGE, operation: 'charge' },
    { method: 'POST', path: TOKENIZE, operation: 'tokenize' },
  ],
  auth: ['basic'],
  schema,
  reply,
  numbersAsText: false,
  // Amazon Connect waits for a Lambda function at most 8 s, the shortest of those platforms; one is for the way here.
  // https://docs.aws.amazon.com/connect/latest/devguide/interactions-invokelambdafunction.html
  patience: { deliveryMs: 7_000, totalMs: 7_000, repeatsOnSilence: false },
  tenders: 'one',
  setup: (baseUrl) => ({
    where: 'the Lambda function, data action or script that takes the payment',
    values: {
      'URL to charge': `${baseUrl}${CHARGE}`,
      'URL to store': `${baseUrl}${TOKENIZE}`,
      'User name': 'api_key',
      Password: 'the connector key',
    },
  }),
  decode,
  encode,
});
