/**
 * Our orders in Rainforest's words. Decides what goes upstream: of our records the chargeable's id and that it is a
 * telephone order, of the tender what the caller keyed in, and nothing else.
 */
import type { BillingContact } from '../../core/payment.ts';
import type { Channel, TokenizeOrder, UpstreamOrder } from '../../core/processor.ts';
import type { NewTender } from '../../core/tender.ts';

/** Under these names our ids stand in Rainforest's metadata; look-ups find a capture and a reversal by theirs. */
export const METADATA = {
  chargeable: 'tollbridge_chargeable_id',
  channel: 'tollbridge_channel',
  capture: 'tollbridge_capture_id',
  reversal: 'tollbridge_reversal_id',
} as const;

/** No field of the contract says how an order was taken; platforms are told to mark telephone orders in the metadata. */
const CHANNEL: Channel = 'telephone_order';

const markOf = ({ chargeableId }: UpstreamOrder) => ({
  [METADATA.chargeable]: chargeableId,
  [METADATA.channel]: CHANNEL,
});

/** `POST /v1/payin_configs` */
export function payinConfigBody(order: UpstreamOrder, merchantId: string) {
  return {
    merchant_id: merchantId,
    idempotency_key: order.key,
    amount: order.money?.amount,
    currency_code: order.money?.currency,
    processing_mode: processingModeOf(order),
    allow_partial_authorization: order.partial,
    metadata: markOf(order),
  };
}

/** Rainforest, Payin configs: `processing_mode`. */
export const processingModeOf = ({ mode }: Pick<UpstreamOrder, 'mode'>) =>
  mode === 'authorize' ? 'AUTHORIZE' : 'AUTHORIZE_AND_CAPTURE';

/** `POST /v1/payment_method_configs` */
export function methodConfigBody(order: UpstreamOrder, platformId: string) {
  return { platform_id: platformId, idempotency_key: order.key, metadata: markOf(order) };
}

/** The part of `POST /v1/payins` and `POST /v1/payment_methods` that says what is paid with: secrets as they are. */
export function tenderBody({ tender, billingContact }: Pick<TokenizeOrder, 'tender' | 'billingContact'>) {
  return { ...accountBody(tender), billing_contact: contactFor(tender, billingContact) };
}

function accountBody(tender: NewTender) {
  if (tender.kind === 'card') {
    const { number, expiry, securityCode } = tender;
    const card = { card_number: number.reveal(), exp_month: expiry.month, exp_year: expiry.year };
    // As text: a number would lose a code's leading zeros.
    return { method_type: 'CARD', card: securityCode === null ? card : { ...card, cvc: securityCode.reveal() } };
  }
  const ach = {
    account_number: tender.account.reveal(),
    routing_number: tender.routing,
    account_type: tender.accountType,
    account_holder_type: tender.holderType,
  };
  return { method_type: 'ACH', ach };
}

/** A card needs its postal code, a bank account its holder's name. */
function contactFor(tender: NewTender, contact: BillingContact): BillingContact {
  const [field, value] =
    tender.kind === 'card' ? (['postal_code', tender.postalCode] as const) : (['name', tender.holderName] as const);
  return value === null ? contact : { ...contact, [field]: value };
}
