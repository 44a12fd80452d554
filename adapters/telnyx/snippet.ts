/**
 * The TeXML with which a real call reaches this server through a connector named as `cli doctor` says. How TeXML passes
 * custom parameters could not be read from Telnyx's page; <Parameter> is Twilio's way, which TeXML follows elsewhere.
 *
 * Source: Telnyx, TeXML <Pay>, https://developers.telnyx.com/docs/voice/programmable-voice/texml-verbs/pay
 */
import type { Order } from '../../src/core/simulator.ts';
import { xmlDocument } from '../shared/xml.ts';

/** Telnyx, TeXML as a whole document. */
export function snippet(order: Order): string {
  const charge = order.operation === 'charge';
  const bank = order.tender === 'bank_account';
  const parameters = bank ? { AVSName: 'NAME OF THE ACCOUNT HOLDER', ...order.parameters } : order.parameters;
  const attributes = {
    paymentConnector: 'Tollbridge',
    transactionType: order.operation,
    paymentMethod: bank ? 'ach-debit' : 'credit-card',
    chargeAmount: charge ? order.amount : null,
    currency: charge ? order.currency : null,
    action: 'https://your-app.example/paid',
    statusCallback: 'https://your-app.example/pay-status',
  };
  const children = Object.entries(parameters).map(([name, value]) => ({
    name: 'Parameter',
    attributes: { name, value },
    children: [],
  }));
  return xmlDocument({ name: 'Response', attributes: {}, children: [{ name: 'Pay', attributes, children }] });
}
