/**
 * The sandbox's one table: which card, which bank account and which amount ends how. The processor reads it and the
 * docs print it, so the two cannot differ. Card and account decide *what* the answer is, the amount *how* it comes.
 *
 * Sources: Rainforest's test accounts and cards; the TEST mode of generic Pay connectors; Stripe's decline cards,
 * second-hand; Finix's "Testing your integration" for the bank accounts.
 */
import type { DeclineCode } from '../../core/errors.ts';
import { formatMoney, type Money, sameMoney } from '../../core/money.ts';
import type { StoredReference } from '../../core/processor.ts';
import type { BankAccount, Card, NewTender, TenderKind } from '../../core/tender.ts';

/** What an outcome says, and the single letters that the issuer gives beside it (cards only). */
export interface Outcome {
  readonly tender: TenderKind | null;
  readonly answer: 'approved' | DeclineCode;
  /** Y matches, Z postal code only, N nothing, U not available. */
  readonly avs: 'Y' | 'Z' | 'N' | 'U' | null;
  /** M matches, N does not; given only where a security code was. */
  readonly securityCode: 'M' | 'N' | null;
}

const card = (answer: Outcome['answer'], avs: Outcome['avs'] = 'Y', securityCode: 'M' | 'N' = 'M'): Outcome => ({
  tender: 'card',
  answer,
  avs,
  securityCode,
});

const bank = (answer: Outcome['answer']): Outcome => ({
  tender: 'bank_account',
  answer,
  avs: null,
  securityCode: null,
});

/**
 * Every way in which a sandbox payment, or what is done to it afterwards, can end. The name is all that the ledger and a
 * stored method keep.
 */
const NAMED = {
  CARD_APPROVED: card('approved'),
  CARD_AVS_Z: card('approved', 'Z'),
  CARD_AVS_U: card('approved', 'U'),
  CARD_AVS_N: card('INCORRECT_PAYMENT_INFORMATION', 'N'),
  CARD_CODE_N: card('INVALID_CARD_SECURITY_CODE', 'Y', 'N'),
  CARD_DECLINED: card('DECLINED'),
  CARD_NO_FUNDS: card('INSUFFICIENT_FUNDS'),
  CARD_SHORT: card('INSUFFICIENT_FUNDS'),
  CARD_HALF: card('approved'),
  CARD_EXPIRED: card('EXPIRED_CARD'),
  CARD_LOST: card('LOST_CARD'),
  CARD_STOLEN: card('STOLEN_CARD'),
  CARD_FRAUD: card('FRAUDULENT_CARD'),
  CARD_ERROR: card('PROCESSING_ERROR'),
  BANK_APPROVED: bank('approved'),
  BANK_R01: bank('INSUFFICIENT_FUNDS'),
  BANK_R02: bank('DECLINED'),
  BANK_R03: bank('INCORRECT_PAYMENT_INFORMATION'),
  BANK_R04: bank('INCORRECT_PAYMENT_INFORMATION'),
  SETTLED: { tender: null, answer: 'approved', avs: null, securityCode: null },
  CAPTURED: { tender: null, answer: 'approved', avs: null, securityCode: null },
  NOT_CAPTURED: { tender: null, answer: 'PROCESSING_ERROR', avs: null, securityCode: null },
  AUTH_EXPIRED: { tender: null, answer: 'AUTHORIZATION_EXPIRED', avs: null, securityCode: null },
  REVERSED: { tender: null, answer: 'approved', avs: null, securityCode: null },
  NOT_REVERSED: { tender: null, answer: 'PROCESSING_ERROR', avs: null, securityCode: null },
  TOKEN_FOREIGN: { tender: null, answer: 'UNEXPECTED_PAYIN_TOKEN', avs: null, securityCode: null },
} as const satisfies Record<string, Outcome>;

/** How a tender ends, by a name that outlives releases: ledgers and stored methods hold it. */
export type OutcomeName = keyof typeof NAMED;
/** What each outcome says, by its name. */
export const OUTCOMES: Readonly<Record<OutcomeName, Outcome>> = NAMED;

/** For names that come back from a ledger or a token; they may be of another release. */
export function isOutcomeName(text: string): text is OutcomeName {
  return Object.hasOwn(OUTCOMES, text);
}

/** Who documents a row; `Tollbridge` marks what is our own addition. */
type Source = 'Rainforest' | 'Pay connector' | 'Stripe' | 'Finix' | 'Tollbridge';

interface CardRow {
  readonly number: string;
  readonly outcome: OutcomeName;
  readonly source: Source;
  readonly note: string;
}

const approves = (source: Source, note: string, ...numbers: readonly string[]): readonly CardRow[] =>
  numbers.map((number) => ({ number, outcome: 'CARD_APPROVED', source, note }));

const ends = (number: string, outcome: OutcomeName, source: Source, note: string): CardRow => ({
  number,
  outcome,
  source,
  note,
});

const FINER = "Rainforest's sandbox gives DECLINED";

