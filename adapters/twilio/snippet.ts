/**
 * The TwiML with which a real call reaches this server through a connector named as `cli doctor` says.
 *
 * Source: Twilio, "<Pay>", https://www.twilio.com/docs/voice/twiml/pay, and "<Parameter>".
 */
import type { Order } from '../../src/core/simulator.ts';
import { type Element, xmlDocument } from '../shared/xml.ts';

/** Twilio, <Pay>: TwiML as a whole document. An amount makes it a charge, none a tokenize. */
export function snippet(order: Order): string {
  const charge = order.operation === 'charge';
  const card = order.tender === 'card';
  const pay: Element = {
    name: 'Pay',
    attributes: {
      paymentConnector: 'Tollbridge',
      action: 'https://your-app.example/paid',
      paymentMethod: card ? 'credit-card' : 'ach-debit',
      bankAccountType: card ? null : 'consumer-checking',
      validCardTypes: card ? 'visa mastercard amex discover jcb diners-club maestro' : null,
      chargeAmount: charge ? order.amount : null,
      currency: charge ? order.currency.toLowerCase() : null,
      description: order.description,
    },
    children: Object.entries(parametersFor(order)).map(([name, value]) => ({
      name: 'Parameter',
      attributes: { name, value },
      children: [],
    })),
  };
  return xmlDocument({ name: 'Response', attributes: {}, children: [pay] });
}

/** What <Pay> does not collect and a bank payment needs (Twilio's error 64014). */
function parametersFor({ tender, parameters }: Order): { readonly [name: string]: string } {
  return tender === 'card' ? parameters : { AVSName: 'NAME OF THE ACCOUNT HOLDER', ...parameters };
}
