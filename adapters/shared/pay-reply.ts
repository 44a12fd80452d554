/**
 * Any result in the shape that Twilio documents and Telnyx took over: 200, lower-case keys, `error_code` null exactly on
 * success. Twilio hands the `parameters` of an answer to the application as `PayConnector_*`, so they are strings.
 *
 * Source: Twilio, "Generic Pay Connector", https://www.twilio.com/docs/voice/twiml/pay/generic-pay-connector; Telnyx,
 * https://developers.telnyx.com/docs/voice/programmable-voice/pay
 */
import type { AdapterRoute, Reply } from '../../src/core/adapter.ts';
import { ERRORS, type ErrorCode } from '../../src/core/errors.ts';
import { formatMoney } from '../../src/core/money.ts';
import type { PaymentResult } from '../../src/core/payment.ts';
import type { Instrument } from '../../src/core/tender.ts';

type IdField = 'charge_id' | 'token_id';
type Parameters = { readonly [name: string]: string };

/**
 * Twilio, Generic Pay Connector, response: the id of the payin or of the payment method on success, else the code and
 * the sentence of the error table. The amount is in major units, `"10.00"`.
 */
export function encodePayReply(result: PaymentResult, route: AdapterRoute, body: unknown): Reply {
  const idField = idFieldOf(route, body);
  switch (result.kind) {
    case 'approved':
      return result.command === 'charge'
        ? success(idField, result.payinId, {
            payin_id: result.payinId,
            confirmation_code: result.confirmationCode,
            status: result.status,
            amount: formatMoney(result.money),
            ...instrumentParameters(result.instrument),
          })
        : success(idField, result.paymentMethodId, {
            payment_method_id: result.paymentMethodId,
            ...instrumentParameters(result.instrument),
          });
    case 'declined':
    case 'refused':
      return failure(idField, result.code);
    case 'pending':
      return failure(idField, 'PAYMENT_PENDING');
    case 'unknown':
      return failure(idField, 'OUTCOME_UNKNOWN');
  }
}

/** The key that must be there even on failure; a body that could not be read counts as a charge. */
function idFieldOf(route: AdapterRoute, body: unknown): IdField {
  const method = typeof body === 'object' && body !== null ? Reflect.get(body, 'method') : null;
  return (route.operation ?? method) === 'tokenize' ? 'token_id' : 'charge_id';
}

function success(idField: IdField, id: string, parameters: Parameters): Reply {
  return { status: 200, body: { [idField]: id, error_code: null, error_message: null, parameters } };
}

function failure(idField: IdField, code: ErrorCode): Reply {
  const body = { [idField]: null, error_code: code, error_message: ERRORS[code].sentence, parameters: {} };
  return { status: 200, body };
}

function instrumentParameters(instrument: Instrument): Parameters {
  const { last4: last_4 } = instrument;
  return instrument.kind === 'card' ? { last_4, brand: instrument.brand } : { last_4 };
}