/** Cards by number. Any number that is not here is declined, as in Rainforest's sandbox. */
export const CARDS: readonly CardRow[] = [
  ...approves('Rainforest', 'Visa', '4111111111111111', '4242424242424242'),
  ...approves('Rainforest', 'Visa debit', '4104282000000001'),
  ...approves('Rainforest', 'Visa business', '4394362620000000'),
  ...approves('Rainforest', 'Visa healthcare', '4240400011111113'),
  ...approves('Rainforest', 'Mastercard', '5555555555554444'),
  ...approves('Rainforest', 'Mastercard, 2 series', '2223003122003222'),
  ...approves('Rainforest', 'Mastercard debit', '2301350000000001'),
  ...approves('Rainforest', 'Mastercard prepaid', '2226350000000003'),
  ...approves('Rainforest', 'Mastercard healthcare', '5100270099929991'),
  ...approves('Rainforest', 'American Express', '378282246310005', '371449635398431'),
  ...approves('Rainforest', 'American Express debit', '340082000000007'),
  ...approves('Rainforest', 'Discover', '6011111111111117', '6011000990139424'),
  ...approves('Rainforest', 'Discover debit', '6011050000000009'),
  ...approves('Rainforest', 'Cartes Bancaires', '4000002500001001', '5555552500001001'),
  ...approves('Pay connector', 'Diners Club; its check digit is wrong, taken in sandbox mode only', '3065930009020004'),
  ...approves('Pay connector', 'JCB', '3566002020360505'),
  ...approves('Pay connector', 'UnionPay', '6200000000000005'),
  ...approves('Pay connector', 'Maestro', '6771798021000008'),
  ends('4000000000000028', 'CARD_AVS_Z', 'Rainforest', 'AVS Z: the postal code matches, the street does not'),
  ends('4000000000000044', 'CARD_AVS_U', 'Rainforest', 'AVS U: the address could not be checked'),
  ends('4000000000000010', 'CARD_AVS_N', 'Rainforest', 'AVS N: the address does not match'),
  ends('4000000000000002', 'CARD_DECLINED', 'Rainforest', 'declined without a reason'),
  ends('4000000000009995', 'CARD_NO_FUNDS', 'Rainforest', ''),
  ends(
    '4000000000000077',
    'CARD_SHORT',
    'Tollbridge',
    'half of it is approved where `allow_partial_authorization` is true',
  ),
  ends('4000000000000069', 'CARD_EXPIRED', 'Rainforest', ''),
  ends('4000000000000127', 'CARD_CODE_N', 'Tollbridge', `security code N: does not match; ${FINER}`),
  ends('4000000000009987', 'CARD_LOST', 'Stripe', FINER),
  ends('4000000000009979', 'CARD_STOLEN', 'Stripe', FINER),
  ends('4100000000000019', 'CARD_FRAUD', 'Stripe', FINER),
  ends('4000000000000119', 'CARD_ERROR', 'Stripe', FINER),
];

interface AccountRow {
  /** Null where any valid one will do. */
  readonly routing: string | null;
  readonly account: string;
  readonly outcome: OutcomeName;
  readonly source: Source;
  readonly note: string;
}

const returned = (account: string, outcome: OutcomeName, note: string): AccountRow => ({
  routing: '122105278',
  account,
  outcome,
  source: 'Finix',
  note: `Nacha ${note}; told at once, where a bank returns days later`,
});

const accepted = (account: string): AccountRow => ({
  routing: null,
  account,
  outcome: 'BANK_APPROVED',
  source: 'Pay connector',
  note: 'one of the two that a caller can key in in TEST mode',
});

/** Bank accounts. Any valid one that is not here is approved, as in Rainforest's sandbox. */
export const ACCOUNTS: readonly AccountRow[] = [
  accepted('12345678'),
  accepted('123456789'),
  returned('123120006', 'BANK_R01', 'R01, insufficient funds'),
  returned('123120007', 'BANK_R02', 'R02, account closed'),
  returned('123120008', 'BANK_R03', 'R03, no such account'),
  returned('123120009', 'BANK_R04', 'R04, invalid account number'),
];

/** How the answer comes. Whatever it is, what is done is in the ledger before anybody waits. */
export type Manner =
  | { readonly kind: 'at_once' }
  | { readonly kind: 'slow'; readonly ms: number }
  /** Charged, and nobody is told. */
  | { readonly kind: 'answer_lost' }
  /** Never arrives: nothing is charged, and nobody is told. */
  | { readonly kind: 'order_lost' }
  /** Charged, and undecided to everybody who asks within `ms`. */
  | { readonly kind: 'late'; readonly ms: number }
  /** As at once, and no capture, void or refund of this amount is done. */
  | { readonly kind: 'kept' }
  /** As at once, and nothing can be captured of an authorization of this amount. */
  | { readonly kind: 'expiring' };

interface AmountRow {
  readonly money: Money;
  readonly manner: Manner;
  readonly note: string;
}

