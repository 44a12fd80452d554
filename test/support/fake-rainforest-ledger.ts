/**
 * What a Rainforest of the tests has done: configs, payins, stored methods, refunds. It dedupes by nothing but what
 * Rainforest documents: a config by its idempotency key, a payin by its config, which succeeds once, a reversal by its
 * idempotency key. Which card ends how is the sandbox's table. Shows its objects with every property of the contract.
 */
import type { Clock } from '../../src/core/clock.ts';
import { createIds } from '../../src/core/ids.ts';
import type { Money } from '../../src/core/money.ts';
import { mannerOf, OUTCOMES, outcomeOf } from '../../src/processors/sandbox/outcomes.ts';
import { bankAccount, card } from './orders.ts';

export type Fields = Record<string, unknown>;

/** Rainforest's no to a request: 400 with the field that it complains of. */
export class Refusal extends Error {
  readonly status: 400 | 404 | 409;
  readonly field: string | null;

  constructor(field: string | null, status: 400 | 404 | 409 = 400) {
    super('refused');
    this.field = field;
    this.status = status;
  }
}

interface Config {
  readonly id: string;
  readonly body: Fields;
  readonly methodConfigId: string;
  /** What succeeded with it. */
  used: string | null;
}

interface Method {
  readonly shown: Fields;
  readonly outcome: ReturnType<typeof outcomeOf>;
}

interface Payin {
  readonly config: Config;
  readonly shown: Fields;
  readonly at: number;
  /** Undecided to everybody who asks before. */
  readonly decidedAt: number;
}

/** Something that it has done for a chargeable of ours; `at` in milliseconds since the epoch. */
interface LedgerEntry {
  readonly chargeableId: string;
  readonly id: string;
  readonly approved: boolean;
  /** Of a card, else null. */
  readonly last4: string | null;
  readonly at: number;
}

export interface FakeLedger {
  createConfig(body: Fields): Fields;
  readConfig(id: string): Fields;
  createMethodConfig(body: Fields): Fields;
  readMethodConfig(id: string): Fields;
  store(body: Fields): Fields;
  readMethod(id: string): Fields;
  pay(body: Fields, methodId: string | null): Fields;
  readPayin(id: string): Fields;
  capture(id: string, body: Fields): Fields;
  reverse(id: string, body: Fields): Fields;
  /** Statuses and amounts of all payins that were made with configs of that chargeable of ours. */
  payinsOf(chargeableId: string): readonly {
    readonly status: string;
    readonly amount: number;
    readonly captured: number;
    /** Whether it was made to be captured later. */
    readonly authorized: boolean;
  }[];
  /** All charges, approved or not, and all tenders that were kept by themselves, for chargeables of ours. */
  entries(): readonly LedgerEntry[];
  /** Minor units that were given back of them. */
  givenBack(chargeableId: string): readonly number[];
  /** Makes them settle. */
  settle(chargeableId: string): void;
}

const nulls = (names: string): Fields => Object.fromEntries(names.split(/\s+/).map((name) => [name, null]));
const CONTACT = nulls('name address_line_1 address_line_2 city state postal_code country email phone');
const CONFIG = nulls(`amount_splits billing_fees_reversal_config merchant_billing allow_bin_lookup shipping_address
  risk_data level_2_3 method_metadata threeds_mode device_signature_mode ach_balance_check_mode`);
const METHOD_CONFIG = nulls('originating_merchant_id billable_merchant_id allow_bin_lookup device_signature_mode');
const METHOD = nulls(`device_registration_id billable_merchant_id merchant_id fingerprint apple_pay plaid_ach
  paypal_wallet venmo paypal_paylater device_data replaces_payment_method_id replaced_by_payment_method_id replaced_at
  replaced_reason_code replaced_reason_desc replacement_disabled_at replacement_disabled_reason_code
  replacement_disabled_reason_desc`);
const PAYIN = nulls(`device_registration_id threeds_attempt_id billing_type non_refundable_reason_code refusal_code
  refusal_desc detailed_refusal_code detailed_refusal_desc auth_code avs_result_code cvc_result_code amount_splits
  merchant_fees apple_pay plaid_ach paypal_wallet venmo paypal_paylater device_data method_metadata chargebacks
  has_chargebacks ach_return has_ach_return threeds_attempt expected_deposit_date source_desc`);
const REFUND = nulls(`billing_type merchant_fees refusal_desc detailed_refusal_code detailed_refusal_desc
  non_voidable_reason_code amount_splits payin_billing_fees_reversal_config expected_deposit_date ach_return
  has_ach_return source source_desc`);
