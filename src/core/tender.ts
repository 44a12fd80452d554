/**
 * Tenders: what a caller pays with. Decides which numbers can be a card or a bank account at all (brand ranges,
 * lengths, Luhn, expiry, routing checksum). Whether a config accepts them is the engine's decision, whether they are
 * good for money the processor's.
 *
 * Ranges and lengths: credit-card-type 10.3 for the shape, without its regional brands (elo, troy, naranja), which lie
 * inside ranges that US processors route as discover or maestro. A brand is a hint; the processor's answer counts.
 */
import type { Clock } from './clock.ts';
import type { RefusalCode } from './errors.ts';
import type { PaymentMethodId } from './ids.ts';
import type { Secret } from './secret.ts';

/** The brands that are told apart, in the spelling of <Pay> (`validCardTypes`) where it knows them. */
export const CARD_BRANDS = [
  'visa',
  'mastercard',
  'amex',
  'discover',
  'jcb',
  'diners-club',
  'maestro',
  'unionpay',
] as const;
/** The brand by leading digits. A hint: a card can have two, and the processor's routing counts. */
export type CardBrand = (typeof CARD_BRANDS)[number];

/** What a config can accept and a processor take; a stored method counts as the kind that it was. */
export const TENDER_KINDS = ['card', 'bank_account'] as const;
/** What account data is of, in a config's `tenders` and a processor's. */
export type TenderKind = (typeof TENDER_KINDS)[number];

/** A payment card as keyed in. `number` and `securityCode` are digits only; the code keeps its leading zeros. */
export interface Card {
  readonly kind: 'card';
  readonly number: Secret<string>;
  /** 1 to 12, and four digits. */
  readonly expiry: { readonly month: number; readonly year: number };
  readonly securityCode: Secret<string> | null;
  readonly postalCode: string | null;
}

/** Rainforest, Payins: `ach.account_type`. */
export type BankAccountType = 'CHECKING' | 'SAVINGS';
/** Rainforest, Payins: `ach.account_holder_type`. */
export type AccountHolderType = 'PERSONAL' | 'BUSINESS';

/** A US bank account. `account` and `routing` are digits only, leading zeros kept. */
export interface BankAccount {
  readonly kind: 'bank_account';
  readonly account: Secret<string>;
  readonly routing: string;
  readonly accountType: BankAccountType;
  readonly holderType: AccountHolderType;
  readonly holderName: string | null;
}

/** A payment method that was stored before, by its id. */
export interface StoredTender {
  readonly kind: 'stored';
  readonly paymentMethodId: PaymentMethodId;
}

/** Account data that a caller or a client has just given. */
export type NewTender = Card | BankAccount;
/** Whatever a charge can be paid with; a tokenize takes a `NewTender`. */
export type Tender = NewTender | StoredTender;

/** What may be kept and shown of a tender: never more than the last four digits. */
export type Instrument =
  | {
      readonly kind: 'card';
      readonly brand: CardBrand;
      readonly last4: string;
      readonly expMonth: number;
      readonly expYear: number;
    }
  | {
      readonly kind: 'bank_account';
      readonly last4: string;
      readonly routing: string;
      readonly accountType: BankAccountType;
      readonly holderType: AccountHolderType;
    };

interface BrandRule {
  readonly brand: CardBrand;
  /** Inclusive ranges of leading digits; both ends have the same number of digits. */
  readonly ranges: readonly (readonly [string, string])[];
  readonly lengths: readonly number[];
  readonly codeLength: 3 | 4;
}

/**
 * The Diners number of Pay connectors in TEST mode lies outside the brand's ranges and fails Luhn; it is the only such
 * number that sandbox mode takes.
 */
const PAY_TEST_DINERS = '3065930009020004';

const lengths = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const one = (prefix: string): readonly [string, string] => [prefix, prefix];

/** Ordered: the first range that holds the number decides, so narrow ranges stand before wide ones. */
const BRANDS: readonly BrandRule[] = [
  { brand: 'visa', ranges: [one('4')], lengths: [13, 16, 18, 19], codeLength: 3 },
  {
    brand: 'mastercard',
    ranges: [
      ['51', '55'],
      ['2221', '2720'],
    ],
    lengths: [16],
    codeLength: 3,
  },
  { brand: 'amex', ranges: [one('34'), one('37')], lengths: [15], codeLength: 4 },
  {
    brand: 'diners-club',
    ranges: [['300', '305'], one('3095'), one('36'), one('38'), one('39'), one(PAY_TEST_DINERS)],
    lengths: lengths(14, 19),
    codeLength: 3,
  },
  { brand: 'jcb', ranges: [['3528', '3589']], lengths: lengths(16, 19), codeLength: 3 },
  { brand: 'discover', ranges: [one('6011'), ['644', '649'], one('65')], lengths: [16, 19], codeLength: 3 },
  { brand: 'unionpay', ranges: [one('62'), one('81')], lengths: lengths(14, 19), codeLength: 3 },
  {
    brand: 'maestro',
    ranges: [one('493698'), ['50', '50'], ['56', '59'], one('6')],
    lengths: lengths(12, 19),
    codeLength: 3,
  },
];

function ruleFor(number: string): BrandRule | null {
  // 493698 lies inside visa's range; it is the one maestro prefix that starts with 4.
  if (number.startsWith('493698')) return BRANDS[BRANDS.length - 1] ?? null;
  for (const rule of BRANDS) {
    for (const [from, to] of rule.ranges) {
      const lead = number.slice(0, from.length);
      if (lead >= from && lead <= to) return rule;
    }
  }
  return null;
}

