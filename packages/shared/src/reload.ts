import { type Problem, problem } from './errors.ts';
import type { Logger } from './log.ts';
import type { SettingsTable } from './settingRow.ts';
import { type LoadedSettings, type LoadResult, restartNeeded } from './settings.ts';

export type ReloadOutcome =
  { readonly ok: true } | { readonly ok: false; readonly problems: readonly Problem[] };

export interface ReloaderParts<T extends SettingsTable> {
  readonly table: T;
  readonly log: Logger;
  /** What is in force now. */
  readonly loaded: LoadedSettings<T>;
  readonly load: () => LoadResult<T>;
  /** Takes valid new settings. If it throws, the old ones stay in force and the reload failed. */
  readonly apply: (loaded: LoadedSettings<T>) => Promise<void> | void;
}

/**
 * Reloading for whoever asks (signal, HTTP, a changed file): new settings come into force as a
 * whole, or the old ones stay and the problems are logged and answered. One at a time, in order.
 */
export function createReloader<T extends SettingsTable>(
  parts: ReloaderParts<T>,
): () => Promise<ReloadOutcome> {
  const { table, log, load, apply } = parts;
  const atStart = parts.loaded.settings;

  const fail = (problems: readonly Problem[]): ReloadOutcome => {
    log.problem(problem('reload-failed', 'The new configuration is not valid.'));
    for (const found of problems) log.problem(found);
    return { ok: false, problems };
  };
  const reload = async (): Promise<ReloadOutcome> => {
    const result = load();
    if (result.kind === 'exit') return fail(result.problems);
    await apply(result);
    // Compared with the start: that is what the running process still uses.
    const unused = restartNeeded(table, { before: atStart, after: result.settings });
    for (const warning of [...result.warnings, ...unused]) log.problem(warning);
    log.info('The configuration was reloaded.', { file: result.configFile });
    return { ok: true };
  };

  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const next = last.then(reload).catch((error: unknown) => {
      log.error('Applying the new configuration failed.', { code: 'reload-failed', error });
      return fail([problem('internal', 'The new configuration could not be applied.')]);
    });
    last = next;
    return next;
  };
}
