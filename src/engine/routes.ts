/**
 * Which processor an attempt goes to. Decides the order of a merchant's first and second, and what binds an attempt to
 * one of them: a stored method lives with whoever keeps it, and where something of which nobody knows went through an
 * upstream object, nothing ever goes elsewhere (exactly-once rule 5).
 */

import type { Chargeable, Upstream } from '../core/chargeable-records.ts';
import { type DeclineCode, Refused } from '../core/errors.ts';
import type { Prepared, Processor, Route, Routing } from '../core/processor.ts';
import type { Attempt } from '../core/store.ts';
import type { TenderKind } from '../core/tender.ts';
import type { EngineContext } from './context.ts';
import { priceOf } from './price.ts';
import type { AcceptedTender } from './terms.ts';

/** Where an attempt is about to go. */
export interface WayOut {
  readonly route: Route;
  /** What it will go through; null where the processor has no such objects. */
  readonly upstream: Upstream | null;
}

/** The processors, seen from a config. */
export interface Routes {
  /** The first of them, which decides what the config can take; null where it is not set up here. */
  processorOf(chargeable: Chargeable): Processor | null;
  /**
   * Where this delivery may send the attempt, with the upstream object ready. Moves no money.
   * @param existing the attempt as found, whose last send decides whose turn it is.
   * @throws {Refused} `PROCESSOR_UNREACHABLE`, `UPSTREAM_NOT_USABLE`, `OUTCOME_UNKNOWN`
   */
  open(chargeable: Chargeable, accepted: AcceptedTender, existing: Attempt | null, deadline: number): Promise<WayOut>;
  /** Whether an attempt that was certainly not charged by the first goes to the second now, in the same delivery. */
  goesOn(attempt: Attempt, chargeable: Chargeable): boolean;
  /** Whether it would after this decline. */
  passesOn(attempt: Attempt, chargeable: Chargeable, code: DeclineCode): boolean;
}

const sameRoute = (a: Route, b: Route) => a.processor === b.processor && a.account === b.account;

/** Keeps nothing between calls. */
export function createRoutes({ processors }: Pick<EngineContext, 'processors'>): Routes {
  const routingOf = ({ routing }: Chargeable): Routing =>
    routing ?? { first: processors.route, second: null, secondAfter: [] };

  /** The second processor, where this kind of tender may go there and nothing binds the config to the first. */
  function secondFor(chargeable: Chargeable, tender: TenderKind): Route | null {
    const { first, second } = routingOf(chargeable);
    if (second === null || sameRoute(first, second) || chargeable.upstream?.doubtful === true) return null;
    return processors.of(second.processor)?.tenders.includes(tender) === true ? second : null;
  }

  /** In the order in which they are tried. */
  function waysFor(chargeable: Chargeable, accepted: AcceptedTender, existing: Attempt | null): readonly Route[] {
    if (accepted.keeper !== null) return [accepted.keeper];
    if (chargeable.upstream?.doubtful === true) return [chargeable.upstream.route];
    if (existing?.state === 'reserved') return [existing.route];
    const { first } = routingOf(chargeable);
    const second = secondFor(chargeable, accepted.instrument.kind);
    if (second === null) return [first];
    return existing !== null && sameRoute(existing.route, first) ? [second] : [first, second];
  }

  async function open(
    chargeable: Chargeable,
    accepted: AcceptedTender,
    existing: Attempt | null,
    deadline: number,
  ): Promise<WayOut> {
    for (const route of waysFor(chargeable, accepted, existing)) {
      const way = await openAt(route, chargeable, accepted, deadline);
      if (way !== null) return way;
    }
    throw new Refused('PROCESSOR_UNREACHABLE');
  }

  /** Null where the processor cannot be reached, or is not set up here. */
  async function openAt(
    route: Route,
    chargeable: Chargeable,
    accepted: AcceptedTender,
    deadline: number,
  ): Promise<WayOut | null> {
    const processor = processors.of(route.processor);
    if (processor === null) return null;
    if (processor.prepare === undefined) return { route, upstream: null };
    const money = priceOf(chargeable, accepted.instrument.kind);
    const amount = money?.amount ?? null;
    const before = chargeable.upstream;
    const standing = before !== undefined && sameRoute(before.route, route) ? before : null;
    if (standing !== null && !standing.closed && standing.amount === amount) return { route, upstream: standing };
    // What went through it may have charged: another in its place could charge a second time.
    if (standing?.doubtful === true) throw new Refused('OUTCOME_UNKNOWN');
    const { first } = routingOf(chargeable);
    const terms = chargeable.kind === 'payin' ? chargeable : null;
    const prepared = await processor
      .prepare({
        kind: money === null ? 'tokenize' : 'charge',
        chargeableId: chargeable.id,
        // The price of a cart depends on the tender, and an object has one price.
        key: chargeable.kind === 'cart' ? `${chargeable.id}.${amount}` : chargeable.id,
        account: route.account,
        money,
        mode: terms?.mode ?? 'authorize_and_capture',
        partial: terms?.partial ?? false,
        given: sameRoute(route, first) ? (terms?.givenUpstream ?? null) : null,
        closed: standing?.closed === true ? standing.id : null,
        deadline,
      })
      .catch(() => UNAVAILABLE);
    switch (prepared.kind) {
      case 'ready':
        return { route, upstream: { route, id: prepared.upstream, amount, closed: false, doubtful: false } };
      case 'refused':
        throw new Refused('UPSTREAM_NOT_USABLE');
      case 'unavailable':
        return null;
    }
  }

  function goesOn(attempt: Attempt, chargeable: Chargeable): boolean {
    const { state, route, bound, instrument } = attempt;
    return (
      state === 'not_sent' &&
      bound !== true &&
      sameRoute(route, routingOf(chargeable).first) &&
      secondFor(chargeable, instrument.kind) !== null
    );
  }

  return {
    processorOf: (chargeable) => processors.of(routingOf(chargeable).first.processor),
    open,
    goesOn,
    passesOn: (attempt, chargeable, code) =>
      goesOn({ ...attempt, state: 'not_sent' }, chargeable) && routingOf(chargeable).secondAfter.includes(code),
  };
}

const UNAVAILABLE = { kind: 'unavailable' } as const satisfies Prepared;
