import type {
  CollectorReport,
  ContainerLifecycle,
  ContainerSnapshot,
  Snapshot,
} from './snapshot.ts';

/**
 * THE metric table. Every series about a server or a container that any part of the product emits is
 * a row here; docs, goldens, dashboards and rules refer to the rows, so none can name what is not.
 *
 * The writer (exposition.ts) adds the base labels: `server_hostname`, `instance` and the server's
 * configured labels to every series, `container_name` to those of a container.
 */

/** One server as the writer sees it. A server that did not answer has no snapshot. */
export interface ServerView {
  /** Value of the labels `server_hostname` and `instance`. Unique in a page. */
  hostname: string;
  /** The host part of the address the aggregator uses; absent where an agent speaks for itself. */
  address?: string;
  /** Labels from the configuration, such as env or region. */
  labels: Readonly<Record<string, string>>;
  snapshot?: Snapshot;
}

/** One container together with the host it runs on. */
export interface ContainerView {
  container: ContainerSnapshot;
  host: Snapshot;
}

export interface MetricOptions {
  /** What 100 of `container_cpu_percent` means: all CPUs of the host, or one core as in `docker stats`. */
  cpuPercentOf: 'host' | 'core';
}

/** A sample with the row's own labels, in the order of the row's `labels`. */
export interface LabelledValue {
  labels: readonly string[];
  value: number | boolean;
}

/** A number, a truth (1 or 0), several labelled samples, or undefined: no sample at all. */
export type MetricValue = number | boolean | undefined | readonly LabelledValue[];

interface RowFacts<Name extends string> {
  name: Name;
  /** In OpenMetrics a counter whose name does not end in `_total` is written as unknown. */
  type: 'gauge' | 'counter';
  help: string;
  /** Labels beyond the base labels. */
  labels?: readonly string[];
  /** stable: kept in name, labels and meaning; experimental: may change in any release. */
  stability: 'stable' | 'experimental';
  /** Why a lint rule is waived for this row: the name is older than the rule. */
  legacy?: string;
  set: MetricSet;
}

/** core: what every release must emit; extended: further facts, which can be switched off. */
export type MetricSet = 'core' | 'extended';

export interface ServerRow<Name extends string = string> extends RowFacts<Name> {
  subject: 'server';
  values: (server: ServerView) => MetricValue;
}

export interface ContainerRow<Name extends string = string> extends RowFacts<Name> {
  subject: 'container';
  values: (view: ContainerView, options: MetricOptions) => MetricValue;
}

export type MetricRow = ServerRow | ContainerRow;

const server = <const Name extends string>(row: Omit<ServerRow<Name>, 'subject'>) => ({
  subject: 'server' as const,
  ...row,
});
const container = <const Name extends string>(row: Omit<ContainerRow<Name>, 'subject'>) => ({
  subject: 'container' as const,
  ...row,
});

/** A metric whose facts are its labels and whose value is always 1. */
const fact = (...labels: readonly string[]): readonly LabelledValue[] => [{ labels, value: 1 }];

const perCollector = (
  { snapshot }: ServerView,
  value: (report: CollectorReport) => number | boolean,
): MetricValue =>
  snapshot?.collectors.map((report) => ({ labels: [report.name], value: value(report) }));

const perName = (
  { snapshot }: ServerView,
  value: (counters: ContainerLifecycle) => number,
): MetricValue =>
  snapshot?.lifecycle?.containers.map((counters) => ({
    labels: [counters.name],
    value: value(counters),
  }));

const COUNT_OF_A_GAUGE = 'contract name: a gauge that ends in _count';
const COUNTER_WITHOUT_TOTAL = 'contract name: a counter that does not end in _total';

