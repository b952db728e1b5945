import { type DestinationStream, pino } from 'pino';
import { fixOf, isWarning, type Problem } from './errors.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logFormats = ['json', 'text'] as const;
export type LogFormat = (typeof logFormats)[number];

/** An `error` field that is an Error is written with its stack. */
export type LogFields = Readonly<Record<string, unknown>>;

type Write = (message: string, fields?: LogFields) => void;

/** What a part of the service needs of a log; the only thing that is handed around. */
export interface Logger {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  /** Logs at the level of the code’s row (warn or error), with `code`, `fix` and its place. */
  readonly problem: (problem: Problem, fields?: LogFields) => void;
  /** A log whose every line carries these fields. */
  readonly child: (fields: LogFields) => Logger;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Where lines go, each with its line feed: stderr in main.ts. */
  readonly write: (line: string) => void;
  /** On every line. */
  readonly service?: string;
}

/** Fields that hold secrets wherever they occur on the first two levels. */
const secretFields = ['authorization', 'cookie', 'token', 'tokens', 'password', 'secret'];

/** What looks like a secret inside a text: bearer and basic credentials, passwords in addresses. */
const secretsInText = /(\b(?:bearer|basic) +)[\w\-.~+/]{16,}=*|(\w:\/\/)[^\s/@"]+(?=@)/gi;

export function hideSecrets(line: string): string {
  return line.replace(
    secretsInText,
    (_, scheme: string | undefined, address: string | undefined) =>
      `${scheme ?? address ?? ''}<hidden>`,
  );
}

/** A pino log in this thread: no worker, so that the last line before an exit is never lost. */
export function createLog({ level, format, write, service }: LogOptions): Logger {
  const destination: DestinationStream = {
    write: (line) => write(hideSecrets(format === 'json' ? line : formatLogLine(line))),
  };
  const root = pino(
    {
      level,
      base: service === undefined ? null : { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      errorKey: 'error',
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretFields.flatMap((field) => [field, `*.${field}`]),
        censor: '<hidden>',
      },
    },
    destination,
  );
  return wrapPino(root);
}

type PinoLog = Pick<pino.Logger, LogLevel> & { child: (fields: LogFields) => PinoLog };

function wrapPino(log: PinoLog): Logger {
  const at =
    (level: LogLevel): Write =>
    (message, fields = {}) =>
      log[level](fields, message);
  const [debug, info, warn, error] = [at('debug'), at('info'), at('warn'), at('error')];
  return {
    debug,
    info,
    warn,
    error,
    problem: (problem, fields) => {
      const { message, ...details } = problem;
      const write = isWarning(problem) ? warn : error;
      write(message, { ...fields, ...details, fix: fixOf(problem) });
    },
    child: (fields) => wrapPino(log.child(fields)),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const plain = (value: unknown) =>
  typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** Fields that have their own place in the line, or are the same on all. */
const placedFields = new Set(['time', 'level', 'message', 'code', 'fix', 'service']);

/** A JSON log line as people read it: `12:00:01.123 WARN  message [code] fix key=value`. */
export function formatLogLine(json: string): string {
  const fields: unknown = JSON.parse(json);
  if (!isRecord(fields)) return json;
  const { time, level, message, code, fix, error } = fields;
  const stack = isRecord(error) && typeof error.stack === 'string' ? error.stack : undefined;
  const parts = [
    asText(time).slice(11, 23),
    asText(level).toUpperCase().padEnd(5),
    asText(message),
  ];
  if (code !== undefined) parts.push(`[${asText(code)}]`);
  if (fix !== undefined) parts.push(asText(fix));
  for (const [key, value] of Object.entries(fields)) {
    if (placedFields.has(key) || (key === 'error' && stack !== undefined)) continue;
    parts.push(`${key}=${plain(value)}`);
  }
  return `${parts.join(' ')}\n${stack === undefined ? '' : `${stack}\n`}`;
}

/** Logs nothing; for tests. */
export function silentLog(): Logger {
  const nothing = () => undefined;
  const log: Logger = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    problem: nothing,
    child: () => log,
  };
  return log;
}
