/** New Provider's words to a command. The schema has checked their form; here is what they mean together. */
import type { PayBody } from '../../schemas/new-provider/pay.types.ts';
import type { Delivery } from '../../src/core/adapter.ts';
import { isCurrency, parseMoney } from '../../src/core/money.ts';
import { type Command, type RefusedResult, refusal } from '../../src/core/payment.ts';
import { Secret } from '../../src/core/secret.ts';

/** A charge, or a refusal that names the field in the provider's words. */
export function decode({ body }: Delivery<PayBody>): Command | RefusedResult {
  const money = isCurrency(body.currency) ? parseMoney(body.amount, body.currency) : null;
  if (money === null) return refusal('INVALID_REQUEST', 'amount');
  return {
    kind: 'charge',
    source: 'IVR',
    configId: body.reference,
    transactionId: body.call_id,
    money,
    tender: {
      kind: 'card',
      number: new Secret(body.card),
      expiry: { month: Number(body.expiry.slice(0, 2)), year: 2000 + Number(body.expiry.slice(2)) },
      securityCode: body.code ? new Secret(body.code) : null,
      postalCode: null,
    },
    billingContact: {},
    metadata: {},
  };
}
