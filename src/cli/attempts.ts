/**
 * `cli attempts list`: what was sent and of which nobody knows what became. `cli attempts resolve`: a person's word on one of
 * them, after a look at the processor's own books.
 */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { Config } from '../config.ts';
import { formatMoney } from '../core/money.ts';
import type { OpenSend, OpenState, Resolved, Word } from '../engine/by-hand.ts';
import { openRuntime, type Runtime, requireStore } from '../runtime.ts';
import type { Output } from './output.ts';
import { createTerminalLog } from './terminal-log.ts';

/** Lists the open ones in these states, oldest first. @throws {NoStore} and {StoreUnavailable} */
export async function listAttempts(
  config: Config,
  states: readonly OpenState[],
  { json, write }: Output,
): Promise<void> {
  const rows = await withRuntime(config, ({ engine }) => engine.byHand.list(states));
  if (json) {
    write(`${JSON.stringify(rows.map(shown))}\n`);
    return;
  }
  const table = new Table({
    ...(pc.isColorSupported ? {} : { style: { head: [], border: [] } }),
    head: ['since', 'state', 'what', 'amount', 'processor', 'attempt', 'follow-up', 'config'],
  });
  for (const row of rows.map(shown)) {
    const { since, state, kind, money, processor, attempt, follow_up, config_id } = row;
    table.push([since, state, kind, money ?? '', processor, attempt, follow_up ?? '', config_id]);
  }
  write(rows.length === 0 ? 'nothing is open\n' : `${table.toString()}\n`);
}

/** What a person says of a send. */
export interface Said {
  readonly attempt: string;
  readonly followUp: string | null;
  readonly word: Word;
  /** Where the processor says nothing, too. */
  readonly force: boolean;
}

/**
 * Ends one of them with a person's word; the processor's own, where it has one by now, goes before it.
 * @returns whether something was ended.
 * @throws {NoStore} and {StoreUnavailable}
 */
export async function resolveAttempt(
  config: Config,
  { attempt, followUp, word, force }: Said,
  { json, write }: Output,
): Promise<boolean> {
  const resolved = await withRuntime(config, async ({ engine }) => {
    const done = await engine.byHand.resolve(attempt, followUp, word, force);
    await engine.background.idle();
    return done;
  });
  write(json ? `${JSON.stringify(resolved ?? { kind: 'nothing_open' })}\n` : `${sentenceOf(resolved)}\n`);
  return resolved?.kind === 'resolved';
}

function sentenceOf(resolved: Resolved | null): string {
  if (resolved === null) return 'nothing is open under that id';
  if (resolved.kind === 'resolved') return `${resolved.outcome}, by the word of the ${resolved.by}`;
  const { because, processor } = resolved;
  const why = because === 'open' ? `${processor} has not decided yet` : `${processor} cannot be asked now`;
  return `${why}: nothing was changed. --force ends it all the same.`;
}

function shown({ attempt, followUp }: OpenSend) {
  const { currency } = attempt;
  const amount = followUp?.amount ?? attempt.amount;
  return {
    since: new Date(followUp?.createdAt ?? attempt.createdAt).toISOString(),
    state: followUp?.state ?? attempt.state,
    kind: followUp?.kind ?? attempt.command,
    money: amount === null || currency === null ? null : `${formatMoney({ amount, currency })} ${currency}`,
    processor: attempt.route.processor,
    attempt: attempt.id,
    follow_up: followUp?.id ?? null,
    config_id: attempt.chargeableId,
    payin_id: attempt.payinId,
    merchant_id: attempt.merchantId,
  };
}

async function withRuntime<T>(config: Config, work: (runtime: Runtime) => Promise<T>): Promise<T> {
  requireStore(config);
  const runtime = await openRuntime(config, createTerminalLog());
  try {
    return await work(runtime);
  } finally {
    await runtime.close();
  }
}
