/**
 * How each run of a world begins: a merchant with its policy, and its config, or the payin that came of it. Made by the
 * engine itself, with nothing simulated but that all is done at once.
 */
import type { PayinId } from '../../src/core/ids.ts';
import type { Principal } from '../../src/core/principal.ts';
import { CARD_BRANDS } from '../../src/core/tender.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { callerOf, chargeOf } from './ask.ts';
import { digest } from './digest.ts';
import { Machine } from './machine.ts';
import { Shelves } from './store.ts';
import type { Entry } from './upstream.ts';
import { engineOf, type Parts, type Payment, PRICE, type World } from './world.ts';

/** What the runs of a world have in common. */
export interface Beginning {
  readonly shelves: Shelves;
  readonly entries: readonly Entry[];
  readonly principal: Principal;
  readonly configId: string;
  /** What captures and reversals are about; null in a world that begins unpaid. */
  readonly payinId: PayinId | null;
}

const PAYIN: Payment = { kind: 'payment', name: 'the payin', card: '4242424242424242', to: ['A'] };

export async function beginningOf(world: World): Promise<Beginning> {
  const parts = {
    world,
    machine: new Machine(),
    shelves: new Shelves(),
    ledger: { entries: [] },
    log: { event() {}, redactions: () => 0, close: async () => {} },
  };
  let begun: Beginning | null = null;
  let failure: unknown = null;
  await parts.machine.causedBy(digest('beginning'), () => {
    begin(parts).then(
      (made) => {
        begun = made;
      },
      (error: unknown) => {
        failure = error;
      },
    );
  });
  if (begun === null) throw failure ?? new Error('the beginning waits for something');
  return begun;
}

async function begin(parts: Parts): Promise<Beginning> {
  const { world, shelves, ledger } = parts;
  const engine = await engineOf(parts, { process: 'beginning', ahead: 0, asleepSince: null });
  const { merchant, adminKey } = await engine.accounts.setUp('Platform', 'Merchant');
  const principal = await engine.accounts.authenticate(adminKey.secret.reveal(), null);
  if (principal === null) throw new Error('a key that was just made is good');
  if (world.lateApprovals === 'reverse') await engine.accounts.setReverseLate(principal, merchant.id, true);
  const [first, second] = world.upstreams;
  if (second !== undefined) {
    await engine.accounts.setRouting(principal, merchant.id, {
      first: { processor: first.name, account: null },
      second: { processor: second.name, account: null },
      secondAfter: ['INSUFFICIENT_FUNDS'],
    });
  }
  const config = await engine.createPayinConfig(principal, {
    merchantId: merchant.id,
    amount: PRICE,
    currency: 'USD',
    idempotencyKey: 'config',
    billingContact: {},
    metadata: {},
    methodMetadata: {},
    tenders: ['card'],
    brands: CARD_BRANDS,
    requirePostalCode: false,
    requireSecurityCode: false,
    validUntil: null,
    givenUpstream: null,
    ...(world.begins === 'authorized' ? { mode: 'authorize' as const } : {}),
  });
  const payinId = world.begins === 'unpaid' ? null : await pay(engine, principal, config.id, parts.machine.now);
  return { shelves, entries: ledger.entries, principal, configId: config.id, payinId };
}

async function pay(engine: Engine, principal: Principal, configId: string, now: number): Promise<PayinId> {
  const paid = await engine.execute(chargeOf(configId, PAYIN), callerOf(principal, now, PAYIN, 0));
  if (paid.kind !== 'approved' || paid.command !== 'charge') throw new Error('the payin was not approved');
  // Whoever reads a payin asks whether it has settled.
  await engine.payins.get(principal, paid.payinId);
  return paid.payinId;
}
