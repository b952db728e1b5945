import type { Buffer } from 'node:buffer';
import { type MetricRow, metricTable } from '@docker-data-exporter/shared/metrics';
import type { ExpositionFormat } from './expositionLine.ts';
import { parseExposition } from './expositionParser.ts';
import { seriesKey } from './expositionRules.ts';
import type { ParsedFamily, ParsedSample } from './parsedExposition.ts';

/** What must hold for every page of every service, whatever goes wrong around it. */

export interface PageExpectation {
  format: ExpositionFormat;
  /** The hostname of every server the service knows, dead ones too. */
  servers: readonly string[];
  /** The names of the labels that servers have from the configuration. */
  serverLabels?: readonly string[];
  /** The metric table unless given. */
  rows?: readonly MetricRow[];
  /** How the names of opaque families may begin. */
  ownPrefixes?: readonly string[];
}

export interface CheckedPage {
  families: readonly ParsedFamily[];
  /** Empty if all is well; each one says what is wrong where. */
  problems: readonly string[];
}

const OWN_PREFIXES = ['agent_', 'aggregator_', 'process_', 'nodejs_'];
const BASE_LABELS = ['server_hostname', 'instance'];

/**
 * Checks that a page is valid, that every known server has exactly one `server_online`, and that
 * every series is one the metric table knows, with its help, type and exact labels.
 */
export function checkPage(body: Buffer, expectation: PageExpectation): CheckedPage {
  const parsed = parseExposition(body, expectation.format);
  if (!parsed.ok) {
    const problems = parsed.errors.map(({ line, reason }) => `line ${line}: ${reason}`);
    return { families: [], problems };
  }
  const { families } = parsed;
  const problems = families.flatMap((family) => familyProblems(family, expectation));
  return { families, problems: [...problems, ...onlineProblems(families, expectation.servers)] };
}

/** The families of a page that holds all invariants. Throws with every problem otherwise. */
export function expectPage(body: Buffer, expectation: PageExpectation): readonly ParsedFamily[] {
  const { families, problems } = checkPage(body, expectation);
  if (problems.length > 0) throw new Error(`the page is not sound:\n${problems.join('\n')}`);
  return families;
}

/** The series of one server, without their values. */
export function seriesOf(families: readonly ParsedFamily[], server: string): ReadonlySet<string> {
  const samples = families.flatMap((family) => family.samples);
  const own = samples.filter(({ labels }) => labels.get('server_hostname') === server);
  return new Set(own.map(seriesKey));
}

/**
 * How the series of these servers differ between two pages: `+` is new, `-` is lost.
 *
 * Labels that change by themselves, such as the text of `container_status`, can be left out of the
 * comparison by the name of their metric.
 */
export function seriesDifference(
  pages: { before: readonly ParsedFamily[]; after: readonly ParsedFamily[] },
  servers: readonly string[],
  except: readonly string[] = [],
): string[] {
  const compared = (families: readonly ParsedFamily[]) =>
    families.filter(({ name }) => !except.includes(name));
  return servers.flatMap((server) => {
    const before = seriesOf(compared(pages.before), server);
    const after = seriesOf(compared(pages.after), server);
    return [
      ...[...before].filter((series) => !after.has(series)).map((series) => `- ${series}`),
      ...[...after].filter((series) => !before.has(series)).map((series) => `+ ${series}`),
    ];
  });
}

function onlineProblems(families: readonly ParsedFamily[], servers: readonly string[]): string[] {
  const online = families.find(({ name }) => name === 'server_online')?.samples ?? [];
  const hostnames = online.map(({ labels }) => labels.get('server_hostname') ?? '');
  const missing = servers.filter((server) => !hostnames.includes(server));
  return [
    ...missing.map((server) => `server ${server} has no server_online`),
    ...repeated(hostnames).map((server) => `server ${server} has several server_online`),
    ...online
      .filter(({ value }) => value !== 0 && value !== 1)
      .map(({ line, value }) => `line ${line}: server_online is ${value}`),
  ];
}

function familyProblems(family: ParsedFamily, expectation: PageExpectation): string[] {
  const rows: readonly MetricRow[] = expectation.rows ?? metricTable;
  const row = rows.find((one) => familyName(one, expectation.format) === family.name);
  if (row === undefined) {
    const prefixes = expectation.ownPrefixes ?? OWN_PREFIXES;
    if (prefixes.some((prefix) => family.name.startsWith(prefix))) return [];
    return [`line ${family.line}: ${family.name} is no row of the metric table`];
  }
  const type = typeOf(row, expectation.format);
  const problems: string[] = [];
  if (family.type !== type) {
    problems.push(`line ${family.line}: ${family.name} is a ${family.type}, not a ${type}`);
  }
  if (family.help !== row.help) {
    problems.push(`line ${family.line}: the help of ${family.name} is not that of its row`);
  }
  for (const sample of family.samples) {
    problems.push(
      ...sampleProblems(sample, row, expectation).map(
        (problem) => `line ${sample.line}: ${sample.name} ${problem}`,
      ),
    );
  }
  return problems;
}

function sampleProblems(
  { name, labels }: ParsedSample,
  row: MetricRow,
  { servers, serverLabels = [] }: PageExpectation,
): string[] {
  const problems: string[] = [];
  if (name !== row.name) problems.push(`is not called ${row.name}`);
  const expected = [
    ...BASE_LABELS,
    ...(row.subject === 'container' ? ['container_name'] : []),
    ...(row.labels ?? []),
  ];
  const missing = expected.filter((label) => !labels.has(label));
  const extra = [...labels.keys()].filter(
    (label) => !expected.includes(label) && !serverLabels.includes(label),
  );
  if (missing.length > 0) problems.push(`lacks ${missing.join(', ')}`);
  if (extra.length > 0) problems.push(`has ${extra.join(', ')} beyond its row`);
  const server = labels.get('server_hostname');
  if (server !== labels.get('instance')) problems.push('has another instance than server_hostname');
  if (server === undefined || !servers.includes(server)) {
    problems.push(`is about ${JSON.stringify(server ?? '')}, not known`);
  }
  return problems;
}

// OpenMetrics wants a counter’s _total off the family and knows no counter without one.
const isTotal = (row: MetricRow): boolean => row.type === 'counter' && row.name.endsWith('_total');

function familyName(row: MetricRow, format: ExpositionFormat): string {
  return format === 'openmetrics' && isTotal(row) ? row.name.slice(0, -'_total'.length) : row.name;
}

function typeOf(row: MetricRow, format: ExpositionFormat): string {
  return format === 'openmetrics' && row.type === 'counter' && !isTotal(row) ? 'unknown' : row.type;
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
