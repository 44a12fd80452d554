/** Orders as the engine gives them to a processor, each under a key of its own and for a config of its own. */
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { createIds } from '../../src/core/ids.ts';
import { type Money, parseMoney } from '../../src/core/money.ts';
import type { ChargeOrder, ReverseOrder, Sent, TokenizeOrder, UpstreamOrder } from '../../src/core/processor.ts';
import { Secret } from '../../src/core/secret.ts';
import { type BankAccount, type Card, instrumentOf } from '../../src/core/tender.ts';

const ids = createIds({ sandbox: true, clock: systemClock });
const MINUTE_MS = 60_000;

/** Ten dollars from a card that the sandbox approves, a minute's time. */
export function chargeOrder(changes: Partial<ChargeOrder> = {}, clock: Clock = systemClock): ChargeOrder {
  return {
    ...tokenizeOrder({}, clock),
    payinId: ids.make('pyi'),
    money: usd('10.00'),
    mode: 'authorize_and_capture',
    partial: false,
    ...changes,
  };
}

export function tokenizeOrder(changes: Partial<TokenizeOrder> = {}, clock: Clock = systemClock): TokenizeOrder {
  return {
    attemptKey: `${ids.make('cfg')}#0`,
    chargeableId: ids.make('cfg'),
    account: null,
    upstream: null,
    paymentMethodId: ids.make('mtd'),
    channel: 'telephone_order',
    billingContact: { name: 'Test Caller', postal_code: '94107' },
    deadline: clock.now() + MINUTE_MS,
    tender: card('4242424242424242'),
    ...changes,
  };
}

/** What that order goes through, made by the id of its chargeable and a minute's time. */
export function upstreamOrder(order: ChargeOrder | TokenizeOrder, changes: Partial<UpstreamOrder> = {}): UpstreamOrder {
  const { chargeableId, account } = order;
  const about = { chargeableId, key: chargeableId, account, given: null, closed: null };
  const deadline = systemClock.now() + MINUTE_MS;
  return 'money' in order
    ? { ...about, kind: 'charge', money: order.money, mode: order.mode, partial: order.partial, deadline, ...changes }
    : { ...about, kind: 'tokenize', money: null, mode: 'authorize_and_capture', partial: false, deadline, ...changes };
}

/** Gives back what that charge took, as a whole unless the changes say otherwise. */
export function reverseOrder(charge: ChargeOrder, changes: Partial<ReverseOrder> = {}): ReverseOrder {
  const { attemptKey, chargeableId, account, upstream, payinId, money, deadline } = charge;
  const about = { attemptKey, chargeableId, account, upstream, payinId, money, deadline };
  return { ...about, kind: 'refund', reversalKey: ids.make('rfd'), reference: attemptKey, ...changes };
}

/** What the engine's records tell of an order once it was sent. */
export function sentBy(order: ChargeOrder | TokenizeOrder | ReverseOrder): Sent {
  const { chargeableId, account, upstream } = order;
  const about = { chargeableId, account, upstream, since: systemClock.now() - MINUTE_MS };
  if ('reversalKey' in order) {
    const { kind, reversalKey, money, attemptKey, reference } = order;
    const charge = { key: attemptKey, reference };
    return { ...about, kind, key: reversalKey, money, instrument: instrumentOf(card('4242424242424242')), charge };
  }
  const { tender, attemptKey } = order;
  const instrument = instrumentOf(tender.kind === 'stored' ? card('4242424242424242') : tender);
  const told = { key: attemptKey, instrument, charge: null };
  return 'money' in order
    ? { ...about, ...told, kind: 'charge', money: order.money }
    : { ...about, ...told, kind: 'tokenize', money: null };
}

export function card(number: string, securityCode: string | null = '737'): Card {
  return {
    kind: 'card',
    number: new Secret(number),
    expiry: { month: 12, year: 2030 },
    securityCode: securityCode === null ? null : new Secret(securityCode),
    postalCode: '94107',
  };
}

export function bankAccount(number: string, routing: string): BankAccount {
  return {
    kind: 'bank_account',
    account: new Secret(number),
    routing,
    accountType: 'CHECKING',
    holderType: 'PERSONAL',
    holderName: 'Test Caller',
  };
}

export function usd(text: string): Money {
  const money = parseMoney(text, 'USD');
  if (money === null) throw new Error(`${text} is not an amount`);
  return money;
}
