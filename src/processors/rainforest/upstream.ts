/**
 * Rainforest's configs, the objects that succeed once: every attempt of a chargeable goes through one of them. Decides
 * which is taken and which is none; moves no money, so it may be asked again for as long as there is time.
 */
import { type Clock, pause } from '../../core/clock.ts';
import { sameMoney } from '../../core/money.ts';
import type { Prepared, UpstreamOrder } from '../../core/processor.ts';
import type { RainforestApi, Reply } from './api.ts';
import { methodConfigBody, payinConfigBody, processingModeOf } from './bodies.ts';
import { type Fields, textAt } from './fields.ts';
import { moneyAt } from './read.ts';

/** Whose configs are made: Rainforest's own ids. */
export interface Owner {
  readonly platformId: string;
  readonly merchantOf: (account: string | null) => string | null;
}

/** Milliseconds that one try may take, and between the first two of them; each gap is twice the one before. */
const TRY_MS = 3_000;
const FIRST_GAP_MS = 100;

const REFUSED: Prepared = { kind: 'refused' };

/** Prepares as `Processor.prepare`. Never rejects. */
export function createUpstream(
  api: RainforestApi,
  clock: Clock,
  owner: Owner,
): (order: UpstreamOrder) => Promise<Prepared> {
  /** A config takes no attempt any more because it has succeeded: another in its place would charge a second time. */
  async function prepare(order: UpstreamOrder): Promise<Prepared> {
    const { kind, given, closed, account } = order;
    const merchantId = owner.merchantOf(account);
    if (closed !== null || (kind === 'charge' && merchantId === null)) return REFUSED;
    if (kind === 'tokenize' || merchantId === null) {
      if (given !== null) return REFUSED;
      const body = methodConfigBody(order, owner.platformId);
      const reply = await post('/v1/payment_method_configs', body, order);
      return prepared(reply, 'payment_method_config_id', ({ platform_id }) => platform_id === owner.platformId);
    }
    const isFit = (config: Fields) => fits(config, order, merchantId);
    if (given === null) {
      const reply = await post('/v1/payin_configs', payinConfigBody(order, merchantId), order);
      return prepared(reply, 'payin_config_id', isFit);
    }
    const reply = await insist(order, (deadline) =>
      api({
        method: 'GET',
        path: `/v1/payin_configs/${encodeURIComponent(given)}`,
        key: 'config',
        body: null,
        account,
        deadline,
      }),
    );
    return prepared(reply, 'payin_config_id', (config) => isFit(config) && config['payin'] === null);
  }

  function post(path: `/${string}`, body: object, order: UpstreamOrder): Promise<Reply> {
    const { account } = order;
    return insist(order, (deadline) => api({ method: 'POST', path, key: 'config', body, account, deadline }));
  }

  /** Asks until there is a word, for half of the time that is left: the other half is for the payment itself. */
  async function insist({ deadline }: UpstreamOrder, ask: (deadline: number) => Promise<Reply>): Promise<Reply> {
    const until = clock.now() + (deadline - clock.now()) / 2;
    for (let gap = FIRST_GAP_MS; ; gap *= 2) {
      const tooLong = pause(clock, TRY_MS).then((): Reply => ({ kind: 'unknown' }));
      const reply = await Promise.race([ask(until), tooLong]);
      if (reply.kind === 'data' || reply.kind === 'refused' || clock.now() + gap >= until) return reply;
      await pause(clock, gap);
    }
  }

  return prepare;
}

/** Keys that are not accepted can be mended in the settings; what a request itself is refused for cannot. */
function prepared(reply: Reply, idName: string, isFit: (config: Fields) => boolean): Prepared {
  if (reply.kind === 'refused' && (reply.status === 400 || reply.status === 404)) return REFUSED;
  if (reply.kind !== 'data') return { kind: 'unavailable' };
  const upstream = textAt(reply.data, idName);
  return upstream !== null && isFit(reply.data) ? { kind: 'ready', upstream } : REFUSED;
}

/** Whether it charges what is to be charged, for whom and how; a platform may have made it otherwise. */
function fits(config: Fields, order: UpstreamOrder, merchantId: string): boolean {
  const money = moneyAt(config, 'amount');
  return (
    textAt(config, 'merchant_id') === merchantId &&
    money !== null &&
    order.money !== null &&
    sameMoney(money, order.money) &&
    (textAt(config, 'processing_mode') ?? 'AUTHORIZE_AND_CAPTURE') === processingModeOf(order) &&
    (order.partial || config['allow_partial_authorization'] !== true)
  );
}
