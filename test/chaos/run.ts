/** One run of chaos on one store: servers, callers and disturbances together, then quiet, then the verdict. */
import { simulators } from '../../adapters/simulators.ts';
import { loadConfig } from '../../src/config.ts';
import type { Principal } from '../../src/core/principal.ts';
import type { Store } from '../../src/core/store.ts';
import { CARD_BRANDS } from '../../src/core/tender.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createLog } from '../../src/log.ts';
import { openRuntime } from '../../src/runtime.ts';
import { type Draw, drawsOf } from '../support/draw.ts';
import { eventually } from '../support/eventually.ts';
import { createDatabase } from '../support/stores.ts';
import { createCallers, type Payment, paymentOf } from './callers.ts';
import { cuttableStore } from './cuts.ts';
import { createEnding, ENDS_WITHIN_MS } from './ending.ts';
import { startFleet } from './fleet.ts';
import type { Judgement, Tally } from './judge.ts';
import { UPSTREAMS, type UpstreamName } from './upstreams.ts';

export interface ChaosOptions {
  readonly store: Store['name'];
  readonly upstream: UpstreamName;
  /** At least; more are made until there were as many kills and stops as servers. */
  readonly payments: number;
  readonly servers: number;
  /** How many callers call at the same time. */
  readonly atOnce: number;
  readonly seed: number;
  /**
   * How long the last deliveries wait, milliseconds: where nobody knows, they are told so within a minute; in less, some
   * providers are kept in silence, which has to do for an answer then.
   */
  readonly lastPatienceMs: number;
  readonly progress: (line: string) => void;
}

/** What a run came to. */
export interface Figures extends Tally {
  readonly store: Store['name'];
  readonly upstream: UpstreamName;
  readonly seed: number;
  readonly payments: number;
  readonly deliveries: number;
  readonly kills: number;
  readonly stops: number;
  readonly cuts: number;
  readonly seconds: number;
  readonly wrong: Judgement;
  /** Attempts of which nobody can know. */
  readonly forAPerson: number;
}

const SECRET = 'a secret that only the chaos run knows';
/** A cart is handed over within its call; the others name a config that was made before. */
const PROVIDERS = simulators.filter(({ pays }) => pays === 'config');
/** How many callers ask at the same time once nobody disturbs any more. */
const ASK_AT_ONCE = 96;
const PROGRESS_MS = 5_000;

/** @throws where a server gives a reply that is none, or a payment does not end. */
export async function runChaos(options: ChaosOptions): Promise<Figures> {
  const { seed, servers, progress } = options;
  const since = Date.now();
  const database = await createDatabase(options.store);
  const upstream = await UPSTREAMS[options.upstream](database);
  const runtime = await openRuntime(
    loadConfig({ ...upstream.env, STORE_URL: database.url, SECRET_KEY: SECRET }),
    createLog({ level: 'error', form: 'text', out: process.stderr }),
  );
  const store = await cuttableStore(database);
  const { merchant, adminKey, connectorKey } = await runtime.engine.accounts.setUp('Chaos', 'Merchant');
  const owner = await runtime.engine.accounts.authenticate(adminKey.secret.reveal(), null);
  if (owner === null) throw new Error('a key that was just made is good');
  const env = { ...upstream.env, STORE_URL: store.url, SECRET_KEY: SECRET };
  const breakable = [store, ...upstream.breakable];
  const fleet = await startFleet(servers, env, breakable);
  const callers = createCallers({ username: 'api_key', password: connectorKey.secret });
  let says: NodeJS.Timeout | undefined;
  try {
    await runtime.engine.accounts.setRouting(owner, merchant.id, upstream.routing);
    const payments: Payment[] = [];
    let called = false;
    says = setInterval(() => {
      const { kills, stops, cuts } = fleet.disturbances;
      progress(
        `${options.store}: ${payments.length} of ${options.payments}, ${kills} kills, ${stops} stops, ${cuts} cuts`,
      );
    }, PROGRESS_MS);
    const isOver = (made: number) => {
      const { kills, stops } = fleet.disturbances;
      return made >= options.payments && kills + stops >= servers;
    };
    const calling = inLines(options.atOnce, isOver, async (i) => {
      const draw = drawsOf(seed, i);
      const payment = await prepare(runtime.engine, owner, merchant.id, draw, `of chaos, ${i}`);
      payments.push(payment);
      for (const transaction of payment.transactions) await callers.call(transaction, () => fleet.url(draw), draw);
    }).finally(() => {
      called = true;
    });
    const draws = Array.from({ length: servers + breakable.length }, (_, i) => drawsOf(seed, -1 - i));
    // Whatever fails, nobody may be disturbing when all is closed.
    const disturbing = fleet.disturb(draws, () => called);
    await calling.finally(() => disturbing);
    progress(`${options.store}: nobody disturbs any more`);
    const { settle, verdict } = createEnding(runtime, upstream);
    await inLines(
      ASK_AT_ONCE,
      (asked) => asked >= payments.length,
      async (i) => {
        const draw = drawsOf(seed, i);
        await settle(payments[i], (transaction) => callers.ask(transaction, fleet.url(draw), options.lastPatienceMs));
      },
    );
    const { tally, forAPerson, wrong } = await verdict(payments);
    const { kills, stops, cuts } = fleet.disturbances;
    const deliveries = payments.flatMap(({ transactions }) => transactions.flatMap(({ told }) => told)).length;
    const seconds = Math.round((Date.now() - since) / 1_000);
    const { length } = payments;
    const counts = { payments: length, deliveries, kills, stops, cuts, seconds };
    return { store: options.store, upstream: options.upstream, seed, ...counts, ...tally, forAPerson, wrong };
  } finally {
    clearInterval(says);
    callers.close();
    await fleet.close();
    await store.close();
    await upstream.close();
    await runtime.close();
    await database.destroy();
  }
}

/** Does the work for each number from 0 on until it is over, so many at a time. */
async function inLines(
  atOnce: number,
  isOver: (begun: number) => boolean,
  work: (i: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const line = async () => {
    while (!isOver(next)) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, line));
}

async function prepare(
  engine: Engine,
  owner: Principal,
  merchantId: string,
  draw: Draw,
  idempotencyKey: string,
): Promise<Payment> {
  const terms = {
    idempotencyKey,
    billingContact: { postal_code: '94107' },
    metadata: {},
    tenders: ['card'],
    brands: CARD_BRANDS,
    requirePostalCode: false,
    requireSecurityCode: false,
  } as const;
  const tokenizes = draw(0, 5) === 0;
  // SQLite may be locked by a cut just now.
  const config = await eventually<{ readonly id: string }>(
    () =>
      tokenizes
        ? engine.createPaymentMethodConfig(owner, { ...terms, platformId: owner.platformId, billableMerchantId: null })
        : engine.createPayinConfig(owner, {
            ...terms,
            merchantId,
            amount: 1_000,
            currency: 'USD',
            methodMetadata: {},
            validUntil: null,
            givenUpstream: null,
          }),
    ENDS_WITHIN_MS,
  );
  return paymentOf(config.id, tokenizes ? 'tokenize' : 'charge', PROVIDERS, draw);
}
