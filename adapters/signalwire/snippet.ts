/**
 * The SWML with which a real call reaches this server. `charge_amount` is a text, as SignalWire's schema wants it.
 *
 * Source: SignalWire, "pay", https://signalwire.com/docs/swml/reference/calling/pay
 */
import type { Order } from '../../src/core/simulator.ts';

/** SignalWire, SWML as JSON. The connector key takes the place of `CONNECTOR_KEY`. An amount makes it a charge. */
export function snippet(order: Order): string {
  const connector = new URL(`${order.baseUrl}/vendor/signalwire/pay`);
  connector.username = 'api_key';
  connector.password = 'CONNECTOR_KEY';
  const pay = {
    payment_connector_url: connector.href,
    ...(order.operation === 'charge' ? { charge_amount: order.amount, currency: order.currency.toLowerCase() } : {}),
    ...(order.description === null ? {} : { description: order.description }),
    payment_method: 'credit-card',
    valid_card_types: 'visa mastercard amex discover jcb diners-club maestro',
    status_url: 'https://your-app.example/pay-status',
    parameters: Object.entries(order.parameters).map(([name, value]) => ({ name, value })),
  };
  const document = { version: '1.0.0', sections: { main: [{ answer: {} }, { pay }] } };
  return `${JSON.stringify(document, null, 2)}\n`;
}
