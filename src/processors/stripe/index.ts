/**
 * Stripe as a processor. Each chargeable has one intent, which succeeds once, and an attempt whose outcome nobody can tell
 * is abandoned by canceling it (exactly-once rule 5); the next goes through another. Decides which requests make a send,
 * and which of them moves money: one, under the key of the send; what stands before it is repeated freely.
 */
import type Stripe from 'stripe';
import type { Clock } from '../../core/clock.ts';
import type {
  CaptureOrder,
  ChargeOrder,
  Finding,
  Processor,
  ReverseOrder,
  SendOutcome,
  Sent,
  TokenizeOrder,
} from '../../core/processor.ts';
import type { Secret } from '../../core/secret.ts';
import { NOT_SENT, outcomeOf, UNKNOWN } from '../certainty.ts';
import type { Complain } from '../complaint.ts';
import type { Transport } from '../transport.ts';
import { type Call, createStripeApi, type Reply } from './api.ts';
import { confirmOptions, MARKS } from './bodies.ts';
import { declineCodeOf, namedDecline } from './declines.ts';
import { createLooks } from './look.ts';
import { findMethod, makeMethod } from './methods.ts';
import {
  ABSENT,
  captureFinding,
  confirmFinding,
  declined,
  isAvailable,
  isFree,
  OPEN,
  reversalFinding,
  setupFinding,
} from './outcomes.ts';
import { createUpstream } from './upstream.ts';

/** What it stands on. */
export interface StripeOptions {
  /** To Stripe's host; closed when the processor is closed. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly secretKey: Secret<string>;
  /** Whether the key is one of test mode. */
  readonly sandbox: boolean;
  /** Whether Stripe lets this account debit bank accounts that it has not verified. */
  readonly bankAccounts: boolean;
  readonly complain: Complain;
}

const TOO_LATE = declined('PROCESSING_ERROR');
const FOREIGN_TOKEN = declined('UNEXPECTED_PAYIN_TOKEN');

