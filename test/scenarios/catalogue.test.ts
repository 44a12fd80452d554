/** Every provider, through the same catalogue. */
import { type Dialect, describeCatalogue, type PhoneCall } from './catalogue.ts';

const decimal = (minor: number) => (minor / 100).toFixed(2);

const tenderOf = ({ card, securityCode, postalCode, expiryYear, account }: PhoneCall) =>
  account === null
    ? {
        cardnumber: card,
        cvv: securityCode,
        postal_code: postalCode,
        expiry_month: '08',
        expiry_year: expiryYear.slice(2),
      }
    : { bankaccountnumber: account, routingnumber: '110000000' };

const parametersOf = ({ operation, config, account }: PhoneCall) => ({
  [operation === 'charge' ? 'payin_config_id' : 'payment_method_config_id']: config,
  ...(account === null ? {} : { AVSName: 'Ada Lovelace' }),
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

const DIALECTS: readonly Dialect[] = [
  { name: 'signalwire', path: '/vendor/signalwire/pay', bankAccounts: false, tenders: 'many', body: signalwireBody },
  { name: 'telnyx', path: '/vendor/telnyx/pay', bankAccounts: true, tenders: 'one', body: payBody },
  { name: 'twilio', path: '/vendor/twilio/pay_generic', bankAccounts: true, tenders: 'one', body: payBody },
];

for (const dialect of DIALECTS) describeCatalogue(dialect);