const REVERSED = nulls('merchant_billing amount_splits payin_billing_fees_reversal_config refusal_desc source');
const BRANDS: Readonly<Record<string, string>> = { 4: 'VISA', 5: 'MASTERCARD', 2: 'MASTERCARD', 3: 'AMERICAN_EXPRESS' };
const HARD = new Set(['INCORRECT_PAYMENT_INFORMATION', 'INVALID_CARD_SECURITY_CODE', 'EXPIRED_CARD', 'LOST_CARD']);

const fieldsIn = (value: unknown): Fields => (typeof value === 'object' && value !== null ? { ...value } : {});
const amountIn = (value: unknown): number => (typeof value === 'number' ? value : 0);

export function createFakeLedger(clock: Clock): FakeLedger {
  const ids = createIds({ sandbox: true, clock });
  const configs = new Map<string, Config>();
  const methods = new Map<string, Method>();
  const payins = new Map<string, Payin>();
  const byKey = new Map<string, Fields>();
  const now = () => new Date(clock.now()).toISOString();

  /** The first result again, for the same key. */
  function keyed(kind: string, body: Fields, make: () => Fields): Fields {
    const key = `${kind} ${body['idempotency_key']}`;
    const made = byKey.get(key) ?? make();
    byKey.set(key, made);
    return made;
  }

  function configOf(id: unknown, field: string, status: 400 | 404): Config {
    const config = configs.get(String(id));
    if (config === undefined) throw new Refusal(field, status);
    return config;
  }

  function addConfig(prefix: 'cfg' | 'pmc', body: Fields): Config {
    const config: Config = { id: ids.make(prefix), body, methodConfigId: ids.make('pmc'), used: null };
    configs.set(config.id, config);
    return config;
  }

  const showConfig = ({ id, body, methodConfigId, used }: Config): Fields => ({
    ...CONFIG,
    processing_mode: 'AUTHORIZE_AND_CAPTURE',
    allow_partial_authorization: false,
    metadata: {},
    ...body,
    billing_contact: CONTACT,
    payin_config_id: id,
    payment_method_config_id: methodConfigId,
    merchant: { id: body['merchant_id'], name: 'Shop', dba_name: null },
    payin: used === null || !isDecided(used) ? null : { payin_id: used },
  });

  const showMethodConfig = ({ id, body, used }: Config): Fields => ({
    ...METHOD_CONFIG,
    metadata: {},
    ...body,
    billing_contact: CONTACT,
    payment_method_config_id: id,
    platform: { platform_id: body['platform_id'], name: 'Platform' },
    payment_method: used === null ? null : { payment_method_id: used },
    created_at: now(),
  });

  function isDecided(payinId: string): boolean {
    const payin = payins.get(payinId);
    return payin !== undefined && clock.now() >= payin.decidedAt;
  }

  function keep(body: Fields, configId: string): Method {
    const contact = { ...CONTACT, ...fieldsIn(body['billing_contact']) };
    const [given, ach] = [fieldsIn(body['card']), fieldsIn(body['ach'])];
    const isCard = body['method_type'] === 'CARD';
    if (isCard ? contact['postal_code'] === null : contact['name'] === null) throw new Refusal('billing_contact');
    const number = String(given['card_number']);
    const account = String(ach['account_number']);
    const tender = isCard ? card(number) : bankAccount(account, String(ach['routing_number']));
    const brand = BRANDS[number.charAt(0)] ?? 'OTHER';
    const { exp_month, exp_year } = given;
    const shown: Fields = {
      ...METHOD,
      payment_method_id: ids.make('mtd'),
      payment_method_config_id: configId,
      method_type: body['method_type'],
      card: isCard ? { type: 'CREDIT', brand, brand_desc: null, last_4: number.slice(-4), exp_month, exp_year } : null,
      ach: isCard
        ? null
        : {
            account_number_last_4: account.slice(-4),
            routing_number: ach['routing_number'],
            bank_name: null,
            account_type: ach['account_type'] ?? 'CHECKING',
            account_holder_type: ach['account_holder_type'] ?? null,
          },
      status: 'ACTIVE',
      is_available: true,
      billing_contact: contact,
      metadata: {},
      created_at: now(),
      updated_at: now(),
    };
    const method = { shown, outcome: outcomeOf(tender) };
    methods.set(String(shown['payment_method_id']), method);
    return method;
  }

  /** Authorised in part, as the sandbox does for a card that has not enough on it, where the config allows it. */
  function authorize(config: Config, outcome: Method['outcome']) {
    const asked = amountIn(config.body['amount']);
    const { answer, avs, securityCode } = OUTCOMES[outcome];
    const part = answer === 'INSUFFICIENT_FUNDS' && config.body['allow_partial_authorization'] === true;
    const approved = answer === 'approved' || part;
    return {
      approved,
      amount: part ? Math.floor(asked / 2) : asked,
      part,
      code: approved ? null : answer,
      avs,
      securityCode,
    };
  }

  function pay(body: Fields, methodId: string | null): Fields {
    const config = configOf(body['payin_config_id'], 'payin_config_id', 400);
    if (config.used !== null) throw new Refusal('payin_config_id');
    const stored = methodId === null ? keep(body, config.methodConfigId) : methods.get(methodId);
    if (stored === undefined || stored.shown['status'] !== 'ACTIVE') throw new Refusal('payment_method_id');
    const { outcome, shown: method } = stored;
    const { approved, amount, part, code, avs, securityCode } = authorize(config, outcome);
    const isCard = method['method_type'] === 'CARD';
    const mode = isCard ? (config.body['processing_mode'] ?? 'AUTHORIZE_AND_CAPTURE') : 'AUTHORIZE_AND_CAPTURE';
    const later = approved && mode === 'AUTHORIZE';
    if (code !== null && HARD.has(code)) Object.assign(method, { status: 'FAILED', is_available: false });
    const id = ids.make('pyi');
    const shown: Fields = {
      ...PAYIN,
      payin_id: id,
      payin_config_id: config.id,
      merchant_id: config.body['merchant_id'],
      payment_method_id: method['payment_method_id'],
      payment_method_config_id: config.methodConfigId,
      idempotency_key: config.body['idempotency_key'],
      amount,
      currency_code: config.body['currency_code'],
      is_partially_authorized: part,
      authorized_amount: approved ? amount : 0,
      captured_amount: approved && !later ? amount : 0,
      refundable_amount: approved && !later ? amount : 0,
      status: approved ? (later ? 'AUTHORIZED' : 'PROCESSING') : 'FAILED',
      refusal_code: code,
      auth_code: approved && isCard ? 'FAKE01' : null,
      avs_result_code: avs,
      cvc_result_code: fieldsIn(body['card'])['cvc'] === undefined ? null : securityCode,
      method_type: method['method_type'],
      card: method['card'],
      ach: method['ach'],
      billing_contact: method['billing_contact'],
      metadata: { ...fieldsIn(config.body['metadata']) },
      refunds: [],
      has_refunds: false,
      payin_config: {
        payin_config_id: config.id,
        processing_mode: mode,
        amount: config.body['amount'],
        currency_code: config.body['currency_code'],
        amount_splits: [],
      },
      source: methodId === null ? 'API_DIRECT' : 'API_STORED_PAYMENT_METHOD',
      created_at: now(),
      updated_at: now(),
    };
    const manner = mannerOf(moneyOf(config));
    const at = clock.now();
    payins.set(id, { config, shown, at, decidedAt: manner.kind === 'late' ? at + manner.ms : at });
    if (approved) config.used = id;
    return showPayin(id);
  }

  const moneyOf = ({ body }: Config): Money => ({ amount: amountIn(body['amount']), currency: 'USD' });

  function payinOf(id: string): Payin {
    const payin = payins.get(id);
    if (payin === undefined) throw new Refusal(null, 404);
    return payin;
  }

  function showPayin(id: string): Fields {
    const { shown } = payinOf(id);
    return isDecided(id) ? shown : { ...shown, status: 'PRESENTING', auth_code: null };
  }

  function capture(id: string, body: Fields): Fields {
    const { shown } = payinOf(id);
    const amount = amountIn(body['amount']) || amountIn(shown['authorized_amount']);
    if (shown['status'] !== 'AUTHORIZED' || amount > amountIn(shown['authorized_amount'])) throw new Refusal('amount');
    const metadata = { ...fieldsIn(shown['metadata']), ...fieldsIn(body['metadata']) };
    return Object.assign(shown, { status: 'PROCESSING', captured_amount: amount, refundable_amount: amount, metadata });
  }

  function reverse(id: string, body: Fields): Fields {
    const { shown } = payinOf(id);
    return keyed('reversal', body, () => {
      const left = amountIn(shown['refundable_amount']);
      const amount = amountIn(body['amount']) || left;
      const kept = mannerOf({ amount, currency: 'USD' }).kind === 'kept' ? 'PROCESSING_ERROR' : null;
      const told: Fields = {
        ...REVERSED,
        merchant_id: shown['merchant_id'],
        payin_id: id,
        amount,
        currency_code: 'USD',
        reason: body['reason'],
        refusal_code: kept,
        created_at: now(),
      };
      if (shown['status'] === 'PROCESSING' || shown['status'] === 'AUTHORIZED') {
        if (amount !== amountIn(shown['amount'])) throw new Refusal('amount');
        const metadata = { ...fieldsIn(shown['metadata']), ...fieldsIn(body['metadata']) };
        if (kept === null) Object.assign(shown, { status: 'CANCELED', refundable_amount: 0, metadata });
        const status = kept === null ? 'CANCELED' : null;
        const nothing = { refund_id: null, refund_status: null, auth_code: null };
        return { ...told, ...nothing, type: 'VOID', payin_status: status, metadata };
      }
      if (shown['status'] !== 'SUCCEEDED' || amount > left) throw new Refusal('amount');
      const status = kept === null ? 'PROCESSING' : 'FAILED';
      const made = {
        refund_id: ids.make('rfd'),
        auth_code: kept === null ? 'FAKE02' : null,
        metadata: fieldsIn(body['metadata']),
      };
      const refund = {
        ...REFUND,
        ...made,
        payin_id: id,
        merchant_id: shown['merchant_id'],
        amount,
        currency_code: 'USD',
        reason: 'Requested by customer',
        status,
        refusal_code: kept,
        created_at: now(),
        updated_at: now(),
      };
      const refunds = [...(Array.isArray(shown['refunds']) ? shown['refunds'] : []), refund];
      Object.assign(shown, { refunds, has_refunds: true, refundable_amount: kept === null ? left - amount : left });
      return { ...told, ...made, type: 'REFUND', refund_status: status, payin_status: 'SUCCEEDED' };
    });
  }

  const chargeableOf = ({ body }: Config) => String(fieldsIn(body['metadata'])['tollbridge_chargeable_id']);

  const madeFor = (chargeableId: string) =>
    [...payins.values()].filter(({ config }) => chargeableOf(config) === chargeableId);

  const entryOf = (config: Config, id: string, shown: Fields): LedgerEntry => ({
    chargeableId: chargeableOf(config),
    id,
    approved: shown['status'] !== 'FAILED',
    last4: shown['method_type'] === 'CARD' ? String(fieldsIn(shown['card'])['last_4']) : null,
    at: Date.parse(String(shown['created_at'])),
  });

  return {
    createConfig: (body) => keyed('payin config', body, () => showConfig(addConfig('cfg', body))),
    readConfig: (id) => showConfig(configOf(id, 'payin_config_id', 404)),
    createMethodConfig: (body) => keyed('method config', body, () => showMethodConfig(addConfig('pmc', body))),
    readMethodConfig: (id) => showMethodConfig(configOf(id, 'payment_method_config_id', 404)),
    store(body) {
      const config = configOf(body['payment_method_config_id'], 'payment_method_config_id', 400);
      if (config.used !== null) throw new Refusal('payment_method_config_id');
      const { shown } = keep(body, config.id);
      config.used = String(shown['payment_method_id']);
      return shown;
    },
    readMethod(id) {
      const method = methods.get(id);
      if (method === undefined) throw new Refusal(null, 404);
      return method.shown;
    },
    pay,
    readPayin: showPayin,
    capture,
    reverse,
    payinsOf: (chargeableId) =>
      madeFor(chargeableId).map(({ shown }) => ({
        status: String(shown['status']),
        amount: amountIn(shown['amount']),
        captured: amountIn(shown['captured_amount']),
        authorized: fieldsIn(shown['payin_config'])['processing_mode'] === 'AUTHORIZE',
      })),
    entries() {
      const charged = [...payins].map(([id, { config, shown }]) => entryOf(config, id, shown));
      const kept = [...methods].flatMap(([id, { shown }]) => {
        // That of a charge belongs to a method config which nobody made by itself.
        const config = configs.get(String(shown['payment_method_config_id']));
        return config === undefined ? [] : [entryOf(config, id, shown)];
      });
      return [...charged, ...kept];
    },
    givenBack: (chargeableId) =>
      madeFor(chargeableId).flatMap(({ shown }) => {
        if (shown['status'] === 'CANCELED') return [amountIn(shown['amount'])];
        const refunds = Array.isArray(shown['refunds']) ? shown['refunds'].map(fieldsIn) : [];
        return refunds.flatMap(({ status, amount }) => (status === 'PROCESSING' ? [amountIn(amount)] : []));
      }),
    settle(chargeableId) {
      for (const { shown } of madeFor(chargeableId)) {
        if (shown['status'] === 'PROCESSING') shown['status'] = 'SUCCEEDED';
      }
    },
  };
}
