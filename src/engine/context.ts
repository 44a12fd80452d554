/** What every story of the engine is told with: the ports, the settings, and what goes on behind a reply. */
import type { Clock } from '../core/clock.ts';
import type { Ids } from '../core/ids.ts';
import type { Processors } from '../core/processor.ts';
import type { Store } from '../core/store.ts';
import type { Log } from '../log.ts';
import type { Transitions } from './attempt.ts';
import type { Keyring } from './keyring.ts';

/** Durations in milliseconds. */
export interface EngineSettings {
  /** From the claim to the moment after which nothing may be sent and an open call counts as unknown. */
  readonly processorDeadlineMs: number;
  /** How long past that deadline an owner is presumed alive. */
  readonly leaseSlackMs: number;
  /** How long a reservation that was not claimed stays its owner's. */
  readonly reservationLeaseMs: number;
  /** Claims that one config takes in its life. */
  readonly maxAttemptsPerConfig: number;
  /** New attempts in an hour of the clock; more are refused with `TOO_MANY_ATTEMPTS`. */
  readonly maxAttemptsPerKeyPerHour: number;
  readonly maxAttemptsPerMerchantPerHour: number;
  /** How long a cart can be paid. */
  readonly cartLifetimeMs: number;
  /** How long finished attempts, and with them payins, are kept; unresolved ones are never purged. */
  readonly attemptRetentionMs: number;
  /** How long a config is kept that no attempt holds. */
  readonly configRetentionMs: number;
  /** How long a repeat of a creating request is known as one. */
  readonly idempotencyRetentionMs: number;
}

/** Made once by `createEngine` and handed to every story. */
export interface EngineContext {
  readonly store: Store;
  readonly processors: Processors;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly keyring: Keyring;
  readonly log: Log;
  readonly settings: EngineSettings;
  readonly transitions: Transitions;
  readonly background: Background;
}

/** Work that goes on after its reply, so that a shutdown can wait for it. */
export class Background {
  readonly #running = new Set<Promise<unknown>>();

  /** Remembers the work until it ends; its failure is the worker's to handle. */
  run<T>(work: Promise<T>): Promise<T> {
    const ended: Promise<unknown> = work.then(
      () => this.#running.delete(ended),
      () => this.#running.delete(ended),
    );
    this.#running.add(ended);
    return work;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Resolves when nothing runs any more, work that was started meanwhile included. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
