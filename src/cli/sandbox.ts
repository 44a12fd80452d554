/**
 * `cli sandbox ledger`: what the sandbox really did, apart from what the engine recorded of it. `cli sandbox settle`: its
 * payins settle now, and the engine's records say so.
 */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { Config } from '../config.ts';
import { systemClock } from '../core/clock.ts';
import { attemptIdOf, attemptKey } from '../engine/attempt.ts';
import { listLedger } from '../processors/sandbox/ledger.ts';
import { openSandboxLedger } from '../processors/sandbox/open.ts';
import { settleCharges } from '../processors/sandbox/settle.ts';
import { openRuntime, type Runtime, requireStore } from '../runtime.ts';
import type { Output } from './output.ts';
import { createTerminalLog } from './terminal-log.ts';

/** The whole ledger, oldest entry first, amounts in minor units. @throws {NoStore} and {StoreUnavailable} */
export async function sandboxLedger(config: Config, { json, write }: Output): Promise<void> {
  requireStore(config);
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
 * Settles a payin, or with null every one.
 * @returns whether there is such a payin.
 * @throws {StoreUnavailable}
 */
export async function sandboxSettle(config: Config, payin: string | null, { json, write }: Output): Promise<boolean> {
  const runtime = await openRuntime(config, createTerminalLog());
  const ledger = await openSandboxLedger(config.store.location);
  try {
    const attempt = payin === null ? null : await runtime.store.find('attempts', 'payinId', payin);
    if (payin !== null && attempt === null) {
      write(json ? `${JSON.stringify({ settled: 0 })}\n` : 'there is no payin with that id\n');
      return false;
    }
    const keys = await settleCharges(ledger, systemClock, attempt === null ? null : attemptKey(attempt));
    for (const key of keys) await refresh(runtime, key);
    write(json ? `${JSON.stringify({ settled: keys.length })}\n` : `settled: ${keys.length}\n`);
    return true;
  } finally {
    await ledger.close();
    await runtime.close();
  }
}

/** What nobody reads would stay PROCESSING in the lists until the reconciler comes to it. */
async function refresh({ store, engine }: Runtime, key: string): Promise<void> {
  const attempt = await store.get('attempts', attemptIdOf(key));
  if (attempt !== null) await engine.reconciler.look(attempt);
}
