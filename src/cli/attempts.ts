/**
 * `cli attempts list`: what was sent and of which nobody knows what became. `cli attempts resolve`: a person's word on one of
 * them, after a look at the processor's own books.
 */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { Config } from '../config.ts';
import { formatMoney } from '../core/money.ts';
import type { OpenSend, OpenState, Word } from '../engine/by-hand.ts';
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

/**
 * Ends one of them with a person's word; the processor's own, where it has one by now, goes before it.
 * @returns whether something was open under these ids.
 * @throws {NoStore} and {StoreUnavailable}
 */
export async function resolveAttempt(
  config: Config,
  ids: { readonly attempt: string; readonly followUp: string | null },
  word: Word,
  { json, write }: Output,
): Promise<boolean> {
  const resolved = await withRuntime(config, async ({ engine }) => {
    const done = await engine.byHand.resolve(ids.attempt, ids.followUp, word);
    await engine.background.idle();
    return done;
  });
  if (json) write(`${JSON.stringify(resolved ?? { by: null, outcome: null })}\n`);
  else if (resolved === null) write('nothing is open under that id\n');
  else write(`${resolved.outcome}, by the word of the ${resolved.by}\n`);
  return resolved !== null;
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
