/**
 * Rainforest as a processor. Its payins have no idempotency key, its configs do, and a config can succeed once: so every
 * attempt of a chargeable goes through one config, and after a doubt that config tells (exactly-once rule 5). Decides which
 * request asks for what, and what a refusal of one that moves money means. Nothing is repeated here but what moves none.
 */
import type { Clock } from '../../core/clock.ts';
import type { DeclineCode } from '../../core/errors.ts';
import {
  type CaptureOrder,
  type ChargeOrder,
  type Finding,
  NO_CHECKS,
  type Processor,
  type ReverseOrder,
  type SendOutcome,
  type Sent,
  type TokenizeOrder,
} from '../../core/processor.ts';
import { NOT_SENT, outcomeOf, UNKNOWN } from '../certainty.ts';
import type { Complain } from '../complaint.ts';
import type { Transport } from '../transport.ts';
import { type Call, createApi, inTime, type RainforestKeys, type Reply } from './api.ts';
import { METADATA, tenderBody } from './bodies.ts';
import { objectAt, textAt } from './fields.ts';
import {
  type About,
  captureFinding,
  isOf,
  methodFinding,
  methodVerdict,
  payinFinding,
  payinVerdict,
  reversalFinding,
  reversedVerdict,
} from './outcomes.ts';
import { type Payin, readMethod, readPayin, readReversed } from './read.ts';
import { createUpstream } from './upstream.ts';

/** What it stands on. */
export interface RainforestOptions {
  /** To the host of the environment; closed when the processor is closed. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly keys: RainforestKeys;
  readonly platformId: string;
  /** Whose payments those of merchants without an account of their own are; null: nobody's, and they are refused. */
  readonly merchantId: string | null;
  readonly sandbox: boolean;
  readonly complain: Complain;
}

const ABSENT = { kind: 'absent' } as const satisfies Finding;
const OPEN = { kind: 'open' } as const satisfies Finding;
const UNAVAILABLE = { kind: 'unavailable' } as const satisfies Finding;

const declined = (code: DeclineCode) =>
  ({ kind: 'declined', code, checks: NO_CHECKS, token: null, reference: null }) as const satisfies Finding;
/** Rainforest, Merchants: a `merchant_id`. */
const ACCOUNT = /^(?:sbx_)?mid_[0-9A-Za-z]{1,64}$/;
/** Rainforest, Stored methods: one that is not ACTIVE is refused with a 400 that names it. */
const TOKEN_REFUSED = declined('UNEXPECTED_PAYIN_TOKEN');
const TOO_LATE = declined('PROCESSING_ERROR');

