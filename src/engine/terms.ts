/**
 * Whether a config allows this payment, before anything is reserved: lifecycle, amount, tender, brand, required fields,
 * and nothing card-shaped in what would be stored. Each rule refuses with a code of its own.
 */
import type { Cart } from '../core/cart-records.ts';
import type { Chargeable } from '../core/chargeable-records.ts';
import { type OpenCode, type RefusalCode, Refused } from '../core/errors.ts';
import { isCartId, isId, type PaymentMethodId } from '../core/ids.ts';
import type { Money } from '../core/money.ts';
import type { BillingContact, ChargeCommand, Command, Metadata } from '../core/payment.ts';
import { holds, mayReach, type Principal } from '../core/principal.ts';
import type { Processor, Route, StoredReference } from '../core/processor.ts';
import type { Attempt, PaymentMethod } from '../core/store.ts';
import {
  findBankAccountFault,
  findCardFault,
  type Instrument,
  instrumentOf,
  looksLikeCardNumber,
  type NewTender,
  type Tender,
} from '../core/tender.ts';
import type { EngineContext } from './context.ts';
import { priceOf } from './price.ts';

/** Rainforest: metadata is less than 8 KB. */
const METADATA_BYTES = 8192;

const NOT_FOUND = {
  payin: 'PAYIN_CONFIG_NOT_FOUND',
  payment_method: 'PAYMENT_METHOD_CONFIG_NOT_FOUND',
  cart: 'CART_NOT_FOUND',
} as const;
const USED = { payin: 'PAYIN_CONFIG_USED', payment_method: 'PAYMENT_METHOD_CONFIG_USED', cart: 'CART_PAID' } as const;
const EXPIRED = { payin: 'PAYIN_CONFIG_EXPIRED', cart: 'CART_EXPIRED' } as const;
const PERMISSION = { charge: 'payin:create', tokenize: 'payment_method:create' } as const;

/** A tender that passed, and what may be kept of it. */
export interface AcceptedTender {
  readonly tender: NewTender | StoredReference;
  readonly instrument: Instrument;
  readonly billingContact: BillingContact;
  /** Of a stored method: who keeps it and so must charge it. */
  readonly keeper: Route | null;
}

/**
 * The config or cart that a command names. Another merchant's is answered exactly as an id that does not exist.
 * @throws {Refused} `FORBIDDEN`, `PAYIN_CONFIG_NOT_FOUND`, `PAYMENT_METHOD_CONFIG_NOT_FOUND`, `CART_NOT_FOUND`
 */
export async function findChargeable(
  { store }: EngineContext,
  command: Command,
  principal: Principal,
): Promise<Chargeable> {
  const permission = PERMISSION[command.kind];
  const wanted = wantedBy(command);
  if (!holds(principal, permission)) throw new Refused('FORBIDDEN');
  const { configId } = command;
  const named = isId('cfg', configId) || isId('pmc', configId) || isCartId(configId);
  const chargeable = named ? await store.get('chargeables', configId) : null;
  if (chargeable === null || chargeable.kind !== wanted || !mayReach(principal, permission, chargeable)) {
    throw new Refused(NOT_FOUND[wanted]);
  }
  return chargeable;
}

/** A cart is charged only by who says what its fee is. */
function wantedBy(command: Command): Chargeable['kind'] {
  if (command.kind === 'tokenize') return 'payment_method';
  return command.cartFee === undefined ? 'payin' : 'cart';
}

/**
 * @param processor the one that the config's payments go to first; null where it is not set up here.
 * @throws {Refused} naming the first rule that the command breaks.
 */
