/**
 * The processors' side: a ledger of what was really charged, captured and given back, and processors over it in each of
 * the ways that an absent send can be given up. It dedupes by nothing but what it promises: `abandon` by the key of a
 * send, `once` by an object that succeeds once, `unproven` not at all. What a card or a capture is answered, send by send,
 * is the world's to say.
 */
import {
  type Absence,
  type CaptureOrder,
  type ChargeOrder,
  type Finding,
  NO_CHECKS,
  type Processor,
  type ReverseOrder,
  type SendOutcome,
  type Sent,
  type Verdict,
} from '../../src/core/processor.ts';
import { instrumentOf } from '../../src/core/tender.ts';
import type { Life, Machine } from './machine.ts';

/** What the issuer says to one send; `late`: approved, but only who looks hears of it; `unreachable`: nothing leaves. */
export type Answer = 'approved' | 'late' | 'declined' | 'unreachable';

/** One processor of a world. The answers by the last four digits of the card; after the last of them it stays so. */
export interface Upstream {
  readonly name: string;
  readonly absence: Absence;
  readonly answers: Readonly<Record<string, readonly Answer[]>>;
  /** To captures, send by send, and after the last of them it stays so. */
  readonly captures: readonly Answer[];
}

/** Something that happened at a processor. */
export interface Entry {
  readonly upstream: string;
  /** The key of the send. */
  readonly key: string;
  readonly kind: 'charge' | 'void' | 'refund' | 'capture';
  /** `abandoned`: the key was closed, and nothing is done under it any more. */
  readonly outcome: 'approved' | 'declined' | 'unreachable' | 'abandoned';
  readonly chargeableId: string;
  /** Minor units. */
  readonly amount: number;
  readonly last4: string;
}

/** Grows entry by entry; what is in it is what really happened. */
export type Ledger = { entries: readonly Entry[] };

export const DECLINE = 'INSUFFICIENT_FUNDS';

