import { type MetricName, metricTable } from '@docker-data-exporter/shared/metrics';
import type { Sample } from '../lab/prometheus.ts';
import { registryImage } from '../lab/containers.ts';
import { hasCgroupV1 } from './kernelTruth.ts';
import type { Observation } from './observation.ts';
import { statusLiesBetween } from './statusText.ts';
import type { ContainerTruth, Usage } from './truth.ts';
import { textLike } from './textLike.ts';

/** The agent rounds percentages to four decimals. */
const roundingPercent = 0.000_051;
/** `docker stats` prints two decimals. */
const printedPercent = 0.0051;
/** The agent's window of at least a second is not the one between our readings. Points of the host. */
const cpuWindowPercent = 5;
/** Containers that start a program twice a second: their memory moves between any two readings. */
const churningBytes = 4 * 1024 * 1024;

const baseLabels = new Set(['__name__', 'job', 'server_hostname', 'instance', 'container_name']);

type Assertion = (observation: Observation) => void;

/** What every row of the table must show. A row without an entry does not compile. */
export const assertions: Readonly<Record<MetricName, Assertion>> = {
  server_online: (seen) => expect(theValue(seen, 'server_online')).toBe(1),
  server_ip: (seen) => {
    expect(theValue(seen, 'server_ip')).toBe(1);
    expect(ownLabels(seen, 'server_ip')).toEqual([{ server_ip: '127.0.0.1' }]);
  },
  server_hostname: (seen) => expect(theValue(seen, 'server_hostname')).toBe(1),
  server_agent_running: (seen) => expect(theValue(seen, 'server_agent_running')).toBe(1),
  server_docker_running: (seen) => expect(theValue(seen, 'server_docker_running')).toBe(1),
  server_docker_version: (seen) => {
    expect(theValue(seen, 'server_docker_version')).toBe(1);
    expect(ownLabels(seen, 'server_docker_version')).toEqual([
      { server_docker_version: seen.after.info.ServerVersion },
    ]);
  },
  server_swarm_mode: (seen) => expect(theValue(seen, 'server_swarm_mode')).toBe(0),
  server_image_count: (seen) =>
    expect(theValue(seen, 'server_image_count')).toBe(seen.after.info.Images),
  server_total_container_count: (seen) =>
    expect(theValue(seen, 'server_total_container_count')).toBe(seen.after.info.Containers),
  server_running_container_count: (seen) =>
    expect(theValue(seen, 'server_running_container_count')).toBe(
      seen.after.info.ContainersRunning,
    ),
  server_collector_success: (seen) => {
    const samples = seriesOf(seen, 'server_collector_success');
    expect(samples.length).toBeGreaterThan(0);
    expect(samples.filter(({ value }) => value !== 1)).toEqual([]);
  },
  server_collector_duration_seconds: (seen) => {
    const names = (name: MetricName): unknown[] => ownLabels(seen, name);
    expect(names('server_collector_duration_seconds')).toEqual(names('server_collector_success'));
    const samples = seriesOf(seen, 'server_collector_duration_seconds');
    expect(samples.filter(({ value }) => !(value >= 0 && value < 5))).toEqual([]);
  },
  container_info: (seen) => {
    const found = byContainer(seen, 'container_info');
    expect([...found.keys()]).toEqual(namesOf(seen, () => true));
    const shown = [...found].map(([name, { metric, value }]) => ({ name, value, ...own(metric) }));
    expect(shown).toEqual(
      [...found].map(([name, { metric }]) => {
        const truth = seen.after.containers.get(name);
        return {
          name,
          value: 1,
          container_id: truth?.id.slice(0, 12),
          ...imageLabels(truth?.image ?? ''),
          container_user: expectedUser(truth),
          container_creation_time: textLike(isoUtc),
          // Shown twice so that a wrong time is printed as a difference in seconds.
          ...(createdSeconds(metric) === truth?.createdSeconds
            ? {}
            : { created: truth?.createdSeconds }),
        };
      }),
    );
  },
  container_state: (seen) => {
    const found = byContainer(seen, 'container_state');
    expect([...found.keys()]).toEqual(namesOf(seen, () => true));
    expect(labelByName(found, 'container_state')).toEqual(
      Object.fromEntries([...seen.after.containers].map(([name, { state }]) => [name, state])),
    );
    expect([...found.values()].filter(({ value }) => value !== 1)).toEqual([]);
  },
  container_status: (seen) => {
    const found = byContainer(seen, 'container_status');
    expect([...found.keys()]).toEqual(namesOf(seen, () => true));
    const wrong = Object.entries(labelByName(found, 'container_status')).flatMap(
      ([name, status]) => {
        const before = seen.before.containers.get(name)?.status ?? '';
        const after = seen.after.containers.get(name)?.status ?? '';
        return statusLiesBetween(status, { before, after })
          ? []
          : [{ name, status, before, after }];
      },
    );
    expect(wrong).toEqual([]);
  },
  container_cpu_percent: (seen) => {
    const found = byContainer(seen, 'container_cpu_percent');
    expect([...found.keys()]).toEqual(namesOf(seen, runs));
    const used = (name: string): number =>
      (seen.after.containers.get(name)?.usage?.cpuSeconds ?? Number.NaN) -
      (seen.before.containers.get(name)?.usage?.cpuSeconds ?? Number.NaN);
    const available = seen.seconds * seen.after.info.NCPU;
    const wrong = [...found].flatMap(([name, { value }]) => {
      const average = (used(name) / available) * 100;
      const right =
        average === 0
          ? value === 0
          : value >= 0 && value <= 100 && Math.abs(value - average) <= cpuWindowPercent;
      return right ? [] : [{ name, value, average }];
    });
    expect(wrong).toEqual([]);
  },
  container_cpu_seconds_total: (seen) => expectCounter(seen, 'container_cpu_seconds_total'),
  container_mem_percent: (seen) => {
    const found = byContainer(seen, 'container_mem_percent');
    expect([...found.keys()]).toEqual(namesOf(seen, runs));
    // A health check may have come and gone between two readings; without CPU time nothing moves.
    const still = namesOf(seen, runs).filter(
      (name) => isStill(seen, name, 'memoryPercent') && isStill(seen, name, 'cpuSeconds'),
    );
    expect(still).toEqual(expect.arrayContaining(['hostnet', 'idle', 'limited', 'paused']));
    const wrong = [...found].flatMap(([name, { value }]) => {
      const churn = still.includes(name) ? 0 : (churningBytes / limitBytes(seen, name)) * 100;
      const tolerance = roundingPercent + churn;
      const readings = readingsOf(seen, name, 'memoryPercent');
      const right = readings.every((reading) => Math.abs(value - reading) <= tolerance);
      const printed = Number.parseFloat(seen.statsLines.get(name)?.MemPerc ?? '');
      const asPrinted = Math.abs(value - printed) <= printedPercent + churn;
      return right && asPrinted && value > 0 && value <= 100
        ? []
        : [{ name, value, readings, printed }];
    });
    expect(wrong).toEqual([]);
  },
  container_network_bytes_in: (seen) => expectCounter(seen, 'container_network_bytes_in'),
  container_network_bytes_out: (seen) => expectCounter(seen, 'container_network_bytes_out'),
  container_block_bytes_in: (seen) => expectCounter(seen, 'container_block_bytes_in'),
  container_block_bytes_out: (seen) => expectCounter(seen, 'container_block_bytes_out'),
};

