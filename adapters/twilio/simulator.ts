/**
 * Twilio from the outside: what a caller hears, what the generic pay connector posts, how long it waits, and what the
 * application's `action` receives. It plays a LIVE connector; what TEST mode would not let through is a remark.
 *
 * Sources: "Generic Pay Connector", "<Pay>" and the error dictionary of Twilio; the body's order and nulls, the user
 * agent and the masks as logged by implementers. Not documented, and so assumed: that any status of 2xx is read alike,
 * and the PayErrorCode of each kind of failure.
 */
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
  type Answer,
  answerFaults,
  basicAuthorization,
  dialogue,
  expiryDigits,
  objectOf,
  oneRequest,
  parametersOf,
  readAnswer,
  TEST_CARDS,
  tenderFields,
} from '../shared/simulated-pay.ts';
import { snippet } from './snippet.ts';

/** The first, and up to five repeats. */
const DELIVERIES = 6;

/** Twilio, "Generic Pay Connector", TEST mode. */
const TEST_ACCOUNTS: readonly string[] = ['12345678', '123456789'];

function request(call: Call, login: Login): WireRequest {
  const { operation, amount, currency } = call;
  const body = {
    transaction_id: call.transactionId,
    ...tenderFields(call),
    description: call.description,
    ...(operation === 'charge' ? { amount, currency_code: currency } : {}),
    method: operation,
    parameters: parametersOf(call),
  };
  return {
    method: 'POST',
    path: '',
    headers: {
      Authorization: basicAuthorization(login),
      'Content-Type': 'application/json',
      Accept: '*/*',
      'User-Agent': 'AHC/2.1',
    },
    body: JSON.stringify(body),
    pays: true,
  };
}

/** A form that differs in the call, in the request, or in both. */
function form(
  name: string,
  {
    call = (same) => same,
    wire = (same) => same,
  }: { call?: (call: Call) => Call; wire?: (sent: WireRequest) => WireRequest },
): BodyForm {
  return { name, of: call, next: oneRequest(DELIVERIES, (changed, login) => wire(request(changed, login))) };
}

const withHeaders = (sent: WireRequest, contentType: string | null): WireRequest => {
  const { 'Content-Type': _usual, ...headers } = sent.headers;
  return { ...sent, headers: contentType === null ? headers : { ...headers, 'Content-Type': contentType } };
};

const withFields = (sent: WireRequest, fields: { readonly [name: string]: string }): WireRequest => ({
  ...sent,
  body: JSON.stringify({ ...objectOf(sent.body), ...fields }),
});

const FORMS: readonly BodyForm[] = [
  form('an empty Content-Type', { wire: (sent) => withHeaders(sent, '') }),
  form('no Content-Type', { wire: (sent) => withHeaders(sent, null) }),
  form('a year of four digits', {
    wire: (sent) => {
      const year = objectOf(sent.body)?.['expiry_year'];
      return typeof year === 'string' ? withFields(sent, { expiry_year: `20${year}` }) : sent;
    },
  }),
  form('an amount without trailing zeros', {
    call: (call) => ({ ...call, amount: call.amount.replace(/(\.[0-9]*?)0+$/, '$1').replace(/\.$/, '') }),
  }),
  form('nulls for what was not collected', {
    call: (call) => ({
      ...call,
      description: null,
      tender: call.tender.kind === 'card' ? { ...call.tender, securityCode: null, postalCode: null } : call.tender,
    }),
  }),
  form('a field that no page names', { wire: (sent) => withFields(sent, { card_holder_hint: 'none' }) }),
];

function remarks({ tender }: Call): readonly string[] {
  if (tender.kind === 'card' && !TEST_CARDS.includes(tender.number.reveal())) {
    return [
      "A connector in TEST mode never gets this card: Twilio ends <Pay> with error 64022, 'Invalid Test Card Number'.",
    ];
  }
  if (tender.kind === 'bank_account' && !TEST_ACCOUNTS.includes(tender.account.reveal())) {
    return [
      "A connector in TEST mode never gets this account: Twilio ends <Pay> with error 64023, 'Invalid Test Bank Account Number'.",
    ];
  }
  return [];
}

