import { type ExpositionFormat, LineError, parseNumber } from './expositionLine.ts';
import type { ParsedFamily, ParsedSample } from './parsedExposition.ts';

/** What the type of a family demands of its samples. */

type Report = (line: number, reason: string) => void;

const textSuffixes = new Map([
  ['histogram', ['_bucket', '_sum', '_count']],
  ['summary', ['', '_sum', '_count']],
]);

const openMetricsSuffixes = new Map([
  ['counter', ['_total', '_created']],
  ['histogram', ['_bucket', '_sum', '_count', '_created']],
  ['gaugehistogram', ['_bucket', '_gsum', '_gcount']],
  ['summary', ['', '_sum', '_count', '_created']],
  ['info', ['_info']],
]);

/** What may follow the family’s name in the name of a sample. */
export function suffixesOf(type: string, format: ExpositionFormat): readonly string[] {
  return (format === 'text' ? textSuffixes : openMetricsSuffixes).get(type) ?? [''];
}

/** One text per series: its name and its labels in order, empty ones left out as they mean none. */
export function seriesKey({ name, labels }: Pick<ParsedSample, 'name' | 'labels'>): string {
  const pairs = [...labels].filter(([, value]) => value !== '');
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${pairs.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;
}

/** Checks one complete family. */
export function checkFamily(family: ParsedFamily, format: ExpositionFormat, report: Report): void {
  checkUnit(family, report);
  const groups = groupByMetric(family, format, report);
  for (const sample of family.samples) {
    if (sample.exemplar !== undefined) checkExemplar(sample, report);
    const reason = wrongValue(family, sample, format);
    if (reason !== undefined) report(sample.line, reason);
  }
  for (const group of groups) {
    if (family.type === 'histogram' || family.type === 'gaugehistogram') {
      checkHistogram({ family, samples: group }, format, report);
    }
    if (family.type === 'summary') checkQuantiles(group, format, report);
  }
}

function checkUnit({ name, type, unit, line }: ParsedFamily, report: Report): void {
  if (unit === undefined || unit === '') return;
  if (!name.endsWith(`_${unit}`)) report(line, `family ${name} does not end in its unit ${unit}`);
  if (type === 'info' || type === 'stateset') report(line, `${type} ${name} has a unit`);
}

/** The label that tells the samples of one metric apart. */
function pointLabel({ type, name }: ParsedFamily): string | undefined {
  if (type === 'histogram' || type === 'gaugehistogram') return 'le';
  if (type === 'summary') return 'quantile';
  return type === 'stateset' ? name : undefined;
}

// A lone sample per metric needs no second look, and that is nearly every family there is.
function hasGroups({ type, samples }: ParsedFamily): boolean {
  if (['histogram', 'gaugehistogram', 'summary', 'stateset', 'counter'].includes(type)) return true;
  return samples.some(({ timestamp }) => timestamp !== undefined);
}

function groupByMetric(
  family: ParsedFamily,
  format: ExpositionFormat,
  report: Report,
): ParsedSample[][] {
  if (!hasGroups(family)) return [];
  const ignored = pointLabel(family);
  const groups = new Map<string, ParsedSample[]>();
  let last: string | undefined;
  for (const sample of family.samples) {
    const labels = new Map([...sample.labels].filter(([label]) => label !== ignored));
    const key = seriesKey({ name: '', labels });
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [sample]);
    else {
      if (format === 'openmetrics' && key !== last) {
        report(sample.line, `metric ${family.name}${key} goes on after another one began`);
      }
      group.push(sample);
    }
    last = key;
  }
  return [...groups.values()];
}

