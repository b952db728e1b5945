import type { CommonSettings, CommonTable } from './commonSettings.ts';
import { exitCodeOf, isCodedError, type Problem } from './errors.ts';
import { createLog, type Logger } from './log.ts';
import type { SettingsOf } from './settingRow.ts';
import {
  type LoadedSettings,
  type LoadResult,
  loadSettings,
  type ReadTextFile,
  type ServiceFacts,
} from './settings.ts';

/** What runService needs of `process`; only main.ts holds the real one. */
export interface ProcessLike {
  /** With node and the script first, as Node gives it. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write: (text: string) => unknown };
  readonly stderr: { write: (text: string) => unknown };
  on: ((event: 'SIGTERM' | 'SIGINT' | 'SIGHUP', listener: () => void) => unknown) &
    ((event: 'uncaughtException', listener: (error: Error) => void) => unknown) &
    ((event: 'unhandledRejection', listener: (reason: unknown) => void) => unknown);
  exit: (code: number) => unknown;
}

/** What `start` gets. `T` is the service’s settings table. */
export interface ServiceContext<T extends CommonTable> {
  readonly loaded: LoadedSettings<T>;
  readonly settings: SettingsOf<T>;
  readonly log: Logger;
  /** Reads all settings anew; see createReloader. */
  readonly load: () => LoadResult<T>;
}

/** A started service. */
export interface RunningService {
  /** Ends it within the deadline, running replies first. */
  readonly stop: (deadlineMs: number) => Promise<unknown>;
  /** SIGHUP. Absent: the signal is logged and ignored. */
  readonly reload?: () => Promise<unknown>;
}

export interface ServiceProgram<T extends CommonTable> {
  readonly process: ProcessLike;
  readonly service: ServiceFacts;
  readonly table: T;
  readonly readFile: ReadTextFile;
  readonly check?: (settings: SettingsOf<T>) => readonly Problem[];
  /** Rejects with a coded error if it cannot start, with nothing left half-started. */
  readonly start: (context: ServiceContext<T>) => Promise<RunningService>;
}

/**
 * The whole life of a service process: settings (or help, version, checks, exit 2), log, start,
 * SIGTERM and SIGINT (graceful stop, exit 0; a second one exits at once with 1), SIGHUP (reload),
 * unhandled errors (logged with code, exit 1). Resolves when started or ended.
 */
export async function runService<const T extends CommonTable>(
  program: ServiceProgram<T>,
): Promise<void> {
  const { process: host, service, table, check, start } = program;
  const load = () =>
    loadSettings(table, {
      service,
      argv: host.argv.slice(2),
      env: host.env,
      readFile: program.readFile,
      ...(check === undefined ? {} : { check }),
    });
  const loaded = load();
  if (loaded.kind === 'exit') {
    host.stdout.write(loaded.stdout);
    host.stderr.write(loaded.stderr);
    host.exit(loaded.exitCode);
    return;
  }
  // Safe: T has the common rows; the compiler does not look through the mapped type.
  const common = loaded.settings as CommonSettings;
  const log = createLog({
    level: common.logLevel,
    format: common.logFormat,
    service: service.name,
    write: (line) => host.stderr.write(line),
  });

  const end = (error: unknown) => {
    if (isCodedError(error)) {
      for (const found of error.problems) log.problem(found);
      host.exit(exitCodeOf(error.problems));
    } else {
      log.error('The service ends because of an unexpected error.', { code: 'internal', error });
      host.exit(1);
    }
  };
  host.on('uncaughtException', end);
  host.on('unhandledRejection', end);

  const started = Promise.resolve().then(() =>
    start({ loaded, settings: loaded.settings, log, load }),
  );
  stopOnSignals({ host, log, started, deadlineMs: common.stopTimeout });
  host.on('SIGHUP', () => {
    void started.then(async ({ reload }) => {
      if (reload === undefined) log.info('SIGHUP: there is nothing to reload.');
      else await reload();
    });
  });

  for (const warning of loaded.warnings) log.problem(warning);
  try {
    await started;
  } catch (error) {
    end(error);
  }
}

interface StopParts {
  readonly host: ProcessLike;
  readonly log: Logger;
  readonly started: Promise<RunningService>;
  readonly deadlineMs: number;
}

function stopOnSignals({ host, log, started, deadlineMs }: StopParts): void {
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) {
      log.warn('Stopped at once by a second signal.', { signal });
      host.exit(1);
      return;
    }
    stopping = true;
    log.info('Stopping.', { signal });
    const running = await started;
    await running.stop(deadlineMs);
    log.info('Stopped.');
    host.exit(0);
  };
  // A start or stop that fails is an unhandled rejection, which ends the process with its code.
  host.on('SIGTERM', () => void stop('SIGTERM'));
  host.on('SIGINT', () => void stop('SIGINT'));
}
