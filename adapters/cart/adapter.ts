/**
 * Carts in the style of PaymentExpress: an integrator's own IVR hands a cart over, reads the total of each tender type to
 * the caller, and posts the tender. Here: the routes, how a client signs in, how long it waits.
 */

import card from '../../schemas/cart/card.schema.json' with { type: 'json' };
import cartReply from '../../schemas/cart/cart.reply.schema.json' with { type: 'json' };
import echeck from '../../schemas/cart/echeck.schema.json' with { type: 'json' };
import madeReply from '../../schemas/cart/made.reply.schema.json' with { type: 'json' };
import open from '../../schemas/cart/open.schema.json' with { type: 'json' };
import paymentReply from '../../schemas/cart/payment.reply.schema.json' with { type: 'json' };
import reversal from '../../schemas/cart/reversal.schema.json' with { type: 'json' };
import { defineAdapter } from '../../src/core/adapter.ts';
import { type CartApiCommand, type CartBody, decode } from './decode.ts';
import { encode } from './encode.ts';

const PATH = '/api/v1/pay';

/** PaymentExpress, taking payments by voice: https://docs.gsg.tech/docs/taking-payments-by-voice */
export const cart = defineAdapter<CartBody, CartApiCommand>({
  name: 'cart',
  routes: [
    // The source names no path for a voice cart; its other carts and its voice payments point to one each.
    { method: 'POST', path: `${PATH}/voice/carts`, operation: 'openCart' },
    { method: 'POST', path: `${PATH}/carts/voice`, operation: 'openCart' },
    { method: 'GET', path: `${PATH}/carts/:cartId`, operation: 'findCart', schema: null },
    {
      method: 'POST',
      path: `${PATH}/voice/carts/:cartId/payments/card`,
      operation: 'charge',
      schema: card,
      reply: paymentReply,
    },
    {
      method: 'POST',
      path: `${PATH}/voice/carts/:cartId/payments/echeck`,
      operation: 'charge',
      schema: echeck,
      reply: paymentReply,
    },
    {
      method: 'GET',
      path: `${PATH}/payments/:paymentId`,
      operation: 'findPayment',
      schema: null,
      reply: madeReply,
    },
    {
      method: 'POST',
      path: `${PATH}/payments/:paymentId/reversal`,
      operation: 'reversePayment',
      schema: reversal,
      reply: madeReply,
    },
    {
      method: 'POST',
      path: `${PATH}/payments/:paymentId/items/:clientItemId/reversal`,
      operation: 'reversePayment',
      schema: reversal,
      reply: madeReply,
    },
  ],
  auth: ['bearer'],
  schema: open,
  reply: cartReply,
  // A security code and an amount may come as JSON numbers.
  numbersAsText: true,
  // No page says how long a client waits or that it repeats; a caller hears silence for longer than this as a dead line.
  patience: { deliveryMs: 10_000, totalMs: 10_000, repeatsOnSilence: false },
  tenders: 'one',
  setup: (tenderUrl, baseUrl = tenderUrl) => ({
    where: "your IVR's settings for PaymentExpress",
    values: {
      'API base': `${baseUrl}/api/v1`,
      'Card Data Vault base': `${tenderUrl}/api/v1`,
      'token URL': `${baseUrl}/api/v1/oauth/token`,
      client_id: 'the id of an API key that may cart:create, cart:read, payin:create and payin:read',
      client_secret: 'that key',
      scope: 'cart:create cart:read payin:create payin:read',
    },
  }),
  decode,
  encode,
});
