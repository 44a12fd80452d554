/** A cart as a principal finds it, by its id or by the number of its payment. Decides who may see which. */
import type { Cart } from '../core/cart-records.ts';
import { Refused } from '../core/errors.ts';
import { isCartId, isCartPaymentId } from '../core/ids.ts';
import { holds, mayReach, type Permission, type Principal } from '../core/principal.ts';
import type { Store } from '../core/store.ts';

/** The cart of that id, whoever asks; null where there is none. @throws {StoreUnavailable} */
export async function readCart(store: Store, id: string): Promise<Cart | null> {
  const found = isCartId(id) ? await store.get('chargeables', id) : null;
  return found?.kind === 'cart' ? found : null;
}

/** The cart of a payment's number, paid or not, whoever asks; null where there is none. @throws {StoreUnavailable} */
export async function readCartOfPayment(store: Store, paymentId: string): Promise<Cart | null> {
  const number = isCartPaymentId(paymentId) ? await store.get('cartPayments', paymentId) : null;
  const cart = number === null ? null : await readCart(store, number.cart);
  return cart?.paymentId === paymentId ? cart : null;
}

/** What was read, or null for what does not exist and for what is another's, alike. @throws {Refused} `FORBIDDEN` */
export async function withinReach(
  principal: Principal,
  permission: Permission,
  read: () => Promise<Cart | null>,
): Promise<Cart | null> {
  if (!holds(principal, permission)) throw new Refused('FORBIDDEN');
  const cart = await read();
  return cart !== null && mayReach(principal, permission, cart) ? cart : null;
}
