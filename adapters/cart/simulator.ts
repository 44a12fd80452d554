/**
 * The cart API's client from the outside: an integrator's IVR that asks for a token, hands a cart over, reads the totals
 * to the caller, posts the tender, and after a lost answer looks the cart up before it sends anything again. Here: which
 * request comes next, and how a call ends; the requests are requests.ts.
 *
 * Source: PaymentExpress, "Taking payments by voice", https://docs.gsg.tech/docs/taking-payments-by-voice. The source has
 * no patience, no number of tries and no word on a second tender: those are ours, as is what docs/carts.md marks so.
 */
import type {
  BodyForm,
  Call,
  Ending,
  Exchange,
  Login,
  Next,
  Simulator,
  Step,
  WireReply,
} from '../../src/core/simulator.ts';
import { lastReply } from '../../src/core/simulator.ts';
import type { NewTender } from '../../src/core/tender.ts';
import { dialogue, objectOf } from '../shared/simulated-pay.ts';
import { TENDER_TYPES } from './names.ts';
import {
  type Fees,
  LOOK,
  lookRequest,
  openRequest,
  PLAIN,
  payRequest,
  TOKEN,
  tokenRequest,
  type Words,
} from './requests.ts';
import { snippet } from './snippet.ts';

/** Longer than our server lets a client wait, so that its "not yet" arrives. */
const PERSISTENCE = { deliveryMs: 11_000, deliveries: 3 };
/** An outcome that is open for longer is for people. */
const MAX_REQUESTS = 30;

/** A cart as it was handed over. */
interface Cart {
  readonly id: string;
  readonly fees: { readonly [type: string]: Fees };
}

/** The client's way, in these words. */
function next(words: Words): Next {
  return (call, login, before) => {
    if (before.length >= MAX_REQUESTS || silences(before) >= PERSISTENCE.deliveries) return null;
    const token = tokenOf(login, before);
    if (token === null) return answersTo(before, TOKEN).length > 0 ? null : tokenRequest(login);
    const opened = before.find(({ request, reply }) => request.path === words.openPath && reply !== null);
    if (opened === undefined) return openRequest(words, call, token);
    const cart = cartOf(opened.reply);
    const last = before.at(-1);
    if (cart === null || last === undefined) return null;
    const tender = tenderNow(call, before);
    const fees = cart.fees[TENDER_TYPES[tender.kind]];
    if (fees === undefined) return null;
    if (last.reply === null) return last.request.pays || isLook(last) ? lookRequest(cart.id, token, false) : null;
    switch (standingOf(last, call, before)) {
      case 'to be paid':
        return payRequest(words, cart.id, token, tender, fees);
      case 'open yet':
        return lookRequest(cart.id, token, true);
      case 'over':
        return null;
    }
  };
}

/** What the last reply leaves to be done. */
function standingOf(last: Exchange, call: Call, before: readonly Exchange[]): 'to be paid' | 'open yet' | 'over' {
  const { paymentId, status, cartId } = fieldsOf(last.reply);
  if (typeof paymentId === 'string') return 'over';
  if (status === 'paying' || status === 'unknown') return 'open yet';
  if (typeof cartId === 'string') return status === undefined || status === 'open' ? 'to be paid' : 'over';
  const isFirstDecline = isDecline(last) && before.filter(isDecline).length === 1;
  return isFirstDecline && call.thenTender !== null ? 'to be paid' : 'over';
}

/** A payment that failed for the tender's sake leaves the cart open. */
function isDecline({ request, reply }: Exchange): boolean {
  return request.pays && reply?.status === 200 && typeof fieldsOf(reply)['errorCode'] === 'string';
}

function tenderNow({ tender, thenTender }: Call, before: readonly Exchange[]): NewTender {
  return thenTender !== null && before.some(isDecline) ? thenTender : tender;
}

const isLook = ({ request }: Exchange): boolean => request.method === 'GET' && request.path.startsWith(LOOK);

/** How many requests in a row were not answered, up to the last. */
function silences(before: readonly Exchange[]): number {
  const heard = before.findLastIndex(({ reply }) => reply !== null);
  return before.length - 1 - heard;
}

function answersTo(before: readonly Exchange[], path: string): readonly WireReply[] {
  return before.flatMap(({ request, reply }) => (request.path === path && reply !== null ? [reply] : []));
}

/** Without a client id the key itself takes the token's place, which is ours. */
function tokenOf({ username, password }: Login, before: readonly Exchange[]): string | null {
  if (username === '') return password.reveal();
  const token = answersTo(before, TOKEN).map((reply) => fieldsOf(reply)['access_token'])[0];
  return typeof token === 'string' ? token : null;
}

function cartOf(reply: WireReply | null): Cart | null {
  const { cartId, fees } = fieldsOf(reply);
  if (typeof cartId !== 'string' || typeof fees !== 'object' || fees === null) return null;
  const offered = Object.entries(fees).flatMap(([type, told]) => {
    const { primary, fee, total } = Object(told);
    return [primary, fee, total].every((amount) => typeof amount === 'string') ? [[type, { primary, fee, total }]] : [];
  });
  return { id: cartId, fees: Object.fromEntries(offered) };
}

const fieldsOf = (reply: WireReply | null) => objectOf(reply?.body ?? null) ?? {};

