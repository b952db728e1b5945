import { Buffer } from 'node:buffer';
import type { Family } from './families.ts';
import type {
  ContainerView,
  MetricOptions,
  MetricRow,
  MetricValue,
  ServerView,
} from './metrics.ts';
import { createSampleBuffer, type SampleBuffer } from './sampleBuffer.ts';

/**
 * The exposition writer: servers and the metric table in, Prometheus text out. It knows no HTTP, no
 * clock and no host, and is pure but for one thing it keeps between pages: encoded labels.
 *
 * A fleet’s labels hardly ever change while its numbers always do. So the bytes of a container’s
 * labels are encoded once and copied from then on, and only numbers are formatted.
 */

/** text: Prometheus text format 0.0.4; openmetrics: OpenMetrics 1.0.0. */
export type ExpositionFormat = 'text' | 'openmetrics';

export interface Page {
  /** Written in this order. Host names are unique, container names are within their server. */
  servers: readonly ServerView[];
  /** Families that are no rows of the table, written behind them. */
  families?: readonly Family[];
}

export interface ExpositionOptions {
  metrics: MetricOptions;
  /** Label values are cut to this many UTF-16 units: one value too long costs Prometheus the page. */
  labelValueLimit?: number;
}

export interface Exposition {
  /** The page in chunks of about 1 MB, each computed when it is asked for. */
  write: (page: Page, format: ExpositionFormat) => Iterable<Buffer>;
}

/** The encoded labels of one server or container. */
interface Labels {
  /** What stands between the braces. */
  inside: string;
  /** The same in braces, with the space in front of the value. */
  bytes: Uint8Array;
  /** The same together with a row’s own labels; an entry holds while these stay the same. */
  ofRow: Map<MetricRow, OwnLabels[]>;
  /** Of a server: its containers’ labels by container name. */
  containers: ReadonlyMap<string, Labels>;
}

/** A row’s own labels, as last seen, and the bytes of all labels together. */
interface OwnLabels {
  values: readonly string[];
  bytes: Uint8Array;
}

/** One server in the course of a page. */
interface PageServer {
  view: ServerView;
  labels: Labels;
  containers: { view: ContainerView; labels: Labels }[];
}

export const DEFAULT_LABEL_VALUE_LIMIT = 1024;

