import type { MetricName } from '@docker-data-exporter/shared/metrics';
import type { Sample } from '../lab/prometheus.ts';
import { byContainer, labelByName, namesOf, seriesOf, theValue } from './observed.ts';
import type { Observation } from './observation.ts';
import type { ContainerTruth } from './truth.ts';

type Assertion = (observation: Observation) => void;

/** Engines tell nanoseconds, the snapshot keeps no more than a double can hold. */
const timeSeconds = 0.001;

const hasEnded = ({ state }: ContainerTruth): boolean =>
  ['exited', 'restarting', 'dead'].includes(state);

/** The value of every container that has the fact, and of no other. */
function expectValues(
  seen: Observation,
  name: MetricName,
  valueOf: (truth: ContainerTruth) => number | undefined,
): void {
  const expected = [...seen.after.containers.values()].flatMap((truth) => {
    const value = valueOf(truth);
    return value === undefined ? [] : [[truth.name, value] as const];
  });
  expect(expected.length).toBeGreaterThan(0);
  const found = byContainer(seen, name);
  const values = [...found].map(([container, { value }]) => [container, value] as const);
  expect(Object.fromEntries(values)).toEqual(Object.fromEntries(expected));
}

function expectTimes(
  seen: Observation,
  name: MetricName,
  timeOf: (truth: ContainerTruth) => number | undefined,
): void {
  const found = byContainer(seen, name);
  expect([...found.keys()]).toEqual(namesOf(seen, (truth) => timeOf(truth) !== undefined));
  expect(found.size).toBeGreaterThan(0);
  const wrong = [...found].flatMap(([container, { value }]) => {
    const truth = seen.after.containers.get(container);
    const expected = truth && timeOf(truth);
    return expected !== undefined && Math.abs(value - expected) <= timeSeconds
      ? []
      : [{ container, value, expected }];
  });
  expect(wrong).toEqual([]);
}

/** Runs so far: the engine counts a restart when it plans it, so a waiting one is still to come. */
const runsOf = ({ startedSeconds, restarts, state }: ContainerTruth): number =>
  startedSeconds === undefined ? 0 : restarts + (state === 'restarting' ? 0 : 1);

const endsOf = (truth: ContainerTruth): number =>
  hasEnded(truth) ? runsOf(truth) : Math.max(0, runsOf(truth) - 1);

/** Samples above 0, as `name` or `name label`: the agent ran before the first container was made. */
function countsOf(samples: readonly Sample[], label?: string): Record<string, number> {
  return Object.fromEntries(
    samples
      .filter(({ value }) => value > 0)
      .map(({ metric, value }) => [
        [metric.container_name, ...(label === undefined ? [] : [metric[label]])].join(' '),
        value,
      ]),
  );
}

function expectCounts(
  seen: Observation,
  name: MetricName,
  expected: (truth: ContainerTruth) => number,
): void {
  const counts = [...seen.after.containers.values()].map(
    (one) => [one.name, expected(one)] as const,
  );
  expect(countsOf(seriesOf(seen, name))).toEqual(
    Object.fromEntries(counts.filter(([, count]) => count > 0)),
  );
}

/** What the rows about the life of containers must show, by `docker inspect`. */
export const lifecycleAssertions = {
  container_health_status: (seen) => {
    const truths = [...seen.after.containers.values()].filter(({ health }) => health !== undefined);
    expect(truths.length).toBeGreaterThan(1);
    expect(labelByName(byContainer(seen, 'container_health_status'), 'health')).toEqual(
      Object.fromEntries(truths.map(({ name, health }) => [name, health])),
    );
  },
  container_exit_code: (seen) =>
    expectValues(seen, 'container_exit_code', (truth) =>
      hasEnded(truth) ? truth.exitCode : undefined,
    ),
  container_restart_count: (seen) =>
    expectValues(seen, 'container_restart_count', ({ restarts }) => restarts),
  container_oom_killed: (seen) =>
    expectValues(seen, 'container_oom_killed', ({ oomKilled }) => Number(oomKilled)),
  container_start_time_seconds: (seen) =>
    expectTimes(seen, 'container_start_time_seconds', ({ startedSeconds }) => startedSeconds),
  container_finish_time_seconds: (seen) =>
    expectTimes(seen, 'container_finish_time_seconds', ({ finishedSeconds }) => finishedSeconds),
  container_starts_total: (seen) => expectCounts(seen, 'container_starts_total', runsOf),
  container_restarts_total: (seen) =>
    expectCounts(seen, 'container_restarts_total', (truth) => Math.max(0, runsOf(truth) - 1)),
  container_exits_total: (seen) => {
    const ended = [...seen.after.containers.values()].filter((truth) => endsOf(truth) > 0);
    expect(countsOf(seriesOf(seen, 'container_exits_total'), 'exit_code')).toEqual(
      Object.fromEntries(ended.map((one) => [`${one.name} ${one.exitCode}`, endsOf(one)])),
    );
  },
  container_oom_events_total: (seen) => {
    const counts = countsOf(seriesOf(seen, 'container_oom_events_total'));
    expect(Object.keys(counts)).toEqual(namesOf(seen, ({ oomKilled }) => oomKilled));
  },
  container_health_changes_total: (seen) => {
    const counts = countsOf(seriesOf(seen, 'container_health_changes_total'), 'health');
    for (const { name, health } of seen.after.containers.values()) {
      if (health !== undefined) expect(counts[`${name} ${health}`]).toBeGreaterThanOrEqual(1);
    }
  },
  server_lifecycle_dropped_total: (seen) =>
    expect(theValue(seen, 'server_lifecycle_dropped_total')).toBe(0),
  server_event_gaps_total: (seen) => expect(theValue(seen, 'server_event_gaps_total')).toBe(0),
} as const satisfies Partial<Record<MetricName, Assertion>>;
