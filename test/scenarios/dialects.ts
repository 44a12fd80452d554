/** How each provider writes the catalogue's calls and reads its replies, and what none of its calls can be. */
import { ERROR_CODES, type ErrorCode } from '../../src/core/errors.ts';
import { newCart, payCart, setFees } from '../support/carts.ts';
import type { TestServer } from '../support/server.ts';
import { deliver, payinConfig } from '../support/twilio.ts';
import { type Dialect, type PhoneCall, type Said, type Terms, toldBy } from './catalogue.ts';

const ROUTING = '110000000';
const decimal = (minor: number) => (minor / 100).toFixed(2);

/** A config with those terms. */
function prepareConfig(server: TestServer, { amount, cardsAccepted, more }: Terms): Promise<string> {
  return payinConfig(server, { amount, ...(cardsAccepted ? {} : { accepted_tenders: ['ACH'] }), ...more });
}

const tenderOf = ({ card, securityCode, postalCode, expiryYear, account }: PhoneCall) =>
  account === null
    ? {
        cardnumber: card,
        cvv: securityCode,
        postal_code: postalCode,
        expiry_month: '08',
        expiry_year: expiryYear.slice(2),
      }
    : { bankaccountnumber: account, routingnumber: ROUTING };

const configOf = ({ operation, config }: PhoneCall) => ({
  [operation === 'charge' ? 'payin_config_id' : 'payment_method_config_id']: config,
});

const parametersOf = (call: PhoneCall) => ({
  ...configOf(call),
  ...(call.account === null ? {} : { AVSName: 'Ada Lovelace' }),
});

/** Twilio's body, which is Telnyx's too. */
function payBody(call: PhoneCall): object {
  return {
    method: call.operation,
    transaction_id: call.transaction,
    ...tenderOf(call),
    ...(call.operation === 'charge' ? { amount: decimal(call.amount), currency_code: call.currency } : {}),
    description: call.description,
    parameters: parametersOf(call),
  };
}

function signalwireBody(call: PhoneCall): object {
  return {
    transaction_id: call.transaction,
    method: 'credit-card',
    ...tenderOf(call),
    ...(call.operation === 'charge' ? { chargeAmount: decimal(call.amount) } : { amount: 0 }),
    currency_code: call.currency.toLowerCase(),
    token_type: 'reusable',
    description: call.description,
    parameters: Object.entries(parametersOf(call)).map(([name, value]) => ({ [name]: value })),
  };
}

function genericBody(call: PhoneCall): object {
  const { card, securityCode, postalCode, expiryYear, account } = call;
  const tender =
    account === null
      ? {
          card: {
            number: card,
            expiry_month: '08',
            expiry_year: expiryYear,
            security_code: securityCode,
            postal_code: postalCode,
          },
        }
      : { bank_account: { account_number: account, routing_number: ROUTING, holder_name: 'Ada Lovelace' } };
  return {
    transaction_id: call.transaction,
    ...configOf(call),
    ...(call.operation === 'charge' ? { amount: call.amount, currency: call.currency } : {}),
    ...tender,
    metadata: { description: call.description },
  };
}

/** A dialect that pays configs, and whose replies have our own `error_code`. */
function configDialect(
  name: string,
  pathOf: (call: PhoneCall) => string,
  bodyOf: (call: PhoneCall) => object,
  methodField: 'token_id' | 'payment_method_id',
): Omit<Dialect, 'afterDecline' | 'lacks'> {
  return {
    name,
    sendsPostalCode: true,
    sendsHolder: true,
    codes: {},
    unknownId: 'sbx_cfg_000000000000000000000000000',
    prepare: prepareConfig,
    async send(server, call): Promise<Said> {
      const { text, body } = await deliver(server, bodyOf(call), { path: pathOf(call) });
      const method: unknown = Reflect.get(body, methodField);
      return {
        text,
        told: toldBy(body.error_code as ErrorCode | null),
        methodId: method === null ? null : String(method),
      };
    },
  };
}