/** Why the value cannot be, if so. */
function wrongValue(
  family: ParsedFamily,
  { name, labels, value }: ParsedSample,
  format: ExpositionFormat,
): string | undefined {
  const suffix = name.slice(family.name.length);
  const strict = format === 'openmetrics';
  const negative = Number.isNaN(value) || value < 0;
  switch (family.type) {
    case 'counter':
      return negative ? `counter ${name} is ${value}` : undefined;
    case 'histogram':
    case 'gaugehistogram':
    case 'summary': {
      const isSum = suffix === '_sum' || suffix === '_gsum';
      if (isSum) {
        const mustRise = strict && suffix === '_sum';
        const wrong = strict && (Number.isNaN(value) || (mustRise && value < 0));
        return wrong ? `${name} is ${value}` : undefined;
      }
      if (suffix === '') return strict && value < 0 ? `quantile of ${name} is ${value}` : undefined;
      if (negative) return `${name} is ${value}`;
      if (suffix !== '_created' && strict && !Number.isInteger(value)) {
        return `${name} is ${value}, not an integer`;
      }
      return undefined;
    }
    case 'info':
      return value === 1 ? undefined : `info ${name} is ${value}, not 1`;
    case 'stateset':
      if (!labels.has(name)) return `stateset ${name} without its label ${name}`;
      return value === 0 || value === 1 ? undefined : `stateset ${name} is ${value}`;
    default:
      return undefined;
  }
}

function checkExemplar({ name, labels, exemplar, line }: ParsedSample, report: Report): void {
  if (!name.endsWith('_total') && !name.endsWith('_bucket')) {
    report(line, `${name} may not have an exemplar`);
    return;
  }
  const bound = numberOf(labels.get('le'));
  if (bound !== undefined && exemplar !== undefined && exemplar.value > bound) {
    report(line, `exemplar ${exemplar.value} is above its bucket’s bound ${bound}`);
  }
}

function checkHistogram(
  { family, samples }: { family: ParsedFamily; samples: readonly ParsedSample[] },
  format: ExpositionFormat,
  report: Report,
): void {
  const prefix = family.type === 'histogram' ? '' : 'g';
  const named = (suffix: string) => samples.find(({ name }) => name === family.name + suffix);
  const sum = named(`_${prefix}sum`);
  const count = named(`_${prefix}count`);
  const buckets = samples.filter(({ name }) => name === `${family.name}_bucket`);
  const first = samples[0]?.line ?? family.line;

  for (const sample of samples) {
    const isBucket = buckets.includes(sample);
    if (isBucket !== sample.labels.has('le')) {
      report(sample.line, isBucket ? 'bucket without le' : `${sample.name} with le`);
    }
  }
  let lowest = Infinity;
  let previous: { bound: number; value: number } | undefined;
  for (const { labels, value, line } of buckets) {
    const bound = numberOf(labels.get('le'));
    if (bound === undefined || Number.isNaN(bound)) {
      report(line, `le ${JSON.stringify(labels.get('le') ?? '')} is not a number`);
      continue;
    }
    if (previous !== undefined && bound <= previous.bound) {
      report(line, `bucket ${bound} follows bucket ${previous.bound}`);
    }
    if (previous !== undefined && value < previous.value) {
      report(line, `bucket ${bound} holds less than the one before it`);
    }
    previous = { bound, value };
    lowest = Math.min(lowest, bound);
  }
  if (previous?.bound !== Infinity) {
    report(first, `histogram ${family.name} has no last bucket +Inf`);
  } else if (count !== undefined && count.value !== previous.value) {
    report(count.line, `${count.name} is ${count.value}, bucket +Inf ${previous.value}`);
  }
  if (format === 'text') {
    if (count === undefined) report(first, `histogram ${family.name} without ${family.name}_count`);
    return;
  }
  if ((sum === undefined) !== (count === undefined)) {
    report(first, `histogram ${family.name} has only one of sum and count`);
  }
  if (lowest < 0 && sum !== undefined && family.type === 'histogram') {
    report(sum.line, `${sum.name} beside a negative bucket bound`);
  }
}

function checkQuantiles(
  samples: readonly ParsedSample[],
  format: ExpositionFormat,
  report: Report,
): void {
  let previous = -Infinity;
  for (const { name, labels, line } of samples) {
    const isQuantile = !/_(?:sum|count|created)$/.test(name) || labels.has('quantile');
    if (!isQuantile) continue;
    const text = labels.get('quantile');
    const quantile = numberOf(text);
    if (quantile === undefined || !(quantile >= 0 && quantile <= 1)) {
      report(line, `quantile ${JSON.stringify(text ?? '')} is not within 0 and 1`);
      continue;
    }
    if (format === 'text' && quantile <= previous) {
      report(line, `quantile ${quantile} follows quantile ${previous}`);
    }
    previous = quantile;
  }
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parseNumber(text, 'bound');
  } catch (error) {
    if (error instanceof LineError) return undefined;
    throw error;
  }
}
