import type { Problem } from './errors.ts';
import type { HttpLimits } from './httpService.ts';
import { logFormats, logLevels } from './log.ts';
import { checkSafeBind } from './safeBind.ts';
import { parseTokens, tokenFileProblem } from './secretFile.ts';
import { setting } from './settingKinds.ts';
import type { SettingsOf } from './settingRow.ts';
import type { ReadTextFile } from './settings.ts';

/** The rows both services have. Spread them first: `{ ...commonSettings(5050), more… }`. */
export function commonSettings(defaultPort: number) {
  return {
    listen: setting.hostPort({
      help: 'Address to listen on. Beyond loopback it needs tokenFile, or insecure.',
      group: 'Listening',
      default: { host: '127.0.0.1', port: defaultPort },
    }),
    tokenFile: setting.path({
      help: 'File with the bearer token clients must send, one valid token a line (the first is sent). Read again when it changes.',
      group: 'Listening',
      placeholder: 'FILE',
    }),
    insecure: setting.flag({
      help: 'Listen beyond loopback without a token. Anyone who can connect can read everything.',
      group: 'Listening',
      default: false,
    }),
    maxConnections: setting.integer({
      help: 'Open connections at most; further ones are dropped.',
      group: 'Listening',
      default: 256,
      min: 1,
      max: 65_535,
    }),
    headerTimeout: setting.durationMs({
      help: 'A client must have sent its request headers within this.',
      group: 'Listening',
      default: 10_000,
      min: 100,
      max: 600_000,
    }),
    requestTimeout: setting.durationMs({
      help: 'A client must have sent its whole request within this.',
      group: 'Listening',
      default: 15_000,
      min: 100,
      max: 600_000,
    }),
    keepAlive: setting.durationMs({
      help: 'An unused connection stays open this long; choose more than the scrape interval.',
      group: 'Listening',
      default: 120_000,
      min: 1000,
      max: 3_600_000,
    }),
    stopTimeout: setting.durationMs({
      help: 'At a stop, running replies get this long to finish. Docker kills after 10 s.',
      group: 'Listening',
      default: 8000,
      max: 600_000,
    }),
    stateDir: setting.path({
      help: 'The only directory the service writes to.',
      group: 'General',
      placeholder: 'DIR',
      defaultText: 'the system’s place for state',
    }),
    logLevel: setting.oneOf(logLevels, {
      help: 'Log lines of this level and above.',
      group: 'Logging',
      default: 'info',
    }),
    logFormat: setting.oneOf(logFormats, {
      help: 'json for machines, text for people.',
      group: 'Logging',
      default: 'json',
    }),
  };
}

export type CommonTable = ReturnType<typeof commonSettings>;
export type CommonSettings = SettingsOf<CommonTable>;

/** Rules of the rows above, for the `check` of both services: safe bind, a good token file. */
export function commonChecks(
  { listen, tokenFile, insecure }: CommonSettings,
  readFile: ReadTextFile,
): readonly Problem[] {
  const unsafe = checkSafeBind({ listen, hasToken: tokenFile !== undefined, insecure });
  const badToken = tokenFile === undefined ? undefined : checkTokenFile(tokenFile, readFile);
  return [unsafe, badToken].filter((found) => found !== undefined);
}

/** What is wrong with a token file, if anything. */
export function checkTokenFile(path: string, readFile: ReadTextFile): Problem | undefined {
  try {
    const parsed = parseTokens(readFile(path), path);
    return 'problem' in parsed ? parsed.problem : undefined;
  } catch (error) {
    return tokenFileProblem(error, path);
  }
}

/** The limits of `createHttpService` that are settings. */
export function httpLimitsOf(settings: CommonSettings): Partial<HttpLimits> {
  return {
    maxConnections: settings.maxConnections,
    headerTimeoutMs: settings.headerTimeout,
    requestTimeoutMs: settings.requestTimeout,
    keepAliveMs: settings.keepAlive,
  };
}