/** The brand by leading digits, or null. Needs digits only. */
export function brandOf(number: string): CardBrand | null {
  return ruleFor(number)?.brand ?? null;
}

/** The Luhn check of ISO/IEC 7812-1, over digits only. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  let doubled = false;
  for (let i = digits.length - 1; i >= 0; i--) {
    let digit = digits.charCodeAt(i) - 48;
    if (doubled) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
    doubled = !doubled;
  }
  return digits.length > 0 && sum % 10 === 0;
}

const MAX_YEARS_AHEAD = 20;

/** What decides about a card beside the card itself. */
export interface TenderRules {
  readonly clock: Clock;
  /** Accepts the Diners number of Pay connectors in TEST mode. */
  readonly sandbox: boolean;
  /** Refuses a card that came without one; a code of a wrong length is refused in any case. */
  readonly requireSecurityCode: boolean;
}

/** What is wrong with a card, or null. A card is good through the last day of its month, UTC. */
export function findCardFault(card: Card, rules: TenderRules): RefusalCode | null {
  const number = card.number.reveal();
  const rule = ruleFor(number);
  const testDiners = rules.sandbox && number === PAY_TEST_DINERS;
  if (rule === null || !rule.lengths.includes(number.length)) return 'INVALID_CARD_NUMBER';
  if (!passesLuhn(number) && !testDiners) return 'INVALID_CARD_NUMBER';
  if (!isExpiryAhead(card.expiry, rules.clock)) return 'INVALID_EXPIRY';
  const code = card.securityCode?.reveal() ?? null;
  if (code === null ? rules.requireSecurityCode : code.length !== rule.codeLength) return 'INVALID_SECURITY_CODE';
  return null;
}

function isExpiryAhead(expiry: Card['expiry'], clock: Clock): boolean {
  const now = new Date(clock.now());
  const monthsAhead = (expiry.year - now.getUTCFullYear()) * 12 + expiry.month - (now.getUTCMonth() + 1);
  return monthsAhead >= 0 && monthsAhead <= MAX_YEARS_AHEAD * 12;
}

/** What is wrong with a bank account, or null. @param requireHolder refuses one without the name of its holder. */
export function findBankAccountFault(account: BankAccount, requireHolder = true): RefusalCode | null {
  if (!isRoutingNumber(account.routing)) return 'INVALID_ROUTING_NUMBER';
  if (!/^[0-9]{4,17}$/.test(account.account.reveal())) return 'INVALID_ACCOUNT_NUMBER';
  if (requireHolder && account.holderName === null) return 'ACCOUNT_HOLDER_REQUIRED';
  return null;
}

/** ABA routing number: nine digits, weights 3-7-1, a prefix that is assigned (00-12, 21-32, 61-72, 80), not all zero. */
export function isRoutingNumber(text: string): boolean {
  if (!/^(?:0[0-9]|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)[0-9]{7}$/.test(text) || text === '000000000') return false;
  const weights = [3, 7, 1];
  let sum = 0;
  for (let i = 0; i < 9; i++) sum += (text.charCodeAt(i) - 48) * (weights[i % 3] as number);
  return sum % 10 === 0;
}

/**
 * Two or four digits as a year, or null. Two digits lie in the century of `2000`, as on every card in circulation.
 */
export function parseExpiryYear(text: string): number | null {
  if (/^[0-9]{2}$/.test(text)) return 2000 + Number(text);
  return /^2[0-9]{3}$/.test(text) ? Number(text) : null;
}

/** `"1"` to `"12"`, `"01"` to `"09"`, or null. */
export function parseExpiryMonth(text: string): number | null {
  return /^(?:0?[1-9]|1[0-2])$/.test(text) ? Number(text) : null;
}

/** The part of a tender that may be kept. Call it only on a tender without a fault. */
export function instrumentOf(tender: NewTender): Instrument {
  if (tender.kind === 'card') {
    const number = tender.number.reveal();
    const brand = brandOf(number);
    if (brand === null) throw new Error('instrumentOf needs a card of a known brand');
    return { kind: 'card', brand, last4: number.slice(-4), expMonth: tender.expiry.month, expYear: tender.expiry.year };
  }
  return {
    kind: 'bank_account',
    last4: tender.account.reveal().slice(-4),
    routing: tender.routing,
    accountType: tender.accountType,
    holderType: tender.holderType,
  };
}

/**
 * Whether a text holds what could be a card number, and so must not be stored, wherever it stands (exactly-once rule
 * 13): a run of 13 to 19 digits that passes Luhn, or within any run a stretch that does, begins as a brand's numbers do
 * and has a length of that brand. Blanks, dots and dashes may stand between the digits. A UUID is none: one in 250 random
 * ones would be taken for a card.
 */
export function looksLikeCardNumber(text: string): boolean {
  for (const [run] of text.replace(UUID, ' ; ').matchAll(/[0-9](?:[ .-]?[0-9]){12,}/g)) {
    const digits = run.replace(/[^0-9]/g, '');
    if (digits.length <= 19 && passesLuhn(digits)) return true;
    for (let length = 13; length <= 19; length++) {
      for (let start = 0; start + length <= digits.length; start++) {
        if (couldBeCard(digits.slice(start, start + length))) return true;
      }
    }
  }
  return false;
}

/** With a letter in it, or a card's digits could be written as one. */
const UUID = /\b(?=[0-9-]*[a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;

function couldBeCard(digits: string): boolean {
  return passesLuhn(digits) && ruleFor(digits)?.lengths.includes(digits.length) === true;
}
