import type { Setting, SettingsTable } from './settingRow.ts';
import { flagName, variableName } from './settingsFlags.ts';

export interface ServiceFacts {
  /** The command: `dde-agent`. */
  readonly name: string;
  readonly version: string;
  /** One sentence for `--help`. */
  readonly summary: string;
}

/** One setting as people meet it, for `--help` and docs/CONFIGURATION.md. */
export interface SettingDescription {
  readonly key: string;
  readonly group: string;
  /** Such as `--listen HOST:PORT`; undefined for what only YAML can say. */
  readonly flag: string | undefined;
  readonly variable: string | undefined;
  readonly yaml: string;
  readonly kind: string;
  readonly defaultText: string;
  readonly help: string;
  readonly reloadable: boolean;
}

export function describeSettings(table: SettingsTable): readonly SettingDescription[] {
  return Object.entries(table).map(([key, row]) => ({
    key,
    group: row.group,
    flag: row.fromText && flagUsage(key, row),
    variable: row.fromText && variableName(key),
    yaml: row.yamlKey ?? key,
    kind: row.kind,
    defaultText: row.defaultText,
    help: row.help,
    reloadable: row.reloadable,
  }));
}

function flagUsage(key: string, row: Setting<unknown>): string {
  const flag = flagName(key);
  if (row.isSwitch) return row.default === true ? flag.replace('--', '--no-') : flag;
  return `${flag} ${row.placeholder}`;
}

/** Rows under their headings, in the order the headings first occur. */
export function byGroup<T extends { readonly group: string }>(
  rows: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  return groups;
}

/** Flags every service has beside its settings. */
export const specialFlagRows = [
  ['--config FILE', 'YAML file with settings. (env DDE_CONFIG)'],
  ['--check-config', 'Say whether all settings are valid, and end.'],
  ['--print-config', 'Print the settings in force and where each came from, and end.'],
  ['--version', 'Print the version, and end.'],
  ['--help', 'Print this, and end.'],
] as const;

const WIDTH = 96;
const LEFT_WIDTH = 32;

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function twoColumns(left: string, paragraphs: readonly string[]): string[] {
  const right = paragraphs.flatMap((text) => wrap(text, WIDTH - LEFT_WIDTH));
  const indent = ' '.repeat(LEFT_WIDTH);
  const head = `  ${left}`;
  // A long flag gets a line of its own.
  if (head.length > LEFT_WIDTH - 2) return [head, ...right.map((line) => indent + line)];
  return right.map((line, index) => (index === 0 ? head.padEnd(LEFT_WIDTH) : indent) + line);
}

function settingLines(row: SettingDescription): string[] {
  const spellings =
    row.flag === undefined
      ? `YAML only, default ${row.defaultText}`
      : `env ${row.variable ?? ''}, YAML ${row.yaml}, default ${row.defaultText}`;
  return twoColumns(row.flag ?? `${row.yaml}:`, [row.help, `(${spellings})`]);
}

/** The text of `--help`. */
export function formatHelp(service: ServiceFacts, table: SettingsTable): string {
  const lines = [
    `Usage: ${service.name} [--config FILE] [options]`,
    '',
    ...wrap(service.summary, WIDTH),
    '',
    ...wrap(
      'Every setting has one name in three spellings: a flag, an environment variable and a YAML key. A flag beats a variable, a variable beats the file, the file beats the default.',
      WIDTH,
    ),
    '',
    'Commands',
    ...specialFlagRows.flatMap(([flag, help]) => twoColumns(flag, [help])),
  ];
  for (const [group, rows] of byGroup(describeSettings(table))) {
    lines.push('', group, ...rows.flatMap(settingLines));
  }
  return `${lines.join('\n')}\n`;
}