/** The processor as one life of a process reaches it. */
export function simulatedProcessor(machine: Machine, life: Life, ledger: Ledger, upstream: Upstream): Processor {
  const { name, absence } = upstream;
  const clock = machine.clockOf(life);
  const mine = () => ledger.entries.filter((entry) => entry.upstream === name);
  const under = (key: string) => mine().find((entry) => entry.key === key && entry.outcome !== 'unreachable') ?? null;

  function record(entry: Omit<Entry, 'upstream'>): Entry {
    const made = { upstream: name, ...entry };
    ledger.entries = [...ledger.entries, made];
    return made;
  }

  function answered(answer: Answer, entry: Omit<Entry, 'upstream' | 'outcome'>): SendOutcome {
    const made = record({ ...entry, outcome: answer === 'late' ? 'approved' : answer });
    if (answer === 'unreachable') return { kind: 'not_sent' };
    return answer === 'late' ? { kind: 'unknown' } : verdictOf(made);
  }

  /** The send that the object of this chargeable succeeded with; null for a processor without such objects, too. */
  function successOf(chargeableId: string): Entry | null {
    if (absence !== 'once') return null;
    const isIt = (entry: Entry) => entry.kind === 'charge' && entry.chargeableId === chargeableId;
    return mine().find((entry) => isIt(entry) && entry.outcome === 'approved') ?? null;
  }

  function charge(order: ChargeOrder): SendOutcome {
    const before = absence === 'abandon' ? under(order.attemptKey) : null;
    if (before !== null) return before.outcome === 'abandoned' ? { kind: 'not_sent' } : verdictOf(before);
    if (successOf(order.chargeableId) !== null) return { kind: 'closed' };
    const last4 = order.tender.kind === 'stored' ? '' : instrumentOf(order.tender).last4;
    const answers = upstream.answers[last4] ?? ['approved'];
    const sends = mine().filter((entry) => entry.kind === 'charge' && entry.last4 === last4);
    const answer = answers[Math.min(sends.length, answers.length - 1)] ?? 'approved';
    const { attemptKey: key, chargeableId, money } = order;
    return answered(answer, { key, kind: 'charge', chargeableId, amount: money.amount, last4 });
  }

  /** Captures whatever it is asked for, of what was voided, too: that it is not too much is the engine's to see to. */
  function capture({ captureKey: key, chargeableId, money }: CaptureOrder): SendOutcome {
    const before = absence === 'abandon' ? under(key) : null;
    if (before !== null) return before.outcome === 'abandoned' ? { kind: 'not_sent' } : verdictOf(before);
    const sends = mine().filter(({ kind, outcome }) => kind === 'capture' && outcome !== 'abandoned');
    const answer = upstream.captures[Math.min(sends.length, upstream.captures.length - 1)] ?? 'approved';
    return answered(answer, { key, kind: 'capture', chargeableId, amount: money.amount, last4: '' });
  }

  /** As `capture`. */
  function reverse({ reversalKey: key, kind, chargeableId, money }: ReverseOrder): SendOutcome {
    const before = absence === 'abandon' ? under(key) : null;
    if (before !== null) return before.outcome === 'abandoned' ? { kind: 'not_sent' } : verdictOf(before);
    return verdictOf(record({ key, kind, outcome: 'approved', chargeableId, amount: money.amount, last4: '' }));
  }

  /** An object remembers the card that it succeeded with, not our key. */
  function lookup({ kind, key, chargeableId, instrument }: Sent): Finding {
    const success = kind === 'charge' ? successOf(chargeableId) : null;
    if (success !== null) return success.last4 === instrument.last4 ? verdictOf(success) : { kind: 'closed' };
    if (kind === 'charge' && absence === 'once') return { kind: 'absent' };
    const found = under(key);
    return found === null || found.outcome === 'abandoned' ? { kind: 'absent' } : verdictOf(found);
  }

  function abandon(sent: Sent): Finding {
    const { key, kind, chargeableId } = sent;
    if (kind === 'tokenize') throw new Error('no world stores a tender');
    if (under(key) === null) record({ key, kind, outcome: 'abandoned', chargeableId, amount: 0, last4: '' });
    return lookup(sent);
  }

  /** The deadline is looked at before the message leaves; how long that is under way nobody knows. */
  async function send(label: string, deadline: number, act: () => SendOutcome): Promise<SendOutcome> {
    if (clock.now() >= deadline) return { kind: 'not_sent' };
    return machine.ask<SendOutcome>(life, {
      label,
      target: name,
      act,
      silence: () => ({ kind: 'unknown' }),
      outlives: true,
    });
  }

  const find = (label: string, act: () => Finding, outlives: boolean) =>
    machine.ask<Finding>(life, { label, target: name, act, silence: () => ({ kind: 'unavailable' }), outlives });

  return {
    name,
    sandbox: true,
    tenders: ['card'],
    requires: { securityCode: false, postalCode: false, accountHolder: false },
    absence,
    settlesAfterMs: null,
    // The object exists from the first question on: it is made under the chargeable's own key.
    ...(absence === 'once'
      ? {
          prepare: async ({ key }: { readonly key: string }) => ({
            kind: 'ready' as const,
            upstream: `object of ${key}`,
          }),
        }
      : {}),
    charge: (order) => send(`charge at ${name}`, order.deadline, () => charge(order)),
    capture: (order) => send(`capture at ${name}`, order.deadline, () => capture(order)),
    reverse: (order) => send(`${order.kind} at ${name}`, order.deadline, () => reverse(order)),
    lookup: (sent) => find(`look up at ${name}`, () => lookup(sent), false),
    ...(absence === 'abandon'
      ? { abandon: (sent: Sent) => find(`abandon at ${name}`, () => abandon(sent), true) }
      : {}),
    settled: async () => true,
    async tokenize() {
      throw new Error('no world stores a tender');
    },
    ping: async () => {},
    close: async () => {},
  };
}

function verdictOf({ outcome, chargeableId, amount, key, kind }: Entry): Verdict {
  const told = { checks: NO_CHECKS, reference: key };
  if (outcome !== 'approved') return { kind: 'declined', code: DECLINE, token: null, ...told };
  const money = { amount, currency: 'USD' } as const;
  return { kind: 'approved', chargeableId, account: null, money, token: kind === 'charge' ? 'token' : null, ...told };
}
