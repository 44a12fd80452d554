/**
 * The words that the <Pay> family of providers shares: the tender's fields, the custom parameters that are ours, the
 * amount. Decides how each is read; which operation a body means is its provider's own file. What fails throws a
 * `Refused` with the field in the family's words, which `decoding` turns into the result.
 *
 * Source: Twilio, "Generic Pay Connector", https://www.twilio.com/docs/voice/twiml/pay/generic-pay-connector, whose
 * field names SignalWire and Telnyx took over, and the bodies that connectors have logged.
 */
import type { PayBody } from '../../schemas/twilio/pay.types.ts';
import { Refused } from '../../src/core/errors.ts';
import { isCurrency, type Money, parseMoney } from '../../src/core/money.ts';
import { type Command, type RefusedResult, refusal } from '../../src/core/payment.ts';
import { Secret } from '../../src/core/secret.ts';
import {
  type AccountHolderType,
  type BankAccount,
  type BankAccountType,
  type Card,
  type NewTender,
  parseExpiryMonth,
  parseExpiryYear,
} from '../../src/core/tender.ts';

/** A field that may be left out in three ways. */
export type Text = string | null | undefined;

/** What the family's bodies have in common; each provider's own schema says so of its own. */
export type TenderFields = Pick<
  PayBody,
  | 'cardnumber'
  | 'cvv'
  | 'expiry_month'
  | 'expiry_year'
  | 'postal_code'
  | 'bankaccountnumber'
  | 'routingnumber'
  | 'description'
>;

/** The custom parameters of a request. A map, so that no parameter's name can be more than a name. */
export type Parameters = ReadonlyMap<string, string>;

/** The operation that a body asks for. */
export type Operation = 'charge' | 'tokenize';

/** The custom parameters that Tollbridge reads itself; every other is kept as metadata. */
const RESERVED: ReadonlySet<string> = new Set([
  'payin_config_id',
  'payment_method_config_id',
  'payment_method_id',
  'AVSName',
  'account_holder_name',
  'account_type',
  'account_holder_type',
]);

/** The family's own default, for bodies that leave the currency out. */
const DEFAULT_CURRENCY = 'USD';

/** Twilio's bank account types, and the plain words beside them. */
const ACCOUNT_TYPES: Readonly<Record<string, { type: BankAccountType; holder: AccountHolderType | null }>> = {
  'consumer-checking': { type: 'CHECKING', holder: 'PERSONAL' },
  'consumer-savings': { type: 'SAVINGS', holder: 'PERSONAL' },
  'commercial-checking': { type: 'CHECKING', holder: 'BUSINESS' },
  'commercial-savings': { type: 'SAVINGS', holder: 'BUSINESS' },
  checking: { type: 'CHECKING', holder: null },
  savings: { type: 'SAVINGS', holder: null },
};

const HOLDER_TYPES: Readonly<Record<string, AccountHolderType>> = { personal: 'PERSONAL', business: 'BUSINESS' };

/** What `decode` makes, a `Refused` on the way as its result. Anything else that is thrown is a defect. */
export function decoding(decode: () => Command): Command | RefusedResult {
  try {
    return decode();
  } catch (error) {
    if (error instanceof Refused) return refusal(error.code, error.field);
    throw error;
  }
}

/** Null, empty and absent are the same. */
export function given(text: Text): string | null {
  return text === undefined || text === null || text === '' ? null : text;
}

/** Pairs to parameters; those without a value are left out. */
export function parametersFrom(pairs: Iterable<readonly [string, Text]>): Parameters {
  const parameters = new Map<string, string>();
  for (const [name, text] of pairs) {
    const value = given(text);
    if (value !== null) parameters.set(name, value);
  }
  return parameters;
}

interface Request {
  readonly transactionId: string;
  readonly operation: Operation;
  readonly fields: TenderFields;
  readonly parameters: Parameters;
  /** Read for a charge only. */
  readonly money: () => Money;
}

/** The command of one phone payment. @throws {Refused} */
export function commandOf({ transactionId, operation, fields, parameters, money }: Request): Command {
  const common = {
    source: 'IVR',
    transactionId,
    billingContact: {},
    metadata: metadataOf(fields, parameters),
  } as const;
  const tender = tenderOf(fields, parameters);
  const { payin, method } = configIdsOf(parameters);
  if (operation === 'charge') {
    if (method !== null) throw new Refused('INVALID_REQUEST', 'parameters.payment_method_config_id');
    return { ...common, kind: 'charge', configId: payin, money: money(), tender };
  }
  if (payin !== null || method === null) throw new Refused('INVALID_REQUEST', 'parameters.payment_method_config_id');
  return { ...common, kind: 'tokenize', configId: method, tender };
}

