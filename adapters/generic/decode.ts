/**
 * The generic form to a command. Decides which of its fields belong together; the route says whether it is a charge.
 * What was keyed in is text, so that leading zeros stay; the amount is an integer of minor units, so that nothing has to
 * be read. A refusal names the field as the form does, `card.expiry_month`.
 */
import type { PaymentBody } from '../../schemas/generic/payment.types.ts';
import type { Delivery } from '../../src/core/adapter.ts';
import { Refused } from '../../src/core/errors.ts';
import { isId } from '../../src/core/ids.ts';
import { isCurrency, type Money } from '../../src/core/money.ts';
import { CONTACT_FIELDS, type Command, type RefusedResult } from '../../src/core/payment.ts';
import { Secret } from '../../src/core/secret.ts';
import {
  type BankAccount,
  type Card,
  type NewTender,
  parseExpiryMonth,
  parseExpiryYear,
  type StoredTender,
} from '../../src/core/tender.ts';
import { decoding, given } from '../shared/pay-fields.ts';

type CardBody = NonNullable<PaymentBody['card']>;
type BankAccountBody = NonNullable<PaymentBody['bank_account']>;

/** A charge or a tokenize, or a refusal that names the field. Never throws for what a body says. */
export function decode({ body, route }: Delivery<PaymentBody>): Command | RefusedResult {
  return decoding(() => (route.operation === 'tokenize' ? tokenizeOf(body) : chargeOf(body)));
}

function chargeOf(body: PaymentBody): Command {
  const configId = configIdOf(body, 'payin_config_id', 'payment_method_config_id');
  const tender = storedTenderOf(body) ?? newTenderOf(body);
  const source = tender.kind === 'stored' ? 'API_STORED_PAYMENT_METHOD' : 'IVR';
  return { kind: 'charge', source, configId, money: moneyOf(body), tender, ...commonOf(body) };
}

function tokenizeOf(body: PaymentBody): Command {
  const configId = configIdOf(body, 'payment_method_config_id', 'payin_config_id');
  if (configId === null) throw new Refused('INVALID_REQUEST', 'payment_method_config_id');
  if (given(body.payment_method_id) !== null) throw new Refused('INVALID_REQUEST', 'payment_method_id');
  return { kind: 'tokenize', source: 'IVR', configId, tender: newTenderOf(body), ...commonOf(body) };
}

function commonOf({ transaction_id, billing_contact, metadata }: PaymentBody) {
  const contact = Object.entries(billing_contact ?? {}).filter(([name, text]) => CONTACT.has(name) && given(text));
  return { transactionId: transaction_id, billingContact: Object.fromEntries(contact), metadata: metadata ?? {} };
}

/** What is kept of a billing contact; other fields pass and are left behind. */
const CONTACT: ReadonlySet<string> = new Set(CONTACT_FIELDS);

type ConfigField = 'payin_config_id' | 'payment_method_config_id';

/** One that was meant for the other route tells that the routes were taken for each other. Null where none is named. */
function configIdOf(body: PaymentBody, wanted: ConfigField, other: ConfigField): string | null {
  const id = given(body[wanted]);
  if (given(body[other]) !== null) throw new Refused('INVALID_REQUEST', id === null ? wanted : other);
  return id;
}

/** What the caller was told, which the config has to agree with. */
function moneyOf({ amount, currency }: PaymentBody): Money {
  if (amount === undefined || amount === null) throw new Refused('INVALID_REQUEST', 'amount');
  const code = given(currency);
  if (code === null || !isCurrency(code)) throw new Refused('INVALID_REQUEST', 'currency');
  return { amount, currency: code };
}

function storedTenderOf(body: PaymentBody): StoredTender | null {
  const id = given(body.payment_method_id);
  if (id === null) return null;
  if (numberOf(body) !== null) throw new Refused('INVALID_REQUEST', 'card');
  if (accountOf(body) !== null) throw new Refused('INVALID_REQUEST', 'bank_account');
  if (!isId('mtd', id)) throw new Refused('PAYMENT_METHOD_NOT_FOUND', 'payment_method_id');
  return { kind: 'stored', paymentMethodId: id };
}

/** A card or an account counts as given when its number is. */
function newTenderOf(body: PaymentBody): NewTender {
  const number = numberOf(body);
  const account = accountOf(body);
  if (number !== null && account !== null) throw new Refused('INVALID_REQUEST', 'bank_account');
  if (number !== null) return cardOf(body.card ?? {}, number);
  if (account !== null) return bankAccountOf(body.bank_account ?? {}, account);
  throw new Refused('INVALID_REQUEST', 'card');
}

const numberOf = ({ card }: PaymentBody) => given(card?.number);
const accountOf = ({ bank_account }: PaymentBody) => given(bank_account?.account_number);

function cardOf(card: CardBody, number: string): Card {
  const code = given(card.security_code);
  const month = parseExpiryMonth(card.expiry_month ?? '');
  const year = parseExpiryYear(card.expiry_year ?? '');
  if (!isDigits(number)) throw new Refused('INVALID_CARD_NUMBER', 'card.number');
  if (code !== null && !isDigits(code)) throw new Refused('INVALID_SECURITY_CODE', 'card.security_code');
  if (month === null) throw new Refused('INVALID_EXPIRY', 'card.expiry_month');
  if (year === null) throw new Refused('INVALID_EXPIRY', 'card.expiry_year');
  return {
    kind: 'card',
    number: new Secret(number),
    expiry: { month, year },
    securityCode: code === null ? null : new Secret(code),
    postalCode: given(card.postal_code),
  };
}

function bankAccountOf(account: BankAccountBody, number: string): BankAccount {
  return {
    kind: 'bank_account',
    account: new Secret(number),
    routing: given(account.routing_number) ?? '',
    accountType: account.account_type || 'CHECKING',
    holderType: account.holder_type || 'PERSONAL',
    holderName: given(account.holder_name),
  };
}

const isDigits = (text: string): boolean => /^[0-9]+$/.test(text);