/** The cart API's words for our codes. */
const CART_CODES: ReadonlyMap<string, ErrorCode> = new Map(
  ERROR_CODES.map((code) => [code.toLowerCase().replaceAll('_', ''), code]),
);

const cart: Dialect = {
  name: 'cart',
  // What was declined leaves the cart open, and nothing but the cart tells one attempt from another.
  afterDecline: 'another attempt',
  sendsPostalCode: false,
  sendsHolder: false,
  codes: {
    TRANSACTION_CHANGED: 'CART_PAID',
    PAYIN_CONFIG_USED: 'CART_PAID',
    PAYIN_CONFIG_NOT_FOUND: 'CART_NOT_FOUND',
  },
  lacks: {
    'a card that is stored can be charged later': 'a cart stores no card of its own accord',
    'CURRENCY_MISMATCH is refused, and leaves no payin': 'it has US dollars only',
    'BRAND_NOT_ACCEPTED is refused, and leaves no payin': 'a cart is limited by kinds of tender only',
    'INVALID_SECURITY_CODE is refused, and leaves no payin': 'a cart requires none',
    'INVALID_POSTAL_CODE is refused, and leaves no payin': 'its cards have none',
    'CARD_DATA_IN_TEXT is refused, and leaves no payin': 'its texts come with the cart, which is refused then',
  },
  unknownId: '00000000-0000-4000-8000-00000000000a',
  async prepare(server, { amount, cardsAccepted }) {
    await setFees(server, { location: 'catalogue', fees: { CARD: { fixed: FEE }, ACH: { fixed: FEE } } });
    const item = { amount: decimal(amount - FEE), limitTenders: cardsAccepted ? ['CreditCard', 'ECheck'] : ['ECheck'] };
    return newCart(server, {
      request: { clientTransactionId: `catalogue-${++carts}`, location: 'catalogue' },
      items: [{ clientItemId: 'item-1', description: 'a pizza', fundCategory: 'Food', ...item }],
    });
  },
  async send(server, call) {
    const { card, account, amount, securityCode, expiryYear } = call;
    const amounts = { primary: decimal(amount - FEE), fees: decimal(FEE), total: decimal(amount) };
    const tender =
      account === null
        ? { accountNumber: card, expirationMonth: 8, expirationYear: Number(expiryYear), securityCode }
        : { accountNumber: account, routingNumber: ROUTING, withdrawalType: 'Checking' };
    const { text, body } = await payCart(server, call.config, { amounts, ...tender });
    const { errorCode, status } = body;
    const open = status === 'paying' ? 'PAYMENT_PENDING' : 'OUTCOME_UNKNOWN';
    const named = errorCode === undefined ? undefined : CART_CODES.get(errorCode.toLowerCase());
    return { text, told: toldBy(body.paymentId === undefined ? (named ?? open) : null), methodId: null };
  },
};

/** Minor units; a part of every total. */
const FEE = 50;
let carts = 0;

const NO_ACCOUNTS = { 'a bank account is charged': 'it sends cards only' } as const;

/** In alphabetical order. */
export const DIALECTS: readonly Dialect[] = [
  cart,
  {
    ...configDialect('generic', ({ operation }) => `/vendor/generic/${operation}`, genericBody, 'payment_method_id'),
    afterDecline: 'TRANSACTION_CHANGED',
    lacks: {},
  },
  {
    ...configDialect('signalwire', () => '/vendor/signalwire/pay', signalwireBody, 'token_id'),
    afterDecline: 'another attempt',
    lacks: NO_ACCOUNTS,
  },
  {
    ...configDialect('telnyx', () => '/vendor/telnyx/pay', payBody, 'token_id'),
    afterDecline: 'TRANSACTION_CHANGED',
    lacks: {},
  },
  {
    ...configDialect('twilio', () => '/vendor/twilio/pay_generic', payBody, 'token_id'),
    afterDecline: 'TRANSACTION_CHANGED',
    lacks: {},
  },
];
