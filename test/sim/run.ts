/**
 * One run of a world, choice by choice. Decides what can happen next at each moment; which of it does is the explorer's.
 *
 * Bounded so: the time moves on when nobody who is awake has anything to do and no caller is about to repeat, to the next
 * timer or the next attempt that is due; at any other moment it is a clock that jumps. A fault of a process comes right after one of its own steps, for
 * after anybody else's it would be the same.
 */
import type { Beginning } from './beginning.ts';
import type { Client } from './client.ts';
import { digest } from './digest.ts';
import type { Life, Step } from './machine.ts';
import { NAMES, Scene } from './scene.ts';
import type { Fault, ProcessName, World } from './world.ts';

/** Something that can happen next; its label is unlike the others of its moment. */
export interface Choice {
  readonly label: string;
  /** The process whose fault it is; null where nothing goes wrong. */
  readonly faultOf: ProcessName | null;
  happen(): Promise<void>;
}

/** Reconcilers keep nothing between calls, so it does not matter whose they are. */
const SWEEPER: ProcessName = 'B';

export class Run {
  readonly #scene: Scene;
  #faults = 0;
  /** Whose step was the last, and what it asked for. */
  #last: { readonly process: ProcessName; readonly asked: readonly Step[] } | null = null;

  constructor(world: World, beginning: Beginning) {
    this.#scene = new Scene(world, beginning);
  }

  start(): Promise<void> {
    return this.#scene.start();
  }

  /** What is wrong with it, now that nothing more can happen. */
  end(): Promise<readonly string[]> {
    return this.#scene.end();
  }

  digest(): number {
    return digest(`${this.#faults} ${this.#scene.digest()}`);
  }

  /** Whose faults are among the choices; null where nobody's are. */
  get faultOf(): ProcessName | null {
    return this.#last?.process ?? null;
  }

  /** What can happen next; empty when all has happened but what is adrift. */
  choices(): readonly Choice[] {
    const others = [...this.#steps(), ...this.#time(), ...this.#deliveries(), ...this.#sweeps()];
    const going = [...others, ...this.#wakings(others.length === 0)];
    return going.length === 0 ? [] : distinct([...going, ...this.#arrivals(), ...this.#faultsNow()]);
  }

  /** @param process whose step it is, if it is anybody's. */
  #choice(label: string, process: ProcessName | null, happen: () => Promise<void>): Choice {
    return {
      label,
      faultOf: null,
      happen: async () => {
        const { machine } = this.#scene;
        const before = machine.waiting;
        await happen();
        const asked = machine.waiting.filter((step) => !before.includes(step));
        this.#last = process === null ? null : { process, asked };
      },
    };
  }

  #awake(): readonly Step[] {
    return this.#scene.machine.waiting.filter(({ life }) => life.asleepSince === null);
  }

  #steps(): readonly Choice[] {
    const { machine } = this.#scene;
    return this.#awake().map((step) => this.#choice(step.label, nameOf(step.life), () => machine.take(step)));
  }

  /** What is overdue fires beside the steps; what is due later when there are none. */
  #time(): readonly Choice[] {
    const { machine } = this.#scene;
    const timer = machine.nextTimer();
    const repeating = this.#scene.clients.some((client) => client.repeats() && this.#mayCome(client) !== null);
    const idle = this.#awake().length === 0 && !repeating;
    const due = idle ? this.#nextDue() : null;
    if (due !== null && (timer === null || due < timer.at)) {
      return [this.#choice('time passes until an attempt is due', null, () => machine.passUntil(due))];
    }
    if (timer === null || (!idle && timer.at > machine.now)) return [];
    const whose = timer.life === null ? null : nameOf(timer.life);
    return [this.#choice(`time passes for ${whose ?? 'a caller'}`, whose, () => machine.fire(timer))];
  }

  /** When somebody could look again, if that is later than now. */
  #nextDue(): number | null {
    const { world, machine, sweeps } = this.#scene;
    const later = sweeps < world.sweeps ? this.#scene.dues().filter((due) => due > machine.now) : [];
    return later.length === 0 ? null : Math.min(...later);
  }

  /** The process that its next delivery finds awake, or null. */
  #mayCome(client: Client): ProcessName | null {
    const to = client.next();
    return to === null || this.#scene.life(to).asleepSince !== null ? null : to;
  }

  #deliveries(): readonly Choice[] {
    return this.#scene.clients.flatMap((client) => {
      const to = this.#mayCome(client);
      if (to === null) return [];
      return [this.#choice(`${client.plan.name} comes to ${to}`, to, () => this.#scene.deliver(client, to))];
    });
  }

  #sweeps(): readonly Choice[] {
    const { world, machine, sweeps } = this.#scene;
    const { ahead, asleepSince } = this.#scene.life(SWEEPER);
    const isDue = this.#scene.dues().some((due) => due <= machine.now + ahead);
    if (sweeps >= world.sweeps || asleepSince !== null || !isDue) return [];
    return [this.#choice(`${SWEEPER} sweeps`, SWEEPER, () => this.#scene.sweep(SWEEPER))];
  }

  /** Before the time has moved on, a sleep would only be another order of the steps. */
  #wakings(isLast: boolean): readonly Choice[] {
    return NAMES.flatMap((name) => {
      const { asleepSince } = this.#scene.life(name);
      if (asleepSince === null || (asleepSince === this.#scene.machine.now && !isLast)) return [];
      return [this.#choice(`${name} wakes`, null, () => this.#scene.wake(name))];
    });
  }

  /** Just before somebody would notice; what nobody notices arrives at the end. */
  #arrivals(): readonly Choice[] {
    const { machine } = this.#scene;
    const noticed = new Set(this.#awake().map(({ target }) => target));
    const arriving = machine.adrift.filter(({ target }) => noticed.has(target));
    return arriving.map((step) => this.#choice(`at last, ${step.label}`, null, () => machine.arrive(step)));
  }

  #faultsNow(): readonly Choice[] {
    const { world, machine } = this.#scene;
    if (this.#last === null || this.#faults >= world.faultsAtMost) return [];
    const { process, asked } = this.#last;
    const works = machine.waiting.some(({ life }) => life === this.#scene.life(process));
    const one = (label: string, happen: () => Promise<void>) => (works ? [this.#fault(process, label, happen)] : []);
    const faults: Record<Fault, () => readonly Choice[]> = {
      crash: () => one(`${process} crashes`, () => this.#scene.crash(process)),
      stop: () => one(`${process} stops`, () => this.#scene.stop(process)),
      jump: () => one(`the clock of ${process} jumps`, () => this.#scene.jump(process)),
      lose: () => asked.map((step) => this.#fault(process, `no answer to ${step.label}`, () => machine.lose(step))),
    };
    return world.faults.flatMap((kind) => faults[kind]());
  }

  #fault(process: ProcessName, label: string, happen: () => Promise<void>): Choice {
    const { happen: befall } = this.#choice(label, null, happen);
    return {
      label,
      faultOf: process,
      happen: () => {
        this.#faults += 1;
        return befall();
      },
    };
  }
}

function nameOf({ process }: Life): ProcessName {
  const name = NAMES.find((one) => one === process);
  if (name === undefined) throw new Error('nobody else has steps');
  return name;
}

/** Choices of one label are told apart by their number. */
function distinct(choices: readonly Choice[]): readonly Choice[] {
  const seen = new Map<string, number>();
  return choices.map((choice) => {
    const count = (seen.get(choice.label) ?? 0) + 1;
    seen.set(choice.label, count);
    return count === 1 ? choice : { ...choice, label: `${choice.label} (${count})` };
  });
}
