/**
 * Parts that several requests share, from the contract's words to the model's: billing contact, card and bank account,
 * metadata, what a config accepts. The schemas have checked each field; what fields mean together is decided here.
 */
import { Refused } from '../../core/errors.ts';
import { type BillingContact, CONTACT_FIELDS, type Metadata } from '../../core/payment.ts';
import { Secret } from '../../core/secret.ts';
import {
  type AccountHolderType,
  type BankAccountType,
  brandOf,
  CARD_BRANDS,
  type CardBrand,
  type NewTender,
  TENDER_KINDS,
  type TenderKind,
} from '../../core/tender.ts';
import { BRAND_NAMES, TENDER_NAMES } from './render.ts';

type Optional<T> = T | null | undefined;

/** Rainforest's billing contact in a request: any of its fields, each of them null where there is nothing to say. */
export type ContactBody = { readonly [F in keyof BillingContact]?: string | null };

/** Null and empty texts are as good as absent. */
export function readContact(body: Optional<ContactBody>): BillingContact {
  const text = (value: Optional<string>) => value || null;
  const given: { -readonly [F in keyof BillingContact]: string } = {};
  for (const field of CONTACT_FIELDS) {
    const value = text(body?.[field]);
    if (value !== null) given[field] = value;
  }
  return given;
}

/** Absent and null are metadata without a member. */
export const readMetadata = (body: Optional<Metadata>): Metadata => body ?? {};

/** Rainforest, Create payin: the tender of a request. A security code given as a number has lost its leading zeros. */
export interface TenderBody {
  readonly method_type: 'CARD' | 'ACH';
  readonly card?: Optional<{
    readonly card_number: string;
    readonly exp_month: number;
    readonly exp_year: number;
    readonly cvc?: Optional<string | number>;
  }>;
  readonly ach?: Optional<{
    readonly account_number: string;
    readonly routing_number: string;
    readonly account_type?: Optional<BankAccountType>;
    readonly account_holder_type?: Optional<AccountHolderType>;
  }>;
}

/**
 * The tender that `method_type` names; its holder and postal code come with the billing contact.
 * @throws {Refused} `INVALID_REQUEST` where its object is missing.
 */
export function readTender({ method_type, card, ach }: TenderBody): NewTender {
  if (method_type === 'CARD') {
    if (!card) throw new Refused('INVALID_REQUEST', 'card');
    return {
      kind: 'card',
      number: new Secret(card.card_number),
      expiry: { month: card.exp_month, year: card.exp_year },
      securityCode: readSecurityCode(card.cvc ?? null, card.card_number),
      postalCode: null,
    };
  }
  if (!ach) throw new Refused('INVALID_REQUEST', 'ach');
  return {
    kind: 'bank_account',
    account: new Secret(ach.account_number),
    routing: ach.routing_number,
    accountType: ach.account_type ?? 'CHECKING',
    holderType: ach.account_holder_type ?? 'PERSONAL',
    holderName: null,
  };
}

/** A number has lost its leading zeros: it is filled up to the length that the card's brand has. */
function readSecurityCode(cvc: string | number | null, cardNumber: string): Secret<string> | null {
  if (cvc === null) return null;
  if (typeof cvc === 'string') return new Secret(cvc);
  return new Secret(String(cvc).padStart(brandOf(cardNumber) === 'amex' ? 4 : 3, '0'));
}

/** Tollbridge's own fields of a config: what it accepts, in the words of the API. */
export interface LimitsBody {
  readonly accepted_tenders?: Optional<readonly string[]>;
  readonly accepted_brands?: Optional<readonly string[]>;
  readonly require_postal_code?: Optional<boolean>;
  readonly require_security_code?: Optional<boolean>;
}

/** What a config accepts, in the model's words. */
export interface Limits {
  readonly tenders: readonly TenderKind[];
  readonly brands: readonly CardBrand[];
  readonly requirePostalCode: boolean;
  readonly requireSecurityCode: boolean;
}

/** What a config accepts; everything where it does not say. */
export function readLimits(body: LimitsBody): Limits {
  const { accepted_tenders: tenders, accepted_brands: brands } = body;
  return {
    tenders: TENDER_KINDS.filter((tender) => tenders?.includes(TENDER_NAMES[tender]) ?? true),
    brands: CARD_BRANDS.filter((brand) => brands?.includes(BRAND_NAMES[brand]) ?? true),
    requirePostalCode: body.require_postal_code ?? false,
    requireSecurityCode: body.require_security_code ?? false,
  };
}
