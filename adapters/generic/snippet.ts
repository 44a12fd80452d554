/** What a customer's function posts, as a line for a shell; the platforms' templates take the JSON as it is. Ours. */
import { isCurrency, parseMoney } from '../../src/core/money.ts';
import type { Order } from '../../src/core/simulator.ts';
import { quoted } from '../shared/shell.ts';

/** One request, `CONNECTOR_KEY` and the words in capitals to be filled in. */
export function snippet({ operation, tender, amount, currency, parameters, baseUrl }: Order): string {
  const { payin_config_id, payment_method_config_id, ...metadata } = parameters;
  const money = isCurrency(currency) ? parseMoney(amount, currency) : null;
  const body = {
    transaction_id: 'CONTACT_ID#1',
    payin_config_id,
    payment_method_config_id,
    ...(operation === 'charge' ? { amount: money?.amount ?? 0, currency } : {}),
    ...(tender === 'card'
      ? { card: { number: 'CARD_NUMBER', expiry_month: 'MM', expiry_year: 'YY', security_code: 'CODE' } }
      : { bank_account: { account_number: 'ACCOUNT', routing_number: 'ROUTING', holder_name: 'NAME' } }),
    metadata,
  };
  const url = quoted(`${baseUrl}/vendor/generic/${operation}`);
  const json = quoted(JSON.stringify(body, null, 2));
  return `curl ${url} -u api_key:CONNECTOR_KEY -H 'Content-Type: application/json' -d ${json}\n`;
}
