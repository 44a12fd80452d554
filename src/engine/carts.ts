/**
 * Carts: handed over before a caller has chosen a tender, with the total of each kind frozen. Decides whose a cart is,
 * what it may hold, what its fees are, how it stands and what is shown of its payment. Paying one is a charge (pay.ts):
 * a cart is one chargeable with one lock, whatever the tender.
 */
import type {
  CartCommand,
  CartCommandResult,
  CartPaymentResult,
  CartResult,
  CartState,
  OpenCartCommand,
} from '../core/cart.ts';
import { Refused } from '../core/errors.ts';
import { type FeeRules, feeOf, type PerTender } from '../core/fees.ts';
import { isCartId, isCartPaymentId, isId, type MerchantId, makeCartId, makeCartPaymentId } from '../core/ids.ts';
import { refusal } from '../core/payment.ts';
import { holds, mayReach, merchantsWithin, type Permission, type Principal } from '../core/principal.ts';
import { type Attempt, type Cart, type FeeSchedule, type Merchant, StoreUnavailable } from '../core/store.ts';
import { CARD_BRANDS, TENDER_KINDS, type TenderKind } from '../core/tender.ts';
import type { EngineContext } from './context.ts';
import { locationIdOf } from './fee-schedules.ts';
import { idFor } from './idempotency.ts';
import { storableId } from './identity.ts';
import type { Caller } from './join.ts';
import type { Reconciler } from './reconcile.ts';
import { busyCode, checkStorable } from './terms.ts';

/** Everything about carts but to pay them. */
export interface Carts {
  /** The result of a command; what a caller can do wrong is a refusal. @throws only for a defect */
  execute(
    command: CartCommand,
    caller: Pick<Caller, 'principal' | 'adapter' | 'requestId'>,
  ): Promise<CartCommandResult>;
}

const NO_FEE = { fixed: 0, rate: 0, least: 0, most: null };
/** Of a merchant without a schedule. */
const NO_FEES: FeeRules = { card: NO_FEE, bank_account: NO_FEE };

