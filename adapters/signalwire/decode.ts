/**
 * SignalWire's words to a command, in both dialects. Decides charge or tokenize by the amount, for `method` names the
 * tender here; and reads `parameters` in each of the three shapes that have been seen.
 *
 * Sources: SWML `pay`, https://signalwire.com/docs/swml/reference/calling/pay; cXML `<Pay>`,
 * https://signalwire.com/docs/compatibility-api/cxml/reference/voice/pay; SignalWire's own sample connector, which says
 * that SWML's parameters arrive as a list of one-pair objects.
 */
import type { Pairs, PayBody } from '../../schemas/signalwire/pay.types.ts';
import type { Delivery } from '../../src/core/adapter.ts';
import { Refused } from '../../src/core/errors.ts';
import type { Command, RefusedResult } from '../../src/core/payment.ts';
import {
  commandOf,
  decoding,
  given,
  moneyOf,
  type Parameters,
  parametersFrom,
  type Text,
} from '../shared/pay-fields.ts';

/**
 * SignalWire, `pay`, request: a charge where there is an amount above zero, else a tokenize. A refusal names the field in
 * SignalWire's words. Never throws for what a body says.
 */
export function decode({ body }: Delivery<PayBody>): Command | RefusedResult {
  return decoding(() => {
    checkMethod(body);
    const field = given(body.chargeAmount) === null ? 'amount' : 'chargeAmount';
    const amount = given(body[field]);
    return commandOf({
      transactionId: body.transaction_id,
      operation: isNothing(amount) ? 'tokenize' : 'charge',
      fields: body,
      parameters: parametersOf(body),
      money: () => moneyOf(amount, body.currency_code, field),
    });
  });
}

/** Whether this body asks for a tokenize; also of a body that no schema has seen. */
export function isTokenize(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const amounts = [Reflect.get(body, 'chargeAmount'), Reflect.get(body, 'amount')];
  const amount = amounts.find((one) => one !== undefined && one !== null && one !== '') ?? null;
  return amount === null || (typeof amount === 'string' && isNothing(amount));
}

function isNothing(amount: string | null): boolean {
  return amount === null || /^0+(?:\.0*)?$/.test(amount);
}

/** The tender. ACH is in SignalWire's prompts and in none of its sample bodies. */
function checkMethod({ method }: PayBody): void {
  const tender = given(method);
  if (tender !== null && tender !== 'credit-card' && tender !== 'ach-debit') {
    throw new Refused('INVALID_REQUEST', 'method');
  }
}

function parametersOf(body: PayBody): Parameters {
  const listed = Array.isArray(body.parameters) ? body.parameters : [body.parameters ?? {}];
  return parametersFrom([
    // Beside the other fields, as some documents were written.
    ['payin_config_id', body.payin_config_id],
    ['payment_method_config_id', body.payment_method_config_id],
    ...listed.flatMap(pairsOf),
  ]);
}

/** `{"name": N, "value": V}` is the pair of N and V; any other object is its own pairs. */
function pairsOf(item: Pairs): readonly (readonly [string, Text])[] {
  const { name, value } = item;
  return typeof name === 'string' && Object.hasOwn(item, 'value') ? [[name, value]] : Object.entries(item);
}