export function createExposition(
  rows: readonly MetricRow[],
  { metrics, labelValueLimit = DEFAULT_LABEL_VALUE_LIMIT }: ExpositionOptions,
): Exposition {
  const escape = (value: string) => escapeLabelValue(value, labelValueLimit);
  const labelled = (inside: string, label: string, value: string) =>
    `${inside},${label}="${escape(value)}"`;
  let known: ReadonlyMap<string, Labels> = new Map();

  const ofServer = (view: ServerView): PageServer => {
    const name = escape(view.hostname);
    const inside = Object.entries(view.labels).reduce(
      (before, [label, value]) => labelled(before, label, value),
      `server_hostname="${name}",instance="${name}"`,
    );
    const kept = known.get(view.hostname);
    return { view, labels: kept?.inside === inside ? kept : encode(inside), containers: [] };
  };

  // The map is replaced, not added to, so that the labels of containers that are gone go with it.
  const findContainers = (server: PageServer) => {
    const host = server.view.snapshot;
    if (host === undefined) return;
    const containers = new Map<string, Labels>();
    server.containers = host.containers.map((container) => {
      const labels =
        server.labels.containers.get(container.name) ??
        encode(labelled(server.labels.inside, 'container_name', container.name));
      containers.set(container.name, labels);
      return { view: { container, host }, labels };
    });
    server.labels.containers = containers;
  };

  const withOwnLabels = (inside: string, row: MetricRow, values: readonly string[]): OwnLabels => ({
    values,
    bytes: inBraces(
      (row.labels ?? []).reduce(
        (before, label, index) => labelled(before, label, values[index] ?? ''),
        inside,
      ),
    ),
  });

  /** Writes one family’s samples, subject by subject, and its head before the first of them. */
  const familyWriter = (out: SampleBuffer, row: MetricRow, format: ExpositionFormat) => {
    const name = Buffer.from(row.name);
    let begun = false;
    const line = (labels: Uint8Array, value: number | boolean) => {
      if (!begun) out.text(familyHead(row, format));
      begun = true;
      out.bytes(name);
      out.bytes(labels);
      out.numberLine(Number(value));
    };
    return (labels: Labels, value: MetricValue) => {
      if (value === undefined) return;
      if (typeof value !== 'object') {
        line(labels.bytes, value);
        return;
      }
      let kept = labels.ofRow.get(row);
      if (kept === undefined) labels.ofRow.set(row, (kept = []));
      for (const [position, sample] of value.entries()) {
        let own = kept[position];
        if (own === undefined || !sameTexts(own.values, sample.labels)) {
          own = kept[position] = withOwnLabels(labels.inside, row, sample.labels);
        }
        line(own.bytes, sample.value);
      }
    };
  };

  const writeOpaque = (out: SampleBuffer, family: Family, format: ExpositionFormat) => {
    if (family.samples.length === 0) return;
    out.text(familyHead(family, format));
    for (const sample of family.samples) {
      const inside = Object.entries(sample.labels)
        .map(([label, value]) => `${label}="${escape(value)}"`)
        .join(',');
      out.text(inside === '' ? `${sample.name} ` : `${sample.name}{${inside}} `);
      out.numberLine(sample.value);
    }
  };

  return {
    *write({ servers, families = [] }, format) {
      const out = createSampleBuffer();
      const page = servers.map(ofServer);
      known = new Map(page.map(({ view, labels }) => [view.hostname, labels]));
      let containersFound = false;

      for (const row of rows) {
        const write = familyWriter(out, row, format);
        if (row.subject === 'server') {
          for (const { view, labels } of page) write(labels, row.values(view));
          yield* out.full();
          continue;
        }
        for (const server of page) {
          // In the course of the first family: building the labels of a whole fleet would block.
          if (!containersFound) findContainers(server);
          for (const { view, labels } of server.containers)
            write(labels, row.values(view, metrics));
          yield* out.full();
        }
        containersFound = true;
      }
      for (const family of families) {
        writeOpaque(out, family, format);
        yield* out.full();
      }
      if (format === 'openmetrics') out.text('# EOF\n');
      yield* out.full();
      yield out.rest();
    },
  };
}

function encode(inside: string): Labels {
  return { inside, bytes: inBraces(inside), ofRow: new Map(), containers: new Map() };
}

function inBraces(inside: string): Uint8Array {
  return Buffer.from(`{${inside}} `);
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

interface FamilyFacts {
  name: string;
  type: Family['type'];
  help: string;
}

function familyHead({ name, type, help }: FamilyFacts, format: ExpositionFormat): string {
  if (format === 'text') {
    const spelt = type === 'unknown' ? 'untyped' : type;
    return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${spelt}\n`;
  }
  // OpenMetrics names a counter without the _total its samples carry, and allows no counter without it.
  const counter = type === 'counter' && name.endsWith('_total');
  const family = counter ? name.slice(0, -'_total'.length) : name;
  const spelt = type === 'counter' && !counter ? 'unknown' : type;
  return `# TYPE ${family} ${spelt}\n# HELP ${family} ${escapeHelp(help).replaceAll('"', '\\"')}\n`;
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

// Carriage returns and their like are legal in the formats, yet readers that split lines stumble over them.
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
// eslint-disable-next-line no-control-regex
const NEEDS_WORK = /[\u0000-\u001f\u007f"\\]/;

/**
 * Any text as a label value that every reader takes: escaped, cut to `limit` UTF-16 units, control
 * characters left out. Halves of surrogate pairs become U+FFFD where the text is encoded.
 */
export function escapeLabelValue(value: string, limit: number): string {
  const cut = value.length > limit ? value.slice(0, limit) : value;
  if (!NEEDS_WORK.test(cut)) return cut;
  return cut
    .replace(UNPRINTABLE, '')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n');
}
