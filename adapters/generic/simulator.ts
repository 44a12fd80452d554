/**
 * A customer's own function on Amazon Connect, Genesys Cloud or NICE CXone from the outside: it collects the digits, posts
 * our generic form, and sends the same request again while the outcome is open. All of it is ours (docs/generic.md); the
 * patience is Amazon Connect's for a Lambda function.
 */
import { isCurrency, parseMoney } from '../../src/core/money.ts';
import type {
  BodyForm,
  Call,
  Ending,
  Exchange,
  Login,
  Next,
  Simulator,
  WireRequest,
} from '../../src/core/simulator.ts';
import { lastReply } from '../../src/core/simulator.ts';
import { basicAuthorization, dialogue, objectOf, twoDigits } from '../shared/simulated-pay.ts';
import { snippet } from './snippet.ts';

/** Of one payment: sent again on silence, and while it is told to be under way. */
const DELIVERIES = 6;
const ASK_AGAIN_MS = 1_000;

/** A function that changes what it posts in this way. */
function next(change: (body: object, call: Call) => object): Next {
  return (call, login, before) => {
    const last = before.at(-1)?.reply ?? null;
    const pending = last !== null && objectOf(last.body)?.['status'] === 'pending';
    if (before.length >= DELIVERIES || (last !== null && !pending)) return null;
    const request = posted(call.operation, change(bodyOf(call), call), login);
    return pending ? { ...request, afterMs: ASK_AGAIN_MS } : request;
  };
}

function posted(operation: Call['operation'], body: object, login: Login): WireRequest {
  return {
    method: 'POST',
    path: `/${operation}`,
    headers: { Authorization: basicAuthorization(login), 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    pays: true,
  };
}

function bodyOf(call: Call): object {
  const { transactionId, operation, amount, currency, tender } = call;
  const { payin_config_id, payment_method_config_id, ...metadata } = call.parameters;
  const money = isCurrency(currency) ? parseMoney(amount, currency) : null;
  const paid =
    tender.kind === 'card'
      ? {
          card: {
            number: tender.number.reveal(),
            expiry_month: twoDigits(tender.expiry.month),
            expiry_year: twoDigits(tender.expiry.year),
            security_code: tender.securityCode?.reveal() ?? null,
            postal_code: tender.postalCode,
          },
        }
      : {
          bank_account: {
            account_number: tender.account.reveal(),
            routing_number: tender.routing,
            account_type: tender.accountType,
            holder_type: tender.holderType,
            holder_name: tender.holderName,
          },
        };
  return {
    transaction_id: transactionId,
    ...(payin_config_id === undefined ? {} : { payin_config_id }),
    ...(payment_method_config_id === undefined ? {} : { payment_method_config_id }),
    ...(operation === 'charge' ? { amount: money?.amount ?? null, currency } : {}),
    ...paid,
    metadata,
  };
}

const same = (call: Call): Call => call;
const FORMS: readonly BodyForm[] = [
  {
    name: 'every field of a template, the unused ones empty',
    of: same,
    next: next((body) => ({
      ...{
        payment_method_id: '',
        bank_account: { account_number: '', holder_name: '' },
        billing_contact: { name: '' },
      },
      ...body,
    })),
  },
  { name: 'a field that no page names', of: same, next: next((body) => ({ ...body, contact_flow: 'none' })) },
];

function ending({ operation }: Call, exchanges: readonly Exchange[]): Ending {
  const reply = lastReply(exchanges);
  if (reply === null) return { verdict: 'silent', id: null, code: null, notices: [] };
  const fields = objectOf(reply.body) ?? {};
  const { status, error_code: code } = fields;
  const id = operation === 'charge' ? fields['payin_id'] : fields['payment_method_id'];
  const notices = [{ to: 'the flow', form: 'form', fields }] as const;
  if (status === 'approved' && typeof id === 'string') return { verdict: 'approved', id, code: null, notices };
  if (status !== 'approved' && typeof code === 'string') return { verdict: 'failed', id: null, code, notices };
  return { verdict: 'malformed', id: null, code: null, notices: [] };
}

const STATUSES: readonly unknown[] = ['approved', 'declined', 'refused', 'pending', 'unknown'];

function faults(_call: Call, { reply }: Exchange): readonly string[] {
  if (reply === null) return [];
  const fields = objectOf(reply.body) ?? {};
  const { status, error_code: code, error_message: message } = fields;
  const failed = status !== 'approved';
  const found = {
    'the Content-Type is not application/json': !/^application\/json\b/i.test(reply.contentType ?? ''),
    [`the HTTP status is ${reply.status}`]: reply.status !== 200,
    'status is none of ours': !STATUSES.includes(status),
    'the reply is not flat': Object.values(fields).some((value) => typeof value === 'object' && value !== null),
    'error_code is not a word': failed && (typeof code !== 'string' || code === ''),
    'error_message says nothing': failed && (typeof message !== 'string' || message === ''),
    'error_code is not null on success': !failed && code !== null,
  };
  return Object.entries(found).flatMap(([fault, is]) => (is ? [fault] : []));
}

/** Our own generic form. */
export const genericSimulator: Simulator = {
  name: 'generic',
  path: '/vendor/generic',
  tenders: ['card', 'bank_account'],
  operations: ['charge', 'tokenize'],
  pays: 'config',
  asksAgain: false,
  // https://docs.aws.amazon.com/connect/latest/devguide/interactions-invokelambdafunction.html
  persistence: { deliveryMs: 8_000, deliveries: DELIVERIES },
  forms: FORMS,
  next: next((body) => body),
  steps: (call) =>
    dialogue(call, [
      'payment-card-number',
      'expiration-date',
      'security-code',
      'postal-code',
      'bank-routing-number',
      'bank-account-number',
    ]),
  remarks: () => [],
  ending,
  faults,
  snippet,
};
