/**
 * The package's one door: what may be imported from `tollbridge`. Decides what is public and nothing else; what a name
 * means stands where it is declared.
 *
 * - An adapter needs the vocabulary: `defineAdapter`, commands and results, money, tenders, `Secret`, the error table.
 * - A processor needs the vocabulary and `Processor`.
 * - A store needs `Store`, `INDEXES`, `PING` and `StoreUnavailable`.
 * - What each of the three must keep to is a mocha suite of `tollbridge/testing`.
 * - A program that embeds Tollbridge opens a runtime from its settings (`loadConfig`, `createLog`, `openRuntime`),
 *   or puts an engine together from parts of its own (`createEngine` over an `openStore` and a `createSandbox`). It
 *   charges with `engine.execute`, captures with `engine.capture` and gives back with `engine.reverse`, or serves HTTP
 *   with `createApp` and `listen`. Every few seconds it calls `engine.reconciler.sweep()`, which finishes what a crash
 *   left; at its end it calls `engine.stop()` and awaits `engine.background.idle()` before it closes anything.
 *
 * The sources are TypeScript, run by tsx.
 */

// The vocabulary: every type of it, and the few functions that adapters, processors and stores share.

export type * from './core/account-records.ts';
export type * from './core/adapter.ts';
export { defineAdapter } from './core/adapter.ts';
export type * from './core/cart.ts';
export type * from './core/cart-records.ts';
export type * from './core/chargeable-records.ts';
export type * from './core/clock.ts';
export { pause, systemClock } from './core/clock.ts';
export type * from './core/errors.ts';
export { DECLINE_CODES, ERROR_CODES, ERRORS, Refused } from './core/errors.ts';
export type * from './core/fees.ts';
export type * from './core/follow-up.ts';
export type * from './core/ids.ts';
export { isId } from './core/ids.ts';
export type * from './core/money.ts';
export {
  CURRENCIES,
  decimalsOf,
  ENABLED_CURRENCIES,
  formatMoney,
  isCurrency,
  parseMoney,
  sameMoney,
} from './core/money.ts';
export type * from './core/payment.ts';
export { refusal } from './core/payment.ts';
export type * from './core/principal.ts';
export { GROUP_ALL, PERMISSIONS } from './core/principal.ts';
export type * from './core/processor.ts';
export { createProcessors, NO_CHECKS } from './core/processor.ts';
export type * from './core/reversal.ts';
export { REVERSAL_REASONS } from './core/reversal.ts';
export { Secret } from './core/secret.ts';
export type * from './core/signature.ts';
export { isHmac, isSha256 } from './core/signature.ts';
export type * from './core/store.ts';
export { INDEXES, PING, SCHEMA_VERSION, StoreUnavailable } from './core/store.ts';
export type * from './core/tender.ts';
export { CARD_BRANDS, parseExpiryMonth, parseExpiryYear, TENDER_KINDS } from './core/tender.ts';

// A whole Tollbridge from its settings.

export { type Config, ConfigError, type Environment, loadConfig } from './config.ts';
export { createLog, type Log, type LogOptions } from './log.ts';
export { openRuntime, type Runtime } from './runtime.ts';

// An engine from parts, and what it is asked and answers.

export type { Accounts, MadeKey, NewMerchant, Page, SetUp } from './engine/accounts.ts';
export type { CaptureRequest, Captures } from './engine/capture.ts';
export type { Carts } from './engine/carts.ts';
export type { Configs, NewPayinConfig, NewPaymentMethodConfig } from './engine/configs.ts';
export type { Background, EngineSettings } from './engine/context.ts';
export { createEngine, type Engine, type EngineOptions } from './engine/engine.ts';
export type { FeeSchedules, NewFeeSchedule } from './engine/fee-schedules.ts';
export type { Answer, Caller } from './engine/join.ts';
export { WrongSecretKey } from './engine/keyring.ts';
export type { Pay } from './engine/pay.ts';
export type { Listing, PayinFilter, Payins } from './engine/payins.ts';
export type { Reconciler } from './engine/reconcile.ts';
export type { Refunds, RefundView } from './engine/refunds.ts';
export type { Item } from './engine/reversal.ts';
export type { ReversalRequest, Reversals, Reversed } from './engine/reverse.ts';
export type { SigningKeys } from './engine/signing-keys.ts';
export type { PayinConfigView, PayinView, PaymentMethodConfigView, Views } from './engine/views.ts';
export { createSandbox, memoryLedger, type SandboxOptions } from './processors/sandbox/index.ts';
export type { Ledger, LedgerEntry, Operation, OperationKind } from './processors/sandbox/ledger.ts';
export { openSandboxLedger } from './processors/sandbox/open.ts';
export { settleCharges } from './processors/sandbox/settle.ts';
export type { StoreLocation } from './settings.ts';
export { openStore } from './stores/open.ts';
export { bringUpToDate, type Migration, SchemaTooNew } from './stores/schema.ts';

// Its HTTP side, with the adapters that come with it.

export { adapters } from '../adapters/index.ts';
export type { Addresses } from './addresses.ts';
export { type App, type AppOptions, createApp } from './http/app.ts';
export type { BodyLimits } from './http/body.ts';
export { type Listening, listen, type ServerOptions } from './http/server.ts';