/** By the body, never by the status alone. A client that was told nothing but "not yet" has a code of ours for it. */
function ending(call: Call, exchanges: readonly Exchange[]): Ending {
  const reply = lastReply(exchanges);
  if (reply === null) return { verdict: 'silent', id: null, code: null, notices: [] };
  const { paymentId, errorCode, error, status, cartId } = fieldsOf(reply);
  if (typeof paymentId === 'string') return { verdict: 'approved', id: paymentId, code: null, notices: [] };
  const offered = cartOf(reply)?.fees[TENDER_TYPES[call.tender.kind]] !== undefined;
  const untaken = typeof cartId === 'string' && !offered ? 'no fee for this tender' : undefined;
  const code = [errorCode, error, status, untaken].find((one) => typeof one === 'string');
  return typeof code === 'string'
    ? { verdict: 'failed', id: null, code, notices: [] }
    : { verdict: 'malformed', id: null, code: null, notices: [] };
}

/** What the source's page asks of replies to a cart and to a payment. */
function faults(_call: Call, { request, reply }: Exchange): readonly string[] {
  if (reply === null) return [];
  const { paymentId, cartId, errorCode, errorMessage, displayMessage } = fieldsOf(reply);
  const failed = errorCode !== undefined;
  const found = {
    'the Content-Type is not application/json': !/^application\/json\b/i.test(reply.contentType ?? ''),
    'the cart has no total for any tender':
      typeof cartId === 'string' && Object.keys(cartOf(reply)?.fees ?? {}).length === 0,
    [`the status of a payment is ${reply.status}`]: request.pays && paymentId !== undefined && reply.status !== 200,
    'errorCode is not a word': failed && (typeof errorCode !== 'string' || errorCode === ''),
    'errorMessage says nothing': failed && (typeof errorMessage !== 'string' || errorMessage === ''),
    'displayMessage says nothing': failed && (typeof displayMessage !== 'string' || displayMessage === ''),
    'a paymentId stands beside an errorCode': failed && paymentId !== undefined,
  };
  return Object.entries(found).flatMap(([fault, is]) => (is ? [fault] : []));
}

const SPOKEN = { CreditCard: 'with a card', ECheck: 'from a bank account' } as const;

/** The IVR's own words: the totals once they are known, the tender's digits, and what it was told to say. */
function steps(call: Call, exchanges: readonly Exchange[]): readonly Step[] {
  const cart = exchanges.map(({ reply }) => cartOf(reply)).find((one) => one !== null);
  if (cart === undefined || cart === null) return said(exchanges);
  const chosen = TENDER_TYPES[call.tender.kind];
  const offers = Object.entries(SPOKEN).flatMap(([type, way], place) => {
    const fees = cart.fees[type];
    return fees === undefined
      ? []
      : [{ type, key: String(place + 1), text: `${fees.total} ${way}, press ${place + 1}` }];
  });
  const menu: Step = {
    name: 'totals',
    hears: `To pay ${offers.map(({ text }) => text).join('; ')}.`,
    keys: offers.find(({ type }) => type === chosen)?.key ?? '',
  };
  const firstDecline = exchanges.findIndex(isDecline);
  const [before, after] = [exchanges.slice(0, firstDecline + 1), exchanges.slice(firstDecline + 1)];
  const { thenTender } = call;
  const again =
    before.length > 0 && thenTender !== null && after.some(pays)
      ? [...said(before), ...keyed({ ...call, tender: thenTender })]
      : [];
  return [menu, ...(exchanges.some(pays) ? keyed(call) : []), ...again, ...said(exchanges)];
}

const pays = ({ request }: Exchange): boolean => request.pays;

/** The source's card has no postal code. */
function keyed(call: Call): readonly Step[] {
  return dialogue(call, [
    'payment-card-number',
    'expiration-date',
    'security-code',
    'bank-routing-number',
    'bank-account-number',
  ]);
}

/** What the last reply has for the caller. */
function said(exchanges: readonly Exchange[]): readonly Step[] {
  const { displayMessage, paymentId } = fieldsOf(lastReply(exchanges));
  if (typeof paymentId === 'string') {
    return [{ name: 'receipt', hears: `Thank you. Your receipt number is ${paymentId}.`, keys: '' }];
  }
  return typeof displayMessage === 'string' ? [{ name: 'refused', hears: displayMessage, keys: '' }] : [];
}

const same = (call: Call): Call => call;
const FORMS: readonly BodyForm[] = [
  { name: 'a security code as text', of: same, next: next({ ...PLAIN, codeAsText: true }) },
  { name: 'an amount as a JSON number', of: same, next: next({ ...PLAIN, amountAsNumber: true }) },
  { name: 'a cart without what is optional', of: same, next: next({ ...PLAIN, optional: false }) },
  { name: 'a cart of two items', of: same, next: next({ ...PLAIN, items: 2 }) },
  { name: 'a field that no page names', of: same, next: next({ ...PLAIN, more: { x_hint: 'none' } }) },
];

/** PaymentExpress' voice integration, as an IVR has it. */
export const cartSimulator: Simulator = {
  name: 'cart',
  path: '/api/v1',
  tenders: ['card', 'bank_account'],
  operations: ['charge'],
  pays: 'cart',
  asksAgain: true,
  persistence: PERSISTENCE,
  forms: FORMS,
  next: next(PLAIN),
  steps,
  remarks: () => [],
  ending,
  faults,
  snippet,
};
