/**
 * What a fake Stripe holds and does: intents that succeed once, payment methods, charges, refunds, per account. Decides
 * nothing about repeats: those are the wire's. The sandbox's tables say how a card or an account ends.
 */
import type { DeclineCode } from '../../src/core/errors.ts';
import { ACCOUNTS, CARDS, OUTCOMES } from '../../src/processors/sandbox/outcomes.ts';

/** Fields of a form, nested as their brackets say; every value is a text. */
export interface Form {
  readonly [name: string]: string | Form;
}

/** An error as Stripe tells it. */
export class StripeRefusal extends Error {
  readonly status: number;
  readonly error: object;
  /** Refused before it was begun, so that its key is not taken. */
  readonly unbegun: boolean;

  constructor(status: number, error: object, unbegun = false) {
    super(JSON.stringify(error));
    this.status = status;
    this.error = error;
    this.unbegun = unbegun;
  }
}

const invalid = (code: string, status = 400) => new StripeRefusal(status, { type: 'invalid_request_error', code });
const missing = (param: string) =>
  new StripeRefusal(400, { type: 'invalid_request_error', code: 'parameter_missing', param }, true);

interface Method {
  readonly id: string;
  readonly type: 'card' | 'us_bank_account';
  readonly answer: 'approved' | DeclineCode;
  readonly avs: string | null;
  readonly code: 'M' | 'N' | null;
  readonly metadata: Form;
  customer: string | null;
  used: boolean;
}

export interface FakeCharge {
  readonly id: string;
  readonly intent: Intent;
  readonly method: Method;
  readonly moto: boolean;
  readonly metadata: Form;
  readonly amount: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly error: { readonly code: string; readonly decline_code: string | null } | null;
  captured: number;
  available: boolean;
}

interface Intent {
  readonly id: string;
  readonly kind: 'payment' | 'setup';
  readonly amount: number;
  readonly currency: string;
  readonly manual: boolean;
  readonly types: readonly string[];
  metadata: Form;
  customer: string | null;
  status: string;
  method: Method | null;
  error: object | null;
  readonly charges: FakeCharge[];
}

interface Refund {
  readonly id: string;
  readonly intent: Intent;
  readonly amount: number;
  readonly metadata: Form;
}

/** How Stripe says what the sandbox's tables say. */
const WORDS: Partial<Record<DeclineCode, readonly [code: string, declineCode: string | null]>> = {
  EXPIRED_CARD: ['expired_card', null],
  FRAUDULENT_CARD: ['card_declined', 'fraudulent'],
  INCORRECT_PAYMENT_INFORMATION: ['incorrect_zip', null],
  INSUFFICIENT_FUNDS: ['card_declined', 'insufficient_funds'],
  INVALID_CARD_SECURITY_CODE: ['incorrect_cvc', null],
  LOST_CARD: ['card_declined', 'lost_card'],
  PROCESSING_ERROR: ['processing_error', null],
  STOLEN_CARD: ['card_declined', 'stolen_card'],
};

const CHECKS: Readonly<Record<string, object>> = {
  Y: { address_line1_check: null, address_postal_code_check: 'pass' },
  Z: { address_line1_check: 'fail', address_postal_code_check: 'pass' },
  U: { address_line1_check: 'unavailable', address_postal_code_check: 'unavailable' },
  N: { address_line1_check: 'fail', address_postal_code_check: 'fail' },
};

export type FakeStripeLedger = ReturnType<typeof createFakeStripeLedger>;

