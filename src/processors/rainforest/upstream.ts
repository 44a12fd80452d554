/**
 * Rainforest's configs, the objects that succeed once: every attempt of a chargeable goes through one of them. Decides
 * which is taken and which is none; moves no money, so it may be asked again for as long as there is time.
 */
import { type Clock, pause } from '../../core/clock.ts';
import { sameMoney } from '../../core/money.ts';
import type { Prepared, UpstreamOrder } from '../../core/processor.ts';
import type { Complain } from '../complaint.ts';
import { type Call, inTime, type RainforestApi, type Reply } from './api.ts';
import { methodConfigBody, payinConfigBody, processingModeOf } from './bodies.ts';
import { type Fields, textAt } from './fields.ts';
import { isOf } from './outcomes.ts';
import { moneyAt } from './read.ts';

/** Whose configs are made: Rainforest's own ids. */
export interface Owner {
  readonly platformId: string;
  readonly merchantOf: (account: string | null) => string | null;
  /** Whether all ids are the sandbox's. */
  readonly sandbox: boolean;
}

/** Milliseconds between the first two tries; each gap is twice the one before. */
const FIRST_GAP_MS = 100;

const REFUSED: Prepared = { kind: 'refused' };
const UNAVAILABLE: Prepared = { kind: 'unavailable' };

/** Prepares as `Processor.prepare`. Never rejects. */
export function createUpstream(
  api: RainforestApi,
  clock: Clock,
  owner: Owner,
  complain: Complain,
): (order: UpstreamOrder) => Promise<Prepared> {
  /** A config takes no attempt any more because it has succeeded: another in its place would charge a second time. */
  async function prepare(order: UpstreamOrder): Promise<Prepared> {
    const { kind, given, closed, account } = order;
    if (closed !== null) return REFUSED;
    if (kind === 'tokenize') return given === null ? methodConfig(order) : REFUSED;
    const merchantId = owner.merchantOf(account);
    if (merchantId === null) {
      complain({ kind: 'setting_missing', setting: 'RAINFOREST_MERCHANT_ID', account });
      return UNAVAILABLE;
    }
    return given === null ? payinConfig(order, merchantId) : givenConfig(order, merchantId, given);
  }

  async function methodConfig(order: UpstreamOrder): Promise<Prepared> {
    const { platformId } = owner;
    const reply = await insist(order, 'POST', '/v1/payment_method_configs', methodConfigBody(order, platformId));
    return prepared(reply, 'payment_method_config_id', (config) => textAt(config, 'platform_id') === platformId);
  }

  async function payinConfig(order: UpstreamOrder, merchantId: string): Promise<Prepared> {
    const reply = await insist(order, 'POST', '/v1/payin_configs', payinConfigBody(order, merchantId));
    return prepared(reply, 'payin_config_id', (config) => fits(config, order, merchantId));
  }

  /** One that was used already was so by others: nothing of ours has gone through it yet. */
  async function givenConfig(order: UpstreamOrder, merchantId: string, given: string): Promise<Prepared> {
    const reply = await insist(order, 'GET', `/v1/payin_configs/${encodeURIComponent(given)}`, null);
    return prepared(
      reply,
      'payin_config_id',
      (config, id) => id === given && fits(config, order, merchantId) && config['payin'] === null,
    );
  }

  /** Asks until there is a word, for half of the time that is left: the other half is for the payment itself. */
  async function insist(
    { account, deadline }: UpstreamOrder,
    method: Call['method'],
    path: Call['path'],
    body: object | null,
  ): Promise<Reply> {
    const until = clock.now() + (deadline - clock.now()) / 2;
    for (let gap = FIRST_GAP_MS; ; gap *= 2) {
      const reply = await inTime(clock, api({ method, path, key: 'config', body, account, deadline: until }));
      if (reply.kind === 'data' || reply.kind === 'refused' || clock.now() + gap >= until) return reply;
      await pause(clock, gap);
    }
  }

  /** Keys that are not accepted can be mended in the settings; what a request itself is refused for cannot. */
  function prepared(reply: Reply, idName: string, isFit: (config: Fields, id: string) => boolean): Prepared {
    if (reply.kind === 'refused' && (reply.status === 400 || reply.status === 404)) return REFUSED;
    if (reply.kind !== 'data') return UNAVAILABLE;
    const upstream = textAt(reply.data, idName);
    const isOurs = upstream !== null && isOf(owner.sandbox, upstream) && isFit(reply.data, upstream);
    return isOurs ? { kind: 'ready', upstream } : REFUSED;
  }

  return prepare;
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
