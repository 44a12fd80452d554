/**
 * What may be logged: a closed table of events and of the fields that each may carry. A field's parser lets through one
 * narrow form (a code of ours, an id, a count), so that no request, message or key fits into any of them. Anything else
 * does not compile, and is dropped where it comes past the compiler.
 */
import { ERRORS, type ErrorCode } from '../core/errors.ts';
import { type Currency, isCurrency } from '../core/money.ts';
import type { LogLevel } from '../settings.ts';
import { describeError, type ErrorNote } from './error-note.ts';
import { redact } from './redact.ts';

/** What a field's parser may let through: never a text of a free form. */
export type Written = string | number | boolean | ErrorNote;

/** Turns a value into what is written, or into undefined to drop it. `accepts` exists for the compiler only. */
interface Field<Accepts> {
  (value: unknown): Written | undefined;
  readonly accepts?: Accepts;
}

const matching =
  (form: RegExp): Field<string> =>
  (value) =>
    typeof value === 'string' && form.test(value) ? value : undefined;

const oneOf =
  <const C extends string>(...choices: readonly C[]): Field<C> =>
  (value) =>
    choices.find((one) => one === value);

/** A name of ours: an adapter, a store, a step. */
const name = matching(/^[a-z][a-z_-]{0,31}$/);
/** The name of a setting in the environment. */
const setting = matching(/^[A-Z][A-Z_]{0,63}$/);
/** A field of one of our schemas. */
const path = matching(/^[A-Za-z_][A-Za-z_.]{0,63}$/);
/** Ours, or a cart's: a UUID. */
const id = matching(/^(?:(?:sbx_)?[a-z]{3}_[0-9A-Za-z]{27}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/);
/** An attempt's id holds a digest in base64url, whose runs of digits are too short for a card number. */
const attempt = matching(/^att_[\w-]{1,64}$/);
const version = matching(/^v?[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}$/);
/** A name that somebody else gave: only in the form of an id, and never where it could be a card number or a key. */
const foreignId: Field<string> = (value) =>
  typeof value === 'string' && /^[\w.:-]{1,64}$/.test(value) && redact(value).cuts === 0 ? value : undefined;
const code: Field<ErrorCode> = (value) =>
  typeof value === 'string' && Object.hasOwn(ERRORS, value) ? value : undefined;
/** As the drivers of the stores name their errors: words in capitals, or names of classes. */
const driverCode = matching(/^[A-Z][A-Za-z_]{1,39}[0-9]{0,6}$/);
const currency: Field<Currency> = (value) => (typeof value === 'string' && isCurrency(value) ? value : undefined);
/** Twelve digits at most: shorter than any card number. */
const count: Field<number> = (value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 1e12 ? value : undefined;
const flag: Field<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);
const address = matching(/^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|(?=[0-9a-f]*:)[0-9a-f:.]{2,45})$/i);
/** Anything that was thrown; its message and properties stay behind. */
const error: Field<unknown> = describeError;

/** Which payment: the ids that find it in the store and at the provider. */
const PAYMENT_IDS = { payin_id: id, config_id: id, merchant_id: id, attempt };

/** What is done to an approved payin; absent where it is about the payment itself. */
const followUp = oneOf('capture', 'void', 'refund');
const FOLLOW_UP = {
  request_id: foreignId,
  adapter: name,
  kind: followUp,
  outcome: oneOf('held', 'unknown', 'manual', 'done', 'failed', 'refused'),
  code,
  field: path,
  refund_id: id,
  ...PAYMENT_IDS,
  amount: count,
  currency,
  duration_ms: count,
};