/** One account's. @param next numbers the ids */
export function createFakeStripeLedger(next: () => number) {
  const methods = new Map<string, Method>();
  const intents = new Map<string, Intent>();
  const refunds: Refund[] = [];

  const idOf = (kind: string) => `${kind}_${String(next()).padStart(12, '0')}`;

  function found<T>(object: T | undefined): T {
    if (object === undefined) throw invalid('resource_missing', 404);
    return object;
  }

  function createMethod(form: Form): object {
    const { type } = form;
    if (type !== 'card' && type !== 'us_bank_account') throw missing('type');
    const method: Method = {
      id: idOf('pm'),
      type,
      ...(type === 'card' ? endOfCard(formAt(form, 'card')) : endOfAccount(formAt(form, 'us_bank_account'), form)),
      metadata: formAt(form, 'metadata'),
      customer: null,
      used: false,
    };
    methods.set(method.id, method);
    return showMethod(method);
  }

  function createPayment(form: Form): object {
    const card = formAt(formAt(form, 'payment_method_options'), 'card');
    return showIntent(
      made('payment', form, {
        amount: numberAt(form, 'amount'),
        currency: textAt(form, 'currency'),
        manual: form['capture_method'] === 'manual' || card['capture_method'] === 'manual',
      }),
    );
  }

  const createSetup = (form: Form): object =>
    showIntent(made('setup', form, { amount: 0, currency: 'usd', manual: false }));

  function made(kind: Intent['kind'], form: Form, terms: Pick<Intent, 'amount' | 'currency' | 'manual'>): Intent {
    const intent: Intent = {
      id: idOf(kind === 'payment' ? 'pi' : 'seti'),
      kind,
      ...terms,
      types: Object.values(formAt(form, 'allowed_payment_method_types')).map(String),
      metadata: formAt(form, 'metadata'),
      customer: typeof form['customer'] === 'string' ? form['customer'] : null,
      status: 'requires_payment_method',
      method: null,
      error: null,
      charges: [],
    };
    intents.set(intent.id, intent);
    return intent;
  }

  function update(id: string, form: Form): object {
    const intent = found(intents.get(id));
    intent.metadata = { ...intent.metadata, ...formAt(form, 'metadata') };
    if (typeof form['customer'] === 'string') intent.customer = form['customer'];
    return showIntent(intent);
  }

  function confirm(id: string, form: Form): object {
    const intent = found(intents.get(id));
    if (!intent.status.startsWith('requires_') || intent.status === 'requires_capture') {
      throw invalid(`${intent.kind}_intent_unexpected_state`);
    }
    const method = found(methods.get(textAt(form, 'payment_method')));
    if (method.customer !== null && method.customer !== intent.customer) throw invalid('resource_missing');
    if ((method.customer === null && method.used) || !intent.types.includes(method.type)) {
      throw invalid('payment_method_unexpected_state');
    }
    method.used = true;
    const options = formAt(formAt(form, 'payment_method_options'), method.type);
    if (method.type === 'us_bank_account') {
      if (formAt(formAt(form, 'mandate_data'), 'customer_acceptance')['type'] !== 'offline')
        throw missing('mandate_data');
      if (options['verification_method'] !== 'skip') throw invalid('payment_intent_action_required');
    }
    const error = errorOf(method);
    if (intent.kind === 'setup') return finishSetup(intent, method, error);
    const isHeld = intent.manual && method.type === 'card';
    const charge: FakeCharge = {
      id: idOf('ch'),
      intent,
      method,
      moto: options['moto'] === 'true',
      metadata: intent.metadata,
      amount: intent.amount,
      at: Date.now(),
      error,
      captured: error === null && !isHeld ? intent.amount : 0,
      available: false,
    };
    intent.charges.push(charge);
    if (error !== null) return refuse(intent, method, { ...error, charge: charge.id });
    intent.status = method.type === 'us_bank_account' ? 'processing' : isHeld ? 'requires_capture' : 'succeeded';
    intent.method = method;
    return showIntent(intent);
  }

  function finishSetup(intent: Intent, method: Method, error: FakeCharge['error']): object {
    if (error !== null) return refuse(intent, method, error);
    intent.status = 'succeeded';
    intent.method = method;
    method.customer = intent.customer;
    return showIntent(intent);
  }

  function refuse(intent: Intent, method: Method, error: object): never {
    intent.status = 'requires_payment_method';
    intent.error = { type: 'card_error', ...error, payment_method: showMethod(method) };
    throw new StripeRefusal(402, { ...intent.error, [`${intent.kind}_intent`]: showIntent(intent) });
  }

  function capture(id: string, form: Form): object {
    const intent = found(intents.get(id));
    const charge = intent.charges.at(-1);
    const amount = numberAt(form, 'amount_to_capture');
    if (intent.status !== 'requires_capture' || charge === undefined) throw invalid('payment_intent_unexpected_state');
    if (amount > charge.amount) throw invalid('amount_too_large');
    charge.captured = amount;
    intent.status = 'succeeded';
    intent.metadata = { ...intent.metadata, ...formAt(form, 'metadata') };
    return showIntent(intent);
  }

  function cancel(id: string): object {
    const intent = found(intents.get(id));
    if (!intent.status.startsWith('requires_')) throw invalid(`${intent.kind}_intent_unexpected_state`);
    intent.status = 'canceled';
    return showIntent(intent);
  }

  function refund(form: Form): object {
    const intent = found(intents.get(textAt(form, 'payment_intent')));
    const amount = numberAt(form, 'amount');
    const charge = intent.charges.at(-1);
    if (intent.status !== 'succeeded' || charge === undefined) throw invalid('charge_not_refundable');
    const left = charge.captured - refundsOf(intent).reduce((sum, one) => sum + one.amount, 0);
    if (amount > left) throw invalid(left === 0 ? 'charge_already_refunded' : 'amount_too_large');
    const made: Refund = { id: idOf('re'), intent, amount, metadata: formAt(form, 'metadata') };
    refunds.push(made);
    return showRefund(made);
  }

  const refundsOf = (intent: Intent) => refunds.filter((one) => one.intent === intent);

  const allOf = (chargeableId: string) =>
    [...intents.values()].filter(({ metadata }) => metadata['tollbridge_chargeable'] === chargeableId);

  return {
    createMethod,
    createPayment,
    createSetup,
    createCustomer: () => ({ id: idOf('cus'), object: 'customer' }),
    update,
    confirm,
    capture,
    cancel,
    refund,
    readMethod: (id: string) => showMethod(found(methods.get(id))),
    readIntent: (id: string) => showIntent(found(intents.get(id))),
    listIntents: () => list([...intents.values()].map(showIntent)),
    listCharges: (id: string) => list((intents.get(id)?.charges ?? []).map(showCharge)),
    listRefunds: (id: string) => list(refunds.filter(({ intent }) => intent.id === id).map(showRefund)),

    /** The money that each charge of a config has moved or holds; none of those that were declined or let go. */
    chargesOf: (chargeableId: string): readonly FakeCharge[] =>
      allOf(chargeableId)
        .filter(({ status }) => status !== 'canceled')
        .flatMap(({ charges }) => charges.filter(({ error }) => error === null)),
    /** How many charges of a config were asked of issuers, or set-ups made; and how many of those stand. */
    countOf: (chargeableId: string) => {
      const all = allOf(chargeableId).flatMap(({ charges, status }) => charges.map(({ error }) => ({ error, status })));
      const approved = all.filter(({ error, status }) => error === null && status !== 'canceled');
      return { sent: all.length, approved: approved.length };
    },
    /** What was given back, by refund or by letting go. */
    givenBack: (chargeableId: string): readonly number[] =>
      allOf(chargeableId).flatMap((intent) => [
        ...intent.charges
          .filter(({ error }) => error === null && intent.status === 'canceled')
          .map((one) => one.amount),
        ...refundsOf(intent).map(({ amount }) => amount),
      ]),
    intentsOf: (chargeableId: string) => allOf(chargeableId).map(({ id, status }) => ({ id, status })),
    settle(chargeableId: string): void {
      const charges = allOf(chargeableId).flatMap((intent) => intent.charges);
      for (const charge of charges) charge.available = charge.captured > 0;
    },
  };
}

