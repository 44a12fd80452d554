/**
 * How a payment ends whose process died or slept: the provider repeats, nobody does, or the caller redials. Three
 * payments meet the same fate, so that each ending has one of its own.
 */
import { expect } from 'chai';
import type { Store } from '../../src/core/store.ts';
import { eventually } from '../support/eventually.ts';
import type { Moment } from '../support/moments.ts';
import type { Oracle } from '../support/oracle.ts';
import {
  api,
  chargeBody,
  DECLINED_VISA,
  type Door,
  payinConfig,
  paymentMethodConfig,
  tokenizeBody,
} from '../support/twilio.ts';

export const KINDS = ['charge', 'decline', 'tokenize'] as const;
export type Kind = (typeof KINDS)[number];

/** Where the payments of each kind are when it happens: at all of these moments, for some writes go side by side. */
export type Moments = Readonly<Partial<Record<Kind, readonly Moment[]>>>;

export interface Payment {
  readonly kind: Kind;
  readonly transaction: string;
  readonly config: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export const ENDINGS = 3;
export const ENDS_WITHIN_MS = 10_000;

export async function preparePayment(door: Door, kind: Kind, transaction: string): Promise<Payment> {
  const config = await (kind === 'tokenize' ? paymentMethodConfig(door) : payinConfig(door));
  return { kind, transaction, config, body: bodyOf(kind, transaction, config) };
}

export function preparePayments(door: Door, kind: Kind, name: string): Promise<readonly Payment[]> {
  return Promise.all(Array.from({ length: ENDINGS }, (_, i) => preparePayment(door, kind, `${name} ${i}`)));
}

/** The same caller once more, as the provider sees it: another transaction for the same config, with a good card. */
export function anotherCall({ kind, transaction, config }: Payment, nth: number): Payment {
  const good = kind === 'tokenize' ? 'tokenize' : 'charge';
  const redialled = `${transaction} redial ${nth}`;
  return { kind: good, transaction: redialled, config, body: bodyOf(good, redialled, config) };
}

function bodyOf(kind: Kind, transaction: string, config: string): Record<string, unknown> {
  const changes = { transaction_id: transaction };
  if (kind === 'tokenize') return tokenizeBody(config, changes);
  return chargeBody(config, kind === 'decline' ? { ...changes, cardnumber: DECLINED_VISA } : changes);
}

/** The repeat hears the outcome, and the next one the same bytes. */
export async function repeat(oracle: Oracle, door: Door, payment: Payment): Promise<void> {
  const reply = await oracle.deliver(door, payment.body);
  expect(reply?.body.error_code).to.equal(payment.kind === 'decline' ? 'DECLINED' : null);
  expect((await oracle.deliver(door, payment.body))?.text).to.equal(reply?.text);
}

/** Somebody finds out what became of it. */
export async function resolve(store: Store, payment: Payment): Promise<void> {
  await eventually(async () => {
    const attempt = await store.find('attempts', 'transactionId', payment.transaction);
    expect(attempt?.state ?? 'not_sent').to.be.oneOf(['approved', 'declined', 'not_sent']);
  }, ENDS_WITHIN_MS);
}

/** Another call for the same config: it pays, or hears that the config was paid. */
export async function redial(oracle: Oracle, door: Door, payment: Payment): Promise<void> {
  let redials = 0;
  const code = await eventually(async () => {
    const { body } = anotherCall(payment, ++redials);
    const told = (await oracle.deliver(door, body))?.body.error_code;
    expect(told).to.be.oneOf([null, 'PAYIN_CONFIG_USED', 'PAYMENT_METHOD_CONFIG_USED']);
    return told;
  }, ENDS_WITHIN_MS);
  if (payment.kind === 'decline') expect(code).to.equal(null);
  const path = payment.kind === 'tokenize' ? '/v1/payment_method_configs/' : '/v1/payin_configs/';
  expect(await api(door, 'GET', `${path}${payment.config}`)).to.not.have.property('payin', null);
}
