import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Family } from './families.ts';

/** A service’s own metrics: what it says about itself, never about the fleet. */
export interface SelfRegistry {
  registry: Registry;
  /** The current values as families for the exposition writer. */
  families: () => Promise<Family[]>;
}

/** Gauges that end in `_total`, which promtool complains of; each is the sum of a family that stays. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * A prom-client registry with `process_*`, `nodejs_*` and `NAME_build_info`, to which a service adds
 * its own metrics.
 */
export function createSelfRegistry(service: { name: string; version: string }): SelfRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  new Gauge({
    name: `${service.name}_build_info`,
    help: 'Always 1; the version is in the label.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: service.version }, 1);
  return { registry, families: () => familiesOf(registry) };
}

async function familiesOf(registry: Registry): Promise<Family[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map(({ name, type, help, values }) => ({
    name,
    // prom-client’s own d.ts says string here in some places and an enum in others; the texts agree.
    type: type.toString() as Family['type'],
    help,
    samples: values.map((sample) => ({
      name: 'metricName' in sample ? String(sample.metricName) : name,
      labels: Object.fromEntries(
        Object.entries(sample.labels).map(([label, value]) => [label, String(value)]),
      ),
      value: sample.value,
    })),
  }));
}
