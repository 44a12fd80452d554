/** Compare-and-set as a habit: read, change by a pure step, replace; when somebody was faster, read again. */
import type { ApiKey, Merchant } from '../core/account-records.ts';
import type { Chargeable } from '../core/chargeable-records.ts';
import { type Attempt, type PaymentMethod, type Store, StoreUnavailable, type Write } from '../core/store.ts';

/** What came of a change that was tried against a record as it stands. */
export interface Amended<R> {
  /** The record as it stands now. */
  readonly record: R;
  /** Whether the step was written; false where it did not apply to the record as it stands. */
  readonly applied: boolean;
}

async function amend<R>(
  store: Store,
  known: R,
  step: (record: R) => R | null,
  write: (record: R) => Write,
  read: () => Promise<R | null>,
): Promise<Amended<R>> {
  let record = known;
  for (;;) {
    const next = step(record);
    if (next === null) return { record, applied: false };
    if ((await store.apply(write(next))) === 1) return { record: next, applied: true };
    const current = await read();
    // A record in use is never purged: one that is gone was removed behind our back.
    if (current === null) throw new StoreUnavailable();
    record = current;
  }
}

/**
 * Changes an attempt by `step` until it is written or does not apply.
 * @param known the attempt as last read.
 * @throws {StoreUnavailable} when it is not known whether it was written.
 */
export function amendAttempt(store: Store, known: Attempt, step: (attempt: Attempt) => Attempt | null) {
  return amend(
    store,
    known,
    step,
    (record) => ({ replace: 'attempts', record }),
    () => store.get('attempts', known.id),
  );
}

/** As `amendAttempt`, for a config. */
export function amendChargeable(store: Store, known: Chargeable, step: (config: Chargeable) => Chargeable | null) {
  return amend(
    store,
    known,
    step,
    (record) => ({ replace: 'chargeables', record }),
    () => store.get('chargeables', known.id),
  );
}

/** As `amendAttempt`, for a merchant. */
export function amendMerchant(store: Store, known: Merchant, step: (merchant: Merchant) => Merchant | null) {
  return amend(
    store,
    known,
    step,
    (record) => ({ replace: 'merchants', record }),
    () => store.get('merchants', known.id),
  );
}

/** As `amendAttempt`, for an API key. */
export function amendKey(store: Store, known: ApiKey, step: (key: ApiKey) => ApiKey | null) {
  return amend(
    store,
    known,
    step,
    (record) => ({ replace: 'keys', record }),
    () => store.get('keys', known.id),
  );
}

/** As `amendAttempt`, for a stored payment method. */
export function amendMethod(store: Store, known: PaymentMethod, step: (method: PaymentMethod) => PaymentMethod | null) {
  return amend(
    store,
    known,
    step,
    (record) => ({ replace: 'methods', record }),
    () => store.get('methods', known.id),
  );
}
