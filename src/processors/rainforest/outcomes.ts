/**
 * What Rainforest's objects say about one send of ours. Decides whether a payin or a stored method is this send's, and
 * whether its word is a verdict. Null is no verdict yet; what is not ours is `closed`, where it used the config up.
 */
import type { Money } from '../../core/money.ts';
import { type Approval, type Finding, NO_CHECKS, type Sent, type Verdict } from '../../core/processor.ts';
import { METADATA } from './bodies.ts';
import { textAt } from './fields.ts';
import { isPaidWith, type Method, type Payin, type Refund, type Reversed } from './read.ts';

/** What an answer has to be about. */
export interface About extends Pick<Sent, 'chargeableId' | 'account' | 'upstream'> {
  /** Whose it is at Rainforest, by their id. */
  readonly merchantId: string | null;
  /** Whether its ids are the sandbox's. */
  readonly sandbox: boolean;
  /** The id of the payin, or of the method, where one was asked for; null where it is new. */
  readonly asked: string | null;
}

const CLOSED: Finding = { kind: 'closed' };
const OPEN: Finding = { kind: 'open' };
const ABSENT: Finding = { kind: 'absent' };

type Place = Pick<Approval, 'chargeableId' | 'account'>;

/** Whether an id is of the sandbox, or of production, as it should be. */
export const isOf = (sandbox: boolean, id: string): boolean => id.startsWith('sbx_') === sandbox;

/** Ours where the answer names what it should; else what it names, which the engine then finds to be something else. */
function placeOf(
  { chargeableId, account, upstream, merchantId, sandbox, asked }: About,
  said: Pick<Method, 'id' | 'configId' | 'merchantId'>,
): Place {
  const { id, configId } = said;
  const isObject = id !== null && isOf(sandbox, id) && (asked === null || id === asked);
  const ours = isObject ? chargeableId : `${id}`;
  return {
    chargeableId: configId === upstream ? ours : `${configId}`,
    account: said.merchantId === merchantId ? account : `${said.merchantId}`,
  };
}

const isOurs = (about: About, { chargeableId, account }: Place) =>
  chargeableId === about.chargeableId && account === about.account;

/** A yes about something else is the engine's to refuse; any other word about it is none. */
const believed = (told: Finding, about: About, place: Place): Finding =>
  told.kind === 'approved' || isOurs(about, place) ? told : OPEN;

/** A charge's; null too for a no about something else. */
export function payinVerdict(payin: Payin, about: About): Verdict | null {
  const { id: reference, methodId: token, meaning, checks, money, code } = payin;
  const place = placeOf(about, payin);
  if (meaning === 'approved') return { kind: 'approved', ...place, money, checks, token, reference };
  return meaning === 'declined' && isOurs(about, place) ? { kind: 'declined', code, checks, token, reference } : null;
}

/** A method without a merchant is every merchant's. */
const ownedBy = (method: Method, { merchantId }: About): Method => ({
  ...method,
  merchantId: method.merchantId ?? merchantId,
});

/** A tokenize's, as `payinVerdict`. */
export function methodVerdict(method: Method, about: About): Verdict | null {
  const { id: token, meaning, code } = method;
  const place = placeOf(about, ownedBy(method, about));
  const told = { checks: NO_CHECKS, token, reference: token };
  if (meaning === 'approved') return { kind: 'approved', ...place, money: null, ...told };
  return meaning === 'declined' && isOurs(about, place) ? { kind: 'declined', code, ...told } : null;
}

/** A capture's: `captureKey` is what we gave with it, and comes back in the payin's metadata. */
export function captureFinding(payin: Payin, about: About, captureKey: string): Finding {
  return believed(captureTold(payin, about, captureKey), about, placeOf(about, payin));
}

function captureTold(payin: Payin, about: About, captureKey: string): Finding {
  if (payin.status === 'AUTHORIZED') return ABSENT;
  if (payin.meaning === 'undone') return CLOSED;
  const verdict = payinVerdict(payin, about);
  if (verdict === null) return OPEN;
  if (verdict.kind === 'declined') return { ...verdict, token: null };
  if (textAt(payin.metadata, METADATA.capture) !== captureKey) return CLOSED;
  return { ...verdict, money: payin.captured, token: null };
}

/** What a void or a refund was answered. */
export function reversedVerdict(reversed: Reversed, about: About, payinId: string): Verdict | null {
  const { payinId: said, merchantId } = reversed;
  // The answer names no config: the payin stands for it.
  const id = reversed.id ?? payinId;
  const place = placeOf(about, { id, configId: said === payinId ? about.upstream : said, merchantId });
  const verdict = reversalVerdict(reversed, { ...place, reference: id });
  return verdict?.kind === 'declined' && !isOurs(about, place) ? null : verdict;
}

/** A void's, or a refund's: a payin is voided as a whole and once, refunds carry the key that we gave them. */
export function reversalFinding(payin: Payin, about: About, which: Pick<Sent, 'kind' | 'key'>): Finding {
  const place = placeOf(about, payin);
  return believed(reversalTold(payin, place, which), about, place);
}

function reversalTold(payin: Payin, place: Place, { kind, key }: Pick<Sent, 'kind' | 'key'>): Finding {
  if (kind === 'void' && payin.status === 'CANCELED')
    return approvalOf(payin.money, null, { ...place, reference: payin.id });
  // Where a payin settles in between, Rainforest makes a refund of what was sent as a void.
  const refund = payin.refunds.find(({ metadata }) => textAt(metadata, METADATA.reversal) === key);
  if (refund === undefined) return ABSENT;
  return reversalVerdict(refund, { ...place, reference: refund.id }) ?? OPEN;
}

type Told = Pick<Approval, 'chargeableId' | 'account' | 'reference'>;

function reversalVerdict(reversal: Omit<Refund, 'id' | 'metadata'>, told: Told): Verdict | null {
  const { meaning, code, money, authCode } = reversal;
  if (meaning === 'approved') return approvalOf(money, authCode, told);
  if (meaning !== 'declined') return null;
  return { kind: 'declined', code, checks: { ...NO_CHECKS, authCode }, token: null, reference: told.reference };
}

function approvalOf(money: Money | null, authCode: string | null, told: Told): Approval {
  return { kind: 'approved', ...told, money, checks: { ...NO_CHECKS, authCode }, token: null };
}

/** Whether what used the config up is this send, by what it was paid with: an attempt leaves no other mark. */
export function payinFinding(payin: Payin, about: About, sent: Pick<Sent, 'instrument'>): Finding {
  return believed(payinTold(payin, about, sent), about, placeOf(about, payin));
}

function payinTold(payin: Payin, about: About, { instrument }: Pick<Sent, 'instrument'>): Finding {
  if (isPaidWith(payin.paidWith, instrument)) return payinVerdict(payin, about) ?? OPEN;
  // A stored card is charged by its newest number, which is not the one that we know it by.
  const cannotTell = payin.source === 'API_STORED_PAYMENT_METHOD';
  const succeeded = payin.meaning === 'approved' || payin.meaning === 'undone';
  return succeeded && !cannotTell ? CLOSED : OPEN;
}

/** As `payinFinding`, of a stored method. */
export function methodFinding(method: Method, about: About, { instrument }: Pick<Sent, 'instrument'>): Finding {
  if (isPaidWith(method.paidWith, instrument)) return methodVerdict(method, about) ?? OPEN;
  return method.meaning === 'approved' ? believed(CLOSED, about, placeOf(about, ownedBy(method, about))) : OPEN;
}
