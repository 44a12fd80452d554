/**
 * Ids in Rainforest's form: a prefix that names the kind, and 27 base-62 characters that sort by creation time, as a
 * KSUID's do (second 0 is 2014-05-13T16:53:20Z). In sandbox mode `sbx_` stands in front.
 */
import { createHash, randomFillSync, randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import { looksLikeCardNumber } from './tender.ts';

/** Rainforest, ID prefixes: the kinds that are made here, spelled out at their types below. */
export type IdPrefix = 'plt' | 'mid' | 'api' | 'cfg' | 'pmc' | 'pyi' | 'mtd' | 'rfd';

/** An id of one kind: `Id<'cfg'>` is a payin config's. */
export type Id<P extends IdPrefix> = string & { readonly kind: P };

/** `plt_`: who owns merchants and keys. Platforms share nothing. */
export type PlatformId = Id<'plt'>;
/** `mid_`: who is paid. */
export type MerchantId = Id<'mid'>;
/** `api_`: names a key and is not the key; it may be shown and logged. */
export type ApiKeyId = Id<'api'>;
/** `cfg_`: a charge that was allowed beforehand. */
export type PayinConfigId = Id<'cfg'>;
/** `pmc_`: a payment method that may be stored. */
export type PaymentMethodConfigId = Id<'pmc'>;
/** `pyi_`: a charge that was sent, whatever became of it. */
export type PayinId = Id<'pyi'>;
/** `mtd_`: a tender that the processor keeps. */
export type PaymentMethodId = Id<'mtd'>;
/** `rfd_`: what was given back of a payin. */
export type RefundId = Id<'rfd'>;

/** A cart's id: a UUID, as the integrators of carts know it. */
export type CartId = string & { readonly kind: 'cart' };
/** The number of a cart's payment, to be read aloud and written down: a capital letter and ten digits. */
export type CartPaymentId = string & { readonly kind: 'cart payment' };

const SUFFIX = /^(?:sbx_)?([a-z]{3})_[0-9A-Za-z]{27}$/;

/** Whether the text has the form of an id of this kind, in production or sandbox. */
export function isId<P extends IdPrefix>(prefix: P, text: unknown): text is Id<P> {
  return typeof text === 'string' && SUFFIX.exec(text)?.[1] === prefix;
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KSUID_EPOCH_SECONDS = 1_400_000_000;
const TIME_LENGTH = 6;
const RANDOM_LENGTH = 21;

/** Text of `length` characters, each drawn evenly from `alphabet` (at most 256 characters). */
export function randomText(alphabet: string, length: number): string {
  const evenBelow = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    const byte = randomByte();
    if (byte < evenBelow) text += alphabet[byte % alphabet.length];
  }
  return text;
}

// Random bytes are drawn by the page: a system call per byte would cost more than the rest of an id.
const page = Buffer.alloc(4096);
let drawn = page.length;

function randomByte(): number {
  if (drawn === page.length) {
    randomFillSync(page);
    drawn = 0;
  }
  const byte = page[drawn] as number;
  page[drawn++] = 0;
  return byte;
}

function timeText(ms: number): string {
  let seconds = Math.floor(ms / 1000) - KSUID_EPOCH_SECONDS;
  let text = '';
  for (let i = 0; i < TIME_LENGTH; i++) {
    text = DIGITS[seconds % 62] + text;
    seconds = Math.floor(seconds / 62);
  }
  return text;
}

/** Makes ids that never repeat (125 random bits) and sort by the second in which they were made. */
export interface Ids {
  make<P extends IdPrefix>(prefix: P): Id<P>;
}

/** @param options.sandbox puts `sbx_` in front, so that an id tells whether its money was real. */
export function createIds(options: { sandbox: boolean; clock: Clock }): Ids {
  const lead = options.sandbox ? 'sbx_' : '';
  return {
    make: <P extends IdPrefix>(prefix: P) =>
      `${lead}${prefix}_${timeText(options.clock.now())}${randomText(DIGITS, RANDOM_LENGTH)}` as Id<P>,
  };
}

const CODE_LETTERS = '234679FKLMRW';
const CODE_LENGTH = 8;

/**
 * Eight characters that a caller can read back: none of the twelve looks or sounds like another (one was kept of each
 * such group: 2QU, 3BCDEGPTVZ, 9 5IY, 8AHJK as K, FSX as F, MN as M, 1IL as L). 4.3e8 codes, spread evenly over the seeds.
 * @param seed the same seed gives the same code, so that two processes which settle one payment name it alike.
 */
export function makeConfirmationCode(seed: string): string {
  let rest = createHash('sha256').update(seed).digest().readUIntBE(0, 6);
  let code = '';
  while (code.length < CODE_LENGTH) {
    code += CODE_LETTERS[rest % CODE_LETTERS.length];
    rest = Math.floor(rest / CODE_LETTERS.length);
  }
  return code;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether the text has the form of a cart's id. */
export function isCartId(text: unknown): text is CartId {
  return typeof text === 'string' && UUID.test(text);
}

/** A new cart's id: a random UUID, drawn again where its digits could be taken for a card number. */
export function makeCartId(): CartId {
  for (;;) {
    const id = randomUUID();
    // With blanks: in its own form a UUID is taken for none, and whoever else scans for cards may not know that form.
    if (isCartId(id) && !looksLikeCardNumber(id.replaceAll('-', ' '))) return id;
  }
}

const CART_PAYMENT_ID = /^[A-Z][0-9]{10}$/;

/** Whether the text has the form of the number of a cart's payment. */
export function isCartPaymentId(text: string): text is CartPaymentId {
  return CART_PAYMENT_ID.test(text);
}

/** Draws the number of a cart's payment: 2.6e11 of them, so whoever needs one that is free draws until it is. */
export function makeCartPaymentId(): CartPaymentId {
  return `${randomText('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 1)}${randomText('0123456789', 10)}` as CartPaymentId;
}
