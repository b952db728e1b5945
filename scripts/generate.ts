/**
 * Writes the pages that come from tables, so that docs cannot differ from code.
 *
 *   npm run gen          writes them
 *   npm run gen:check    tells which are not up to date, and fails if any is not
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAgentMetrics } from '@docker-data-exporter/agent/selfMetrics';
import { agentSettings } from '@docker-data-exporter/agent/settings';
import { createAggregatorMetrics } from '@docker-data-exporter/aggregator/selfMetrics';
import { aggregatorSettings } from '@docker-data-exporter/aggregator/settings';
import { errorTable } from '@docker-data-exporter/shared/errors';
import { metricTable } from '@docker-data-exporter/shared/metrics';
import { SnapshotSchema } from '@docker-data-exporter/shared/snapshot';
import { format, resolveConfig } from 'prettier';
import { settingExamples } from './docs/settingExamples.ts';
import { errorsPage } from './docs/errorsPage.ts';
import { replaceRegion } from './docs/markdown.ts';
import { metricsOverview, metricsPage } from './docs/metricsPage.ts';
import { settingsPage } from './docs/settingsPage.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string): string =>
  existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';

const services = [
  { command: 'dde-agent', table: agentSettings, examples: settingExamples },
  { command: 'dde-aggregator', table: aggregatorSettings, examples: settingExamples },
];
const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...SnapshotSchema };

const noServers = { servers: [], seconds: 0, endedMs: 0, droppedContainers: 0 };
const own = [
  {
    title: 'The aggregator about itself',
    families: await createAggregatorMetrics({ version: '', runningScrapes: () => 0 }).families(
      noServers,
    ),
  },
  { title: 'The agent about itself', families: await createAgentMetrics('').families() },
];

const wanted: Readonly<Record<string, string>> = {
  'docs/METRICS.md': metricsPage(metricTable, own),
  'docs/CONFIGURATION.md': settingsPage(services),
  'docs/ERRORS.md': errorsPage(errorTable),
  'docs/snapshot.schema.json': JSON.stringify(schema),
  'README.md': replaceRegion(read('README.md'), 'metrics', metricsOverview(metricTable)),
};

const isCheck = process.argv.includes('--check');
for (const [path, text] of Object.entries(wanted)) {
  const filepath = join(root, path);
  const formatted = await format(text, { ...(await resolveConfig(filepath)), filepath });
  const current = read(path);
  if (current === formatted) continue;
  if (isCheck) {
    process.exitCode = 1;
    console.log(`${path} is not up to date, first here:\n${firstDifference(current, formatted)}`);
  } else {
    writeFileSync(filepath, formatted);
    console.log(`${path} written`);
  }
}
if (process.exitCode === 1) console.log('npm run gen writes them.');

function firstDifference(current: string, formatted: string): string {
  const before = current.split('\n');
  const after = formatted.split('\n');
  const at = after.findIndex((line, index) => line !== before[index]);
  const line = at === -1 ? after.length : at;
  return `  line ${line + 1}\n  - ${before[line] ?? '(end)'}\n  + ${after[line] ?? '(end)'}`;
}