/** Fields are written in the order of this table. */
export const EVENTS = {
  /** Every payment that was asked for, and why it ended as it did. */
  payment: {
    level: 'info',
    fields: {
      request_id: foreignId,
      adapter: name,
      command: oneOf('charge', 'tokenize'),
      outcome: oneOf('approved', 'declined', 'refused', 'pending', 'unknown'),
      code,
      /** The field of our schema that is to blame for a refusal. */
      field: path,
      /** Whether this delivery sent it, or repeats one that did. */
      via: oneOf('send', 'repeat'),
      ...PAYMENT_IDS,
      generation: count,
      /** The provider's own id. */
      transaction: foreignId,
      /** Minor units. */
      amount: count,
      currency,
      duration_ms: count,
    },
  },
  /** What was asked of a cart, but to pay it. */
  cart: {
    level: 'info',
    fields: {
      request_id: foreignId,
      adapter: name,
      command: oneOf('openCart', 'findCart', 'findPayment', 'reversePayment'),
      outcome: oneOf('found', 'declined', 'pending', 'unknown', 'refused'),
      code,
      field: path,
      config_id: id,
    },
  },
  /** Every capture that was asked for, and how it stood when that was answered. */
  capture: { level: 'info', fields: FOLLOW_UP },
  /** As `capture`, for voids and refunds. */
  reversal: { level: 'info', fields: FOLLOW_UP },
  /** A person has to look: at what should not happen with money in it, or at a setting without which none can. */
  alarm: {
    level: 'error',
    fields: {
      alarm: oneOf(
        'second_approval',
        'integrity_mismatch',
        'manual',
        'late_approval',
        'credentials_refused',
        'setting_missing',
      ),
      processor: name,
      setting,
      /** A merchant's own id at the processor. */
      account: foreignId,
      kind: followUp,
      refund_id: id,
      ...PAYMENT_IDS,
    },
  },
  /** The reconciler settled what a crash or a lost answer left. */
  reconcile: {
    level: 'info',
    fields: {
      kind: followUp,
      refund_id: id,
      ...PAYMENT_IDS,
      outcome: oneOf('reserved', 'approved', 'declined', 'not_sent', 'unknown', 'manual', 'done', 'failed', 'held'),
    },
  },
  refused_auth: {
    level: 'warn',
    fields: { request_id: foreignId, code, client: address },
  },
  /** `reason`: the store's own short code, such as `SQLITE_FULL`. */
  store_error: { level: 'error', fields: { request_id: foreignId, during: name, reason: driverCode, ...PAYMENT_IDS } },
  /** A request met a defect of ours and was answered INTERNAL_ERROR; the process goes on. */
  defect: { level: 'error', fields: { request_id: foreignId, adapter: name, error } },
  start: {
    level: 'info',
    fields: {
      port: count,
      vault_port: count,
      store: name,
      processor: name,
      sandbox: flag,
      production: flag,
      node: version,
    },
  },
  /** `waiting`: payments already sent that the stop waits for. */
  stop: { level: 'info', fields: { reason: oneOf('signal', 'crash'), waiting: count } },
  /** An exception that nobody caught; the process stops. */
  crash: { level: 'error', fields: { error } },
} as const satisfies Record<string, { level: LogLevel; fields: Record<string, Field<unknown>> }>;

/** What can be logged at all. */
export type EventName = keyof typeof EVENTS;

type Accepted<F> = F extends Field<infer A> ? A : never;

/** The fields of one event, each optional; null is as good as absent. */
export type EventFields<E extends EventName> = {
  readonly [F in keyof (typeof EVENTS)[E]['fields']]?: Accepted<(typeof EVENTS)[E]['fields'][F]> | null | undefined;
};

const PARSERS = new Map(
  Object.entries(EVENTS).map(([event, { fields }]) => [event, Object.entries<Field<unknown>>(fields)]),
);

/** What of the given fields may be written, in the table's order. */
export function parseFields(event: EventName, given: object): [string, Written][] {
  const written: [string, Written][] = [];
  for (const [field, parse] of PARSERS.get(event) ?? []) {
    const value = parse(Reflect.get(given, field));
    if (value !== undefined) written.push([field, value]);
  }
  return written;
}
