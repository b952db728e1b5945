import { Buffer } from 'node:buffer';
import { metricTable } from '@docker-data-exporter/shared/metrics';
import { parseExposition } from '@docker-data-exporter/testkit/expositionParser';
import type { ExpositionError } from '@docker-data-exporter/testkit/parsedExposition';
import type { RunningService } from './service.ts';

export interface PageSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One `/metrics` page that our own strict parser has found nothing wrong with. */
export interface MetricsPage {
  readonly samples: readonly PageSample[];
  readonly named: (metric: string) => readonly PageSample[];
  /** The samples of one server that every release has. Further sets come, and can be switched off. */
  readonly of: (hostname: string) => readonly PageSample[];
}

/** Asks a service for its metrics, in text format. Throws if the page breaks a rule. */
export async function pageOf(
  service: Pick<RunningService, 'get'>,
  headers: Record<string, string> = {},
): Promise<MetricsPage> {
  return readPage(await service.get('/metrics', headers), 'text');
}

export function readPage(body: string, format: 'text' | 'openmetrics'): MetricsPage {
  const parsed = parseExposition(Buffer.from(body), format);
  if (!parsed.ok) throw new Error(`not a valid ${format} page:\n${describe(parsed.errors, body)}`);
  const samples = parsed.families.flatMap((family) =>
    family.samples.map(({ name, labels, value }) => ({
      name,
      labels: Object.fromEntries(labels),
      value,
    })),
  );
  return {
    samples,
    named: (metric) => samples.filter(({ name }) => name === metric),
    of: (hostname) =>
      samples.filter((sample) => isCore(sample) && sample.labels.server_hostname === hostname),
  };
}

const coreNames: ReadonlySet<string> = new Set(
  metricTable.filter(({ set }) => set === 'core').map(({ name }) => name),
);

/** Whether a sample belongs to what every release must emit. */
export function isCore({ name }: Pick<PageSample, 'name'>): boolean {
  return coreNames.has(name);
}

/** Whether a sample says something of a server or a container; the others are a service's own. */
export function isRow({ name }: Pick<PageSample, 'name'>): boolean {
  return /^(server|container)_/.test(name);
}

/**
 * Names and labels, sorted, without values. A status holds a duration: that one series has its text
 * left out.
 */
export function seriesOf(samples: readonly PageSample[]): string[] {
  return samples
    .map(({ name, labels }) => {
      const pairs = Object.entries(labels).filter(([label]) => label !== 'container_status');
      return `${name}${JSON.stringify(pairs.toSorted())}`;
    })
    .toSorted();
}

function describe(errors: readonly ExpositionError[], body: string): string {
  const lines = body.split('\n');
  return errors
    .map(({ line, reason }) => `line ${line}: ${reason}\n  ${lines[line - 1] ?? ''}`)
    .join('\n');
}
