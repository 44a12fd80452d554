/**
 * What an integrator's IVR sends, as lines for a shell: there is no document to serve, for the IVR is the customer's own.
 *
 * Source: PaymentExpress, "Taking payments by voice"; the paths of the token and the look-up are ours (docs/carts.md).
 */
import type { Order } from '../../src/core/simulator.ts';
import { quoted } from '../shared/shell.ts';

/** Four requests, `CLIENT_ID`, `CLIENT_SECRET`, `CARD_NUMBER` and the like to be filled in. Amounts of the reply count. */
export function snippet({ baseUrl, amount, tender, parameters }: Order): string {
  const { location = 'LOCATION', ...meta } = parameters;
  const cart = {
    request: { clientTransactionId: 'YOUR_TRANSACTION_ID', location, meta },
    items: [{ clientItemId: 'YOUR_ITEM_ID', description: 'DESCRIPTION', amount, fundCategory: 'FUND_CATEGORY' }],
  };
  const amounts = { primary: amount, fees: 'FEE', total: 'TOTAL' };
  const [way, payment] =
    tender === 'card'
      ? [
          'card',
          { amounts, expirationYear: 2030, expirationMonth: 12, securityCode: 'CODE', accountNumber: 'CARD_NUMBER' },
        ]
      : ['echeck', { amounts, withdrawalType: 'Checking', accountNumber: 'ACCOUNT', routingNumber: 'ROUTING' }];
  const at = (path: string) => quoted(`${baseUrl}/api/v1${path}`);
  const signed = `-H "Authorization: Bearer $TOKEN"`;
  const json = `${signed} -H 'Content-Type: application/json'`;
  return [
    '# A token, for eight hours; the client is an API key and its id.',
    `curl ${at('/oauth/token')} -d grant_type=client_credentials -d client_id="$CLIENT_ID" --data-urlencode client_secret="$CLIENT_SECRET" \\`,
    `  -d 'scope=cart:create cart:read payin:create payin:read'`,
    '# The cart: the reply has its cartId, and the total of each tender to read to the caller.',
    `curl ${at('/pay/voice/carts')} ${json} -d ${quoted(JSON.stringify(cart))}`,
    '# The tender, with the amounts of that reply; where VAULT_PORT is set, at that address.',
    `curl ${at('/pay/voice/carts/')}"$CART_ID"/payments/${way} ${json} -d ${quoted(JSON.stringify(payment))}`,
    '# After a lost answer, before anything is sent again.',
    `curl ${at('/pay/carts/')}"$CART_ID" ${signed}`,
    '',
  ].join('\n');
}
