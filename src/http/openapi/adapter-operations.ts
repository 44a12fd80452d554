/**
 * The adapters' routes in the OpenAPI document, those from outside of the tree included. Which status has which form is
 * learnt from `encode` itself, which has an answer for every result; nobody keeps a list of them.
 */
import { type AdapterRoute, type AnyAdapter, carriesTender, type Json } from '../../core/adapter.ts';
import { systemClock } from '../../core/clock.ts';
import { DECLINE_CODES, Refused } from '../../core/errors.ts';
import { createIds, makeCartPaymentId, makeConfirmationCode } from '../../core/ids.ts';
import { type PaymentResult, refusal } from '../../core/payment.ts';
import { compile, inlineReferences, type Validate } from '../validate.ts';
import {
  type Answers,
  type Credentials,
  errorsFor,
  type Operation,
  REFUSAL_CODES,
  SIGNED_IN,
  together,
} from './operation.ts';

/** One for each path: a key may be one more segment of it. */
export function adapterOperations(adapter: AnyAdapter): readonly Operation[] {
  const headers = adapter.auth.flatMap((method): Credentials => {
    if (method === 'path') return [];
    return method === 'bearer' ? ['bearer', 'accessToken'] : ['basic'];
  });
  return adapter.routes.flatMap((route) => {
    const { method, path, operation } = route;
    const schema = route.schema === undefined ? adapter.schema : route.schema;
    const plain: Operation = {
      method,
      path,
      tag: adapter.name,
      about: ABOUT[operation ?? 'either'],
      tenderData: carriesTender(route),
      query: {},
      body: schema === null ? null : { contentType: 'application/json', schema: bodyOf(adapter, schema) },
      credentials: headers,
      answers: together(answersOf(adapter, route), errorsFor(SIGNED_IN)),
    };
    if (!adapter.auth.includes('path')) return [plain];
    return [plain, { ...plain, path: `${path}/:key`, credentials: [] }];
  });
}

const ABOUT = {
  charge: 'Charges.',
  tokenize: 'Stores a payment method.',
  either: 'Charges, or stores a payment method.',
  openCart: 'Hands a cart over.',
  findCart: 'Reads a cart.',
  findPayment: 'Reads the payment of a cart.',
  reversePayment: 'Gives the payment of a cart back, or an item of it.',
} satisfies Record<NonNullable<AdapterRoute['operation']> | 'either', string>;

function bodyOf({ numbersAsText }: AnyAdapter, schema: object): object {
  const whole = wholeOf(schema);
  return numbersAsText ? withNumbers(whole) : whole;
}

/** Without what a schema of its own file needs. */
function wholeOf(schema: object): object {
  const { $schema, $defs, ...whole } = { $schema: null, $defs: {}, ...schema };
  return inlineReferences(whole, $defs);
}

/** Where numbers are read as the texts that they were written as, they pass for texts. */
function withNumbers(schema: object): object {
  const numbered = (member: unknown): unknown => {
    if (Array.isArray(member)) return member.map(numbered);
    return typeof member === 'object' && member !== null ? withNumbers(member) : member;
  };
  const members = Object.entries(schema).map(([name, member]) => {
    // A field may be called "type", too: its member is a schema.
    const isText = name === 'type' && [member].flat().includes('string');
    return [name, isText ? [member, 'number'].flat() : numbered(member)];
  });
  return Object.fromEntries(members);
}

/** What a route answers: each status with those forms of the reply's schema that `encode` tells it in. */
function answersOf(adapter: AnyAdapter, route: AdapterRoute): Answers {
  const told = new Map<number, { readonly kind: string; readonly body: Json }[]>();
  for (const result of resultsOf(route)) {
    const { status, body } = adapter.encode(result, route, null);
    told.set(status, [...(told.get(status) ?? []), { kind: result.kind, body }]);
  }
  const schema = route.reply ?? adapter.reply ?? null;
  const forms = schema === null ? [{}] : formsOf(wholeOf(schema));
  const checks = forms.map((form) => ({ form, check: compile(form) }));
  const statuses = [...told].map(([status, replies]) => {
    const kinds = [...new Set(replies.map(({ kind }) => kind))];
    const known = checks.filter(({ check }) => replies.some(({ body }) => passes(check, body)));
    return [status, { description: `The outcome: ${kinds.join(', ')}.`, schemas: known.map(({ form }) => form) }];
  });
  // Any outcome is told so to a key with the reply status ALWAYS_200.
  return { ...Object.fromEntries(statuses), 200: { description: 'The outcome, whatever it is.', schemas: forms } };
}

function formsOf({ anyOf, ...schema }: { readonly anyOf?: unknown }): readonly object[] {
  return Array.isArray(anyOf) ? anyOf.map((form) => ({ ...schema, ...form })) : [schema];
}

function passes(check: Validate, body: Json): boolean {
  try {
    check(body);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

/** What a route that reads no body can refuse. */
const READ_REFUSALS = ['FORBIDDEN', 'CART_NOT_FOUND', 'CART_PAYMENT_NOT_FOUND', 'STORE_UNAVAILABLE'] as const;

/** One of each outcome of a payment; an approval has a status of its own only where it is one. */
function resultsOf({ operation, schema }: AdapterRoute): readonly PaymentResult[] {
  const ids = createIds({ sandbox: true, clock: systemClock });
  const [payinId, paymentMethodId] = [ids.make('pyi'), ids.make('mtd')];
  const refusals = (schema === null ? READ_REFUSALS : REFUSAL_CODES).map((code) => refusal(code));
  const unknown = { kind: 'unknown', payinId, paymentMethodId } as const;
  if (schema === null) return [...refusals, unknown];
  const instrument = { kind: 'card', brand: 'visa', last4: '1111', expMonth: 12, expYear: 2030 } as const;
  const stored = { kind: 'approved', paymentMethodId, instrument } as const;
  const charged = {
    ...stored,
    command: 'charge',
    payinId,
    confirmationCode: makeConfirmationCode(payinId),
    status: 'PROCESSING',
    money: { amount: 1000, currency: 'USD' },
    cartPaymentId: makeCartPaymentId(),
  } as const;
  return [
    ...(operation === 'charge' || operation === null ? [charged] : []),
    ...(operation === 'tokenize' || operation === null ? [{ ...stored, command: 'tokenize' } as const] : []),
    ...DECLINE_CODES.map((code) => ({ kind: 'declined', code, payinId, paymentMethodId }) as const),
    ...refusals,
    unknown,
    { ...unknown, kind: 'pending' },
  ];
}