/** Major units and an ISO 4217 code in any case. @throws {Refused} `INVALID_REQUEST`, naming `amountField` or `currency_code` */
export function moneyOf(amount: Text, currencyCode: Text, amountField: string): Money {
  const currency = (given(currencyCode) ?? DEFAULT_CURRENCY).toUpperCase();
  if (!isCurrency(currency)) throw new Refused('INVALID_REQUEST', 'currency_code');
  const money = parseMoney(amount ?? '', currency);
  if (money === null) throw new Refused('INVALID_REQUEST', amountField);
  return money;
}

function configIdsOf(parameters: Parameters): { readonly payin: string | null; readonly method: string | null } {
  const spelled = parameters.get('payment_method_config_id') ?? null;
  // Rainforest's page spells the name both ways.
  const alternative = parameters.get('payment_method_id') ?? null;
  if (spelled !== null && alternative !== null && spelled !== alternative) {
    throw new Refused('INVALID_REQUEST', 'parameters.payment_method_config_id');
  }
  return { payin: parameters.get('payin_config_id') ?? null, method: spelled ?? alternative };
}

function tenderOf(fields: TenderFields, parameters: Parameters): NewTender {
  const card = given(fields.cardnumber);
  const account = given(fields.bankaccountnumber);
  if (card !== null && account !== null) throw new Refused('INVALID_REQUEST', 'bankaccountnumber');
  if (card !== null) return cardOf(fields, card);
  if (account !== null) return bankAccountOf(fields, account, parameters);
  throw new Refused('INVALID_REQUEST', 'cardnumber');
}

function cardOf(fields: TenderFields, number: string): Card {
  if (!isDigits(number)) throw new Refused('INVALID_CARD_NUMBER', 'cardnumber');
  const code = given(fields.cvv);
  if (code !== null && !isDigits(code)) throw new Refused('INVALID_SECURITY_CODE', 'cvv');
  const month = parseExpiryMonth(fields.expiry_month ?? '');
  const year = parseExpiryYear(fields.expiry_year ?? '');
  if (month === null || year === null)
    throw new Refused('INVALID_EXPIRY', month === null ? 'expiry_month' : 'expiry_year');
  return {
    kind: 'card',
    number: new Secret(number),
    expiry: { month, year },
    securityCode: code === null ? null : new Secret(code),
    postalCode: given(fields.postal_code),
  };
}

function bankAccountOf(fields: TenderFields, account: string, parameters: Parameters): BankAccount {
  const named = parameters.get('account_type')?.toLowerCase() ?? 'consumer-checking';
  const holderNamed = parameters.get('account_holder_type')?.toLowerCase() ?? null;
  const type = Object.hasOwn(ACCOUNT_TYPES, named) ? ACCOUNT_TYPES[named] : undefined;
  if (type === undefined) throw new Refused('INVALID_REQUEST', 'parameters.account_type');
  const holder = holderNamed === null ? (type.holder ?? 'PERSONAL') : holderTypeOf(holderNamed);
  return {
    kind: 'bank_account',
    account: new Secret(account),
    routing: given(fields.routingnumber) ?? '',
    accountType: type.type,
    holderType: holder,
    holderName: parameters.get('AVSName') ?? parameters.get('account_holder_name') ?? null,
  };
}

function holderTypeOf(name: string): AccountHolderType {
  const type = Object.hasOwn(HOLDER_TYPES, name) ? HOLDER_TYPES[name] : undefined;
  if (type === undefined) throw new Refused('INVALID_REQUEST', 'parameters.account_holder_type');
  return type;
}

function metadataOf(fields: TenderFields, parameters: Parameters): { [name: string]: string } {
  const kept = [...parameters].filter(([name]) => !RESERVED.has(name));
  const description = given(fields.description);
  if (description !== null) kept.push(['description', description]);
  return Object.fromEntries(kept);
}

function isDigits(text: string): boolean {
  return /^[0-9]+$/.test(text);
}
