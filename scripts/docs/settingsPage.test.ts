import { agentSettings } from '@docker-data-exporter/agent/settings';
import { aggregatorSettings } from '@docker-data-exporter/aggregator/settings';
import { loadSettings } from '@docker-data-exporter/shared/settings';
import type { SettingsTable } from '@docker-data-exporter/shared/settingRow';
import { settingExamples } from './settingExamples.ts';
import { exampleFile } from './settingsPage.ts';

describe.each<[string, SettingsTable]>([
  ['dde-agent', agentSettings],
  ['dde-aggregator', aggregatorSettings],
])('the example file of %s', (command, table) => {
  const example = exampleFile({ command, table, examples: settingExamples });

  const load = (yaml: string) =>
    loadSettings(table, {
      service: { name: command, version: '1', summary: '' },
      argv: ['--config', 'example.yml'],
      env: {},
      readFile: () => yaml,
    });

  test('sets nothing as it stands', () => {
    const loaded = load(example);
    expect(loaded).toMatchObject({ kind: 'run', warnings: [] });
    const sources = loaded.kind === 'run' ? Object.values(loaded.sources) : [];
    expect(new Set(sources.map(({ from }) => from))).toEqual(new Set(['default']));
  });

  test('is valid with every setting switched on', () => {
    const everything = example.replaceAll(/^#(?! \S)/gm, '');
    const loaded = load(everything);
    expect(loaded).toMatchObject({ kind: 'run', warnings: [] });
    const sources = loaded.kind === 'run' ? Object.entries(loaded.sources) : [];
    expect(sources.filter(([, { from }]) => from !== 'file')).toEqual([]);
  });
});
