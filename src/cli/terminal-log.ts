/**
 * What a command has to say beside its answer. A server's alarms call a person; whoever sits at the terminal is one, and
 * hears them in words. Everything else is a line as the server would log it.
 */

import type { EventFields } from '../log/events.ts';
import { createLog, type Log } from '../log.ts';

/** The others are about a setting, which their line names. */
type Alarm = Exclude<NonNullable<EventFields<'alarm'>['alarm']>, 'credentials_refused' | 'setting_missing'>;

const ALARMS: Readonly<Record<Alarm, string>> = {
  integrity_mismatch:
    'The processor reports another amount, currency or config than it was sent: reverse there what is wrong.',
  late_approval:
    'The caller had been told that the outcome is not known: tell the customer, and refund one of the two where they paid in another way meanwhile.',
  second_approval:
    'The config was approved a second time, which is given back: please report both attempts as a defect.',
  manual: 'What became of it is not looked up any more: it waits for your word.',
};
const SENTENCES = new Map<unknown, string>(Object.entries(ALARMS));

/** The log of a command, errors only. @param out standard error, unless a test reads along. */
export function createTerminalLog(out: NodeJS.WritableStream = process.stderr): Log {
  const log = createLog({ level: 'error', form: 'text', out });
  return {
    ...log,
    event(name, fields) {
      const sentence = name === 'alarm' ? SENTENCES.get(Reflect.get(fields, 'alarm')) : undefined;
      if (sentence === undefined) log.event(name, fields);
      else out.write(`${sentence}\n`);
    },
  };
}
