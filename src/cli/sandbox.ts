/**
 * `cli sandbox ledger`: what the sandbox really did, apart from what the engine recorded of it. `cli sandbox settle`: its
 * payins settle now, and the engine's records say so.
 */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { Config } from '../config.ts';
import { systemClock } from '../core/clock.ts';
import { attemptIdOf, attemptKey } from '../engine/attempt.ts';
import { createLog } from '../log.ts';
import { listLedger } from '../processors/sandbox/ledger.ts';
import { openSandboxLedger } from '../processors/sandbox/open.ts';
import { settleCharges } from '../processors/sandbox/settle.ts';
import { openRuntime, type Runtime } from '../runtime.ts';
import type { Output } from './main.ts';

/** The whole ledger, oldest entry first, amounts in minor units. @throws {StoreUnavailable} */
export async function sandboxLedger(config: Config, { json, write }: Output): Promise<void> {
  const ledger = await openSandboxLedger(config.store.location);
  try {
    const rows = await listLedger(ledger);
    if (json) {
      write(`${JSON.stringify(rows)}\n`);
      return;
    }
    const table = new Table({
      ...(pc.isColorSupported ? {} : { style: { head: [], border: [] } }),
      head: ['at', 'attempt', 'config', 'kind', 'amount', 'currency', 'outcome'],
    });
    for (const row of rows) {
      table.push([
        row.at,
        row.attempt_id,
        row.chargeable_id ?? '',
        row.kind ?? '',
        row.amount ?? '',
        row.currency ?? '',
        row.outcome,
      ]);
    }
    write(`${table.toString()}\n`);
  } finally {
    await ledger.close();
  }
}

/**
 * @param payin the id of the one payin to settle; null for all.
 * @throws {Error} where there is no such payin
 * @throws {StoreUnavailable}
 */
export async function sandboxSettle(config: Config, payin: string | null, { json, write }: Output): Promise<void> {
  const runtime = await openRuntime(config, createLog({ level: 'error', form: 'text', out: process.stderr }));
  const ledger = await openSandboxLedger(config.store.location);
  try {
    const keys = await settleCharges(ledger, systemClock, payin === null ? null : await keyOf(runtime, payin));
    for (const key of keys) await refresh(runtime, key);
    write(json ? `${JSON.stringify({ settled: keys.length })}\n` : `settled: ${keys.length}\n`);
  } finally {
    await ledger.close();
    await runtime.close();
  }
}

async function keyOf({ store }: Runtime, payin: string): Promise<string> {
  const attempt = await store.find('attempts', 'payinId', payin);
  if (attempt === null) throw new Error('there is no payin with that id');
  return attemptKey(attempt);
}

/** What nobody reads would stay PROCESSING in the lists until the reconciler comes to it. */
async function refresh({ store, engine }: Runtime, key: string): Promise<void> {
  const attempt = await store.get('attempts', attemptIdOf(key));
  if (attempt !== null) await engine.reconciler.look(attempt);
}
