/**
 * Plays one call: sends what the provider sends, one request after the other until the provider is done, and says how it
 * ends. Decides how answers are lost where they are to be lost.
 */
import { type Clock, pause } from '../core/clock.ts';
import type { Call, Ending, Exchange, Login, Next, Simulator, WireReply, WireRequest } from '../core/simulator.ts';
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

/** One request and what became of it. */
export interface Delivery {
  readonly request: WireRequest;
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
  /** Of the requests that pay, the first is cut off while the connector works, the answer to the second is lost. */
  readonly loseAnswers?: boolean;
  /** What is sent, where that is not the provider's plain form. */
  readonly next?: Next;
}

/** Where nobody listens a provider waits before it tries again; how long is documented nowhere. */
const RECONNECT_MS = 1_000;

/** Never rejects: whatever the connector does is how the call ends. */
export async function playCall(line: Line, call: Call, options: PlayOptions = {}): Promise<Played> {
  const { simulator, login, clock } = line;
  const next = options.next ?? simulator.next;
  const deliveries: Delivery[] = [];
  for (;;) {
    const request = next(call, login, deliveries.map(exchangeOf));
    if (request === null) break;
    if (request.afterMs !== undefined) await pause(clock, request.afterMs);
    const losing = options.loseAnswers === true && request.pays ? deliveries.filter(pays).length : null;
    const delivery = await deliver(line, request, losing);
    deliveries.push(delivery);
    if (delivery.fate === 'unreachable' || delivery.fate === 'closed') await pause(clock, RECONNECT_MS);
  }
  const ending = simulator.ending(call, deliveries.map(exchangeOf));
  const ids = deliveries.flatMap(({ request, reply }) => simulator.ending(call, [{ request, reply }]).id ?? []);
  return { call, deliveries, ending, ids: [...new Set(ids)] };
}

/** The delivery as the provider knows of it. */
export function exchangeOf({ request, fate, reply }: Delivery): Exchange {
  return { request, reply: fate === 'heard' ? reply : null };
}

const pays = ({ request }: Delivery): boolean => request.pays;

/** One request. @param losing how many that pay were made before, where answers are to be lost; else null. */
async function deliver(line: Line, request: WireRequest, losing: number | null): Promise<Delivery> {
  const { simulator, url, wire, clock } = line;
  const since = clock.now();
  const hangUp = losing === 0;
  const { method, headers, body } = request;
  const { deliveryMs: patienceMs } = simulator.persistence;
  const heard = await wire.send({ method, headers, body, url: addressOf(url, request), patienceMs, hangUp });
  const ms = clock.now() - since;
  if ('silence' in heard) return { request, fate: hangUp ? 'hung_up' : heard.silence, reply: null, ms };
  return { request, fate: losing === 1 ? 'lost' : 'heard', reply: heard.reply, ms };
}

/** Where a request goes at that connector. */
export function addressOf(url: URL, { path }: WireRequest): URL {
  if (path === '') return url;
  const address = new URL(url);
  address.pathname = `${url.pathname.replace(/\/$/, '')}${path}`;
  return address;
}
