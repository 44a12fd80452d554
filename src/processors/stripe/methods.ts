/**
 * Payment methods: what an intent is confirmed by. Decides whether a token can be charged, and by what a new tender is
 * sent; moves no money, so it is repeated freely while there is time.
 */
import type { ChargeOrder, StoredReference, TokenizeOrder } from '../../core/processor.ts';
import type { NewTender } from '../../core/tender.ts';
import type { Reply, StripeApi } from './api.ts';
import { methodBody } from './bodies.ts';

/** A payment method, and whose it is where it was kept. */
export interface Method {
  readonly id: string;
  readonly type: 'card' | 'us_bank_account';
  readonly customer: string | null;
}

/** A payment method of account data, made for one attempt. */
export async function makeMethod(
  api: StripeApi,
  tender: NewTender,
  order: ChargeOrder | TokenizeOrder,
): Promise<Reply<Method>> {
  const { account, deadline, attemptKey } = order;
  const body = methodBody(tender, order);
  const reply = await api.insist({ account, key: `${attemptKey}/method`, deadline }, (stripe, options) =>
    stripe.paymentMethods.create(body, options),
  );
  if (reply.kind !== 'data') return reply;
  const type = tender.kind === 'card' ? 'card' : 'us_bank_account';
  return { ...reply, data: { id: reply.data.id, type, customer: null } };
}

/** The payment method of a token; `foreign` where there is none of this account that is kept. */
export async function findMethod(
  api: StripeApi,
  { token }: StoredReference,
  { account, deadline }: ChargeOrder,
): Promise<Reply<Method> | { readonly kind: 'foreign' }> {
  const reply = await api.insist({ account, key: null, deadline }, (stripe, options) =>
    stripe.paymentMethods.retrieve(token, {}, options),
  );
  if (reply.kind === 'refused' && reply.error.status === 404) return { kind: 'foreign' };
  if (reply.kind !== 'data') return reply;
  const { id, type, customer } = reply.data;
  const holder = typeof customer === 'string' ? customer : (customer?.id ?? null);
  if (id !== token || holder === null || !isTaken(type)) return { kind: 'foreign' };
  return { ...reply, data: { id, type, customer: holder } };
}

const isTaken = (type: string): type is Method['type'] => type === 'card' || type === 'us_bank_account';
