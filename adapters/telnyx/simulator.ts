/**
 * Telnyx from the outside: what a generic pay connector posts, and what the webhook of the customer's application
 * receives. The body is Twilio's, field for field.
 *
 * Sources: Telnyx, "Pay over Voice" and its SDK's webhook types. Documented nowhere, and so assumed: the body of a bank
 * account's tokenize (Twilio's), the Content-Type, the patience (10 s) and that nothing is repeated.
 */
import type { Json } from '../../src/core/adapter.ts';
import type {
  BodyForm,
  Call,
  Ending,
  Login,
  Notice,
  Simulator,
  WireReply,
  WireRequest,
} from '../../src/core/simulator.ts';
import { cardTypeOf, lastReply, shownCall } from '../../src/core/simulator.ts';
import {
  answerFaults,
  basicAuthorization,
  dialogue,
  expiryDigits,
  oneRequest,
  parametersOf,
  readAnswer,
  TEST_CARDS,
  tenderFields,
} from '../shared/simulated-pay.ts';
import { snippet } from './snippet.ts';

function request(call: Call, login: Login): WireRequest {
  const { operation, amount, currency } = call;
  const body = {
    method: operation,
    transaction_id: call.transactionId,
    ...tenderFields(call),
    ...(operation === 'charge' ? { amount, currency_code: currency } : {}),
    description: call.description ?? '',
    parameters: parametersOf(call),
  };
  return {
    method: 'POST',
    path: '',
    headers: { Authorization: basicAuthorization(login), 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    pays: true,
  };
}

/** No repeats. */
const next = oneRequest(1, request);

const FORMS: readonly BodyForm[] = [
  { name: 'an empty description', of: (call) => ({ ...call, description: null }), next },
];

function remarks({ tender }: Call): readonly string[] {
  return tender.kind === 'card' && !TEST_CARDS.includes(tender.number.reveal())
    ? ['A test connector never gets this card: Telnyx asks the caller for another, with invalid-card-number.']
    : [];
}

function endingOf(call: Call, reply: WireReply | null): Ending {
  if (reply === null) {
    return {
      verdict: 'silent',
      id: null,
      code: null,
      notices: [completed(call, { result: 'payment-connector-error' })],
    };
  }
  const answer = readAnswer(call, reply);
  switch (answer.kind) {
    case 'approved': {
      const ids = call.operation === 'charge' ? { charge_id: answer.id } : { token_id: answer.id };
      const result = { result: 'success', ...ids, payment_confirmation_code: answer.id };
      return { verdict: 'approved', id: answer.id, code: null, notices: [completed(call, result)] };
    }
    case 'failed': {
      const result = {
        result: 'payment-connector-error',
        payment_error: 'connector_error',
        pay_error_code: answer.code,
        connector_error: { error_code: answer.code, error_message: answer.message },
      };
      return { verdict: 'failed', id: null, code: answer.code, notices: [completed(call, result)] };
    }
    case 'malformed':
      return { verdict: 'malformed', id: null, code: null, notices: [completed(call, { result: 'internal-error' })] };
  }
}

/** `call.payment.completed`, without what only the platform knows: its own ids and the time. */
function completed(call: Call, result: { readonly [name: string]: Json }): Notice {
  const { tender } = shownCall(call);
  const instrument =
    tender.kind === 'card'
      ? {
          payment_method: 'credit-card',
          payment_card_number: tender.number.reveal(),
          payment_card_type: cardTypeOf(call),
          expiration_date: expiryDigits(call),
          security_code: tender.securityCode?.reveal() ?? '',
          payment_card_postal_code: tender.postalCode ?? '',
        }
      : {
          payment_method: 'ach-debit',
          bank_account_number: tender.account.reveal(),
          bank_routing_number: tender.routing,
        };
  const payload = { payment_connector: 'Tollbridge', ...result, ...instrument };
  const event = { data: { event_type: 'call.payment.completed', record_type: 'event', payload } };
  return { to: 'webhook', form: 'json', fields: event };
}

/** Telnyx, a generic pay connector. */
export const telnyxSimulator: Simulator = {
  name: 'telnyx',
  path: '/vendor/telnyx/pay',
  tenders: ['card', 'bank_account'],
  operations: ['charge', 'tokenize'],
  pays: 'config',
  asksAgain: false,
  persistence: { deliveryMs: 10_000, deliveries: 1 },
  forms: FORMS,
  next,
  // Of a card or of an account: what the caller does not pay with has no keys, and is left out.
  steps: (call) =>
    dialogue(call, [
      'payment-card-number',
      'expiration-date',
      'postal-code',
      'security-code',
      'bank-routing-number',
      'bank-account-number',
    ]),
  remarks,
  ending: (call, exchanges) => endingOf(call, lastReply(exchanges)),
  // No page names a status; Telnyx's own sample answers declines with 200 and leaves the id out.
  faults: (call, exchange) =>
    answerFaults(call, exchange, { status: (_failed, status) => status === 200, idOnFailure: false }),
  snippet,
};
