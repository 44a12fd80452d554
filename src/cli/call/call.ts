/** `cli call`: plays whole calls without a telephone, one with all that is to be seen of it, or many with their sum. */
import type { Config } from '../../config.ts';
import { waitingClock } from '../../core/clock.ts';
import { Explained } from '../../failure.ts';
import { type Backend, backendOf, fixedBackend, nobodyAt } from '../../simulate/backend.ts';
import { type Line, playCall } from '../../simulate/play.ts';
import { storm } from '../../simulate/storm.ts';
import { createWire } from '../../simulate/wire.ts';
import type { Output } from '../output.ts';
import { loginWith, withKey } from './access.ts';
import { callOf, type PaymentOptions, parametersNaming, simulatorNamed, urlOf } from './options.ts';
import { callAsJson, callAsText, stormAsText, withoutSecrets } from './show.ts';

/** As commander gives them. */
export interface CallOptions extends PaymentOptions {
  readonly url?: string;
  readonly key?: string;
  readonly config?: string;
  readonly storm?: string;
  readonly loseAnswers?: true;
}

/** @returns whether the call was answered (of a storm: all were) and nobody charged twice. @throws {Explained} */
export async function call(config: Config, provider: string, options: CallOptions, output: Output): Promise<boolean> {
  const simulator = simulatorNamed(provider);
  const baseUrl = urlOf(options.url ?? `http://localhost:${config.server.port}`);
  const wire = createWire(waitingClock);
  try {
    return await withKey({ config, url: baseUrl, key: options.key }, (key) => {
      const url = new URL(`${baseUrl.href.replace(/\/$/, '')}${simulator.path}`);
      const line: Line = { simulator, url, login: loginWith(simulator, key), wire, clock: waitingClock };
      const operation = options.tokenize === true ? 'tokenize' : 'charge';
      const backend =
        options.config === undefined
          ? backendOf(simulator, wire, baseUrl, key.secret)
          : fixedBackend(parametersNaming(simulator, operation, options.config));
      return options.storm === undefined
        ? playOne(line, backend, options, output)
        : playStorm(line, backend, options, countOf(options.storm), output);
    });
  } finally {
    wire.close();
  }
}

async function playPrepared(line: Line, backend: Backend, options: CallOptions) {
  const bare = callOf(line.simulator, options);
  const parameters = { ...bare.parameters, ...(await backend.parametersFor(bare)) };
  const played = await playCall(line, { ...bare, parameters }, { loseAnswers: options.loseAnswers === true });
  // Where the call makes no config before, nobody has noticed so far.
  if (played.deliveries.every(({ fate }) => fate === 'unreachable')) throw nobodyAt(line.url);
  return played;
}

async function playOne(line: Line, backend: Backend, options: CallOptions, { json, write }: Output): Promise<boolean> {
  const played = await playPrepared(line, backend, options);
  const text = json ? `${JSON.stringify(callAsJson(line, played))}\n` : callAsText(line, played);
  write(withoutSecrets(played, text));
  const { verdict } = played.ending;
  return (verdict === 'approved' || verdict === 'failed') && played.ids.length <= 1;
}

async function playStorm(
  line: Line,
  backend: Backend,
  options: CallOptions,
  count: number,
  { json, write }: Output,
): Promise<boolean> {
  const shows = !json && process.stderr.isTTY;
  const summary = await storm(
    count,
    () => playPrepared(line, backend, options),
    (over) => {
      if (shows) process.stderr.write(`\r${over} of ${count}${over === count ? '\n' : ''}`);
    },
  );
  write(json ? `${JSON.stringify(summary)}\n` : stormAsText(summary));
  return summary.doubled === 0 && summary.verdicts.malformed + summary.verdicts.silent === 0;
}

const MAX_STORM = 1_000_000;

function countOf(text: string): number {
  const count = /^[1-9][0-9]{0,6}$/.test(text) ? Number(text) : 0;
  if (count === 0 || count > MAX_STORM) throw new Explained(`--storm must be a whole number from 1 to ${MAX_STORM}.`);
  return count;
}