type CounterName =
  | 'container_cpu_seconds_total'
  | 'container_network_bytes_in'
  | 'container_network_bytes_out'
  | 'container_block_bytes_in'
  | 'container_block_bytes_out';

interface CounterFacts {
  readonly part: keyof Usage;
  readonly has: (truth: ContainerTruth) => boolean;
  /** Which of the two numbers of a column of `docker stats` it is. */
  readonly printed?: { readonly column: 'NetIO' | 'BlockIO'; readonly side: 0 | 1 };
}

const runsInOwnNetwork = (truth: ContainerTruth): boolean => runs(truth) && truth.hasOwnNetwork;

const counters: Readonly<Record<CounterName, CounterFacts>> = {
  container_cpu_seconds_total: { part: 'cpuSeconds', has: runs },
  container_network_bytes_in: {
    part: 'networkIn',
    has: runsInOwnNetwork,
    printed: { column: 'NetIO', side: 0 },
  },
  container_network_bytes_out: {
    part: 'networkOut',
    has: runsInOwnNetwork,
    printed: { column: 'NetIO', side: 1 },
  },
  container_block_bytes_in: {
    part: 'blockIn',
    has: runs,
    printed: { column: 'BlockIO', side: 0 },
  },
  container_block_bytes_out: {
    part: 'blockOut',
    has: runs,
    printed: { column: 'BlockIO', side: 1 },
  },
};

