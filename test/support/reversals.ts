/** Payins to give back, over HTTP, and what the sandbox's ledger says was given back of them. */
import { settleCharges } from '../../src/processors/sandbox/settle.ts';
import { cardPayin, clientOf, newPayinConfig, type Payin } from './api.ts';
import type { TestServer } from './server.ts';

let asked = 0;

/** The body of `void_or_refund`: all that is left, under a key of its own, unless the changes say otherwise. */
export function reversalBody(changes: object = {}) {
  return { idempotency_key: `reversal-${++asked}`, reason: 'REQUESTED_BY_CUSTOMER', ...changes };
}

/** A payin of 10.00 USD that is PROCESSING, unless the changes of its config say otherwise. */
export async function paid(server: TestServer, changes: object = {}): Promise<Payin> {
  const config = await newPayinConfig(server, changes);
  return clientOf(server).post<Payin>('/v1/payins', cardPayin(config));
}

/** As `paid`, and it has settled. */
export async function settledPayin(server: TestServer, changes: object = {}): Promise<Payin> {
  const payin = await paid(server, changes);
  await settle(server, payin);
  return payin;
}

/** Settles the payin's charge in the sandbox; the engine hears of it when it asks. */
export async function settle({ ledger, clock, store }: TestServer, { payin_id }: Payin): Promise<void> {
  const attempt = await store.find('attempts', 'payinId', payin_id ?? '');
  await settleCharges(ledger, clock, attempt?.id ?? '');
}

/** What was really given back of the payin: one entry for each reversal that the sandbox made. */
export async function givenBack(server: TestServer, payin: Payin) {
  await server.engine.background.idle();
  const entries = await server.ledger.list();
  return entries.flatMap(({ operation }) => {
    if (operation?.chargeableId !== payin.payin_config_id || operation.outcome !== 'REVERSED') return [];
    return [{ kind: operation.kind, amount: operation.money?.amount ?? 0 }];
  });
}

export const sumOf = (reversals: readonly { readonly amount: number }[]): number =>
  reversals.reduce((sum, { amount }) => sum + amount, 0);