const list = (data: readonly object[]) => ({ object: 'list', has_more: false, data });

function endOfCard(card: Form): Pick<Method, 'answer' | 'avs' | 'code'> {
  const row = CARDS.find(({ number }) => number === card['number']);
  const { answer, avs, securityCode } = OUTCOMES[row?.outcome ?? 'CARD_DECLINED'];
  textAt(card, 'number');
  return { answer, avs, code: card['cvc'] === undefined ? null : securityCode };
}

function endOfAccount(account: Form, form: Form): Pick<Method, 'answer' | 'avs' | 'code'> {
  textAt(formAt(form, 'billing_details'), 'name');
  const number = textAt(account, 'account_number');
  const row = ACCOUNTS.find(
    (one) => one.account === number && (one.routing ?? account['routing_number']) === account['routing_number'],
  );
  return { ...OUTCOMES[row?.outcome ?? 'BANK_APPROVED'], code: null };
}

function errorOf({ answer }: Method): FakeCharge['error'] {
  if (answer === 'approved') return null;
  const [code, declineCode] = WORDS[answer] ?? ['card_declined', 'generic_decline'];
  return { code, decline_code: declineCode };
}

const showMethod = ({ id, type, customer, metadata }: Method) => ({
  id,
  object: 'payment_method',
  type,
  customer,
  metadata,
});

