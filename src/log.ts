/**
 * The log: `event(name, fields)` writes one line, coloured for a reader in development, JSON in production. What may be
 * said is decided in log/events.ts; what is cut out if it ever got this far, in log/redact.ts. A log that cannot be
 * written, its reader gone, never disturbs a payment.
 */
import pc from 'picocolors';
import winston from 'winston';
import { type Clock, systemClock } from './core/clock.ts';
import { EVENTS, type EventFields, type EventName, parseFields, type Written } from './log/events.ts';
import { redact } from './log/redact.ts';
import type { LogLevel } from './settings.ts';

/** The one way to say something about a running process; the caller never waits for it. */
export interface Log {
  /** Writes one line where the event's level is logged. Fields that the table does not allow are dropped. */
  event<E extends EventName>(name: E, fields: EventFields<E>): void;
  /** How many times account data or a credential had to be cut out of a line: 0, or there is a defect. */
  redactions(): number;
  /** Resolves when every line has been handed to the output. Nothing can be logged afterwards. */
  close(): Promise<void>;
}

/** Which events are written, how and where to. */
export interface LogOptions {
  /** The least important level that is written. */
  readonly level: LogLevel;
  /** `json` for machines, `text` for a person. */
  readonly form: 'json' | 'text';
  /** Standard output, unless a test reads along. */
  readonly out?: NodeJS.WritableStream;
  readonly clock?: Clock;
}

const LEVELS = { error: 0, warn: 1, info: 2, debug: 3 } as const satisfies Record<LogLevel, number>;

type Render = (time: string, level: LogLevel, event: EventName, fields: readonly [string, Written][]) => string;

/** Takes over the errors of `out`: a reader that is gone costs lines, not the process. */
export function createLog({ level, form, out = process.stdout, clock = systemClock }: LogOptions): Log {
  const render = form === 'json' ? renderJson : renderText;
  let redactions = 0;

  const logger = winston.createLogger({
    level,
    levels: LEVELS,
    format: winston.format.printf(({ message }) => String(message)),
    transports: [new winston.transports.Stream({ stream: out, eol: '\n' })],
  });
  // A closed pipe (EPIPE) or a full disk loses lines; unheard, either event would end the process.
  out.on('error', () => {});
  logger.on('error', () => {});

  return {
    event(name, fields) {
      const entry = EVENTS[name];
      if (!logger.isLevelEnabled(entry.level)) return;
      const time = new Date(clock.now()).toISOString();
      const { line, cuts } = redact(render(time, entry.level, name, parseFields(name, fields)));
      redactions += cuts;
      logger.log({ level: entry.level, message: line });
    },
    redactions: () => redactions,
    close: () =>
      new Promise((resolve) => {
        logger.once('finish', resolve);
        logger.end();
      }),
  };
}

/** By hand, for the general ways of winston cost three times as much. Names and times need no escaping. */
const renderJson: Render = (time, level, event, fields) => {
  let line = `{"time":"${time}","level":"${level}","event":"${event}"`;
  for (const [name, value] of fields) line += `,"${name}":${JSON.stringify(value)}`;
  return `${line}}`;
};

const COLOURS = { error: pc.red, warn: pc.yellow, info: pc.green, debug: pc.gray };

const renderText: Render = (time, level, event, fields) => {
  const words = fields.map(([name, value]) => `${pc.dim(`${name}=`)}${textOf(value)}`);
  return [pc.dim(time.slice(11, 23)), COLOURS[level](level.padEnd(5)), pc.bold(event), ...words].join(' ');
};

function textOf(value: Written): string {
  if (typeof value !== 'object') return String(value);
  const lines = [value.code === undefined ? value.name : `${value.name} ${value.code}`, ...value.at];
  return lines.join('\n    at ');
}
