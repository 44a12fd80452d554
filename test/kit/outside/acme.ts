/** An adapter as somebody outside of the tree writes it: all that it knows of us is the package. */
import { defineAdapter, formatMoney, isCurrency, parseMoney, refusal, Secret } from 'tollbridge';

interface AcmeBody {
  readonly call: string;
  readonly config: string;
  readonly pay: string;
  readonly currency: string;
  readonly card: string;
  /** As keyed in: month and year, two digits each. */
  readonly expiry: string;
  readonly code: string;
}

const text = { type: 'string', maxLength: 64 };

export default defineAdapter<AcmeBody>({
  name: 'acme',
  routes: [{ method: 'POST', path: '/vendor/acme', operation: 'charge' }],
  auth: ['basic'],
  schema: {
    type: 'object',
    required: ['call', 'config', 'pay', 'currency', 'card', 'expiry', 'code'],
    properties: {
      call: { type: 'string', minLength: 1, maxLength: 64 },
      config: text,
      pay: text,
      currency: text,
      card: { type: 'string', pattern: '^[0-9]{12,19}$', maxLength: 19 },
      expiry: { type: 'string', pattern: '^(?:0[1-9]|1[0-2])[0-9]{2}$', maxLength: 4 },
      code: { type: 'string', pattern: '^[0-9]{3,4}$', maxLength: 4 },
    },
  },
  numbersAsText: false,
  patience: { deliveryMs: 5_000, totalMs: 5_000, repeatsOnSilence: false },
  tenders: 'one',
  setup: (baseUrl) => ({ where: "Acme's console", values: { URL: `${baseUrl}/vendor/acme` } }),
  decode({ body }) {
    const money = isCurrency(body.currency) ? parseMoney(body.pay, body.currency) : null;
    if (money === null) return refusal('INVALID_REQUEST', 'pay');
    return {
      kind: 'charge',
      source: 'IVR',
      configId: body.config,
      transactionId: body.call,
      money,
      tender: {
        kind: 'card',
        number: new Secret(body.card),
        expiry: { month: Number(body.expiry.slice(0, 2)), year: 2000 + Number(body.expiry.slice(2)) },
        securityCode: new Secret(body.code),
        postalCode: null,
      },
      billingContact: {},
      metadata: {},
    };
  },
  encode(result) {
    if (result.kind !== 'approved')
      return { status: 200, body: { paid: false, why: 'code' in result ? result.code : result.kind } };
    const paid = result.command === 'charge' ? formatMoney(result.money) : null;
    return { status: 200, body: { paid: true, id: result.paymentMethodId, amount: paid } };
  },
});
