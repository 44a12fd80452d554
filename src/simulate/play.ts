/**
 * Plays one call: delivers it as the provider does, repeats it on silence as often as the provider would, and says how
 * it ends. Decides how answers are lost where they are to be lost.
 */
import { type Clock, pause } from '../core/clock.ts';
import type { Call, Ending, Login, Simulator, WireReply, WireRequest } from '../core/simulator.ts';
import type { Silence, Wire } from './wire.ts';

/** A provider, and the connector that it delivers to. */
export interface Line {
  readonly simulator: Simulator;
  readonly url: URL;
  readonly login: Login;
  readonly wire: Wire;
  readonly clock: Clock;
}

/** `heard` counts; `hung_up`: the request went out and the connection was cut; `lost`: the reply never arrived. */
export type Fate = 'heard' | 'hung_up' | 'lost' | Silence;

/** One delivery and what became of it. */
export interface Delivery {
  readonly fate: Fate;
  /** As the connector sent it, lost or not; null where there is none. */
  readonly reply: WireReply | null;
  /** Milliseconds until it was over. */
  readonly ms: number;
}

/** A call that is over. */
export interface Played {
  readonly call: Call;
  readonly deliveries: readonly Delivery[];
  readonly ending: Ending;
  /** Every different id that the connector gave for this one transaction, in replies that were lost, too. */
  readonly ids: readonly string[];
}

/** How a call is played where not plainly. */
export interface PlayOptions {
  /** The first delivery is cut off while the connector works, the answer to the second is lost on its way back. */
  readonly loseAnswers?: boolean;
  /** What is sent, where that is not the provider's plain form. */
  readonly request?: WireRequest;
}

/** Where nobody listens a provider waits before it tries again; how long is documented nowhere. */
const RECONNECT_MS = 1_000;

/** Never rejects: whatever the connector does is how the call ends. */
export async function playCall(line: Line, call: Call, options: PlayOptions = {}): Promise<Played> {
  const { simulator, login, clock } = line;
  const request = options.request ?? simulator.request(call, login);
  const deliveries: Delivery[] = [];
  let final: WireReply | null = null;
  while (final === null && deliveries.length < simulator.persistence.deliveries) {
    const delivery = await deliver(line, request, options.loseAnswers === true ? deliveries.length : null);
    deliveries.push(delivery);
    if (delivery.fate === 'heard') final = delivery.reply;
    else if (delivery.fate === 'unreachable' || delivery.fate === 'closed') await pause(clock, RECONNECT_MS);
  }
  const ending = simulator.ending(call, final);
  const ids = deliveries.flatMap(({ reply }) => (reply === null ? [] : (simulator.ending(call, reply).id ?? [])));
  return { call, deliveries, ending, ids: [...new Set(ids)] };
}

/** One delivery of the request. @param losing how many were made before, where answers are to be lost; else null. */
async function deliver(line: Line, request: WireRequest, losing: number | null): Promise<Delivery> {
  const { simulator, url, wire, clock } = line;
  const since = clock.now();
  const hangUp = losing === 0;
  const heard = await wire.send({ ...request, url, patienceMs: simulator.persistence.deliveryMs, hangUp });
  const ms = clock.now() - since;
  if ('silence' in heard) return { fate: hangUp ? 'hung_up' : heard.silence, reply: null, ms };
  return { fate: losing === 1 ? 'lost' : 'heard', reply: heard.reply, ms };
}