export async function checkTerms(
  context: EngineContext,
  processor: Processor | null,
  chargeable: Chargeable,
  command: Command,
  principal: Principal,
): Promise<AcceptedTender> {
  if (chargeable.used !== null) throw new Refused(USED[chargeable.kind]);
  if (chargeable.claims >= context.settings.maxAttemptsPerConfig) throw new Refused('TOO_MANY_ATTEMPTS');
  if (command.kind === 'charge') checkMoney(context, chargeable, command);
  checkTexts(chargeable, command);
  if (command.tender.kind === 'stored')
    return acceptStored(context, chargeable, command, command.tender.paymentMethodId, principal);
  if (processor === null) throw new Refused('PROCESSOR_UNREACHABLE');
  return acceptNew(context, processor, chargeable, command, command.tender);
}

function checkMoney({ clock }: EngineContext, chargeable: Chargeable, command: ChargeCommand): void {
  if (chargeable.kind === 'payment_method') throw new Refused('PAYIN_CONFIG_NOT_FOUND');
  if (chargeable.validUntil !== null && clock.now() >= chargeable.validUntil) {
    throw new Refused(EXPIRED[chargeable.kind]);
  }
  if (chargeable.kind === 'cart') checkCartMoney(chargeable, command);
  else if (command.money !== null) checkAmount(command.money, chargeable);
}

/** Total and fee as frozen for this kind of tender; then the rest is the items' sum, too. */
function checkCartMoney(cart: Cart, { tender, money, cartFee }: ChargeCommand): void {
  const price = tender.kind === 'stored' ? null : priceOf(cart, tender.kind);
  if (price === null) throw new Refused('TENDER_NOT_ACCEPTED');
  if (money === null || cartFee === undefined) throw new Refused('AMOUNT_MISMATCH', 'amount');
  checkAmount(money, price);
  checkAmount(cartFee, { amount: price.amount - cart.amount, currency: cart.currency });
}

function checkAmount(told: Money, due: Money): void {
  if (told.currency !== due.currency) throw new Refused('CURRENCY_MISMATCH', 'currency');
  if (told.amount !== due.amount) throw new Refused('AMOUNT_MISMATCH', 'amount');
}

function acceptNew(
  { clock }: EngineContext,
  processor: Processor,
  chargeable: Chargeable,
  command: Command,
  tender: NewTender,
): AcceptedTender {
  if (!chargeable.tenders.includes(tender.kind) || !processor.tenders.includes(tender.kind)) {
    throw new Refused('TENDER_NOT_ACCEPTED');
  }
  const billingContact = billingContactOf(chargeable, command);
  if (tender.kind === 'bank_account') {
    const holderName = tender.holderName ?? billingContact.name ?? null;
    // Carts come from callers who key in digits only.
    const requireHolder = processor.requires.accountHolder || chargeable.kind !== 'cart';
    refuseIf(findBankAccountFault({ ...tender, holderName }, requireHolder));
    return { tender: { ...tender, holderName }, instrument: instrumentOf(tender), billingContact, keeper: null };
  }
  const requireSecurityCode = processor.requires.securityCode || chargeable.requireSecurityCode;
  refuseIf(findCardFault(tender, { clock, sandbox: processor.sandbox, requireSecurityCode }));
  const instrument = instrumentOf(tender);
  if (instrument.kind === 'card' && !chargeable.brands.includes(instrument.brand))
    throw new Refused('BRAND_NOT_ACCEPTED');
  const postalCode = billingContact.postal_code ?? null;
  if (postalCode === null && (processor.requires.postalCode || chargeable.requirePostalCode)) {
    throw new Refused('INVALID_POSTAL_CODE', 'postal_code');
  }
  return { tender: { ...tender, postalCode }, instrument, billingContact, keeper: null };
}

