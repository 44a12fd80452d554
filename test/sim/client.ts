/**
 * Who asks: a provider with a caller's card, or a backend. Decides when it asks again and what it takes for final: a
 * provider takes any answer, a backend one that says yes or no. Remembers what it was told, for the oracle. How a process
 * is asked is ask.ts.
 */
import { isProvider } from './ask.ts';
import type { Plan, ProcessName } from './world.ts';

/**
 * `no`: declined or refused. `pending` and `unknown`: neither yes nor no. `away`: the store was not there, and nothing was
 * or will be sent for this request. `what` is the code, or what an approval names.
 */
export interface Reply {
  readonly said: 'yes' | 'no' | 'pending' | 'unknown' | 'away';
  readonly what: string;
}

interface Delivery {
  readonly to: ProcessName;
  /** How many deliveries came before it. */
  readonly nth: number;
  /** Whether what it asks for had been done when it came. */
  readonly afterwards: boolean;
}

const WEIGHT = { no: 0, away: 0, pending: 1, unknown: 1, yes: 2 } as const satisfies Record<Reply['said'], number>;

/** One asker through its deliveries. */
export class Client {
  readonly plan: Plan;
  /** Heard or not, what binds the engine: a yes, a no to what had been done before, and of a payment that it is unknown. */
  told: readonly Reply[] = [];
  /** The answer that it takes for final. */
  heard: Reply | null = null;
  #delivered = 0;
  #standing: Delivery | null = null;

  constructor(plan: Plan) {
    this.plan = plan;
  }

  get #isImpatient(): boolean {
    return this.plan.kind === 'payment' && this.plan.manner === 'impatient';
  }

  /** The process that its next delivery goes to, or null while it waits or is done. */
  next(): ProcessName | null {
    if (this.heard !== null || (this.#standing !== null && !this.#isImpatient)) return null;
    return this.plan.to[this.#delivered] ?? null;
  }

  /** Whether nobody answers it any more and it is about to ask again, which it does at once. */
  repeats(): boolean {
    return this.#delivered > 0 && this.#standing === null && this.next() !== null;
  }

  /** Sets out with the next delivery. */
  begin(to: ProcessName, afterwards: boolean): Delivery {
    const delivery = { to, nth: this.#delivered, afterwards };
    this.#delivered += 1;
    this.#standing = delivery;
    return delivery;
  }

  /** Nobody answers any more, or nobody answered in time. */
  hangUp(gone: (standing: Delivery) => boolean): void {
    if (this.#standing !== null && gone(this.#standing)) this.#standing = null;
  }

  /** Who has several deliveries out hears them all, and takes a no for final only where all of them say so. */
  hear(delivery: Delivery, reply: Reply): void {
    const { afterwards } = delivery;
    const known = this.told.some(({ said, what }) => said === reply.said && what === reply.what);
    if (!known && binds(reply, this.plan, afterwards)) this.told = [...this.told, reply];
    const isAwaited = this.#standing === delivery;
    if (isAwaited) this.#standing = null;
    const final = isProvider(this.plan) || reply.said === 'yes' || reply.said === 'no';
    const counts = this.heard === null || WEIGHT[reply.said] > WEIGHT[this.heard.said];
    if ((isAwaited || this.#isImpatient) && final && counts) this.heard = reply;
  }

  digest(): string {
    return JSON.stringify([this.#delivered, this.#standing, this.heard, this.told]);
  }
}

function binds({ said }: Reply, { kind }: Plan, afterwards: boolean): boolean {
  return said === 'yes' || (said === 'no' && afterwards) || (said === 'unknown' && kind === 'payment');
}
