/** The engine as one object: its stories, wired over a store and the processors. Decides nothing itself. */
import type { Clock } from '../core/clock.ts';
import { createIds } from '../core/ids.ts';
import type { Processors } from '../core/processor.ts';
import type { Secret } from '../core/secret.ts';
import type { Store } from '../core/store.ts';
import type { Log } from '../log.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { createTransitions } from './attempt.ts';
import { type ByHand, createByHand } from './by-hand.ts';
import { type Captures, createCaptures } from './capture.ts';
import { createCartPayments } from './cart-payments.ts';
import { type Carts, createCarts } from './carts.ts';
import { type Configs, createConfigs } from './configs.ts';
import { Background, type EngineContext, type EngineSettings } from './context.ts';
import { createFeeSchedules, type FeeSchedules } from './fee-schedules.ts';
import { createFollowUpOutcomes } from './follow-up-outcomes.ts';
import { checkSecrets, createKeyring } from './keyring.ts';
import { createPay, type Pay } from './pay.ts';
import { createPayins, type Payins } from './payins.ts';
import { createPerform } from './perform.ts';
import { createReconciler, type Reconciler } from './reconcile.ts';
import { createRefunds, type Refunds } from './refunds.ts';
import { createReversals, type Reversals } from './reverse.ts';
import { createSeals } from './seal.ts';
import { createSettler } from './settle.ts';
import { createSettlement } from './settlement.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';
import { createTakeBack } from './take-back.ts';
import { createViews, type Views } from './views.ts';

/** Everything that can be asked of Tollbridge, without HTTP. */
export interface Engine extends Pay, Captures, Reversals, Configs {
  readonly accounts: Accounts;
  readonly carts: Carts;
  readonly feeSchedules: FeeSchedules;
  readonly payins: Payins;
  readonly refunds: Refunds;
  readonly signingKeys: SigningKeys;
  readonly views: Views;
  readonly reconciler: Reconciler;
  readonly byHand: ByHand;
  /** What goes on behind replies: sends in flight and what they still write. */
  readonly background: Background;
}

/** What an engine stands on. It closes none of it. */
export interface EngineOptions {
  readonly store: Store;
  readonly processors: Processors;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: EngineSettings;
  /** Newest first; digests are made with the first and checked against all. */
  readonly secrets: readonly Secret<string>[];
}

/** @throws {WrongSecretKey} when no secret is one that the store was used with. */
export async function createEngine({ secrets, ...options }: EngineOptions): Promise<Engine> {
  const { store, processors, clock, settings } = options;
  await checkSecrets(store, secrets);
  const context: EngineContext = {
    ...options,
    ids: createIds({ sandbox: processors.sandbox, clock }),
    keyring: createKeyring(secrets),
    transitions: createTransitions({
      now: () => clock.now(),
      retentionMs: settings.attemptRetentionMs,
      settlesAfterMs: (name) => processors.of(name)?.settlesAfterMs ?? null,
    }),
    background: new Background(),
  };
  const settler = createSettler(context);
  const refreshSettlement = createSettlement(context);
  const outcomes = createFollowUpOutcomes(context);
  const perform = createPerform(context, outcomes);
  const takeBack = createTakeBack(context, perform);
  const reconciler = createReconciler(context, { settler, refreshSettlement, outcomes, takeBack });
  const configs = createConfigs(context, reconciler);
  const { signingKeys, checkSignature } = createSigningKeys(context, createSeals(secrets));
  const pay = createPay(context, { settler, reconciler, configs, checkSignature });
  const reversals = createReversals(context, refreshSettlement, perform);
  const cartPayments = createCartPayments(context, { reconciler, refreshSettlement, reversals, checkSignature });
  return {
    execute: pay.execute,
    answer: pay.answer,
    ...createCaptures(context, perform),
    ...reversals,
    stop() {
      pay.stop();
      perform.stop();
    },
    ...configs,
    accounts: createAccounts(context),
    carts: createCarts(context, reconciler, cartPayments, checkSignature),
    feeSchedules: createFeeSchedules(context),
    payins: createPayins(context, refreshSettlement),
    refunds: createRefunds(context),
    signingKeys,
    views: createViews(context),
    reconciler,
    byHand: createByHand(context, { settler, reconciler, outcomes }),
    background: context.background,
  };
}