/** A counter lies between the two readings: it equals them wherever they are equal. */
function expectCounter(seen: Observation, name: CounterName): void {
  const { part, has, printed } = counters[name];
  const found = byContainer(seen, name);
  expect([...found.keys()]).toEqual(namesOf(seen, has));
  const wrong = [...found].flatMap(([container, { value }]) => {
    const readings = readingsOf(seen, container, part);
    const between = value >= Math.min(...readings) && value <= Math.max(...readings);
    const text = printed && seen.statsLines.get(container)?.[printed.column];
    const shown = printed && text?.split(' / ')[printed.side];
    const asPrinted =
      shown === undefined || !isStill(seen, container, part) || shown === humanSize(value);
    return between && asPrinted ? [] : [{ container, value, readings, shown }];
  });
  expect(wrong).toEqual([]);
  // Something must have moved, or the test would hold for a constant; and something must be known to
  // the byte, or it would hold for a number that is only near.
  const moved = namesOf(seen, has).filter((name) => !isStill(seen, name, part));
  expect(moved).not.toEqual([]);
  const exact = [...found].filter(([name, { value }]) => value > 0 && !moved.includes(name));
  expect(exact).not.toEqual([]);
}

/** As `docker stats` prints bytes: three digits, powers of a thousand. */
function humanSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(3))}${units[unit] ?? ''}`;
}

function runs({ usage }: ContainerTruth): boolean {
  return usage !== undefined;
}

function namesOf({ after }: Observation, has: (truth: ContainerTruth) => boolean): string[] {
  return [...after.containers.values()]
    .filter(has)
    .map(({ name }) => name)
    .toSorted();
}

/** Before and after, by the engine and, where it can be, by the kernel. */
function readingsOf({ before, after }: Observation, name: string, part: keyof Usage): number[] {
  return [before, after].flatMap(({ containers }) => {
    const truth = containers.get(name);
    const sources = hasCgroupV1 ? [truth?.usage, truth?.kernelUsage] : [truth?.usage];
    return sources.map((usage) => usage?.[part] ?? Number.NaN);
  });
}

function isStill(seen: Observation, name: string, part: keyof Usage): boolean {
  return new Set(readingsOf(seen, name, part)).size === 1;
}

function limitBytes({ after }: Observation, name: string): number {
  return name === 'limited' ? 64 * 1024 * 1024 : after.info.MemTotal;
}

const isoUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

function createdSeconds(metric: Sample['metric']): number {
  return Math.floor(Date.parse(metric.container_creation_time ?? '') / 1000);
}

/** The containers of the lab have one of three kinds of image. */
function imageLabels(image: string): Record<string, string> {
  if (image.startsWith('sha256:')) return { container_image: image };
  if (image === registryImage) {
    return {
      container_image: 'registry.test:5000/team/app',
      container_image_label: '1.2.3',
    };
  }
  return { container_image: 'busybox', container_image_label: 'local' };
}

/** The agent of these tests runs with the pattern `{app}--{user}`. */
function expectedUser(truth: ContainerTruth | undefined): string {
  if (truth?.name === 'app--alice') return 'alice';
  return truth?.user === '' ? 'root' : (truth?.user ?? '');
}

function seriesOf({ series }: Observation, name: MetricName): readonly Sample[] {
  return series.get(name) ?? [];
}

function theValue(seen: Observation, name: MetricName): number | undefined {
  const samples = seriesOf(seen, name);
  expect(samples).toHaveLength(1);
  return samples[0]?.value;
}

/** Labels beyond the base labels. Empty ones are none to Prometheus. */
function own(metric: Sample['metric']): Record<string, string> {
  return Object.fromEntries(Object.entries(metric).filter(([name]) => !baseLabels.has(name)));
}

function ownLabels(seen: Observation, name: MetricName): Record<string, string>[] {
  return seriesOf(seen, name).map(({ metric }) => own(metric));
}

/** One sample a container, in order of the names. */
function byContainer(seen: Observation, name: MetricName): Map<string, Sample> {
  const samples = seriesOf(seen, name);
  const sorted = samples
    .map((sample): [string, Sample] => [sample.metric.container_name ?? '', sample])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const found = new Map(sorted);
  expect(found.size).toBe(samples.length);
  return found;
}

function labelByName(found: ReadonlyMap<string, Sample>, label: string): Record<string, string> {
  return Object.fromEntries([...found].map(([name, { metric }]) => [name, metric[label] ?? '']));
}

/** Rows of the table by name, so that a row added elsewhere shows up here as a test that fails. */
export const rowNames: readonly MetricName[] = metricTable.map(({ name }) => name);
