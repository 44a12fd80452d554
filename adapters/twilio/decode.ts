/**
 * Twilio's words to a command. Decides which operation a body means, which tender it carries and what of its custom
 * parameters is ours; whether a config allows it is the engine's decision.
 *
 * Source: "Generic Pay Connector", https://www.twilio.com/docs/voice/twiml/pay/generic-pay-connector, and the bodies
 * that connectors have logged.
 */
import type { Delivery } from '../../src/core/adapter.ts';
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

type Text = string | null | undefined;

/** The body as its schema lets it through. */
export interface PayBody {
  readonly method?: Text;
  readonly transaction_id: string;
  readonly cardnumber?: Text;
  readonly cvv?: Text;
  readonly expiry_month?: Text;
  readonly expiry_year?: Text;
  readonly postal_code?: Text;
  readonly bankaccountnumber?: Text;
  readonly routingnumber?: Text;
  readonly amount?: Text;
  readonly currency_code?: Text;
  readonly description?: Text;
  readonly parameters?: { readonly [name: string]: string | null } | null;
}

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

/** Twilio's own default, for bodies that leave the currency out. */
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

/**
 * Twilio, Generic Pay Connector, request: a charge or a tokenize; a refusal (`INVALID_REQUEST`, `INVALID_CARD_NUMBER`,
 * `INVALID_SECURITY_CODE`, `INVALID_EXPIRY`) names the field in Twilio's words. Never throws for what a body says.
 */
export function decode({ body, route }: Delivery<PayBody>): Command | RefusedResult {
  try {
    return commandFrom(body, operationOf(body, route.operation));
  } catch (error) {
    if (error instanceof Refused) return refusal(error.code, error.field);
    throw error;
  }
}

function commandFrom(body: PayBody, operation: 'charge' | 'tokenize'): Command {
  const parameter = parametersOf(body);
  const common = {
    source: 'IVR',
    configId: configIdOf(parameter, operation),
    transactionId: body.transaction_id,
    billingContact: {},
    metadata: metadataOf(body, parameter),
  } as const;
  const tender = tenderOf(body, parameter);
  return operation === 'charge'
    ? { ...common, kind: 'charge', money: moneyOf(body), tender }
    : { ...common, kind: 'tokenize', tender };
}

/** The body's method, or the legacy path's; they may not disagree. */
function operationOf(body: PayBody, named: 'charge' | 'tokenize' | null): 'charge' | 'tokenize' {
  const method = given(body.method);
  const operation = method ?? named;
  if (operation !== 'charge' && operation !== 'tokenize') throw new Refused('INVALID_REQUEST', 'method');
  if (named !== null && operation !== named) throw new Refused('INVALID_REQUEST', 'method');
  return operation;
}

/** A map, so that no parameter's name can be more than a name. */
function parametersOf(body: PayBody): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, text] of Object.entries(body.parameters ?? {})) {
    const value = given(text);
    if (value !== null) parameters.set(name, value);
  }
  return parameters;
}

function configIdOf(parameter: Map<string, string>, operation: 'charge' | 'tokenize'): string {
  const payin = parameter.get('payin_config_id') ?? null;
  const spelled = parameter.get('payment_method_config_id') ?? null;
  // Rainforest's page spells the name both ways.
  const alternative = parameter.get('payment_method_id') ?? null;
  const method = spelled ?? alternative;
  if (spelled !== null && alternative !== null && spelled !== alternative) {
    throw new Refused('INVALID_REQUEST', 'parameters.payment_method_config_id');
  }
  const wanted = operation === 'charge' ? payin : method;
  const other = operation === 'charge' ? method : payin;
  const name = operation === 'charge' ? 'payin_config_id' : 'payment_method_config_id';
  if (wanted === null || other !== null) throw new Refused('INVALID_REQUEST', `parameters.${name}`);
  return wanted;
}

function moneyOf(body: PayBody): Money {
  const currency = (given(body.currency_code) ?? DEFAULT_CURRENCY).toUpperCase();
  if (!isCurrency(currency)) throw new Refused('INVALID_REQUEST', 'currency_code');
  const money = parseMoney(body.amount ?? '', currency);
  if (money === null) throw new Refused('INVALID_REQUEST', 'amount');
  return money;
}

function tenderOf(body: PayBody, parameter: Map<string, string>): NewTender {
  const card = given(body.cardnumber);
  const account = given(body.bankaccountnumber);
  if (card !== null && account !== null) throw new Refused('INVALID_REQUEST', 'bankaccountnumber');
  if (card !== null) return cardOf(body, card);
  if (account !== null) return bankAccountOf(body, account, parameter);
  throw new Refused('INVALID_REQUEST', 'cardnumber');
}

function cardOf(body: PayBody, number: string): Card {
  if (!isDigits(number)) throw new Refused('INVALID_CARD_NUMBER', 'cardnumber');
  const code = given(body.cvv);
  if (code !== null && !isDigits(code)) throw new Refused('INVALID_SECURITY_CODE', 'cvv');
  const month = parseExpiryMonth(body.expiry_month ?? '');
  const year = parseExpiryYear(body.expiry_year ?? '');
  if (month === null || year === null)
    throw new Refused('INVALID_EXPIRY', month === null ? 'expiry_month' : 'expiry_year');
  return {
    kind: 'card',
    number: new Secret(number),
    expiry: { month, year },
    securityCode: code === null ? null : new Secret(code),
    postalCode: given(body.postal_code),
  };
}

function bankAccountOf(body: PayBody, account: string, parameter: Map<string, string>): BankAccount {
  const named = parameter.get('account_type')?.toLowerCase() ?? 'consumer-checking';
  const holderNamed = parameter.get('account_holder_type')?.toLowerCase() ?? null;
  const type = Object.hasOwn(ACCOUNT_TYPES, named) ? ACCOUNT_TYPES[named] : undefined;
  if (type === undefined) throw new Refused('INVALID_REQUEST', 'parameters.account_type');
  const holder = holderNamed === null ? (type.holder ?? 'PERSONAL') : holderTypeOf(holderNamed);
  return {
    kind: 'bank_account',
    account: new Secret(account),
    routing: given(body.routingnumber) ?? '',
    accountType: type.type,
    holderType: holder,
    holderName: parameter.get('AVSName') ?? parameter.get('account_holder_name') ?? null,
  };
}

function holderTypeOf(name: string): AccountHolderType {
  const type = Object.hasOwn(HOLDER_TYPES, name) ? HOLDER_TYPES[name] : undefined;
  if (type === undefined) throw new Refused('INVALID_REQUEST', 'parameters.account_holder_type');
  return type;
}

function metadataOf(body: PayBody, parameter: Map<string, string>): { [name: string]: string } {
  const kept = [...parameter].filter(([name]) => !RESERVED.has(name));
  const description = given(body.description);
  if (description !== null) kept.push(['description', description]);
  return Object.fromEntries(kept);
}

/** Null, empty and absent are the same. */
function given(text: Text): string | null {
  return text === undefined || text === null || text === '' ? null : text;
}

function isDigits(text: string): boolean {
  return /^[0-9]+$/.test(text);
}
