import type { MetricName } from '@docker-data-exporter/shared/metrics';
import type { Sample } from '../lab/prometheus.ts';
import { hasCgroupV1 } from './kernelTruth.ts';
import type { Observation } from './observation.ts';
import type { ContainerTruth } from './truth.ts';
import type { Usage } from './usage.ts';

const baseLabels = new Set(['__name__', 'job', 'server_hostname', 'instance', 'container_name']);

export function seriesOf({ series }: Observation, name: MetricName): readonly Sample[] {
  return series.get(name) ?? [];
}

export function theValue(seen: Observation, name: MetricName): number | undefined {
  const samples = seriesOf(seen, name);
  expect(samples).toHaveLength(1);
  return samples[0]?.value;
}

/** Labels beyond the base labels. Empty ones are none to Prometheus. */
export function own(metric: Sample['metric']): Record<string, string> {
  return Object.fromEntries(Object.entries(metric).filter(([name]) => !baseLabels.has(name)));
}

export function ownLabels(seen: Observation, name: MetricName): Record<string, string>[] {
  return seriesOf(seen, name).map(({ metric }) => own(metric));
}

/** One sample a container, in order of the names. */
export function byContainer(seen: Observation, name: MetricName): Map<string, Sample> {
  const samples = seriesOf(seen, name);
  const sorted = samples
    .map((sample): [string, Sample] => [sample.metric.container_name ?? '', sample])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const found = new Map(sorted);
  expect(found.size).toBe(samples.length);
  return found;
}

export function labelByName(
  found: ReadonlyMap<string, Sample>,
  label: string,
): Record<string, string> {
  return Object.fromEntries([...found].map(([name, { metric }]) => [name, metric[label] ?? '']));
}

export function runs({ usage }: ContainerTruth): boolean {
  return usage !== undefined;
}

export function namesOf({ after }: Observation, has: (truth: ContainerTruth) => boolean): string[] {
  return [...after.containers.values()]
    .filter(has)
    .map(({ name }) => name)
    .toSorted();
}

/** Before and after, by the engine and, where it can be, by the kernel. */
export function readingsOf(
  { before, after }: Observation,
  name: string,
  part: keyof Usage,
): number[] {
  return [before, after].flatMap(({ containers }) => {
    const truth = containers.get(name);
    const sources = hasCgroupV1 ? [truth?.usage, truth?.kernelUsage] : [truth?.usage];
    return sources.map((usage) => usage?.[part] ?? Number.NaN);
  });
}

export function isStill(seen: Observation, name: string, part: keyof Usage): boolean {
  return new Set(readingsOf(seen, name, part)).size === 1;
}