export const metricTable = [
  server({
    name: 'server_online',
    type: 'gauge',
    help: 'Whether the agent of this server answered (1) or not (0). Always there for every known server.',
    stability: 'stable',
    set: 'core',
    values: ({ snapshot }) => snapshot !== undefined,
  }),
  server({
    name: 'server_ip',
    type: 'gauge',
    help: 'The address under which the aggregator asks the agent of this server.',
    labels: ['server_ip'],
    stability: 'stable',
    set: 'core',
    values: ({ address }) => (address === undefined ? undefined : fact(address)),
  }),
  server({
    name: 'server_hostname',
    type: 'gauge',
    help: 'Always 1; the name of the server is in its label.',
    stability: 'stable',
    set: 'core',
    values: () => 1,
  }),
  server({
    name: 'server_agent_running',
    type: 'gauge',
    help: 'Always 1 while the agent answers.',
    stability: 'stable',
    set: 'core',
    values: ({ snapshot }) => (snapshot === undefined ? undefined : 1),
  }),
  server({
    name: 'server_docker_running',
    type: 'gauge',
    help: 'Whether the Docker Engine of this server answered its agent (1) or not (0).',
    stability: 'stable',
    set: 'core',
    values: ({ snapshot }) => snapshot?.docker.running,
  }),
  server({
    name: 'server_docker_version',
    type: 'gauge',
    help: 'The version of the Docker Engine, as a label.',
    labels: ['server_docker_version'],
    stability: 'stable',
    set: 'core',
    values: ({ snapshot }) =>
      snapshot?.docker.version === undefined ? undefined : fact(snapshot.docker.version),
  }),
  server({
    name: 'server_swarm_mode',
    type: 'gauge',
    help: 'Whether the engine is part of a swarm.',
    stability: 'stable',
    set: 'core',
    values: ({ snapshot }) => snapshot?.docker.swarmActive,
  }),
  server({
    name: 'server_image_count',
    type: 'gauge',
    help: 'Images on this server, as docker info counts them.',
    stability: 'stable',
    legacy: COUNT_OF_A_GAUGE,
    set: 'core',
    values: ({ snapshot }) => snapshot?.docker.images,
  }),
  server({
    name: 'server_total_container_count',
    type: 'gauge',
    help: 'Containers in any state.',
    stability: 'stable',
    legacy: COUNT_OF_A_GAUGE,
    set: 'core',
    values: ({ snapshot }) => snapshot?.docker.containers,
  }),
  server({
    name: 'server_running_container_count',
    type: 'gauge',
    help: 'Running containers.',
    stability: 'stable',
    legacy: COUNT_OF_A_GAUGE,
    set: 'core',
    values: ({ snapshot }) => snapshot?.docker.containersRunning,
  }),
  server({
    name: 'server_collector_success',
    type: 'gauge',
    help: 'Whether the agent could read all of one subject in this collection.',
    labels: ['collector'],
    stability: 'experimental',
    set: 'extended',
    values: (view) => perCollector(view, (report) => report.success),
  }),
  server({
    name: 'server_collector_duration_seconds',
    type: 'gauge',
    help: 'How long the agent took to read one subject in this collection.',
    labels: ['collector'],
    stability: 'experimental',
    set: 'extended',
    values: (view) => perCollector(view, (report) => report.seconds),
  }),
  container({
    name: 'container_info',
    type: 'gauge',
    help: 'What a container is: short id, image, tag ("" means latest), configured user, creation time.',
    labels: [
      'container_id',
      'container_image',
      'container_image_label',
      'container_user',
      'container_creation_time',
    ],
    stability: 'stable',
    set: 'core',
    values: ({ container: c }) =>
      fact(c.id.slice(0, 12), c.image, c.imageTag, c.user ?? '', c.createdAt ?? ''),
  }),
  container({
    name: 'container_state',
    type: 'gauge',
    help: 'The state of a container, as a label: created, restarting, running, removing, paused, exited or dead.',
    labels: ['container_state'],
    stability: 'stable',
    set: 'core',
    values: ({ container: c }) => fact(c.state),
  }),
  container({
    name: 'container_status',
    type: 'gauge',
    help: 'The status of a container as docker ps prints it, as a label.',
    labels: ['container_status'],
    stability: 'stable',
    set: 'core',
    values: ({ container: c }) => fact(c.status),
  }),
  container({
    name: 'container_cpu_percent',
    type: 'gauge',
    help: 'CPU use over the agent’s own window, 0 to 100: the share of all CPUs of the host, so one full core of four is 25 (unless set to per core, as docker stats).',
    stability: 'stable',
    set: 'core',
    values: ({ container: c, host }, { cpuPercentOf }) =>
      cpuPercentOf === 'host' ? c.cpu?.hostPercent : perCore(c.cpu?.hostPercent, host.host.cpus),
  }),
  container({
    name: 'container_cpu_seconds_total',
    type: 'counter',
    help: 'CPU time a container has used since it started.',
    stability: 'stable',
    set: 'core',
    values: ({ container: c }) => c.cpu?.usageSeconds,
  }),
  container({
    name: 'container_mem_percent',
    type: 'gauge',
    help: 'Memory use in percent of the limit, or of the host’s memory without one; inactive page cache left out, as docker stats does.',
    stability: 'stable',
    set: 'core',
    values: ({ container: c }) => c.memory?.percent,
  }),
  container({
    name: 'container_network_bytes_in',
    type: 'counter',
    help: 'Bytes received over all networks since the container started. None on the host’s or no network.',
    stability: 'stable',
    legacy: COUNTER_WITHOUT_TOTAL,
    set: 'core',
    values: ({ container: c }) => c.network?.receiveBytes,
  }),
  container({
    name: 'container_network_bytes_out',
    type: 'counter',
    help: 'Bytes sent over all networks since the container started. None on the host’s or no network.',
    stability: 'stable',
    legacy: COUNTER_WITHOUT_TOTAL,
    set: 'core',
    values: ({ container: c }) => c.network?.transmitBytes,
  }),
  container({
    name: 'container_block_bytes_in',
    type: 'counter',
    help: 'Bytes read from block devices since the container started.',
    stability: 'stable',
    legacy: COUNTER_WITHOUT_TOTAL,
    set: 'core',
    values: ({ container: c }) => c.blockIo?.readBytes,
  }),
  container({
    name: 'container_block_bytes_out',
    type: 'counter',
    help: 'Bytes written to block devices since the container started.',
    stability: 'stable',
    legacy: COUNTER_WITHOUT_TOTAL,
    set: 'core',
    values: ({ container: c }) => c.blockIo?.writeBytes,
  }),
  container({
    name: 'container_health_status',
    type: 'gauge',
    help: 'The health of a container, as a label: starting, healthy or unhealthy. None without a health check.',
    labels: ['health'],
    stability: 'experimental',
    set: 'extended',
    values: ({ container: c }) => (c.health === undefined ? undefined : fact(c.health)),
  }),
  container({
    name: 'container_exit_code',
    type: 'gauge',
    help: 'The code a container that does not run ended with.',
    stability: 'experimental',
    set: 'extended',
    values: ({ container: c }) => c.exitCode,
  }),
  container({
    name: 'container_restart_count',
    type: 'gauge',
    help: 'How often the restart policy has started a container again, as docker inspect tells.',
    stability: 'experimental',
    legacy: COUNT_OF_A_GAUGE,
    set: 'extended',
    values: ({ container: c }) => c.restartCount,
  }),
  container({
    name: 'container_oom_killed',
    type: 'gauge',
    help: 'Whether the last run of a container was ended for want of memory.',
    stability: 'experimental',
    set: 'extended',
    values: ({ container: c }) => c.oomKilled,
  }),
  container({
    name: 'container_start_time_seconds',
    type: 'gauge',
    help: 'When a container was last started, in unix time. None if it never was.',
    stability: 'experimental',
    set: 'extended',
    values: ({ container: c }) => unixSeconds(c.startedAt),
  }),
  container({
    name: 'container_finish_time_seconds',
    type: 'gauge',
    help: 'When a container last ended, in unix time. None if it never did.',
    stability: 'experimental',
    set: 'extended',
    values: ({ container: c }) => unixSeconds(c.finishedAt),
  }),
  server({
    name: 'container_starts_total',
    type: 'counter',
    help: 'Starts of containers of this name, counted from the engine’s events. Stays after a container is removed.',
    labels: ['container_name'],
    stability: 'experimental',
    set: 'extended',
    values: (view) => perName(view, ({ starts }) => starts),
  }),
  server({
    name: 'container_exits_total',
    type: 'counter',
    help: 'Ends of containers of this name, by exit code (other: beyond 16 different ones), counted from the engine’s events.',
    labels: ['container_name', 'exit_code'],
    stability: 'experimental',
    set: 'extended',
    values: ({ snapshot }) =>
      snapshot?.lifecycle?.containers.flatMap(({ name, exits }) =>
        exits.map(({ exitCode, count }) => ({
          labels: [name, exitCode === undefined ? 'other' : String(exitCode)],
          value: count,
        })),
      ),
  }),
  server({
    name: 'container_restarts_total',
    type: 'counter',
    help: 'Starts of a container of this name that had ended before, by policy or by hand, counted from the engine’s events.',
    labels: ['container_name'],
    stability: 'experimental',
    set: 'extended',
    values: (view) => perName(view, ({ restarts }) => restarts),
  }),
  server({
    name: 'container_oom_events_total',
    type: 'counter',
    help: 'Times a container of this name ran out of memory, counted from the engine’s events.',
    labels: ['container_name'],
    stability: 'experimental',
    set: 'extended',
    values: (view) => perName(view, ({ ooms }) => ooms),
  }),
  server({
    name: 'container_health_changes_total',
    type: 'counter',
    help: 'Changes of health of containers of this name, by the new state, counted from the engine’s events.',
    labels: ['container_name', 'health'],
    stability: 'experimental',
    set: 'extended',
    values: ({ snapshot }) =>
      snapshot?.lifecycle?.containers.flatMap(({ name, healthChanges }) =>
        healthChanges.map(({ health, count }) => ({ labels: [name, health], value: count })),
      ),
  }),
  server({
    name: 'server_lifecycle_dropped_total',
    type: 'counter',
    help: 'Container names whose counters were dropped because there were too many names.',
    stability: 'experimental',
    set: 'extended',
    values: ({ snapshot }) => snapshot?.lifecycle?.dropped,
  }),
  server({
    name: 'server_event_gaps_total',
    type: 'counter',
    help: 'Times the engine’s events may have been missed, so that starts, exits and the like may lack in their counters.',
    stability: 'experimental',
    set: 'extended',
    values: ({ snapshot }) => snapshot?.lifecycle?.gaps,
  }),
] as const satisfies readonly MetricRow[];

/** Every metric name there is. A misspelt one does not compile. */
export type MetricName = (typeof metricTable)[number]['name'];

/** Labels the table gives a meaning to: a server’s configured labels may not use them. */
export const reservedLabels: ReadonlySet<string> = new Set([
  'server_hostname',
  'instance',
  'container_name',
  'job',
  'le',
  'quantile',
  ...(metricTable as readonly MetricRow[]).flatMap((row) => row.labels ?? []),
]);

/** The table without the rows whose name fits one of the patterns (`*` stands for any characters). */
export function rowsWithout(patterns: readonly string[]): readonly MetricRow[] {
  const rows: readonly MetricRow[] = metricTable;
  return rows.filter((row) => !patterns.some((pattern) => fitsGlob(row.name, pattern)));
}

// Greedy matching with one step back: linear for what people write, and no regular expression to abuse.
function fitsGlob(name: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return name === pattern;
  if (!name.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - at >= last.length && name.endsWith(last);
}

function unixSeconds(time: string | undefined): number | undefined {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

function perCore(hostPercent: number | undefined, cpus: number | undefined): number | undefined {
  return hostPercent === undefined || cpus === undefined ? undefined : hostPercent * cpus;
}
