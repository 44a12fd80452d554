/**
 * A value that must not be seen: card numbers, security codes, account numbers, keys. Every way of printing it gives
 * `[secret]`; only `reveal()` gives the value, so that a search for that word finds each place that handles it.
 */
import { inspect } from 'node:util';

const SHOWN = '[secret]';

/** Holds a value out of sight: whatever prints it by accident shows neither the value nor its length. */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself, for the processor call and for validation; never for a log, a store or a reply. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
