/** `cli init`: the way to a first admin key, in production too. The keys are printed this once and kept nowhere. */
import type { Config } from '../config.ts';
import { openRuntime } from '../runtime.ts';
import { type Output, writeValues } from './output.ts';
import { createTerminalLog } from './terminal-log.ts';

/** The names that the platform and its merchant get. */
export interface InitOptions {
  readonly platform: string;
  readonly merchant: string;
}

/** Makes and writes a platform, its merchant and its two keys. @throws as `openRuntime` does, and {StoreUnavailable} */
export async function init(config: Config, names: InitOptions, output: Output): Promise<void> {
  const log = createTerminalLog();
  const runtime = await openRuntime(config, log);
  try {
    const made = await runtime.engine.accounts.setUp(names.platform, names.merchant);
    writeValues(output, {
      platform_id: made.platform.id,
      merchant_id: made.merchant.id,
      admin_key: made.adminKey.secret.reveal(),
      connector_key: made.connectorKey.secret.reveal(),
      account_sid: made.platform.accountSid,
    });
  } finally {
    await runtime.close();
  }
}
