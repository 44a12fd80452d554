/**
 * Any result in the generic form: flat, the same fields in every reply, null where there is nothing to say. Always 200,
 * because the platforms that it is for lead any other status down a branch in which the body cannot be read.
 */
import type { Json, Reply } from '../../src/core/adapter.ts';
import { ERRORS, type ErrorCode } from '../../src/core/errors.ts';
import type { DeclinedResult, OpenResult, PaymentResult } from '../../src/core/payment.ts';
import type { Instrument } from '../../src/core/tender.ts';

/** Every field of a reply; amounts in minor units. */
const NOTHING = {
  payin_id: null,
  payin_status: null,
  payment_method_id: null,
  confirmation_code: null,
  amount: null,
  currency: null,
  tender: null,
  brand: null,
  last_4: null,
  error_code: null,
  error_message: null,
  error_field: null,
} as const;

/** `status` is the kind of the result; ids are told of a payment that was sent, whatever became of it. */
export function encode(result: PaymentResult): Reply {
  switch (result.kind) {
    case 'approved':
      return reply('approved', {
        payment_method_id: result.paymentMethodId,
        ...instrumentFields(result.instrument),
        ...(result.command === 'charge' && {
          payin_id: result.payinId,
          payin_status: result.status,
          confirmation_code: result.confirmationCode,
          amount: result.money.amount,
          currency: result.money.currency,
        }),
      });
    case 'declined':
      return reply('declined', { ...idFields(result), ...errorFields(result.code) });
    case 'refused':
      return reply('refused', { ...errorFields(result.code), error_field: result.field });
    case 'pending':
      return reply('pending', { ...idFields(result), ...errorFields('PAYMENT_PENDING') });
    case 'unknown':
      return reply('unknown', { ...idFields(result), ...errorFields('OUTCOME_UNKNOWN') });
  }
}

type Fields = { readonly [field in keyof typeof NOTHING]?: Json };

function reply(status: PaymentResult['kind'], fields: Fields): Reply {
  return { status: 200, body: { status, ...NOTHING, ...fields } };
}

function idFields({ payinId, paymentMethodId }: DeclinedResult | OpenResult): Fields {
  return { payin_id: payinId, payment_method_id: paymentMethodId };
}

function errorFields(code: ErrorCode): Fields {
  return { error_code: code, error_message: ERRORS[code].sentence };
}

function instrumentFields(instrument: Instrument): Fields {
  const { kind, last4 } = instrument;
  return { tender: kind, last_4: last4, brand: kind === 'card' ? instrument.brand : null };
}
