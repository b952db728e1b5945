import { stringify } from 'yaml';
import type { Setting, SettingsTable } from './settingRow.ts';
import { byGroup } from './settingsHelp.ts';

/** Where a value came from. */
export type SettingSource =
  | { readonly from: 'default' }
  | { readonly from: 'flag' | 'env'; readonly name: string }
  | { readonly from: 'file'; readonly file: string; readonly line: number };

/** Such as `default`, `agent.yml:3`, `env DDE_LISTEN`, `flag --listen`. */
export function describeSource(source: SettingSource): string {
  switch (source.from) {
    case 'default':
      return 'default';
    case 'file':
      return `${source.file}:${source.line}`;
    default:
      return `${source.from} ${source.name}`;
  }
}

export interface EffectiveSettings {
  readonly table: SettingsTable;
  readonly values: Readonly<Record<string, unknown>>;
  readonly sources: Readonly<Record<string, SettingSource>>;
}

/**
 * The text of `--print-config`: YAML that can be used as a file again, each setting with a comment
 * telling where it came from; what is not set as a comment, secrets as `<hidden>`.
 */
export function formatEffectiveSettings({ table, values, sources }: EffectiveSettings): string {
  const rows = Object.entries(table).map(([key, row]) => ({ key, row, group: row.group }));
  const sections = [...byGroup(rows)].map(([group, members]) => {
    const lines = members.map(({ key, row }) =>
      formatRow(row, { key: row.yamlKey ?? key, value: values[key], source: sources[key] }),
    );
    return `# ${group}\n${lines.join('\n')}\n`;
  });
  return sections.join('\n');
}

interface Effective {
  readonly key: string;
  readonly value: unknown;
  readonly source: SettingSource | undefined;
}

function formatRow(row: Setting<unknown>, { key, value, source }: Effective): string {
  const origin = describeSource(source ?? { from: 'default' });
  if (value === undefined) return `# ${key}: (${row.defaultText})`;
  const plain = row.secret ? '<hidden>' : row.toPlain(value);
  const [first = '', ...more] = stringify({ [key]: plain }, { lineWidth: 0 })
    .trimEnd()
    .split('\n');
  return [`${first} # ${origin}`, ...more].join('\n');
}
