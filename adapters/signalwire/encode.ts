/**
 * Any result in SignalWire's shape: 200 on success, 402 for a decline, 422 for a refusal (403 for a signature that is not
 * right), 503 while nobody can say. Its page asks for "non-200" on failure and names no status.
 *
 * Source: SWML `pay`, `payment_connector_url`, https://signalwire.com/docs/swml/reference/calling/pay
 */
import type { AdapterRoute, Reply } from '../../src/core/adapter.ts';
import { ERRORS, type ErrorCode } from '../../src/core/errors.ts';
import type { PaymentResult, RefusedResult } from '../../src/core/payment.ts';
import { isTokenize } from './decode.ts';

/**
 * SignalWire, `pay`, response: `charge_id` the payin's id, or `token_id` the payment method's, on success; else the code
 * and the sentence of the error table. The confirmation code is beside them: keys that it does not know are let pass.
 */
export function encode(result: PaymentResult, _route: AdapterRoute, body: unknown): Reply {
  switch (result.kind) {
    case 'approved':
      return result.command === 'charge'
        ? { status: 200, body: { charge_id: result.payinId, ...NO_ERROR, confirmation_code: result.confirmationCode } }
        : { status: 200, body: { token_id: result.paymentMethodId, ...NO_ERROR } };
    case 'declined':
      return failure(402, result.code, body);
    case 'refused':
      return failure(statusOf(result.code), result.code, body);
    case 'pending':
      return failure(503, 'PAYMENT_PENDING', body);
    case 'unknown':
      return failure(503, 'OUTCOME_UNKNOWN', body);
  }
}

/** Of a refusal. A delivery that is not SignalWire's own is sent away like one with a key that may not pay. */
function statusOf(code: RefusedResult['code']): number {
  if (ERRORS[code].family === 'open') return 503;
  return code === 'SIGNATURE_INVALID' ? 403 : 422;
}

const NO_ERROR = { error_code: null, error_message: null };

function failure(status: number, code: ErrorCode, body: unknown): Reply {
  const id = isTokenize(body) ? 'token_id' : 'charge_id';
  return { status, body: { [id]: null, error_code: code, error_message: ERRORS[code].sentence } };
}
