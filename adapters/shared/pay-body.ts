/**
 * The body that Twilio documents and Telnyx took over, to a command. Decides which operation it means; its fields are
 * read as the whole family's are, and whether a config allows it is the engine's decision.
 *
 * Source: Twilio, "Generic Pay Connector", https://www.twilio.com/docs/voice/twiml/pay/generic-pay-connector; Telnyx,
 * https://developers.telnyx.com/docs/voice/programmable-voice/pay
 */
import type { PayBody } from '../../schemas/twilio/pay.types.ts';
import type { AdapterRoute, Delivery } from '../../src/core/adapter.ts';
import { Refused } from '../../src/core/errors.ts';
import type { Command, RefusedResult } from '../../src/core/payment.ts';
import { commandOf, decoding, given, moneyOf, type Operation, parametersFrom } from './pay-fields.ts';

/**
 * Twilio, Generic Pay Connector, request: a charge or a tokenize; a refusal (`INVALID_REQUEST`, `INVALID_CARD_NUMBER`,
 * `INVALID_SECURITY_CODE`, `INVALID_EXPIRY`) names the field in Twilio's words. Never throws for what a body says.
 */
export function decodePayBody({ body, route }: Delivery<PayBody>): Command | RefusedResult {
  return decoding(() =>
    commandOf({
      transactionId: body.transaction_id,
      operation: operationOf(body, route.operation),
      fields: body,
      parameters: parametersFrom(Object.entries(body.parameters ?? {})),
      money: () => moneyOf(body.amount, body.currency_code, 'amount'),
    }),
  );
}

/** The body's method, or the legacy path's; they may not disagree. */
function operationOf(body: PayBody, named: AdapterRoute['operation']): Operation {
  const method = given(body.method);
  const operation = method ?? named;
  if (operation !== 'charge' && operation !== 'tokenize') throw new Refused('INVALID_REQUEST', 'method');
  if (named !== null && operation !== named) throw new Refused('INVALID_REQUEST', 'method');
  return operation;
}
