import type { Family } from '@docker-data-exporter/shared/families';
import type { MetricRow } from '@docker-data-exporter/shared/metrics';
import { cell, code, generatedNotice, page, table } from './markdown.ts';

const groups = [
  { title: 'Servers', subject: 'server', set: 'core' },
  { title: 'Containers', subject: 'container', set: 'core' },
  { title: 'Servers, extended', subject: 'server', set: 'extended' },
  { title: 'Containers, extended', subject: 'container', set: 'extended' },
] as const;

/** A service’s own metrics. */
export interface OwnMetrics {
  readonly title: string;
  readonly families: readonly Family[];
}

/** docs/METRICS.md */
export function metricsPage(rows: readonly MetricRow[], own: readonly OwnMetrics[]): string {
  const sections = groups.flatMap(({ title, subject, set }) => {
    const members = rows.filter((row) => row.subject === subject && row.set === set);
    if (members.length === 0) return [];
    const body = members.map((row) => [
      code(row.name),
      row.type,
      labelsOf(row),
      cell(row.help),
      row.stability,
    ]);
    return [`## ${title}`, table(['Metric', 'Type', 'Own labels', 'Meaning', 'Stability'], body)];
  });
  const waived = rows.flatMap((row) =>
    row.legacy === undefined ? [] : [[code(row.name), cell(row.legacy)]],
  );
  return page(
    generatedNotice,
    '# Metrics',
    `Every metric about servers and containers, ${rows.length} in all. The agent’s own \`/metrics\` has the same rows for its one host. *Stable* rows keep name, labels and meaning; *experimental* ones may change in any release.`,
    '## What is on every series',
    [
      '- `server_hostname` and `instance`, both the name of the server: scrape with `honor_labels: true`, or Prometheus renames `instance` to `exported_instance`.',
      '- The labels the aggregator’s configuration gives the server.',
      '- `container_name` on every series of a container.',
    ].join('\n'),
    'What is not known is absent, never 0: a server that is down has `server_online 0` and `server_hostname` and `server_ip`, nothing else; a stopped container has info, state and status, no usage; a container has no CPU percent until it was read twice.',
    '`container_cpu_percent` is the share of **all CPUs of the host**, 0 to 100: one full core of four is 25. Say so on panels. A setting of aggregator and agent changes it to the convention of `docker stats` (100 per core). Exact rates come from `rate(container_cpu_seconds_total[5m])`.',
    ...sections,
    ...own.flatMap(ownBlocks),
    '## Names that break a lint rule',
    'These names are the contract with dashboards that exist; `promtool check metrics` complains about them and nothing else.',
    table(['Metric', 'Why'], waived),
  );
}

// What every Node process says of itself is told in one line.
const processMetric = /^(process|nodejs)_/;

function ownBlocks({ title, families }: OwnMetrics): string[] {
  const body = families
    .filter(({ name }) => !processMetric.test(name))
    .map(({ name, type, help }) => [code(name), type, cell(help)]);
  return [
    `## ${title}`,
    table(['Metric', 'Type', 'Meaning'], body),
    'And `process_*` and `nodejs_*`: CPU, memory, descriptors, event loop lag, garbage collection.',
  ];
}

/** The table in the README. */
export function metricsOverview(rows: readonly MetricRow[]): string {
  const core = rows.filter((row) => row.set === 'core');
  return table(
    ['Metric', 'Own labels', 'Meaning'],
    core.map((row) => [code(row.name), labelsOf(row), cell(row.help)]),
  );
}

function labelsOf(row: MetricRow): string {
  return (row.labels ?? []).map(code).join(', ');
}
