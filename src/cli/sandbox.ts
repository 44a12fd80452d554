/** `cli sandbox ledger`: what the sandbox really did, apart from what the engine recorded of it. */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { Config } from '../config.ts';
import { listLedger } from '../processors/sandbox/ledger.ts';
import { openSandboxLedger } from '../processors/sandbox/open.ts';
import { requireStore } from '../runtime.ts';
import type { Output } from './output.ts';

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
