/**
 * Parts that several requests share, from the contract's words to the model's: billing contact, card and bank account,
 * metadata, what a config accepts. The schemas have checked each field; what fields mean together is decided here.
 */
import type { PayinBody } from '../../../schemas/api/payin.types.ts';
import type { PayinConfigBody } from '../../../schemas/api/payin-config.types.ts';
import { Refused } from '../../core/errors.ts';
import { type BillingContact, CONTACT_FIELDS, type Metadata } from '../../core/payment.ts';
import { Secret } from '../../core/secret.ts';
import {
  brandOf,
  CARD_BRANDS,
  type CardBrand,
  type NewTender,
  TENDER_KINDS,
  type TenderKind,
} from '../../core/tender.ts';
import { BRAND_NAMES, TENDER_NAMES } from './render.ts';

type Optional<T> = T | null | undefined;

/** Null and empty texts are as good as absent. */
export function readContact(body: PayinBody['billing_contact']): BillingContact {
  const text = (value: Optional<string>) => value || null;
  const given: { -readonly [F in keyof BillingContact]: string } = {};
  for (const field of CONTACT_FIELDS) {
    const value = text(body?.[field]);
    if (value !== null) given[field] = value;
  }
  return given;
}

/** Absent and null are metadata without a member. */
export const readMetadata = (body: PayinConfigBody['metadata']): Metadata => body ?? {};

/** Rainforest, Create payin: the tender of a request. A security code given as a number has lost its leading zeros. */
export type TenderBody = Pick<PayinBody, 'method_type' | 'card' | 'ach'>;

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
export type LimitsBody = Pick<
  PayinConfigBody,
  'accepted_tenders' | 'accepted_brands' | 'require_postal_code' | 'require_security_code'
>;

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
