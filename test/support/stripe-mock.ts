/**
 * Stripe's own stand-in, which holds every request against Stripe's OpenAPI: `STRIPE_MOCK` names it, else it is on the PATH
 * or where Go installs (`go install github.com/stripe/stripe-mock@v0.203.0`).
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export const STRIPE_MOCK_MISSING =
  'no stripe-mock: go install github.com/stripe/stripe-mock@v0.203.0, or name it in STRIPE_MOCK';

/** The path of it, or null where it is nowhere. */
export function findStripeMock(): string | null {
  const { STRIPE_MOCK: named, PATH = '' } = process.env;
  if (named !== undefined) return named;
  const installed = spawnSync('go', ['env', 'GOPATH'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const folders = [...PATH.split(delimiter), ...(installed === '' ? [] : [join(installed, 'bin')])];
  return folders.map((folder) => join(folder, 'stripe-mock')).find(isExecutable) ?? null;
}

/** Starts it on free ports of loopback. */
export async function startStripeMock(path: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const child = spawn(path, ['-http-addr', '127.0.0.1:0', '-https-addr', '127.0.0.1:0']);
  const ended = once(child, 'exit');
  let written = '';
  const port = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      written += String(chunk);
      const found = /HTTP at address: 127\.0\.0\.1:([0-9]+)/.exec(written)?.[1];
      if (found !== undefined) resolve(found);
    });
    ended.then(() => reject(new Error(`stripe-mock ended: ${written}`)), reject);
  });
  return {
    url: `http://127.0.0.1:${await port}`,
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