/** @param reconciler completes pointers that a crash left, so that no cart is shown as held that is free. */
export function createCarts(context: EngineContext, reconciler: Reconciler): Carts {
  const { store, processor, ids, clock, log, settings } = context;

  async function execute(
    command: CartCommand,
    { principal, adapter, requestId }: Parameters<Carts['execute']>[1],
  ): Promise<CartCommandResult> {
    const result = await answer(command, principal).catch((error: unknown) => {
      if (error instanceof Refused) return refusal(error.code, error.field);
      if (!(error instanceof StoreUnavailable)) throw error;
      log.event('store_error', { during: 'carts' });
      return refusal('STORE_UNAVAILABLE');
    });
    log.event('cart', {
      request_id: requestId,
      adapter,
      command: command.kind,
      ...(result.kind === 'refused'
        ? { outcome: 'refused', code: result.code, field: result.field }
        : { outcome: 'found', config_id: result.cartId }),
    });
    return result;
  }

  function answer(command: CartCommand, principal: Principal): Promise<CartCommandResult> {
    switch (command.kind) {
      case 'openCart':
        return open(command, principal);
      case 'findCart':
        return find(command.cartId, principal);
      case 'findPayment':
        return findPayment(command.paymentId, principal);
    }
  }

  async function open(given: OpenCartCommand, principal: Principal): Promise<CartResult> {
    const { merchant, schedule } = await ownerOf(given.location, principal);
    const terms = termsOf(given, merchant);
    const fees = feesOf(given, terms.amount, schedule);
    const scope = [merchant.id, 'carts'];
    const request = { scope, key: given.transactionId, content: given, makes: makeCartId() };
    const id = await idFor(context, request, isCartId);
    const known = await cartOf(id);
    return show(
      known ?? (await insert({ ...terms, id, fees, tenders: TENDER_KINDS.filter((kind) => fees[kind] !== null) })),
    );
  }

  /** The merchant that the key is bound to, else the one that has the location; and the schedule that counts. */
  async function ownerOf(
    location: string,
    principal: Principal,
  ): Promise<{ merchant: Merchant; schedule: FeeSchedule | null }> {
    if (!holds(principal, 'cart:create')) throw new Refused('FORBIDDEN');
    const ofLocation = await store.get('feeSchedules', locationIdOf(principal.platformId, location));
    const [bound, ...others] = new Set(merchantsWithin(principal, 'cart:create') ?? []);
    const id: MerchantId | undefined = others.length === 0 && bound !== undefined ? bound : ofLocation?.merchantId;
    const merchant = isId('mid', id) ? await store.get('merchants', id) : null;
    if (
      merchant === null ||
      !mayReach(principal, 'cart:create', { platformId: merchant.platformId, merchantId: merchant.id })
    ) {
      throw new Refused('MERCHANT_NOT_FOUND', 'location');
    }
    if (merchant.status !== 'ACTIVE') throw new Refused('MERCHANT_NOT_ACTIVE', 'location');
    const own = ofLocation?.merchantId === merchant.id;
    return { merchant, schedule: own ? ofLocation : await store.get('feeSchedules', merchant.id) };
  }

  /** Everything about the cart that does not depend on a fee. @throws {Refused} `INVALID_REQUEST`, `CARD_DATA_IN_TEXT` */
  function termsOf({ transactionId, location, currency, ...given }: OpenCartCommand, merchant: Merchant) {
    const items = given.items.map((item) => ({ ...item, id: storableId(item.id) }));
    const amount = items.reduce((sum, item) => sum + item.amount, 0);
    const isWhole = Number.isSafeInteger(amount) && amount > 0;
    if (!isWhole || new Set(items.map(({ id }) => id)).size < items.length)
      throw new Refused('INVALID_REQUEST', 'items');
    for (const { id: _checked, amount: _number, ...texts } of items) checkStorable(texts, 'items');
    const storedId = storableId(transactionId);
    const metadata = { ...given.metadata, client_transaction_id: storedId, location };
    checkStorable(metadata, 'metadata');
    const now = clock.now();
    return {
      merchantId: merchant.id,
      platformId: merchant.platformId,
      transactionId: storedId,
      location,
      currency,
      items,
      amount,
      metadata,
      createdAt: now,
      validUntil: now + settings.cartLifetimeMs,
    };
  }

  function feesOf(given: OpenCartCommand, amount: number, schedule: FeeSchedule | null): PerTender<number> {
    if (schedule !== null && schedule.currency !== given.currency) throw new Refused('CURRENCY_MISMATCH');
    const rules = schedule?.fees ?? NO_FEES;
    const fees = { card: feeFor('card'), bank_account: feeFor('bank_account') };
    if (Object.values(fees).every((fee) => fee === null)) throw new Refused('TENDER_NOT_ACCEPTED', 'tenders');
    return fees;

    function feeFor(kind: TenderKind): number | null {
      const rule = rules[kind];
      if (rule === null || !given.tenders.includes(kind) || !processor.tenders.includes(kind)) return null;
      const fee = feeOf(amount, rule);
      if (fee === null) throw new Refused('INVALID_REQUEST', 'items');
      return fee;
    }
  }

  async function insert(terms: ReturnType<typeof termsOf> & Pick<Cart, 'id' | 'fees' | 'tenders'>): Promise<Cart> {
    const cart: Cart = {
      ...terms,
      kind: 'cart',
      rev: 0,
      paymentId: await drawPaymentId(terms),
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
      expiresAt: terms.validUntil + settings.configRetentionMs,
    };
    if ((await store.apply({ insert: 'chargeables', record: cart })) === 1) return cart;
    return (await cartOf(cart.id)) ?? cart;
  }

  /** A number that no other cart has. It is kept longer than the cart and its attempts are. */
  async function drawPaymentId({ id: cart, validUntil }: { id: Cart['id']; validUntil: number }) {
    const expiresAt = validUntil + settings.configRetentionMs + settings.attemptRetentionMs;
    for (;;) {
      const id = makeCartPaymentId();
      if ((await store.apply({ insert: 'cartPayments', record: { id, rev: 0, cart, expiresAt } })) === 1) return id;
    }
  }

  async function cartOf(id: string): Promise<Cart | null> {
    const found = isCartId(id) ? await store.get('chargeables', id) : null;
    return found?.kind === 'cart' ? found : null;
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

  async function find(id: string, principal: Principal): Promise<CartResult> {
    const cart = await within(principal, 'cart:read', () => cartOf(id));
    if (cart === null) throw new Refused('CART_NOT_FOUND');
    return show(cart);
  }

  /** Null for what does not exist and for what is another's, alike. @throws {Refused} `FORBIDDEN` */
  async function within(
    principal: Principal,
    permission: Permission,
    read: () => Promise<Cart | null>,
  ): Promise<Cart | null> {
    if (!holds(principal, permission)) throw new Refused('FORBIDDEN');
    const cart = await read();
    return cart !== null && mayReach(principal, permission, cart) ? cart : null;
  }

  async function findPayment(id: string, principal: Principal): Promise<CartPaymentResult> {
    const cart = await within(principal, 'payin:read', async () => {
      const number = isCartPaymentId(id) ? await store.get('cartPayments', id) : null;
      const named = number === null ? null : await cartOf(number.cart);
      return named?.paymentId === id ? named : null;
    });
    const used = cart === null ? null : (await reconciler.complete(cart)).chargeable.used;
    const attempt = used === null ? null : await store.get('attempts', used);
    if (cart === null || attempt === null) throw new Refused('CART_PAYMENT_NOT_FOUND');
    return paymentOf(cart, attempt);
  }

  return { execute };
}

function paymentOf(cart: Cart, attempt: Attempt): CartPaymentResult {
  const tender = attempt.instrument.kind;
  const fee = cart.fees[tender] ?? 0;
  return {
    kind: 'cartPayment',
    paymentId: cart.paymentId,
    cartId: cart.id,
    transactionId: cart.transactionId,
    location: cart.location,
    confirmationCode: attempt.confirmationCode,
    madeAt: attempt.createdAt,
    currency: cart.currency,
    tender,
    amount: cart.amount,
    fee,
    // Nothing of a cart has been reversed.
    balance: cart.amount + fee,
    items: cart.items.map((item) => ({ ...item, balance: item.amount })),
  };
}
