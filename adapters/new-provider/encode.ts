/** Any result in New Provider's shape. */
import type { Reply } from '../../src/core/adapter.ts';
import { ERRORS, type ErrorCode } from '../../src/core/errors.ts';
import type { PaymentResult } from '../../src/core/payment.ts';

/** 200 for an approval with the id of what was made, 402 for whatever is none. */
export function encode(result: PaymentResult): Reply {
  switch (result.kind) {
    case 'approved':
      return { status: 200, body: { id: result.command === 'charge' ? result.payinId : result.paymentMethodId } };
    case 'declined':
    case 'refused':
      return failure(result.code);
    case 'pending':
      return failure('PAYMENT_PENDING');
    case 'unknown':
      return failure('OUTCOME_UNKNOWN');
  }
}

function failure(code: ErrorCode): Reply {
  return { status: 402, body: { error: code, message: ERRORS[code].sentence } };
}
