import { isDeepStrictEqual } from 'node:util';
import {
  exitCodeOf,
  formatProblem,
  isWarning,
  type Problem,
  problem,
  systemCode,
} from './errors.ts';
import type { SettingsOf, SettingsTable } from './settingRow.ts';
import { parseSettingsFile, readTable } from './settingsFile.ts';
import { type Environment, flagName, readFlags, readVariables } from './settingsFlags.ts';
import { formatHelp, type ServiceFacts } from './settingsHelp.ts';
import { formatEffectiveSettings, type SettingSource } from './settingsPrint.ts';

/** Reads a whole text file; throws what `fs.readFileSync` throws. */
export type ReadTextFile = (path: string) => string;

export type { ServiceFacts, SettingSource };

export interface SettingsRequest<T extends SettingsTable> {
  readonly service: ServiceFacts;
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly readFile: ReadTextFile;
  /**
   * Rules that need more than one setting. Only asked when every single setting is valid.
   * A problem with a `key` gets the place that setting came from.
   */
  readonly check?: (settings: SettingsOf<T>) => readonly Problem[];
}

export type SettingSources<T> = Readonly<Record<keyof T, SettingSource>>;

export interface LoadedSettings<T extends SettingsTable> {
  readonly kind: 'run';
  readonly settings: SettingsOf<T>;
  readonly sources: SettingSources<T>;
  readonly warnings: readonly Problem[];
  /** The YAML file, if one was given. */
  readonly configFile: string | undefined;
}

/** The process should write this and end: help and the like, or problems. */
export interface SettingsExit {
  readonly kind: 'exit';
  readonly exitCode: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
  readonly problems: readonly Problem[];
}

export type LoadResult<T extends SettingsTable> = LoadedSettings<T> | SettingsExit;

/**
 * Reads flags, environment and YAML (flag beats env beats file beats default), strictly and as a
 * whole: all problems at once. Pure apart from `readFile`, so a reload calls it again.
 */
export function loadSettings<const T extends SettingsTable>(
  table: T,
  request: SettingsRequest<T>,
): LoadResult<T> {
  const { service, argv, env } = request;
  const flags = readFlags(argv, table);
  if (flags.special.help) return exitWith(formatHelp(service, table));
  if (flags.special.version) return exitWith(`${service.name} ${service.version}\n`);

  const variables = readVariables(env, table);
  const configFile = flags.special.config ?? (env.DDE_CONFIG === '' ? undefined : env.DDE_CONFIG);
  const file = readSettingsFile(table, { path: configFile, readFile: request.readFile });
  const { values, sources } = choose(table, { flags, variables, file });

  const found = [...flags.problems, ...variables.problems, ...file.problems];
  if (!file.broken) {
    for (const [key, row] of Object.entries(table)) {
      const isGiven = [flags.given, variables.given, file.given].some((given) => given.has(key));
      if (row.required && !isGiven) found.push(missing(key, row.yamlKey));
    }
  }
  // Safe: `choose` fills every key of the table by its own row; with a required one missing there
  // is an error among the problems and the settings are not used.
  const settings = values as SettingsOf<T>;
  if (found.every(isWarning) && request.check !== undefined) {
    found.push(...request.check(settings).map((one) => placed(one, sources)));
  }

  const errors = found.filter((one) => !isWarning(one));
  const warnings = found.filter(isWarning);
  if (errors.length > 0) {
    return {
      kind: 'exit',
      exitCode: exitCodeOf(errors),
      stdout: '',
      stderr: printed(found),
      problems: found,
    };
  }
  if (flags.special.printConfig) {
    return exitWith(formatEffectiveSettings({ table, values, sources }), warnings);
  }
  if (flags.special.checkConfig) return exitWith('All settings are valid.\n', warnings);
  // Safe: `choose` fills every key.
  return { kind: 'run', settings, sources: sources as SettingSources<T>, warnings, configFile };
}

const printed = (problems: readonly Problem[]) =>
  problems.map((one) => `${formatProblem(one)}\n`).join('');

