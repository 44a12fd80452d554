/** A real log whose lines a test can read. */
import { Writable } from 'node:stream';
import { createLog, type Log, type LogOptions } from '../../src/log.ts';

export interface CapturedLog {
  readonly log: Log;
  /** Every line so far, as written. */
  lines(): readonly string[];
  /** Every JSON line so far, parsed; of one event where its name is given. */
  entries(event?: string): readonly Readonly<Record<string, unknown>>[];
}

/** JSON from level debug on, unless the options say otherwise. */
export function captureLog(options: Partial<LogOptions> = {}): CapturedLog {
  let written = '';
  const out = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  const lines = () => written.split('\n').slice(0, -1);
  return {
    log: createLog({ level: 'debug', form: 'json', out, ...options }),
    lines,
    entries: (event) =>
      lines()
        .map((line) => JSON.parse(line))
        .filter((entry) => event === undefined || entry.event === event),
  };
}