function showIntent(intent: Intent) {
  const { id, kind, amount, currency, manual, metadata, customer, status, method, error, charges } = intent;
  const common = { id, object: `${kind}_intent`, livemode: false, metadata, customer, status };
  const shown = method === null ? null : showMethod(method);
  if (kind === 'setup') return { ...common, payment_method: shown, last_setup_error: error };
  const newest = charges.at(-1);
  return {
    ...common,
    amount,
    currency,
    amount_received: status === 'succeeded' ? (newest?.captured ?? 0) : 0,
    capture_method: 'automatic',
    payment_method_options: manual ? { card: { capture_method: 'manual' } } : {},
    payment_method: shown,
    last_payment_error: error,
    latest_charge: newest === undefined ? null : showCharge(newest),
  };
}

function showCharge({ id, intent, method, metadata, amount, error, captured, available, moto }: FakeCharge) {
  const { type } = method;
  const isDebit = type === 'us_bank_account';
  return {
    id,
    object: 'charge',
    amount,
    currency: intent.currency,
    captured: captured > 0,
    metadata,
    payment_intent: intent.id,
    status: error !== null ? 'failed' : isDebit && !available ? 'pending' : 'succeeded',
    failure_code: error?.code ?? null,
    outcome: { reason: error?.decline_code ?? null },
    balance_transaction: captured === 0 ? null : { id: `txn_${id}`, status: available ? 'available' : 'pending' },
    payment_method_details: isDebit ? { type, us_bank_account: {} } : { type, card: cardDetails(method, amount, moto) },
  };
}

const cardDetails = ({ answer, avs, code }: Method, amount: number, moto: boolean) => ({
  amount_authorized: amount,
  authorization_code: answer === 'approved' ? 'A1B2C3' : null,
  moto,
  checks: { ...CHECKS[avs ?? ''], cvc_check: code === 'M' ? 'pass' : code === 'N' ? 'fail' : null },
});

const showRefund = ({ id, intent, amount, metadata }: Refund) => ({
  id,
  object: 'refund',
  amount,
  currency: intent.currency,
  metadata,
  payment_intent: intent.id,
  status: 'succeeded',
});

function formAt(form: Form, name: string): Form {
  const value = form[name];
  return typeof value === 'object' ? value : {};
}

function textAt(form: Form, name: string): string {
  const value = form[name];
  if (typeof value !== 'string' || value === '') throw missing(name);
  return value;
}

function numberAt(form: Form, name: string): number {
  const text = textAt(form, name);
  if (!/^[0-9]+$/.test(text)) throw missing(name);
  return Number(text);
}