function endingOf(call: Call, reply: WireReply | null): Ending {
  if (reply === null) {
    const failure = { code: '64002', text: 'Service unavailable.', connector: '' };
    return { verdict: 'silent', id: null, code: null, notices: [actionOf(call, failed(failure))] };
  }
  const answer = readAnswer(call, reply);
  switch (answer.kind) {
    case 'approved':
      return { verdict: 'approved', id: answer.id, code: null, notices: [actionOf(call, approved(call, answer))] };
    case 'failed': {
      const { code: connector } = answer;
      return {
        verdict: 'failed',
        id: null,
        code: connector,
        notices: [actionOf(call, failed({ ...rejectionOf(call), connector }))],
      };
    }
    case 'malformed': {
      const { code, text } = rejectionOf(call);
      const failure = { code, text: `${text} Got malformed response from Payment Provider.`, connector: '' };
      return { verdict: 'malformed', id: null, code: null, notices: [actionOf(call, failed(failure))] };
    }
  }
}

/** Twilio's error dictionary, 64008 and 64010. */
function rejectionOf({ operation }: Call): { readonly code: string; readonly text: string } {
  return operation === 'charge'
    ? { code: '64008', text: 'Payment Gateway rejected charge creation.' }
    : { code: '64010', text: 'Payment Gateway rejected token creation.' };
}

type Fields = { readonly [name: string]: string };

function approved({ operation }: Call, { id, parameters }: Extract<Answer, { kind: 'approved' }>): Fields {
  const named = Object.entries(parameters).map(([name, value]) => [`PayConnector_${name}`, value]);
  return {
    Result: 'success',
    PaymentConfirmationCode: operation === 'charge' ? id : '',
    PaymentToken: operation === 'tokenize' ? id : '',
    PaymentError: '',
    PayErrorCode: '',
    ConnectorError: '',
    ...Object.fromEntries(named),
  };
}

function failed({ code, text, connector }: { code: string; text: string; connector: string }): Fields {
  return {
    Result: 'payment-connector-error',
    PaymentConfirmationCode: '',
    PaymentToken: '',
    PaymentError: text,
    PayErrorCode: code,
    ConnectorError: connector,
  };
}

/** The POST to `action`, without the parameters that every voice request has. Unused ids come as empty texts. */
function actionOf(call: Call, result: Fields): Notice {
  const { tender } = shownCall(call);
  const instrument =
    tender.kind === 'card'
      ? {
          PaymentMethod: 'credit-card',
          PaymentCardNumber: tender.number.reveal(),
          PaymentCardType: cardTypeOf(call),
          ExpirationDate: expiryDigits(call),
          SecurityCode: tender.securityCode?.reveal() ?? '',
          PaymentCardPostalCode: tender.postalCode ?? '',
        }
      : {
          PaymentMethod: 'ach-debit',
          BankAccountNumber: tender.account.reveal().replaceAll('x', '*'),
          BankRoutingNumber: tender.routing,
          BankAccountType: 'consumer-checking',
        };
  const callSid = `CA${call.transactionId.replaceAll('-', '')}`;
  return { to: 'action', form: 'form', fields: { CallSid: callSid, ...result, ...instrument, ProfileId: '' } };
}

/** Twilio's generic pay connector, as it plays against any server. */
export const twilioSimulator: Simulator = {
  name: 'twilio',
  path: '/vendor/twilio/pay_generic',
  tenders: ['card', 'bank_account'],
  operations: ['charge', 'tokenize'],
  pays: 'config',
  asksAgain: false,
  persistence: { deliveryMs: 10_000, deliveries: DELIVERIES },
  forms: FORMS,
  next: oneRequest(DELIVERIES, request),
  // Of a card or of an account: what the caller does not pay with has no keys, and is left out.
  steps: (call) =>
    dialogue(call, [
      'payment-card-number',
      'expiration-date',
      'security-code',
      'postal-code',
      'bank-routing-number',
      'bank-account-number',
    ]),
  remarks,
  ending: (call, exchanges) => endingOf(call, lastReply(exchanges)),
  faults: (call, exchange) =>
    answerFaults(call, exchange, { status: (_failed, status) => status === 200, idOnFailure: true }),
  snippet,
};