async function acceptStored(
  { store }: EngineContext,
  chargeable: Chargeable,
  command: Command,
  id: PaymentMethodId,
  principal: Principal,
): Promise<AcceptedTender> {
  const method = isId('mtd', id) ? await store.get('methods', id) : null;
  if (method === null || !mayReach(principal, 'payin:create', method) || !belongsTo(method, chargeable)) {
    throw new Refused('PAYMENT_METHOD_NOT_FOUND');
  }
  if (method.status !== 'ACTIVE' || method.token === null) throw new Refused('PAYMENT_METHOD_NOT_AVAILABLE');
  if (!chargeable.tenders.includes(method.instrument.kind)) throw new Refused('TENDER_NOT_ACCEPTED');
  if (method.instrument.kind === 'card' && !chargeable.brands.includes(method.instrument.brand)) {
    throw new Refused('BRAND_NOT_ACCEPTED');
  }
  return {
    tender: { kind: 'stored', token: method.token },
    instrument: method.instrument,
    billingContact: { ...method.billingContact, ...billingContactOf(chargeable, command) },
    keeper: method.route,
  };
}

/** A method of the whole platform may be charged by each of its merchants, a merchant's own only by that merchant. */
function belongsTo(method: PaymentMethod, chargeable: Chargeable): boolean {
  return method.merchantId === null || method.merchantId === chargeable.merchantId;
}

function refuseIf(fault: RefusalCode | null): void {
  if (fault !== null) throw new Refused(fault);
}

/** The config's contact, overlaid with what this request says: the caller's own postal code is the card's. */
function billingContactOf(chargeable: Chargeable, command: Command): BillingContact {
  const keyed = command.tender.kind === 'card' ? command.tender.postalCode : null;
  return {
    ...chargeable.billingContact,
    ...command.billingContact,
    ...(keyed === null ? {} : { postal_code: keyed }),
  };
}

/** What the provider passed along, overlaid with the config's own: the merchant's backend has the last word. */
export function metadataOf(chargeable: Chargeable, command: Command): Metadata {
  return { ...command.metadata, ...chargeable.metadata };
}

function checkTexts(chargeable: Chargeable, command: Command): void {
  const texts = { metadata: metadataOf(chargeable, command), billing_contact: billingContactOf(chargeable, command) };
  for (const [field, text] of Object.entries(texts)) {
    checkStorable(text, field);
    if (holdsAccountOf(command.tender, text)) throw new Refused('CARD_DATA_IN_TEXT', field);
  }
}

/** An account number has no form of its own, so only the one that is being charged can be told from other digits. */
function holdsAccountOf(tender: Tender, text: Metadata | BillingContact): boolean {
  if (tender.kind !== 'bank_account') return false;
  const account = tender.account.reveal();
  return JSON.stringify(text)
    .split(/[^0-9]+/)
    .some((digits) => digits === account);
}

/** Merged by top-level name: a null value removes its name, null as a whole removes all. */
export function mergeMetadata(metadata: Metadata, patch: Metadata | null): Metadata {
  if (patch === null) return {};
  return Object.fromEntries(Object.entries({ ...metadata, ...patch }).filter(([, value]) => value !== null));
}

/**
 * Free text as it would be stored: under 8 KB, and without anything that looks like a card number (rule 13).
 * @throws {Refused} `INVALID_REQUEST`, `CARD_DATA_IN_TEXT`
 */
export function checkStorable(text: Metadata | BillingContact, field: string): void {
  const json = JSON.stringify(text);
  if (Buffer.byteLength(json) >= METADATA_BYTES) throw new Refused('INVALID_REQUEST', field);
  if (looksLikeCardNumber(json)) throw new Refused('CARD_DATA_IN_TEXT', field);
}

/** Why a config that another attempt holds cannot be claimed now. */
export function busyCode(holder: Attempt | null): OpenCode {
  return holder?.state === 'unknown' || holder?.state === 'manual' ? 'OUTCOME_UNKNOWN' : 'PAYMENT_PENDING';
}

/** Why a config that another attempt holds or has used up cannot take this command. */
export function takenCode(command: Command, holder: Attempt): RefusalCode | OpenCode {
  return holder.state === 'approved' ? USED[wantedBy(command)] : busyCode(holder);
}