const usd = (dollars: number): Money => ({ amount: dollars * 100, currency: 'USD' });

/** Whatever moves money, of exactly these amounts; all lie below the 1,000,000.00 that <Pay> takes at most. */
export const AMOUNTS: readonly AmountRow[] = [
  { money: usd(900_001), manner: { kind: 'slow', ms: 2_000 }, note: 'answers after 2 s' },
  { money: usd(900_002), manner: { kind: 'slow', ms: 12_000 }, note: 'answers after 12 s' },
  { money: usd(900_003), manner: { kind: 'answer_lost' }, note: 'charged, but the answer is lost' },
  { money: usd(900_004), manner: { kind: 'order_lost' }, note: 'not charged, and the answer is lost' },
  { money: usd(900_005), manner: { kind: 'late', ms: 5_000 }, note: 'no answer; look-ups find it open for 5 s' },
  {
    money: usd(900_006),
    manner: { kind: 'kept' },
    note: 'charged at once; a capture, void or refund of it is declined',
  },
  {
    money: usd(900_007),
    manner: { kind: 'expiring' },
    note: 'charged at once; as an authorization, it expires at once',
  },
];

const OUTCOME_BY_CARD = new Map(CARDS.map((row) => [row.number, row.outcome]));
const AT_ONCE: Manner = { kind: 'at_once' };
const TOKEN_LEAD = 'sandbox:';

/** How a payment with this tender ends. */
export function outcomeOf(tender: NewTender | StoredReference): OutcomeName {
  switch (tender.kind) {
    case 'card':
      return outcomeOfCard(tender);
    case 'bank_account':
      return outcomeOfAccount(tender);
    case 'stored':
      return outcomeOfToken(tender.token);
  }
}

function outcomeOfCard({ number }: Card): OutcomeName {
  return OUTCOME_BY_CARD.get(number.reveal()) ?? 'CARD_DECLINED';
}

function outcomeOfAccount({ account, routing }: BankAccount): OutcomeName {
  const number = account.reveal();
  const known = ACCOUNTS.find((row) => row.account === number && (row.routing ?? routing) === routing);
  return known?.outcome ?? 'BANK_APPROVED';
}

function outcomeOfToken(token: string): OutcomeName {
  const name = token.startsWith(TOKEN_LEAD) ? token.slice(TOKEN_LEAD.length) : '';
  return isOutcomeName(name) ? name : 'TOKEN_FOREIGN';
}

/** What is approved of a charge of `money`, and so how it ends. @param partial whether less may be approved. */
export function approvalOf(
  tender: NewTender | StoredReference,
  money: Money,
  partial: boolean,
): { readonly outcome: OutcomeName; readonly money: Money } {
  const outcome = outcomeOf(tender);
  if (outcome !== 'CARD_SHORT' && outcome !== 'CARD_HALF') return { outcome, money };
  const half = Math.floor(money.amount / 2);
  if (!partial || half === 0) return { outcome: 'CARD_SHORT', money };
  return { outcome: 'CARD_HALF', money: { ...money, amount: half } };
}

/** The reference under which a tender is stored: the name of its outcome and nothing of the tender. */
export function tokenOf(outcome: OutcomeName): string {
  return `${TOKEN_LEAD}${outcome}`;
}

/** How the answer to whatever moves that amount comes; a tokenize (null) is answered at once. */
export function mannerOf(money: Money | null): Manner {
  if (money === null) return AT_ONCE;
  return AMOUNTS.find((row) => sameMoney(row.money, money))?.manner ?? AT_ONCE;
}

/** One line of the printed table. */
export interface SandboxRow {
  /** A card number, `routing / account`, or an amount with its currency. */
  readonly value: string;
  /** `approved`, a decline code, or how the answer comes. */
  readonly outcome: string;
  readonly source: Source;
  readonly note: string;
}

/** The whole table in print order, for `docs/sandbox.md`. */
export function sandboxTable(): Readonly<Record<'cards' | 'accounts' | 'amounts', readonly SandboxRow[]>> {
  return {
    cards: [
      ...CARDS.map(({ number, outcome, source, note }) => ({ value: number, ...shown(outcome), source, note })),
      { value: 'any other', ...shown('CARD_DECLINED'), source: 'Rainforest', note: '' },
    ],
    accounts: [
      ...ACCOUNTS.map(({ routing, account, outcome, source, note }) => ({
        value: `${routing ?? 'any'} / ${account}`,
        ...shown(outcome),
        source,
        note,
      })),
      { value: 'any other valid one', ...shown('BANK_APPROVED'), source: 'Rainforest', note: '' },
    ],
    amounts: AMOUNTS.map(({ money, note }) => ({
      value: `${formatMoney(money)} ${money.currency}`,
      outcome: note,
      source: 'Tollbridge',
      note: '',
    })),
  };
}

function shown(name: OutcomeName): { outcome: string } {
  return { outcome: OUTCOMES[name].answer };
}
