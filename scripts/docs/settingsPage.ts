import {
  byGroup,
  describeSettings,
  specialFlagRows,
} from '@docker-data-exporter/shared/settingsHelp';
import type { Setting, SettingsTable } from '@docker-data-exporter/shared/settingRow';
import { stringify } from 'yaml';
import { cell, code, generatedNotice, page, table } from './markdown.ts';

export interface ServiceSettings {
  /** Such as dde-agent. */
  readonly command: string;
  readonly table: SettingsTable;
  /** YAML for settings with a structure of their own, by key. */
  readonly examples: Readonly<Record<string, string>>;
}

/** docs/CONFIGURATION.md */
export function settingsPage(services: readonly ServiceSettings[]): string {
  return page(
    generatedNotice,
    '# Configuration',
    'Every setting has one name in three spellings: a flag (`--scrape-timeout 8s`), an environment variable (`DDE_SCRAPE_TIMEOUT=8s`) and a key of a YAML file (`scrapeTimeout: 8s`). A flag beats a variable, a variable beats the file, the file beats the default. No file is needed; `--config FILE` or `DDE_CONFIG` names one.',
    [
      '- Durations carry their unit: `500ms`, `10s`, `1m30s`, `24h`. Sizes too: `512KiB`, `8MiB`.',
      '- A switch is `--insecure` or `--no-insecure`; as a variable and in YAML `true` or `false`.',
      '- A list is a YAML list, a flag given several times, or a text with commas.',
      '- A path in YAML counts from the folder of the YAML file.',
      '- All of it is checked before anything starts: unknown keys, wrong types and values out of range are told together, each with file and line. See [ERRORS.md](ERRORS.md).',
      '- ↻ marks what takes effect on a reload; everything else is read at start.',
      '- Secrets are never settings themselves but files named by settings.',
    ].join('\n'),
    table(
      ['Flag', 'Meaning'],
      specialFlagRows.map(([flag, help]) => [code(flag), cell(help)]),
    ),
    ...services.flatMap(serviceBlocks),
  );
}

function serviceBlocks({ command, table: settings, examples }: ServiceSettings): string[] {
  const groups = [...byGroup(describeSettings(settings))].flatMap(([group, rows]) => [
    `### ${command}: ${group}`,
    table(
      ['YAML key', 'Flag and variable', 'Kind', 'Default', 'Meaning'],
      rows.map((row) => [
        code(row.yaml),
        row.flag === undefined ? '' : `${code(row.flag)}<br>${code(row.variable ?? '')}`,
        cell(row.kind),
        cell(row.defaultText),
        `${cell(row.help)}${row.reloadable ? ' ↻' : ''}`,
      ]),
    ),
  ]);
  return [
    `## ${command}`,
    ...groups,
    `### ${command}: example file`,
    'Every setting with its default; take the `#` away from what you change.',
    `\`\`\`yaml\n${exampleFile({ command, table: settings, examples })}\`\`\``,
  ];
}

/** A YAML file that has every setting, as comments; without its `#` it is valid. */
export function exampleFile({ table: settings, examples }: ServiceSettings): string {
  const rows = Object.entries(settings).map(([key, row]) => ({ key, row, group: row.group }));
  const sections = [...byGroup(rows)].map(([group, members]) => {
    const lines = members.map(({ key, row }) => {
      const yaml = examples[key] ?? exampleLine(row.yamlKey ?? key, row);
      const commented = yaml
        .trimEnd()
        .split('\n')
        .map((line) => `#${line}`);
      return [`# ${row.help}`, ...commented].join('\n');
    });
    return `# ${group}\n\n${lines.join('\n\n')}\n`;
  });
  return sections.join('\n');
}

function exampleLine(key: string, row: Setting<unknown, unknown>): string {
  if (row.default !== undefined) {
    return stringify({ [key]: row.toPlain(row.default) }, { lineWidth: 0 });
  }
  return `${key}: ${row.placeholder}`;
}
