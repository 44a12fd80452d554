/** `cli doctor`: whether this installation can take a payment, and what to type into each provider's console. */
import pc from 'picocolors';
import { addressesOf } from '../addresses.ts';
import type { Config } from '../config.ts';
import type { Processor } from '../core/processor.ts';
import { reasonOf } from '../failure.ts';
import { loadAdapters } from '../outside-adapters.ts';
import { openRuntime, type Runtime, requireStore } from '../runtime.ts';
import type { Output } from './output.ts';
import { createTerminalLog } from './terminal-log.ts';

interface Check {
  readonly name: 'store' | 'processor' | 'clock' | 'public_url';
  readonly well: boolean;
  readonly says: string;
}

/** A clock that is behind its own records by more than this was set back. */
const CLOCK_TOLERANCE_MS = 5_000;

const WITHOUT_ADDRESS = `
${pc.yellow('No provider reaches the addresses above:')} they are this machine's. Set PUBLIC_URL, and run this again.
`;

const ABOUT_THE_KEY = `
The connector key was shown once, when its platform was made. A new one for the same platform: POST /v1/api_keys
with the permissions payin:create and payment_method:create.
`;

/** Makes nothing. @returns whether every check passed. @throws {ConfigError} for an adapter that cannot be loaded */
export async function doctor(config: Config, { json, write }: Output): Promise<boolean> {
  const adapters = await loadAdapters(config.adapters.modules ?? []);
  const checks = [...(await checkRuntime(config)), checkPublicUrl(config)];
  const well = checks.every((check) => check.well);
  const { publicUrl } = config.server;
  const { baseUrl, tenderUrl } = addressesOf(config);
  const setups = Object.fromEntries(adapters.map((adapter) => [adapter.name, adapter.setup(tenderUrl, baseUrl)]));
  if (json) {
    write(`${JSON.stringify({ well, checks, setup: setups })}\n`);
    return well;
  }
  for (const check of checks) {
    write(`${check.well ? pc.green('ok  ') : pc.red('FAIL')} ${check.name.padEnd(11)} ${check.says}\n`);
  }
  for (const { where, values } of Object.values(setups)) {
    write(`\nType into ${where}:\n`);
    const width = Math.max(...Object.keys(values).map((field) => field.length));
    for (const [field, value] of Object.entries(values)) write(`  ${field.padEnd(width)}  ${value}\n`);
  }
  write(ABOUT_THE_KEY);
  if (publicUrl === null) write(WITHOUT_ADDRESS);
  return well;
}

async function checkRuntime(config: Config): Promise<Check[]> {
  let runtime: Runtime;
  try {
    requireStore(config);
    runtime = await openRuntime(config, createTerminalLog());
  } catch (error) {
    return [{ name: 'store', well: false, says: reasonOf(error) }];
  }
  try {
    const processors = await Promise.all(runtime.processors.all.map(checkProcessor));
    return [await checkStore(runtime), ...processors, await checkClock(runtime)];
  } finally {
    await runtime.close();
  }
}

async function checkStore({ store }: Runtime): Promise<Check> {
  const well = await answers(store.ping());
  return { name: 'store', well, says: well ? `${store.name}, answers` : 'STORE_URL: the store does not answer' };
}

async function checkProcessor(processor: Processor): Promise<Check> {
  const well = await answers(processor.ping());
  const kind = processor.sandbox ? 'test money' : 'real money';
  return {
    name: 'processor',
    well,
    says: well ? `${processor.name}, ${kind}` : `${processor.name}: cannot be reached`,
  };
}

async function checkClock({ store }: Runtime): Promise<Check> {
  const [newest] = await store.list('attempts', { where: [], sortBy: 'createdAt', order: 'desc', limit: 1 });
  const now = Date.now();
  const well = newest === undefined || newest.createdAt <= now + CLOCK_TOLERANCE_MS;
  return { name: 'clock', well, says: well ? new Date(now).toISOString() : 'behind the newest payment of the store' };
}

/** Without it everything works on this machine, and no provider gets here. */
function checkPublicUrl({ server, production }: Config): Check {
  const says = server.publicUrl ?? 'PUBLIC_URL is not set: a provider cannot reach this machine yet';
  return { name: 'public_url', well: server.publicUrl !== null || !production, says };
}

function answers(ping: Promise<void>): Promise<boolean> {
  return ping.then(
    () => true,
    () => false,
  );
}
