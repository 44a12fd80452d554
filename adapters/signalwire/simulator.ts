/**
 * SignalWire from the outside: what SWML's `pay` posts to its `payment_connector_url`, and what the application's
 * `status_url` and variables receive. The forms of cXML's <Pay> are among the forms of the body.
 *
 * Sources: SignalWire's reference of SWML `pay` and of cXML <Pay>; the list form of `parameters` from a connector of
 * SignalWire's own. Documented nowhere, and so assumed: the body of an SWML tokenize, that what was not collected is
 * absent, and the patience (that of cXML's webhooks; no repeats).
 */
import type { Json } from '../../src/core/adapter.ts';
import type {
  BodyForm,
  Call,
  Ending,
  Exchange,
  Next,
  Notice,
  Simulator,
  Step,
  WireReply,
} from '../../src/core/simulator.ts';
import { cardTypeOf, lastReply, shownCall } from '../../src/core/simulator.ts';
import {
  answerFaults,
  basicAuthorization,
  dialogue,
  expiryDigits,
  readAnswer,
  type StepName,
  tenderFields,
} from '../shared/simulated-pay.ts';
import { snippet } from './snippet.ts';

type Fields = { readonly [name: string]: Json };

/** One request for each tender: another only after a decline, where `max_attempts` lets the caller try again. */
function next(bodyOf: (call: Call) => Fields): Next {
  return (call, login, before) => {
    if (before.length > 0 && !goesOn(call, before)) return null;
    return {
      method: 'POST',
      path: '',
      headers: { Authorization: basicAuthorization(login), 'Content-Type': 'application/json' },
      body: JSON.stringify(bodyOf(paidWith(call, before.length))),
      pays: true,
    };
  };
}

function goesOn(call: Call, before: readonly Exchange[]): boolean {
  const [first, ...more] = before;
  const reply = first?.reply ?? null;
  return call.thenTender !== null && more.length === 0 && reply !== null && readAnswer(call, reply).kind === 'failed';
}

/** The call with the tender of that request, counted from 0. */
function paidWith(call: Call, place: number): Call {
  return place > 0 && call.thenTender !== null ? { ...call, tender: call.thenTender, thenTender: null } : call;
}

function swmlBody(call: Call): Fields {
  const parameters = Object.entries(call.parameters).map(([name, value]) => ({ [name]: value }));
  return {
    ...commonFields(call),
    method: 'credit-card',
    chargeAmount: call.operation === 'charge' ? call.amount : '0',
    token_type: 'reusable',
    currency_code: call.currency.toLowerCase(),
    ...(parameters.length === 0 ? {} : { parameters }),
  };
}

/** The page writes a charge's amount as a number, and gives a tokenize an `amount` and no `method`. */
function cxmlBody(call: Call): Fields {
  const operation =
    call.operation === 'charge'
      ? { method: 'credit-card', chargeAmount: Number(call.amount) }
      : { amount: 0, token_type: 'reusable' };
  return { ...commonFields(call), ...operation, currency_code: call.currency, parameters: call.parameters };
}

function commonFields(call: Call): Fields {
  const collected = { ...tenderFields(call), description: call.description };
  const given = Object.entries(collected).filter(([, value]) => value !== null);
  return { transaction_id: call.transactionId, ...Object.fromEntries(given) };
}

const FORMS: readonly BodyForm[] = [
  { name: "cXML's charge", of: (call) => call, next: next(cxmlBody) },
  {
    name: "cXML's tokenize",
    of: (call) => ({ ...call, operation: 'tokenize' }),
    next: next(cxmlBody),
  },
  {
    name: 'parameters as a list of names and values',
    of: (call) => call,
    next: next((call) => ({ ...swmlBody(call), parameters: namedPairs(call) })),
  },
  {
    name: 'a body without what was not collected',
    of: (call) => ({
      ...call,
      description: null,
      tender: call.tender.kind === 'card' ? { ...call.tender, securityCode: null, postalCode: null } : call.tender,
    }),
    next: next(swmlBody),
  },
];

