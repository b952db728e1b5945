import { type MetricName, metricTable } from '@docker-data-exporter/shared/metrics';
import { registryImage } from '../lab/containers.ts';
import type { Sample } from '../lab/prometheus.ts';
import { expectCounter } from './counterRows.ts';
import { lifecycleAssertions } from './lifecycleRows.ts';
import {
  byContainer,
  isStill,
  labelByName,
  namesOf,
  own,
  ownLabels,
  readingsOf,
  runs,
  seriesOf,
  theValue,
} from './observed.ts';
import type { Observation } from './observation.ts';
import { statusLiesBetween } from './statusText.ts';
import { textLike } from './textLike.ts';
import type { ContainerTruth } from './truth.ts';

/** The agent rounds percentages to four decimals. */
const roundingPercent = 0.000_051;
/** `docker stats` prints two decimals. */
const printedPercent = 0.0051;
/** The agent's window of at least a second is not the one between our readings. Points of the host. */
const cpuWindowPercent = 5;
/** Containers that start a program twice a second: their memory moves between any two readings. */
const churningBytes = 4 * 1024 * 1024;

type Assertion = (observation: Observation) => void;

/** What the rows of the table must show. A row without an entry is a test that fails. */
export const assertions: Readonly<Partial<Record<MetricName, Assertion>>> = {
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
    // Without CPU time only the kernel moves memory. A health check may come and go unseen.
    const still = namesOf(seen, runs).filter((name) => isStill(seen, name, 'cpuSeconds'));
    expect(still).toEqual(expect.arrayContaining(['hostnet', 'idle', 'limited', 'paused']));
    const wrong = [...found].flatMap(([name, { value }]) => {
      const churn = still.includes(name) ? 0 : (churningBytes / limitBytes(seen, name)) * 100;
      const readings = readingsOf(seen, name, 'memoryPercent');
      const [least, most] = [Math.min(...readings), Math.max(...readings)];
      const printed = Number.parseFloat(seen.statsLines.get(name)?.MemPerc ?? '');
      const isBetween =
        value >= least - churn - roundingPercent && value <= most + churn + roundingPercent;
      // Printed at another moment between the two readings.
      const isAsPrinted = Math.abs(value - printed) <= printedPercent + churn + (most - least);
      const right = isBetween && isAsPrinted;
      return right && value > 0 && value <= 100 ? [] : [{ name, value, readings, printed }];
    });
    expect(wrong).toEqual([]);
  },
  container_network_bytes_in: (seen) => expectCounter(seen, 'container_network_bytes_in'),
  container_network_bytes_out: (seen) => expectCounter(seen, 'container_network_bytes_out'),
  container_block_bytes_in: (seen) => expectCounter(seen, 'container_block_bytes_in'),
  container_block_bytes_out: (seen) => expectCounter(seen, 'container_block_bytes_out'),
  ...lifecycleAssertions,
};

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

export const rowNames: readonly MetricName[] = metricTable.map(({ name }) => name);
