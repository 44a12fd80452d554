/**
 * Carts: handed over before a caller has chosen a tender, with the total of each kind frozen. Decides that the same words
 * make one cart, and how it stands; whose it is and what it costs is cart-terms.ts, what becomes of its payment is
 * cart-payments.ts. Paying one is a charge (pay.ts): a cart is one chargeable with one lock, whatever the tender.
 */
import type { CartCommand, CartCommandResult, CartResult, CartState, OpenCartCommand } from '../core/cart.ts';
import type { Cart } from '../core/cart-records.ts';
import { Refused } from '../core/errors.ts';
import { type CartId, type CartPaymentId, isCartId, makeCartId, makeCartPaymentId } from '../core/ids.ts';
import { refusal } from '../core/payment.ts';
import { type Attempt, StoreUnavailable } from '../core/store.ts';
import { CARD_BRANDS } from '../core/tender.ts';
import type { CartPayments } from './cart-payments.ts';
import { type CartTerms, createFindTerms } from './cart-terms.ts';
import type { EngineContext } from './context.ts';
import { readCart, withinReach } from './find-cart.ts';
import { idFor } from './idempotency.ts';
import type { Caller } from './join.ts';
import type { Reconciler } from './reconcile.ts';
import type { CheckSignature } from './signing-keys.ts';
import { busyCode } from './terms.ts';

/** Everything about carts but to pay them. */
export interface Carts {
  /** The result of a command; what a caller can do wrong is a refusal. @throws only for a defect */
  execute(command: CartCommand, caller: Caller): Promise<CartCommandResult>;
}

/** @param reconciler completes pointers that a crash left, so that no cart is shown as held that is free. */
export function createCarts(
  context: EngineContext,
  reconciler: Reconciler,
  payments: CartPayments,
  checkSignature: CheckSignature,
): Carts {
  const { store, ids, clock, log, settings } = context;
  const findTerms = createFindTerms(context);

  async function execute(command: CartCommand, caller: Caller): Promise<CartCommandResult> {
    const result = await answer(command, caller).catch((error: unknown) => {
      if (error instanceof Refused) return refusal(error.code, error.field);
      if (!(error instanceof StoreUnavailable)) throw error;
      log.event('store_error', { during: 'carts', reason: error.reason });
      return refusal('STORE_UNAVAILABLE');
    });
    log.event('cart', {
      request_id: caller.requestId,
      adapter: caller.adapter,
      command: command.kind,
      ...factsOf(result),
    });
    return result;
  }

  function answer(command: CartCommand, caller: Caller): Promise<CartCommandResult> {
    switch (command.kind) {
      case 'openCart':
        return open(command, caller);
      case 'findCart':
        return find(command.cartId, caller);
      case 'findPayment':
        return payments.find(command.paymentId, caller);
      case 'reversePayment':
        return payments.reverse(command, caller);
    }
  }

  async function open(given: OpenCartCommand, caller: Caller): Promise<CartResult> {
    const terms = await findTerms(given, caller.principal);
    await checkSignature(caller, terms.merchantId);
    const scope = [terms.merchantId, 'carts'];
    const request = { scope, key: given.transactionId, content: given, makes: makeCartId() };
    const id = await idFor(context, request, isCartId);
    return show((await readCart(store, id)) ?? (await insert(id, terms)));
  }

  async function insert(id: CartId, terms: CartTerms): Promise<Cart> {
    const validUntil = clock.now() + settings.cartLifetimeMs;
    const cart: Cart = {
      ...terms,
      id,
      kind: 'cart',
      rev: 0,
      paymentId: await drawPaymentId(id, validUntil),
      paymentMethodConfigId: ids.make('pmc'),
      methodMetadata: {},
      brands: CARD_BRANDS,
      requirePostalCode: false,
      requireSecurityCode: false,
      active: null,
      used: null,
      epoch: 0,
      claims: 0,
      billingContact: {},
      idempotencyKey: terms.transactionId,
      createdAt: clock.now(),
      validUntil,
      expiresAt: validUntil + settings.configRetentionMs,
    };
    if ((await store.apply({ insert: 'chargeables', record: cart })) === 1) return cart;
    return (await readCart(store, cart.id)) ?? cart;
  }

  /** A number that no other cart has. It is kept longer than the cart and its attempts are. */
  async function drawPaymentId(cart: CartId, validUntil: number): Promise<CartPaymentId> {
    const expiresAt = validUntil + settings.configRetentionMs + settings.attemptRetentionMs;
    for (;;) {
      const id = makeCartPaymentId();
      if ((await store.apply({ insert: 'cartPayments', record: { id, rev: 0, cart, expiresAt } })) === 1) return id;
    }
  }

  async function show(cart: Cart): Promise<CartResult> {
    const { chargeable, holder } = await reconciler.complete(cart);
    const paid = chargeable.used !== null;
    return {
      kind: 'cart',
      cartId: cart.id,
      state: stateOf(cart, chargeable, holder),
      paymentId: paid ? cart.paymentId : null,
      currency: cart.currency,
      amount: cart.amount,
      fees: cart.fees,
      expiresAt: cart.validUntil,
    };
  }

  function stateOf(
    { validUntil }: Cart,
    { used, active }: Pick<Cart, 'used' | 'active'>,
    holder: Attempt | null,
  ): CartState {
    if (used !== null) return 'paid';
    if (active !== null) return busyCode(holder) === 'OUTCOME_UNKNOWN' ? 'unknown' : 'paying';
    return clock.now() >= validUntil ? 'expired' : 'open';
  }

  async function find(id: string, caller: Caller): Promise<CartResult> {
    const cart = await withinReach(caller.principal, 'cart:read', () => readCart(store, id));
    if (cart === null) throw new Refused('CART_NOT_FOUND');
    await checkSignature(caller, cart.merchantId);
    return show(cart);
  }

  return { execute };
}

/** What the log may say of a result. */
function factsOf(result: CartCommandResult) {
  switch (result.kind) {
    case 'cart':
    case 'cartPayment':
      return { outcome: 'found', config_id: result.cartId } as const;
    case 'refused':
      return { outcome: 'refused', code: result.code, field: result.field } as const;
    case 'declined':
      return { outcome: 'declined', code: result.code } as const;
    case 'pending':
    case 'unknown':
      return { outcome: result.kind } as const;
  }
}
