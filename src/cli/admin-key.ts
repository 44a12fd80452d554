/** `cli admin-key`: a new admin key for a platform whose own is lost. It is printed this once and kept nowhere. */
import type { Config } from '../config.ts';
import { openRuntime, requireStore } from '../runtime.ts';
import { type Output, writeValues } from './output.ts';
import { createTerminalLog } from './terminal-log.ts';

/**
 * Makes and writes the key; the platform's other keys stay as they are.
 * @returns false where the store has no such platform.
 * @throws {NoStore} and as `openRuntime` does
 */
export async function adminKey(config: Config, platformId: string, output: Output): Promise<boolean> {
  requireStore(config);
  const runtime = await openRuntime(config, createTerminalLog());
  try {
    const made = await runtime.engine.accounts.addAdminKey(platformId);
    if (made === null) return false;
    writeValues(output, { platform_id: made.key.platformId, admin_key: made.secret.reveal() });
    return true;
  } finally {
    await runtime.close();
  }
}
