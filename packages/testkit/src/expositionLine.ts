/** One line of an exposition, taken apart. Knows the grammar, nothing of families and types. */

export type ExpositionFormat = 'text' | 'openmetrics';

export interface Exemplar {
  labels: ReadonlyMap<string, string>;
  value: number;
  timestamp?: number;
}

export interface SampleLine {
  kind: 'sample';
  name: string;
  /** In the order they are written. */
  labels: ReadonlyMap<string, string>;
  value: number;
  /** As written: milliseconds in text, seconds in OpenMetrics. */
  timestamp?: number;
  exemplar?: Exemplar;
}

export interface MetadataLine {
  kind: 'metadata';
  keyword: 'TYPE' | 'HELP' | 'UNIT';
  family: string;
  /** The type, the help without its escapes, or the unit. */
  text: string;
}

export type ExpositionLine = SampleLine | MetadataLine | { kind: 'ignored' } | { kind: 'eof' };

/** Thrown for a line that does not fit the grammar; the message is the reason. */
export class LineError extends Error {}

const TYPES: Record<ExpositionFormat, ReadonlySet<string>> = {
  text: new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']),
  openmetrics: new Set([
    'counter',
    'gauge',
    'histogram',
    'gaugehistogram',
    'stateset',
    'info',
    'summary',
    'unknown',
  ]),
};

