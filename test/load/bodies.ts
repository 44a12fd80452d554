/** The deliveries of the bench: the body of Twilio's documentation, each for its own config under its own transaction id. */
import { randomUUID } from 'node:crypto';
import { formatMoney, type Money } from '../../src/core/money.ts';

export const PATH = '/vendor/twilio/pay_generic';

export const PRICE: Money = { amount: 1000, currency: 'USD' };
/** The sandbox answers a charge of this amount after 12 s. */
export const HANGING_PRICE: Money = { amount: 900_002, currency: 'USD' };

/** As JSON, ASCII only. */
export function chargeOf(configId: string, price: Money): string {
  return JSON.stringify({
    method: 'charge',
    transaction_id: randomUUID(),
    cardnumber: '4111111111111111',
    cvv: '123',
    expiry_month: '08',
    expiry_year: '30',
    postal_code: '94111',
    amount: formatMoney(price),
    currency_code: price.currency,
    description: 'pizza',
    parameters: { payin_config_id: configId },
  });
}