function exitWith(stdout: string, warnings: readonly Problem[] = []): SettingsExit {
  return { kind: 'exit', exitCode: 0, stdout, stderr: printed(warnings), problems: warnings };
}

function missing(key: string, yamlKey: string = key): Problem {
  const fix = `Give ${flagName(key)} or the YAML key "${yamlKey}".`;
  return problem('config-missing-value', `The setting "${yamlKey}" is needed.`, { key, fix });
}

/** Adds the file of the setting a problem is about, and its line where it does not tell a better one. */
function placed(found: Problem, sources: Readonly<Record<string, SettingSource>>): Problem {
  const source = found.key === undefined ? undefined : sources[found.key];
  if (source?.from !== 'file' || found.file !== undefined) return found;
  return { ...found, file: source.file, line: found.line ?? source.line };
}

interface FileValues {
  readonly values: ReadonlyMap<string, unknown>;
  readonly lines: ReadonlyMap<string, number>;
  readonly given: ReadonlySet<string>;
  readonly problems: readonly Problem[];
  /** It could not be read or parsed, so nothing is known of what it says. */
  readonly broken: boolean;
  readonly path: string;
}

function readSettingsFile(
  table: SettingsTable,
  { path = '', readFile }: { readonly path: string | undefined; readonly readFile: ReadTextFile },
): FileValues {
  const empty = { values: new Map(), lines: new Map(), given: new Set<string>(), path };
  if (path === '') return { ...empty, problems: [], broken: false };
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return { ...empty, problems: [unreadable(path, error)], broken: true };
  }
  const { root, reader, problems } = parseSettingsFile(text, path);
  if (problems.length > 0) return { ...empty, problems, broken: true };
  const read = readTable(root, { table, reader });
  if (read === undefined) return { ...empty, problems, broken: true };
  return {
    values: read.values,
    lines: new Map([...read.seen].map(([key, node]) => [key, reader.placeOf(node).line])),
    given: new Set(read.seen.keys()),
    // A custom row may look at its nodes in any order.
    problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    broken: false,
    path,
  };
}

function unreadable(path: string, error: unknown): Problem {
  const code = systemCode(error) ?? 'unknown error';
  return code === 'ENOENT'
    ? problem('config-file-missing', 'The configuration file does not exist.', { file: path })
    : problem('config-file-unreadable', `The configuration file could not be read (${code}).`, {
        file: path,
      });
}

interface Origins {
  readonly flags: ReturnType<typeof readFlags>;
  readonly variables: ReturnType<typeof readVariables>;
  readonly file: FileValues;
}

function choose(table: SettingsTable, { flags, variables, file }: Origins) {
  const values: Record<string, unknown> = {};
  const sources: Record<string, SettingSource> = {};
  for (const [key, row] of Object.entries(table)) {
    const flag = flags.values.get(key);
    const variable = variables.values.get(key);
    if (flag !== undefined) {
      values[key] = flag.value;
      sources[key] = { from: 'flag', name: flag.name };
    } else if (variable !== undefined) {
      values[key] = variable.value;
      sources[key] = { from: 'env', name: variable.name };
    } else if (file.values.has(key)) {
      values[key] = file.values.get(key);
      sources[key] = { from: 'file', file: file.path, line: file.lines.get(key) ?? 1 };
    } else {
      values[key] = row.default;
      sources[key] = { from: 'default' };
    }
  }
  return { values, sources };
}

/** Warnings for settings that a reload changed although only a restart can take them. */
export function restartNeeded<T extends SettingsTable>(
  table: T,
  { before, after }: { readonly before: SettingsOf<T>; readonly after: SettingsOf<T> },
): readonly Problem[] {
  return Object.entries(table)
    .filter(([key, row]) => !row.reloadable && !isDeepStrictEqual(before[key], after[key]))
    .map(([key, row]) =>
      problem('config-restart-needed', `"${row.yamlKey ?? key}" changed.`, { key }),
    );
}
