/**
 * The machine that processes run on: every question to the store or upstream, every reply and every timer waits here
 * until it is chosen. Decides what a step is and how its author goes on; which step is next is the explorer's choice.
 *
 * Each step has a key that follows from its cause, the step before it on its author's way and what that was answered. So
 * the keys of what waits tell how far everybody has come, in whatever order it was done.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/core/clock.ts';
import { drawFrom } from './chance.ts';
import { digest, digestOf } from './digest.ts';

/** One life of a process: after a crash its name is born again, with nothing of what this one knew. */
export interface Life {
  readonly process: string;
  /** Its clock before everybody else's, milliseconds. */
  ahead: number;
  /** While it sleeps nothing of it goes on, its timers neither: since when, else null. */
  asleepSince: number | null;
}

/** What a life has asked for and nobody has done. */
export interface Step {
  readonly life: Life;
  readonly label: string;
  /** What it reads or changes: steps with different targets can change places. */
  readonly target: string;
  readonly key: number;
  /** What is done at the store or upstream, all at once. */
  act(): unknown;
  answer(value: unknown): void;
  /** Tells the author that no answer came. */
  fail(): void;
  /** Whether it may still be done when its author has died or has given it up. */
  readonly outlives: boolean;
  /** Whether it cannot change anything any more. */
  isVain(): boolean;
}

interface Timer {
  /** Null for the world's own. */
  readonly life: Life | null;
  readonly at: number;
  readonly key: number;
  readonly fire: () => void;
}

type Asked<T> = Pick<Step, 'label' | 'target' | 'outlives'> &
  Partial<Pick<Step, 'isVain'>> & {
    readonly act: () => T;
    /** The answer, or the error, that its author makes of silence. */
    readonly silence: () => T;
  };

const START = Date.UTC(2026, 0, 15, 12);

/** Time and everything that waits, for one run of a world. */
export class Machine {
  now = START;
  /** Everything is done at once, as while a world is set up and when a run is over. */
  atOnce = true;
  waiting: readonly Step[] = [];
  #adrift: readonly Step[] = [];
  #timers: readonly Timer[] = [];
  #cause = 0;
  #issued = 0;

  /** Messages whose authors are gone, as far as they can still change something. */
  get adrift(): readonly Step[] {
    return this.#adrift.filter((step) => !step.isVain());
  }

  ask<T>(life: Life, { label, target, act, silence, outlives, isVain = () => false }: Asked<T>): Promise<T> {
    if (this.atOnce) return new Promise((resolve) => resolve(act()));
    const key = this.#newKey(label);
    return new Promise((resolve, reject) => {
      const step: Step = {
        life,
        label: `${life.process}: ${label}`,
        target,
        key,
        act,
        answer: (value) => resolve(value as T),
        fail() {
          try {
            resolve(silence());
          } catch (error) {
            reject(error);
          }
        },
        outlives,
        isVain,
      };
      this.waiting = [...this.waiting, step];
    });
  }

  clockOf(life: Life): Clock {
    return {
      now: () => this.now + life.ahead,
      after: (ms, fire) => this.after(life, ms, fire),
    };
  }

  after(life: Life | null, ms: number, fire: () => void): () => void {
    const timer = { life, at: this.now + ms, key: this.#newKey(`timer ${ms}`), fire };
    this.#timers = [...this.#timers, timer];
    return () => this.#drop(timer);
  }

  #drop(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }

  /** What runs from here on until it waits again follows from this cause. */
  async causedBy(cause: number, work: () => void): Promise<void> {
    this.#cause = cause;
    this.#issued = 0;
    drawFrom(cause);
    work();
    await turn();
  }

  #newKey(label: string): number {
    this.#issued += 1;
    return digest(`${this.#cause} ${this.#issued} ${label}`);
  }

  /** Does it, and lets its author go on. */
  async take(step: Step): Promise<void> {
    this.#remove(step);
    const value = step.act();
    await this.causedBy(digest(`${step.key} ${digestOf(value)} ${this.now + step.life.ahead}`), () =>
      step.answer(value),
    );
  }

  /** Its author hears nothing; it may still be done. */
  async lose(step: Step): Promise<void> {
    this.#remove(step);
    if (step.outlives) this.#adrift = [...this.#adrift, step];
    await this.causedBy(digest(`${step.key} lost ${this.now + step.life.ahead}`), () => step.fail());
  }

  /** Does what nobody waits for any more. */
  async arrive(step: Step): Promise<void> {
    this.#adrift = this.#adrift.filter((other) => other !== step);
    step.act();
  }

  #remove(step: Step): void {
    this.waiting = this.waiting.filter((other) => other !== step);
  }

  /** Nothing of that life goes on; what it has sent may still arrive. */
  end(life: Life): void {
    const ended = this.waiting.filter((step) => step.life === life);
    this.waiting = this.waiting.filter((step) => step.life !== life);
    this.#adrift = [...this.#adrift, ...ended.filter(({ outlives }) => outlives)];
    this.#timers = this.#timers.filter((timer) => timer.life !== life);
  }

  /** The next timer of those awake, or null. */
  nextTimer(): Timer | null {
    const awake = this.#timers.filter(({ life }) => life === null || life.asleepSince === null);
    return awake.reduce<Timer | null>(
      (first, timer) => (first === null || isBefore(timer, first) ? timer : first),
      null,
    );
  }

  async passUntil(time: number): Promise<void> {
    this.now = time;
  }

  /** Moves the time on to the timer, unless it is overdue, and fires it. */
  async fire(timer: Timer): Promise<void> {
    this.now = Math.max(this.now, timer.at);
    this.#drop(timer);
    await this.causedBy(digest(`${timer.key} fired ${this.now + (timer.life?.ahead ?? 0)}`), timer.fire);
  }

  /** Everything that waits, and the time. */
  digest(): string {
    const keys = (steps: readonly Step[]) => steps.map(({ key }) => key).sort((a, b) => a - b);
    const timers = this.#timers.map(({ at, key }) => `${at} ${key}`).sort();
    return `${this.now} ${keys(this.waiting)} ${keys(this.adrift)} ${timers}`;
  }
}

const isBefore = (one: Timer, other: Timer) => one.at < other.at || (one.at === other.at && one.key < other.key);
