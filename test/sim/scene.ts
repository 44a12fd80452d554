/**
 * A world at one moment of a run: its two processes, who asks them, the store and the ledger. Decides how each thing is
 * done that can happen, and how a run is brought to its end; what can happen when is run.ts.
 */
import type { Engine } from '../../src/engine/engine.ts';
import { ask } from './ask.ts';
import type { Beginning } from './beginning.ts';
import { Client } from './client.ts';
import { digest, digestOf } from './digest.ts';
import { type Life, Machine } from './machine.ts';
import { judge } from './oracle.ts';
import { Shelves } from './store.ts';
import type { Ledger } from './upstream.ts';
import { engineOf, type Parts, type Plan, type ProcessName, TIMES, type World } from './world.ts';

export const NAMES: readonly ProcessName[] = ['A', 'B'];
const HOUR_MS = 3_600_000;
/** Past every lease; past the next look-ups; past the three days after which a person is asked, and what that leaves. */
const LONG_AFTER: readonly number[] = [20_000, 20_000, HOUR_MS, 73 * HOUR_MS, 73 * HOUR_MS];

interface Process {
  readonly life: Life;
  readonly engine: Engine;
}

export class Scene {
  readonly world: World;
  readonly machine = new Machine();
  readonly clients: readonly Client[];
  /** Rounds of the reconciler so far. */
  sweeps = 0;
  readonly #parts: Parts;
  readonly #beginning: Beginning;
  readonly #processes = new Map<ProcessName, Process>();
  readonly #defects: string[] = [];

  constructor(world: World, beginning: Beginning) {
    const { machine } = this;
    const ledger: Ledger = { entries: beginning.entries };
    const log: Parts['log'] = {
      event: (name) => {
        if (name === 'defect') this.#defects.push('the engine logged a defect');
      },
      redactions: () => 0,
      close: async () => {},
    };
    this.world = world;
    this.#beginning = beginning;
    this.#parts = { world, machine, shelves: new Shelves(beginning.shelves), ledger, log };
    this.clients = world.plans.map((plan) => new Client(plan));
  }

  async start(): Promise<void> {
    for (const name of NAMES) await this.#startProcess(name);
    this.machine.atOnce = false;
  }

  async #startProcess(name: ProcessName): Promise<void> {
    const ahead = name === 'B' ? this.world.aheadMs : 0;
    const life: Life = { process: name, ahead, asleepSince: null };
    this.#processes.set(name, { life, engine: await engineOf(this.#parts, life) });
  }

  #process(name: ProcessName): Process {
    const found = this.#processes.get(name);
    if (found === undefined) throw new Error('the processes are not started');
    return found;
  }

  life(name: ProcessName): Life {
    return this.#process(name).life;
  }

  /** Everything that decides what can still happen and how it is judged. */
  digest(): string {
    const { shelves, ledger } = this.#parts;
    const lives = NAMES.map((name) => this.life(name)).map(({ ahead, asleepSince }) => [ahead, asleepSince]);
    const clients = this.clients.map((client) => client.digest());
    const entries = ledger.entries.map(digestOf).sort((a, b) => a - b);
    const rest = JSON.stringify([lives, clients, this.sweeps, entries, this.#defects]);
    return `${this.machine.digest()} ${shelves.digest()} ${rest}`;
  }

  /** When the attempts are due that somebody has to look at. */
  dues(): readonly number[] {
    return this.#parts.shelves.all('attempts').flatMap(({ dueAt }) => dueAt ?? []);
  }

  /** Whether what it asks for has happened; always false of a reversal, because two may ask for the same. */
  #isDone(plan: Plan): boolean {
    const { shelves, ledger } = this.#parts;
    const done = ledger.entries.filter(({ outcome }) => outcome === 'approved');
    if (plan.kind === 'capture') return done.some(({ kind, amount }) => kind === 'capture' && amount === plan.amount);
    const attempts = shelves.all('attempts').filter(({ transactionId }) => transactionId === plan.name);
    return done.some(({ kind, key }) => kind === 'charge' && attempts.some(({ id }) => key.startsWith(id)));
  }

  async deliver(client: Client, to: ProcessName): Promise<void> {
    const { machine } = this;
    const { life, engine } = this.#process(to);
    const { plan } = client;
    const receivedAt = machine.now + life.ahead;
    const delivery = client.begin(to, this.#isDone(plan));
    await machine.causedBy(digest(`${plan.name} ${client.digest()} ${receivedAt}`), () => {
      const stopWaiting = machine.after(null, TIMES.deliveryMs, () => client.hangUp((one) => one === delivery));
      ask(engine, plan, { ...this.#beginning, receivedAt, nth: delivery.nth }).then(
        (reply) => {
          const act = () => {
            stopWaiting();
            client.hear(delivery, reply);
          };
          const label = `${plan.name} hears ${reply.said}`;
          machine.ask<void>(life, { label, target: plan.name, act, silence: () => {}, outlives: false });
        },
        (error: unknown) => this.#defects.push(String(error)),
      );
    });
  }

  async sweep(name: ProcessName): Promise<void> {
    this.sweeps += 1;
    const { engine, life } = this.#process(name);
    const cause = digest(`sweep ${this.sweeps} of ${name} ${this.machine.now + life.ahead}`);
    // A store that is away ends a round; the next one comes to the same attempts.
    await this.machine.causedBy(cause, () => void engine.reconciler.sweep().catch(() => {}));
  }

  async crash(name: ProcessName): Promise<void> {
    this.machine.end(this.life(name));
    for (const client of this.clients) client.hangUp(({ to }) => to === name);
    await this.#startProcess(name);
  }

  async stop(name: ProcessName): Promise<void> {
    this.life(name).asleepSince = this.machine.now;
  }

  async wake(name: ProcessName): Promise<void> {
    this.life(name).asleepSince = null;
  }

  async jump(name: ProcessName): Promise<void> {
    this.life(name).ahead += TIMES.jumpMs;
  }

  /**
   * Lets the reconcilers go round long after, without what is adrift and then with it.
   * @returns what is wrong, in words.
   */
  async end(): Promise<readonly string[]> {
    const { machine } = this;
    machine.atOnce = true;
    const engine = await engineOf(this.#parts, { process: 'C', ahead: 0, asleepSince: null });
    const faults = await this.#settle(engine);
    if (machine.adrift.length === 0 || faults.length > 0) return faults;
    for (const step of machine.adrift) await machine.arrive(step);
    return this.#settle(engine);
  }

  async #settle(engine: Engine): Promise<readonly string[]> {
    for (const ms of LONG_AFTER) {
      if (this.dues().length === 0) break;
      this.machine.now += ms;
      await engine.reconciler.sweep();
    }
    // Whoever reads a config completes its pointers.
    await engine.getPayinConfig(this.#beginning.principal, this.#beginning.configId);
    const { shelves, ledger } = this.#parts;
    return [...judge({ world: this.world, shelves, ledger, clients: this.clients }), ...this.#defects];
  }
}