/** Keeps nothing between calls: several over one account act as one. */
export function createRainforest(options: RainforestOptions): Processor {
  const { transport, clock, keys, sandbox, complain, ...owner } = options;
  const api = createApi(transport, keys, complain);
  const merchantOf = (account: string | null) => account ?? owner.merchantId;
  const prepare = createUpstream(api, clock, { platformId: owner.platformId, merchantOf, sandbox }, complain);

  const aboutOf = (
    { chargeableId, account, upstream }: Pick<Sent, 'chargeableId' | 'account' | 'upstream'>,
    asked: string | null = null,
  ): About => ({ chargeableId, account, upstream, merchantId: merchantOf(account), sandbox, asked });

  const post = (path: Call['path'], body: object, { account, deadline }: Pick<Call, 'account' | 'deadline'>) =>
    api({ method: 'POST', path, key: 'payin', body, account, deadline });

  const read = (path: Call['path'], account: string | null, key: Call['key'] = 'payin') =>
    inTime(clock, api({ method: 'GET', path, key, body: null, account, deadline: Number.POSITIVE_INFINITY }));

  async function charge(order: ChargeOrder): Promise<SendOutcome> {
    const { tender, upstream } = order;
    if (upstream === null) return NOT_SENT;
    const body = { payin_config_id: upstream };
    const reply =
      tender.kind === 'stored'
        ? await post(`/v1/payment_methods/${encodeURIComponent(tender.token)}/payin`, body, order)
        : await post('/v1/payins', { ...body, ...tenderBody({ ...order, tender }) }, order);
    if (reply.kind === 'data') return payinVerdict(readPayin(reply.data), aboutOf(order)) ?? UNKNOWN;
    return otherwise(reply, async () => {
      const used = await usedBy('payin', order);
      if (used.kind !== 'absent') return used.kind === 'id' ? OPEN : used;
      const refusesToken = reply.kind === 'refused' && reply.fields.includes('payment_method_id');
      return tender.kind === 'stored' && refusesToken ? TOKEN_REFUSED : used;
    });
  }

  async function tokenize(order: TokenizeOrder): Promise<SendOutcome> {
    const { upstream } = order;
    if (upstream === null) return NOT_SENT;
    const body = { payment_method_config_id: upstream, ...tenderBody(order) };
    const reply = await post('/v1/payment_methods', body, order);
    if (reply.kind === 'data') return methodVerdict(readMethod(reply.data), aboutOf(order)) ?? UNKNOWN;
    return otherwise(reply, async () => {
      const used = await usedBy('payment_method', order);
      return used.kind === 'id' ? OPEN : used;
    });
  }

  async function capture(order: CaptureOrder): Promise<SendOutcome> {
    const { reference, captureKey, money, account } = order;
    if (reference === null) return NOT_SENT;
    const body = { amount: money.amount, metadata: { [METADATA.capture]: captureKey } };
    const reply = await post(`/v1/payins/${encodeURIComponent(reference)}/capture`, body, order);
    const findingOf = (payin: Payin) => captureFinding(payin, aboutOf(order, reference), captureKey);
    if (reply.kind === 'data') return outcomeOf(findingOf(readPayin(reply.data)), UNKNOWN);
    return otherwise(reply, () => lookAt(reference, account, findingOf));
  }

  async function reverse(order: ReverseOrder): Promise<SendOutcome> {
    const { reference, kind, reversalKey: key, money, account } = order;
    if (reference === null) return NOT_SENT;
    if (kind === 'void') {
      // Sent after the payin has settled it would be a refund.
      const before = await payinOf(reference, account);
      if (before?.id !== reference) return NOT_SENT;
      if (before.status === 'SUCCEEDED') return TOO_LATE;
    }
    const body = {
      idempotency_key: key,
      amount: money.amount,
      reason: 'REQUESTED_BY_CUSTOMER',
      metadata: { [METADATA.reversal]: key },
    };
    const reply = await post(`/v1/payins/${encodeURIComponent(reference)}/void_or_refund`, body, order);
    if (reply.kind === 'data') return reversedVerdict(readReversed(reply.data), aboutOf(order), reference) ?? UNKNOWN;
    return otherwise(reply, () =>
      lookAt(reference, account, (payin) => reversalFinding(payin, aboutOf(order, reference), { kind, key })),
    );
  }

  async function lookup(sent: Sent): Promise<Finding> {
    const { kind, key, charge, account } = sent;
    const aboutCharge = aboutOf(sent, charge?.reference);
    switch (kind) {
      case 'charge':
        return withUsed('payin', sent, (id) =>
          lookAt(id, account, (payin) => payinFinding(payin, aboutOf(sent, id), sent)),
        );
      case 'tokenize':
        return withUsed('payment_method', sent, async (id) => {
          const reply = await read(`/v1/payment_methods/${encodeURIComponent(id)}`, account);
          return reply.kind === 'data' ? methodFinding(readMethod(reply.data), aboutOf(sent, id), sent) : UNAVAILABLE;
        });
      case 'capture':
        return lookAt(charge?.reference, account, (payin) => captureFinding(payin, aboutCharge, key));
      case 'void':
      case 'refund':
        return lookAt(charge?.reference, account, (payin) => reversalFinding(payin, aboutCharge, sent));
    }
  }

  async function withUsed(
    what: Made,
    sent: Pick<Sent, 'upstream' | 'account'>,
    find: (id: string) => Promise<Finding>,
  ): Promise<Finding> {
    const used = await usedBy(what, sent);
    return used.kind === 'id' ? find(used.id) : used;
  }

  /** What the config has succeeded with, by its id. */
  async function usedBy(
    what: Made,
    { upstream, account }: Pick<Sent, 'upstream' | 'account'>,
  ): Promise<{ readonly kind: 'id'; readonly id: string } | typeof ABSENT | typeof UNAVAILABLE> {
    if (upstream === null) return ABSENT;
    const reply = await read(`/v1/${what}_configs/${encodeURIComponent(upstream)}`, account, 'config');
    if (reply.kind !== 'data' || textAt(reply.data, `${what}_config_id`) !== upstream) return UNAVAILABLE;
    if (reply.data[what] === null) return ABSENT;
    const made = objectAt(reply.data, what);
    const id = made === null ? null : textAt(made, `${what}_id`);
    return id === null ? UNAVAILABLE : { kind: 'id', id };
  }

  async function lookAt(
    payinId: string | null | undefined,
    account: string | null,
    find: (payin: Payin) => Finding,
  ): Promise<Finding> {
    const payin = payinId == null ? null : await payinOf(payinId, account);
    return payin === null ? UNAVAILABLE : find(payin);
  }

  async function payinOf(payinId: string, account: string | null): Promise<Payin | null> {
    const reply = await read(`/v1/payins/${encodeURIComponent(payinId)}`, account);
    return reply.kind === 'data' ? readPayin(reply.data) : null;
  }

  return {
    name: 'rainforest',
    sandbox,
    tenders: ['card', 'bank_account'],
    requires: { securityCode: false, postalCode: true, accountHolder: true },
    absence: 'once',
    takesAccount: (account) =>
      account === null ? owner.merchantId !== null : ACCOUNT.test(account) && isOf(sandbox, account),
    settlesAfterMs: null,
    prepare,
    charge,
    tokenize,
    capture,
    reverse,
    lookup,
    async settled(sent) {
      const used = await usedBy('payin', sent);
      if (used.kind !== 'id') return false;
      const payin = await payinOf(used.id, sent.account);
      return payin?.id === used.id && payin.status === 'SUCCEEDED';
    },
    async ping() {
      const reply = await read('/v1/payins?limit=1', null);
      if (reply.kind !== 'data') throw new Error('Rainforest does not answer, or not to these keys');
    },
    async close() {
      transport.close();
    },
  };
}

/** What a config makes: the name of the property that tells it, and of the id in that. */
type Made = 'payin' | 'payment_method';

/**
 * What to make of a request that moves money and was not answered with an object. A 400 certainly did nothing by itself;
 * whether something else had is asked before it is told.
 */
async function otherwise(reply: Reply, look: () => Promise<Finding>): Promise<SendOutcome> {
  if (reply.kind === 'refused') return reply.status === 400 ? outcomeOf(await look(), NOT_SENT) : NOT_SENT;
  return reply.kind === 'not_sent' ? NOT_SENT : UNKNOWN;
}