const metricName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const labelName = /[a-zA-Z_][a-zA-Z0-9_]*/y;
// Written so that it needs no stack for long values.
const labelValue = /"[^"\\]*(?:\\[^][^"\\]*)*"/y;
const blanks = /[ \t]*/y;
const word = /[^ \t]+/y;
const oneSpace = / /y;
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const integer = /^[+-]?\d+$/;
const infinity = /^[+-]?inf(?:inity)?$/i;

/** Takes a line (without its newline) apart. Throws a LineError that says what is wrong. */
export function parseLine(line: string, format: ExpositionFormat): ExpositionLine {
  if (line.endsWith('\r')) throw new LineError('carriage return at the end of the line');
  return format === 'text' ? textLine(line) : openMetricsLine(line);
}

function textLine(line: string): ExpositionLine {
  const trimmed = line.replace(/^[ \t]+|[ \t]+$/g, '');
  if (trimmed === '') return { kind: 'ignored' };
  if (!trimmed.startsWith('#')) return sampleLine(trimmed, 'text');
  const [, keyword, rest = ''] = /^#[ \t]*(HELP|TYPE)(?:[ \t]+(.*))?$/s.exec(trimmed) ?? [];
  if (keyword !== 'HELP' && keyword !== 'TYPE') return { kind: 'ignored' };
  const [, family = '', , text = ''] = /^([^ \t]*)([ \t]+(.*))?$/s.exec(rest) ?? [];
  return metadata({ keyword, family, text }, 'text');
}

function openMetricsLine(line: string): ExpositionLine {
  if (line === '# EOF') return { kind: 'eof' };
  if (line === '') throw new LineError('blank line');
  if (!line.startsWith('#')) return sampleLine(line, 'openmetrics');
  const [, keyword, family = '', text = ''] = /^# (TYPE|HELP|UNIT) ([^ ]*) (.*)$/s.exec(line) ?? [];
  if (keyword !== 'TYPE' && keyword !== 'HELP' && keyword !== 'UNIT') {
    throw new LineError('a line that begins with # is neither TYPE, HELP, UNIT nor EOF');
  }
  return metadata({ keyword, family, text }, 'openmetrics');
}

function metadata(
  { keyword, family, text }: Omit<MetadataLine, 'kind'>,
  format: ExpositionFormat,
): MetadataLine {
  checkMetricName(family, format);
  switch (keyword) {
    case 'TYPE':
      if (!TYPES[format].has(text)) throw new LineError(`unknown type ${JSON.stringify(text)}`);
      return { kind: 'metadata', keyword, family, text };
    case 'UNIT':
      if (!/^[a-zA-Z0-9_:]*$/.test(text)) throw new LineError('invalid unit');
      return { kind: 'metadata', keyword, family, text };
    case 'HELP':
      return { kind: 'metadata', keyword, family, text: unescapeHelp(text, format) };
  }
}

function sampleLine(line: string, format: ExpositionFormat): SampleLine {
  const at = createCursor(line);
  // In text, tokens may stand apart; in OpenMetrics there is one space, and only where it must be.
  const skip = (): void => {
    if (format === 'text') at.take(blanks);
  };
  const name = at.take(/[^ \t{]+/y) ?? '';
  checkMetricName(name, format);
  skip();
  const labels = at.next('{') ? takeLabels(at, format, skip) : new Map<string, string>();
  const separator = format === 'text' ? blanks : oneSpace;
  if (at.take(separator) === undefined) throw new LineError('no space before the value');
  const valueText = at.take(word) ?? '';
  const value = parseNumber(valueText, 'value');
  const sample: SampleLine = { kind: 'sample', name, labels, value };
  if (format === 'text') {
    skip();
    if (!at.atEnd()) sample.timestamp = parseMilliseconds(at.rest());
    return sample;
  }
  if (!at.atEnd() && !at.startsWith(' # ')) sample.timestamp = takeTimestamp(at);
  if (at.startsWith(' # ')) sample.exemplar = takeExemplar(at, skip);
  if (!at.atEnd()) throw new LineError(`unexpected ${JSON.stringify(at.rest())}`);
  return sample;
}

function takeLabels(at: Cursor, format: ExpositionFormat, skip: () => void): Map<string, string> {
  const labels = new Map<string, string>();
  skip();
  while (!at.next('}')) {
    const name = at.take(labelName);
    if (name === undefined) throw new LineError(`invalid label name at ${at.excerpt()}`);
    checkLabelName(name, format);
    skip();
    if (!at.next('=')) throw new LineError(`no = after label ${name}`);
    skip();
    const quoted = at.take(labelValue);
    if (quoted === undefined) throw new LineError(`value of label ${name} is not a closed string`);
    if (labels.has(name)) throw new LineError(`label ${name} twice`);
    labels.set(name, unescape(quoted.slice(1, -1)));
    skip();
    if (at.next('}')) return labels;
    if (!at.next(',')) throw new LineError(`neither , nor } after label ${name}`);
    skip();
    if (format === 'openmetrics' && at.startsWith('}')) {
      throw new LineError('comma behind the last label');
    }
  }
  return labels;
}

function takeTimestamp(at: Cursor): number {
  if (at.take(oneSpace) === undefined) throw new LineError(`unexpected ${at.excerpt()}`);
  const text = at.take(word) ?? '';
  if (!number.test(text)) throw new LineError(`invalid timestamp ${JSON.stringify(text)}`);
  return Number(text);
}

function takeExemplar(at: Cursor, skip: () => void): Exemplar {
  at.take(/ # /y);
  if (!at.next('{')) throw new LineError('exemplar without labels');
  const labels = takeLabels(at, 'openmetrics', skip);
  const length = Array.from([...labels].flat().join('')).length;
  if (length > 128) throw new LineError(`exemplar labels of ${length} characters, 128 are allowed`);
  if (at.take(oneSpace) === undefined) throw new LineError('no space before the exemplar’s value');
  const value = parseNumber(at.take(word) ?? '', 'exemplar value');
  return { labels, value, ...(!at.atEnd() && { timestamp: takeTimestamp(at) }) };
}

/** Reads a number as both formats write it. Neither underscores nor hexadecimal. */
export function parseNumber(text: string, what: string): number {
  if (infinity.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  if (!number.test(text)) throw new LineError(`invalid ${what} ${JSON.stringify(text)}`);
  const value = Number(text);
  if (!Number.isFinite(value)) throw new LineError(`${what} ${text} is too large for a float`);
  return value;
}

function parseMilliseconds(text: string): number {
  if (!integer.test(text)) throw new LineError(`invalid timestamp ${JSON.stringify(text)}`);
  return Number(text);
}

function checkMetricName(name: string, format: ExpositionFormat): void {
  metricName.lastIndex = 0;
  if (metricName.exec(name)?.[0] !== name) {
    throw new LineError(`invalid metric name ${JSON.stringify(name)}`);
  }
  if (format === 'openmetrics' && name.startsWith('_')) {
    throw new LineError(`metric name ${name} begins with an underscore, which is reserved`);
  }
}

function checkLabelName(name: string, format: ExpositionFormat): void {
  if (name.startsWith(format === 'openmetrics' ? '_' : '__')) {
    throw new LineError(`label name ${name} is reserved`);
  }
}

const escapes = new Map([
  ['\\\\', '\\'],
  ['\\n', '\n'],
  ['\\"', '"'],
]);

function unescape(text: string, known: ReadonlyMap<string, string> = escapes): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\.?/gsu, (escape) => {
    const plain = known.get(escape);
    if (plain === undefined) throw new LineError(`bad escape ${escape}`);
    return plain;
  });
}

const helpEscapes = new Map([...escapes].filter(([escape]) => escape !== '\\"'));

function unescapeHelp(text: string, format: ExpositionFormat): string {
  if (format === 'text') return unescape(text, helpEscapes);
  if (/^[^"\\]*(?:\\[^][^"\\]*)*"/.test(text)) throw new LineError('unescaped " in HELP');
  return unescape(text);
}

/** A place in a line that only moves forward. */
interface Cursor {
  /** What the sticky pattern finds here, or undefined. */
  take: (pattern: RegExp) => string | undefined;
  /** Steps over that character, if it is here. */
  next: (character: string) => boolean;
  startsWith: (text: string) => boolean;
  atEnd: () => boolean;
  rest: () => string;
  excerpt: () => string;
}

function createCursor(line: string): Cursor {
  let at = 0;
  return {
    take: (pattern) => {
      pattern.lastIndex = at;
      const found = pattern.exec(line)?.[0];
      if (found !== undefined) at += found.length;
      return found;
    },
    next: (character) => {
      if (line[at] !== character) return false;
      at += 1;
      return true;
    },
    startsWith: (text) => line.startsWith(text, at),
    atEnd: () => at === line.length,
    rest: () => line.slice(at),
    excerpt: () => JSON.stringify(line.slice(at, at + 20)),
  };
}