/** Keeps nothing between calls: several over one account act as one. */
export function createStripe(options: StripeOptions): Processor {
  const { transport, clock, secretKey, sandbox, bankAccounts, complain } = options;
  const api = createStripeApi(transport, secretKey, clock, complain);
  const looks = createLooks(api, clock, !sandbox);
  const prepare = createUpstream(api, !sandbox, bankAccounts ? ['card', 'us_bank_account'] : ['card']);

  async function charge(order: ChargeOrder): Promise<SendOutcome> {
    const { upstream, tender, attemptKey: key } = order;
    if (upstream === null) return NOT_SENT;
    const look = () => looks.find(order, { kind: 'charge', key });
    const method =
      tender.kind === 'stored' ? await findMethod(api, tender, order) : await makeMethod(api, tender, order);
    if (method.kind === 'foreign') return FOREIGN_TOKEN;
    if (method.kind !== 'data') return notBegun(method, look);
    const { id, type, customer } = method.data;
    const metadata = { [MARKS.attempt]: key };
    // Should it arrive late, it must not mark the charge of another: its key sees to that, and that it is waited for.
    const marked = await api.insist(callOf(order, `${key}/mark`), (stripe, options) =>
      stripe.paymentIntents.update(upstream, customer === null ? { metadata } : { metadata, customer }, options),
    );
    if (marked.kind !== 'data') return otherwise(marked, look);
    // That an intent which takes no attempt any more is not charged again must not rest on Stripe's refusal alone.
    if (!isFree(looks.answer(marked, order))) return outcomeOf(await look(), UNKNOWN);
    const reply = await api.ask(callOf(order, key), (stripe, options) =>
      stripe.paymentIntents.confirm(
        upstream,
        { payment_method: id, ...confirmOptions(type), error_on_requires_action: true, expand: ['latest_charge'] },
        options,
      ),
    );
    if (reply.kind !== 'data') return otherwise(reply, look);
    return outcomeOf(confirmFinding(looks.answer(reply, order), key), UNKNOWN);
  }

  async function tokenize(order: TokenizeOrder): Promise<SendOutcome> {
    const { upstream, attemptKey: key } = order;
    if (upstream === null) return NOT_SENT;
    const look = () => looks.find(order, { kind: 'tokenize', key });
    const method = await makeMethod(api, order.tender, order);
    if (method.kind !== 'data') return notBegun(method, look);
    const { id, type } = method.data;
    const reply = await api.ask(callOf(order, key), (stripe, options) =>
      stripe.setupIntents.confirm(
        upstream,
        { payment_method: id, ...confirmOptions(type), expand: ['payment_method'] },
        options,
      ),
    );
    if (reply.kind !== 'data') return otherwise(reply, look);
    return outcomeOf(setupFinding(looks.answer(reply, order), key), UNKNOWN);
  }

  async function capture(order: CaptureOrder): Promise<SendOutcome> {
    const { upstream, captureKey: key, money } = order;
    if (upstream === null) return NOT_SENT;
    const reply = await api.ask(callOf(order, key), (stripe, options) =>
      stripe.paymentIntents.capture(
        upstream,
        { amount_to_capture: money.amount, metadata: { [MARKS.capture]: key } },
        options,
      ),
    );
    if (reply.kind !== 'data') return otherwise(reply, () => looks.find(order, { kind: 'capture', key }));
    return outcomeOf(captureFinding(looks.answer(reply, order), key), UNKNOWN);
  }

  /** What was only authorized, or is on its way, is canceled; what was captured can only be refunded. */
  async function reverse(order: ReverseOrder): Promise<SendOutcome> {
    const { upstream, kind, reversalKey: key, money } = order;
    const payment = await looks.payment(order);
    if (upstream === null || payment === null) return NOT_SENT;
    if (kind === 'void' && isAvailable(payment)) return TOO_LATE;
    const look = () => looks.find(order, { kind, key });
    const { status } = payment.intent;
    if (kind === 'void' && (status === 'requires_capture' || status === 'processing')) {
      const reply = await cancel(upstream, callOf(order, key));
      return reply.kind === 'data' ? outcomeOf(await look(), UNKNOWN) : otherwise(reply, look);
    }
    const reply = await api.ask(callOf(order, key), (stripe, options) =>
      stripe.refunds.create(
        { payment_intent: upstream, amount: money.amount, metadata: { [MARKS.reversal]: key } },
        options,
      ),
    );
    if (reply.kind !== 'data') return otherwise(reply, look);
    const isAsked = reply.account === order.account;
    return outcomeOf(reversalFinding({ ...payment, isAsked }, [reply.data], { kind, key }), UNKNOWN);
  }

  const cancel = (upstream: string, call: Call) =>
    api.ask(call, (stripe, options) => stripe.paymentIntents.cancel(upstream, {}, options));

  /**
   * Bars the key first, so that between the look and the cancel nothing can be made that the cancel would undo; and an
   * intent that is canceled stays so when Stripe has forgotten the key.
   */
  async function abandon(sent: Sent): Promise<Finding> {
    const { upstream, kind } = sent;
    const found = await looks.find(sent, sent);
    if (found.kind !== 'absent' || upstream === null) return found;
    const barred = await bar(sent, upstream);
    const isBarred = barred.kind === 'data' && looks.answer(barred, sent).isAsked;
    const isKeyOnly = kind !== 'charge' && kind !== 'tokenize';
    if (isBarred && isKeyOnly) return ABSENT;
    if (isBarred) await close(sent, upstream);
    const seen = await looks.find(sent, sent);
    return seen.kind === 'absent' ? OPEN : seen;
  }

  /** Stripe binds an idempotency key to the first endpoint that it came with, and refuses it at every other. */
  function bar(sent: Sent, upstream: string): Promise<Reply<Stripe.PaymentIntent | Stripe.SetupIntent>> {
    const metadata = { [MARKS.barred]: sent.key };
    return api.ask<Stripe.PaymentIntent | Stripe.SetupIntent>(looks.call(sent, sent.key), (stripe, options) =>
      sent.kind === 'tokenize'
        ? stripe.setupIntents.update(upstream, { metadata }, options)
        : stripe.paymentIntents.update(upstream, { metadata }, options),
    );
  }

  function close(sent: Sent, upstream: string): Promise<Reply<unknown>> {
    if (sent.kind === 'charge') return cancel(upstream, looks.call(sent));
    return api.ask(looks.call(sent), (stripe, options) => stripe.setupIntents.cancel(upstream, {}, options));
  }

  return {
    name: 'stripe',
    sandbox,
    tenders: bankAccounts ? ['card', 'bank_account'] : ['card'],
    requires: { securityCode: false, postalCode: false, accountHolder: true },
    absence: 'abandon',
    takesAccount: (account) => account === null || /^acct_[0-9A-Za-z]{1,64}$/.test(account),
    settlesAfterMs: null,
    prepare,
    charge,
    tokenize,
    capture,
    reverse,
    lookup: (sent) => looks.find(sent, sent),
    abandon,
    async settled(sent) {
      const payment = await looks.payment(sent);
      return payment !== null && isAvailable(payment);
    },
    async ping() {
      const reply = await api.ask(looks.call({ account: null }), (stripe, options) =>
        stripe.paymentIntents.list({ limit: 1 }, options),
      );
      if (reply.kind !== 'data') throw new Error('Stripe does not answer, or not to this key');
    },
    async close() {
      transport.close();
    },
  };
}

const callOf = ({ account, deadline }: Pick<Call, 'account' | 'deadline'>, key: string | null): Call => ({
  account,
  key,
  deadline,
});

type NoData = Exclude<Reply<unknown>, { kind: 'data' }>;

/** As `otherwise`, where whatever became of the request changes nothing for anybody: what moves money was not sent. */
async function notBegun(reply: NoData, look: () => Promise<Finding>): Promise<SendOutcome> {
  return reply.kind === 'unknown' ? NOT_SENT : otherwise(reply, look);
}

/**
 * What to make of a request that was not answered with an object. One that was refused did nothing by itself; what another
 * under the same key has done is asked before it is told.
 */
async function otherwise(reply: NoData, look: () => Promise<Finding>): Promise<SendOutcome> {
  switch (reply.kind) {
    case 'not_sent':
      return NOT_SENT;
    case 'unknown':
      return UNKNOWN;
    case 'declined': {
      // The charge, where there is one, says more than the error does.
      const found = await look();
      return found.kind === 'declined' ? found : declined(declineCodeOf(reply.error));
    }
    case 'refused': {
      if (reply.error.status !== 400 && reply.error.status !== 402) return NOT_SENT;
      const code = namedDecline(reply.error);
      const certain = code === null ? NOT_SENT : declined(code);
      return outcomeOf(await look(), reply.keyTaken ? UNKNOWN : certain);
    }
  }
}