function namedPairs({ parameters }: Call): Json {
  return Object.entries(parameters).map(([name, value]) => ({ name, value }));
}

function endingOf(call: Call, reply: WireReply | null): Ending {
  if (reply === null) {
    return { verdict: 'silent', id: null, code: null, notices: noticesOf(call, { code: '', message: 'no answer' }) };
  }
  const answer = readAnswer(call, reply);
  switch (answer.kind) {
    case 'approved':
      return { verdict: 'approved', id: answer.id, code: null, notices: noticesOf(call, { id: answer.id }) };
    case 'failed':
      return { verdict: 'failed', id: null, code: answer.code, notices: noticesOf(call, answer) };
    case 'malformed':
      return {
        verdict: 'malformed',
        id: null,
        code: null,
        notices: noticesOf(call, { code: '', message: 'not understood' }),
      };
  }
}

type Outcome = { readonly id: string } | { readonly code: string; readonly message: string };

/** Without what only the platform knows: its own ids and the time. */
function noticesOf(call: Call, outcome: Outcome): readonly Notice[] {
  const approved = 'id' in outcome;
  const { tender } = shownCall(call);
  const card = tender.kind === 'card' ? tender : null;
  const number = starred(card?.number.reveal());
  const code = starred(card?.securityCode?.reveal());
  const expiry = expiryDigits(call);
  const postalCode = card?.postalCode ?? '';
  const status = {
    event_type: 'calling.call.pay',
    params: {
      call_id: call.transactionId,
      for: approved ? 'payment-completed' : 'payment-failed',
      error_type: '',
      payment_method: 'credit-card',
      payment_card_number: number,
      payment_card_type: cardTypeOf(call),
      payment_card_postal_code: postalCode,
      security_code: code,
      expiration_date: expiry,
    },
  };
  const variables = {
    pay_result: approved ? 'success' : 'payment-connector-error',
    pay_payment_results: {
      payment_token: approved && call.operation === 'tokenize' ? outcome.id : '',
      payment_confirmation_code: approved && call.operation === 'charge' ? outcome.id : '',
      payment_card_number: number,
      payment_card_type: cardTypeOf(call),
      payment_card_expiration_date: expiry,
      payment_card_security_code: code,
      payment_card_postal_code: postalCode,
      payment_error: approved ? '' : outcome.message,
      payment_error_code: approved ? '' : outcome.code,
      connector_error: approved ? {} : { code: outcome.code, message: outcome.message },
    },
  };
  return [
    { to: 'status_url', form: 'json', fields: status },
    { to: 'variables', form: 'json', fields: variables },
  ];
}

function starred(masked: string | undefined): string {
  return masked?.replaceAll('x', '*') ?? '';
}

const ORDER: readonly StepName[] = ['payment-card-number', 'expiration-date', 'security-code', 'postal-code'];
const AGAIN: Step = { name: 'card-declined', hears: 'Your card was declined. Please try another one.', keys: '' };

function steps(call: Call, exchanges: readonly Exchange[]): readonly Step[] {
  const first = dialogue(call, ORDER);
  const again = exchanges.length > 1 || goesOn(call, exchanges);
  return again ? [...first, AGAIN, ...dialogue(paidWith(call, 1), ORDER)] : first;
}

/** SignalWire, SWML `pay` with a `payment_connector_url`. */
export const signalwireSimulator: Simulator = {
  name: 'signalwire',
  path: '/vendor/signalwire/pay',
  tenders: ['card'],
  operations: ['charge', 'tokenize'],
  pays: 'config',
  asksAgain: true,
  persistence: { deliveryMs: 5_000, deliveries: 1 },
  forms: FORMS,
  next: next(swmlBody),
  steps,
  remarks: () => [],
  ending: (call, exchanges) => endingOf(paidWith(call, exchanges.length - 1), lastReply(exchanges)),
  // A failure has any status but 200.
  faults: (call, exchange) =>
    answerFaults(call, exchange, { status: (failed, status) => failed === (status !== 200), idOnFailure: true }),
  snippet,
};
