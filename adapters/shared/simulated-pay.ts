/**
 * What the <Pay> family's simulators share: the steps of the dialogue, the tender's fields on the wire, and how a reply
 * is read. The words that the caller hears are ours; the names of the steps are the family's.
 *
 * Source: Twilio, "Generic Pay Connector" and "<Pay>", whose field names SignalWire and Telnyx took over.
 */
import type { Json } from '../../src/core/adapter.ts';
import type { Call, Exchange, Login, Next, Step, WireReply, WireRequest } from '../../src/core/simulator.ts';
import { shownCall } from '../../src/core/simulator.ts';

/** All that a connector in test mode gets, at Twilio and at Telnyx; any other is stopped before it is called. */
export const TEST_CARDS: readonly string[] = [
  '4111111111111111',
  '5555555555554444',
  '378282246310005',
  '6011111111111117',
  '3065930009020004',
  '3566002020360505',
  '6200000000000005',
  '6771798021000008',
];

/** Two digits, zero padded. */
export function twoDigits(value: number): string {
  return String(value % 100).padStart(2, '0');
}

/** HTTP Basic, RFC 7617. */
export function basicAuthorization({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

/** The way of a provider with a single request: on silence it is made again, so many times in all. */
export function oneRequest(deliveries: number, request: (call: Call, login: Login) => WireRequest): Next {
  return (call, login, before) => {
    const over = before.length >= deliveries || before.some(({ reply }) => reply !== null);
    return over ? null : request(call, login);
  };
}

/** The steps by the family's names, in the order in which a provider asks. */
export type StepName =
  | 'payment-card-number'
  | 'expiration-date'
  | 'security-code'
  | 'postal-code'
  | 'bank-routing-number'
  | 'bank-account-number';

const HEARS: Readonly<Record<StepName, string>> = {
  'payment-card-number': 'Please enter your card number, then press pound.',
  'expiration-date': 'Please enter the expiration date: two digits for the month, two for the year.',
  'security-code': 'Please enter the security code of your card, then press pound.',
  'postal-code': 'Please enter your postal code, then press pound.',
  'bank-routing-number': "Please enter your bank's routing number.",
  'bank-account-number': 'Please enter your account number, then press pound.',
};

/** The dialogue in the provider's order, without the steps for which the caller has nothing to key in. */
export function dialogue(call: Call, order: readonly StepName[]): readonly Step[] {
  const keyed = keysOf(call);
  const steps = order.flatMap((name) => {
    const keys = keyed[name];
    return keys === undefined || keys === null ? [] : [{ name, hears: HEARS[name], keys }];
  });
  return [...steps, { name: 'payment-processing', hears: 'Thank you. Your payment is being processed.', keys: '' }];
}

/** Masked; where the length is fixed nobody presses pound. */
function keysOf(call: Call): Partial<Record<StepName, string | null>> {
  const { tender } = shownCall(call);
  if (tender.kind === 'bank_account') {
    return { 'bank-routing-number': tender.routing, 'bank-account-number': `${tender.account.reveal()}#` };
  }
  return {
    'payment-card-number': `${tender.number.reveal()}#`,
    'expiration-date': expiryDigits(call),
    'security-code': tender.securityCode === null ? null : `${tender.securityCode.reveal()}#`,
    'postal-code': tender.postalCode === null ? null : `${tender.postalCode}#`,
  };
}

/** MMYY; empty for a bank account. */
export function expiryDigits({ tender }: Call): string {
  return tender.kind === 'card' ? `${twoDigits(tender.expiry.month)}${twoDigits(tender.expiry.year)}` : '';
}

/** The tender on the wire; what was not collected is null, as in the bodies that connectors have logged. */
export function tenderFields({ tender }: Call): { readonly [name: string]: string | null } {
  if (tender.kind === 'bank_account') {
    return { bankaccountnumber: tender.account.reveal(), routingnumber: tender.routing };
  }
  return {
    cardnumber: tender.number.reveal(),
    cvv: tender.securityCode?.reveal() ?? null,
    expiry_month: twoDigits(tender.expiry.month),
    expiry_year: twoDigits(tender.expiry.year),
    postal_code: tender.postalCode,
  };
}

/** The document's parameters; what the family's bank payments do not collect must be among them. */
export function parametersOf({ tender, parameters }: Call): { readonly [name: string]: string } {
  const holder = tender.kind === 'bank_account' ? tender.holderName : null;
  return holder === null ? parameters : { AVSName: holder, ...parameters };
}

/** A reply as the family reads it. */
export type Answer =
  | { readonly kind: 'approved'; readonly id: string; readonly parameters: { readonly [name: string]: string } }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'malformed' };

/** The key under which the id of the operation stands. */
export function idFieldOf({ operation }: Call): 'charge_id' | 'token_id' {
  return operation === 'charge' ? 'charge_id' : 'token_id';
}

/** An error code that is not null is a failure; else success needs a status of 2xx and an id. */
export function readAnswer(call: Call, { status, body }: WireReply): Answer {
  const fields = objectOf(body);
  if (fields === null) return { kind: 'malformed' };
  const { error_code: code, error_message: message, parameters } = fields;
  if (code !== undefined && code !== null) {
    return { kind: 'failed', code: textOf(code), message: textOf(message ?? '') };
  }
  const id = fields[idFieldOf(call)];
  if (status < 200 || status > 299 || typeof id !== 'string' || id === '') return { kind: 'malformed' };
  const pairs = Object.entries(isObject(parameters) ? parameters : {});
  return { kind: 'approved', id, parameters: Object.fromEntries(pairs.map(([name, value]) => [name, textOf(value)])) };
}

/** Where the family's pages differ about a reply. */
export interface AnswerRules {
  /** Whether an answer that failed (or did not) may have that status. */
  readonly status: (failed: boolean, status: number) => boolean;
  /** Whether the key of the id must be there, null, on a failure. */
  readonly idOnFailure: boolean;
}

/** What the provider's pages ask of a reply and this one does not keep to; nothing of silence. */
export function answerFaults(call: Call, { reply }: Exchange, rules: AnswerRules): readonly string[] {
  if (reply === null) return [];
  const fields = objectOf(reply.body);
  if (fields === null) return ['the body is no JSON object'];
  const idField = idFieldOf(call);
  const { [idField]: id, error_code: code, error_message: message, parameters } = fields;
  const failed = code !== undefined && code !== null;
  const shape = failed
    ? {
        [`${idField} is missing`]: id === undefined && rules.idOnFailure,
        [`${idField} is not null beside an error_code`]: id !== undefined && id !== null,
        'error_code is not a word': typeof code !== 'string' || code === '',
        'error_message says nothing': typeof message !== 'string' || message === '',
      }
    : {
        'error_code is missing': code === undefined,
        [`${idField} is not an id`]: typeof id !== 'string' || id === '',
        'error_message is not null on success': message !== null,
      };
  const found = {
    'the Content-Type is not application/json': !/^application\/json\b/i.test(reply.contentType ?? ''),
    [`the status is ${reply.status}`]: !rules.status(failed, reply.status),
    ...shape,
    'parameters holds what is not a text':
      isObject(parameters) && Object.values(parameters).some((value) => typeof value !== 'string'),
  };
  return Object.entries(found).flatMap(([fault, is]) => (is ? [fault] : []));
}

type JsonObject = { readonly [key: string]: Json };

/** The body as an object, or null. */
export function objectOf(body: string | null): JsonObject | null {
  try {
    const value: Json = JSON.parse(body ?? 'null');
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
