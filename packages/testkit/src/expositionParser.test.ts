import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import type { ExpositionFormat } from './expositionLine.ts';
import { parseExposition } from './expositionParser.ts';
import type { ExpositionError, ParsedFamily } from './parsedExposition.ts';

const families = (text: string, format: ExpositionFormat): readonly ParsedFamily[] => {
  const parsed = parseExposition(Buffer.from(text), format);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.families;
};
const errors = (body: string | Buffer, format: ExpositionFormat): readonly ExpositionError[] => {
  const parsed = parseExposition(Buffer.from(body), format);
  return parsed.ok ? [] : parsed.errors;
};
/** Every error as `LINE: REASON`. */
const reasons = (body: string | Buffer, format: ExpositionFormat): string[] =>
  errors(body, format).map(({ line, reason }) => `${line}: ${reason}`);

describe('text 0.0.4, good bodies', () => {
  test.each([
    ['nothing at all', ''],
    ['a lone sample', 'up 1\n'],
    ['an empty label set', 'up{} 1\n'],
    ['blank lines and comments', '\n# hello\n#\n# EOF\nup 1\n\n'],
    ['blanks and tabs between tokens', ' up\t{ a = "b" , c = "d" , }\t 1  2 \n'],
    ['a sample without space behind its labels', 'up{a="b"}1\n'],
    ['every way to write a number', 'a 1\nb +1.5e3\nc .5\nd 5.\ne NaN\nf +Inf\ng -Inf\nh inf\n'],
    ['HELP before and after TYPE', '# HELP a b\n# TYPE a gauge\n# TYPE c gauge\n# HELP c d\nc 1\n'],
    ['a family without samples', '# TYPE a counter\n'],
    ['a quote in HELP', '# HELP a say "hi"\na 1\n'],
    ['NUL and a carriage return in a label', 'a{b="\u0000\r"} 1\n'],
    ['names of a histogram’s parts under other types', '# TYPE a_count gauge\na_count 1\n'],
    ['a negative sum', '# TYPE a summary\na_sum -1\na_count 2\n'],
  ])('%s', (_what, body) => {
    expect(reasons(body, 'text')).toEqual([]);
  });

  test('the example of the specification is read as it is meant', () => {
    const read = families(SPECIFICATION_TEXT, 'text');
    expect(read.map(({ name, type, samples }) => [name, type, samples.length])).toEqual([
      ['http_requests_total', 'counter', 2],
      ['msdos_file_access_time_seconds', 'untyped', 1],
      ['metric_without_timestamp_and_labels', 'untyped', 1],
      ['something_weird', 'untyped', 1],
      ['http_request_duration_seconds', 'histogram', 8],
      ['telemetry_requests_metrics_latency_microseconds', 'summary', 7],
    ]);
    const [requests, files, , weird] = read;
    expect(requests?.help).toBe('The total number of HTTP requests.');
    expect(requests?.samples[1]).toEqual({
      kind: 'sample',
      name: 'http_requests_total',
      labels: new Map([
        ['method', 'post'],
        ['code', '400'],
      ]),
      value: 3,
      timestamp: 1395066363000,
      line: 5,
    });
    expect([...(files?.samples[0]?.labels ?? [])]).toEqual([
      ['path', 'C:\\DIR\\FILE.TXT'],
      ['error', 'Cannot find file:\n"FILE.TXT"'],
    ]);
    expect(weird?.samples[0]).toMatchObject({ value: Infinity, timestamp: -3982045 });
  });
});

describe('text 0.0.4, bad bodies', () => {
  const histogram = (lines: string): string => `# TYPE h histogram\n${lines}`;
  test.each<[string, string | Buffer, ...string[]]>([
    ['no final newline', 'a 1', '1: no newline at the end'],
    ['half a last line', 'a 1\nb', '2: no newline at the end'],
    ['invalid UTF-8', Buffer.from([97, 32, 49, 10, 98, 255, 10]), '2: invalid UTF-8'],
    ['a surrogate', Buffer.from([0x61, 0xed, 0xa0, 0x80, 10]), '1: invalid UTF-8'],
    ['CR LF', 'a 1\r\n', '1: carriage return at the end of the line'],
    ['a bad metric name', '1a 1\n', '1: invalid metric name "1a"'],
    ['a metric name with a dash', 'a-b 1\n', '1: invalid metric name "a-b"'],
    ['a bad label name', 'a{b-c="d"} 1\n', '1: no = after label b'],
    [
      'a label name that is a digit',
      'a{1="d"} 1\n',
      String.raw`1: invalid label name at "1=\"d\"} 1"`,
    ],
    ['a colon in a label name', 'a{b:c="d"} 1\n', '1: no = after label b'],
    ['a reserved label name', 'a{__name__="d"} 1\n', '1: label name __name__ is reserved'],
    ['one label twice', 'a{b="1",b="2"} 1\n', '1: label b twice'],
    ['an unknown escape', String.raw`a{b="\t"} 1` + '\n', String.raw`1: bad escape \t`],
    [
      'a backslash at the end',
      String.raw`a{b="\"} 1` + '\n',
      '1: value of label b is not a closed string',
    ],
    ['an unescaped quote', 'a{b="c"d"} 1\n', '1: neither , nor } after label b'],
    ['no quotes', 'a{b=c} 1\n', '1: value of label b is not a closed string'],
    ['an open brace', 'a{b="c" 1\n', '1: neither , nor } after label b'],
    ['two commas', 'a{b="c",,} 1\n', '1: invalid label name at ",} 1"'],
    ['a bad escape in HELP', String.raw`# HELP a \"` + '\n', String.raw`1: bad escape \"`],
    ['a lone backslash in HELP', '# HELP a b\\\n', '1: bad escape \\'],
    ['HELP of nothing', '# HELP\n', '1: invalid metric name ""'],
    ['an unknown type', '# TYPE a unknown\n', '1: unknown type "unknown"'],
    ['no type', '# TYPE a\n', '1: unknown type ""'],
    ['a type too many', '# TYPE a gauge counter\n', '1: unknown type "gauge counter"'],
    ['no value', 'a\n', '1: invalid value ""'],
    ['undefined', 'a undefined\n', '1: invalid value "undefined"'],
    ['null', 'a null\n', '1: invalid value "null"'],
    ['a truth', 'a true\n', '1: invalid value "true"'],
    ['a comma in a number', 'a 1,5\n', '1: invalid value "1,5"'],
    ['an underscore in a number', 'a 1_000\n', '1: invalid value "1_000"'],
    ['a hexadecimal number', 'a 0x10\n', '1: invalid value "0x10"'],
    ['Infinity spelt oddly', 'a Infinit\n', '1: invalid value "Infinit"'],
    ['a sign before NaN', 'a -NaN\n', '1: invalid value "-NaN"'],
    ['a number beyond floats', 'a 1e999\n', '1: value 1e999 is too large for a float'],
    ['a fraction in a timestamp', 'a 1 1.5\n', '1: invalid timestamp "1.5"'],
    ['something behind the timestamp', 'a 1 2 3\n', '1: invalid timestamp "2 3"'],
    ['an exemplar', 'a 1 # {} 1\n', '1: invalid timestamp "# {} 1"'],
    ['a series twice', 'a{b="c"} 1\na{b="c"} 1\n', '2: series a{b="c"} is already in line 1'],
    [
      'a series twice, labels turned',
      'a{b="1",c="2"} 1\na{c="2",b="1"} 1\n',
      '2: series a{b="1",c="2"} is already in line 1',
    ],
    [
      'a series twice, but for an empty label',
      'a{b=""} 1\na 1\n',
      '2: series a{} is already in line 1',
    ],
    ['a series twice at two times', 'a 1 1\na 1 2\n', '2: series a{} is already in line 1'],
    ['a second TYPE', '# TYPE a gauge\n# TYPE a gauge\na 1\n', '2: second TYPE of family a'],
    ['a second HELP', '# HELP a x\n# HELP a x\na 1\n', '2: second HELP of family a'],
    ['TYPE after samples', 'a 1\n# TYPE a gauge\n', '2: TYPE of a after its samples'],
    ['HELP after samples', 'a 1\n# HELP a b\n', '2: HELP of a after its samples'],
    [
      'a family twice',
      '# TYPE a gauge\na 1\n# TYPE b gauge\n# TYPE a gauge\na{c="d"} 1\n',
      '4: family a of line 1 goes on after another one began',
      '4: second TYPE of family a',
      '4: TYPE of a after its samples',
    ],
    [
      'interleaved families',
      'a 1\nb 1\na{c="d"} 1\n',
      '3: family a of line 1 goes on after another one began',
    ],
    [
      'interleaved parts of a histogram',
      histogram('h_bucket{le="+Inf"} 1\nb 1\nh_count 1\n'),
      '4: family h of line 1 goes on after another one began',
    ],
    [
      'a _total under a counter without',
      '# TYPE a counter\na_total 1\n',
      '2: a_total is no sample name of the counter above: a',
    ],
    [
      'a _count under a gauge',
      '# TYPE a gauge\na_count 1\n',
      '2: a_count is no sample name of the gauge above: a',
    ],
    [
      'a histogram’s own name',
      histogram('h 1\n'),
      '2: h is no sample name of the histogram above: h_bucket, h_sum, h_count',
    ],
    [
      'a bucket under a summary',
      '# TYPE s summary\ns_bucket{le="1"} 1\n',
      '2: s_bucket is no sample name of the summary above: s, s_sum, s_count',
    ],
    [
      'two families with one sample name',
      '# TYPE h_count gauge\n# TYPE h histogram\n',
      '2: sample name h_count belongs to h_count, line 1',
    ],
    ['a negative counter', '# TYPE a counter\na -1\n', '2: counter a is -1'],
    ['a counter that is NaN', '# TYPE a counter\na NaN\n', '2: counter a is NaN'],
    [
      'a histogram without +Inf',
      histogram('h_bucket{le="1"} 1\nh_count 1\n'),
      '2: histogram h has no last bucket +Inf',
    ],
    [
      'a histogram of sums only',
      histogram('h_sum 1\nh_count 1\n'),
      '2: histogram h has no last bucket +Inf',
    ],
    [
      'one of two histograms without +Inf',
      histogram('h_bucket{le="+Inf"} 1\nh_count 1\nh_bucket{a="b",le="1"} 1\nh_count{a="b"} 1\n'),
      '4: histogram h has no last bucket +Inf',
    ],
    [
      'a histogram without count',
      histogram('h_bucket{le="+Inf"} 1\n'),
      '2: histogram h without h_count',
    ],
    [
      'buckets out of order',
      histogram('h_bucket{le="2"} 1\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_count 1\n'),
      '3: bucket 1 follows bucket 2',
    ],
    [
      'one bucket twice, spelt twice',
      histogram('h_bucket{le="1"} 1\nh_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 1\nh_count 1\n'),
      '3: bucket 1 follows bucket 1',
    ],
    [
      'buckets that shrink',
      histogram('h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_count 1\n'),
      '3: bucket Infinity holds less than the one before it',
    ],
    [
      'a count unlike the last bucket',
      histogram('h_bucket{le="+Inf"} 1\nh_count 2\n'),
      '3: h_count is 2, bucket +Inf 1',
    ],
    [
      'a bucket without le',
      histogram('h_bucket 1\nh_bucket{le="+Inf"} 1\nh_count 1\n'),
      '2: bucket without le',
      '2: le "" is not a number',
    ],
    [
      'an le that is no number',
      histogram('h_bucket{le="x"} 1\nh_bucket{le="+Inf"} 1\nh_count 1\n'),
      '2: le "x" is not a number',
    ],
    [
      'an le on a count',
      histogram('h_bucket{le="+Inf"} 1\nh_count{le="1"} 1\n'),
      '3: h_count with le',
    ],
    [
      'a bucket that is NaN',
      histogram('h_bucket{le="+Inf"} NaN\nh_count 1\n'),
      '2: h_bucket is NaN',
      '3: h_count is 1, bucket +Inf NaN',
    ],
    [
      'a quantile above 1',
      '# TYPE s summary\ns{quantile="1.1"} 1\n',
      '2: quantile "1.1" is not within 0 and 1',
    ],
    [
      'a summary without a quantile',
      '# TYPE s summary\ns 1\n',
      '2: quantile "" is not within 0 and 1',
    ],
    [
      'quantiles out of order',
      '# TYPE s summary\ns{quantile="0.9"} 1\ns{quantile="0.5"} 1\n',
      '3: quantile 0.5 follows quantile 0.9',
    ],
    ['a negative count', '# TYPE s summary\ns_count -1\n', '2: s_count is -1'],
  ])('%s', (_what, body, ...expected) => {
    expect(reasons(body, 'text')).toEqual(expected);
  });

  test('several mistakes are all told, in the order of their lines', () => {
    expect(reasons('a x\nb 1\nb 1\nc{ 1\n', 'text')).toEqual([
      '1: invalid value "x"',
      '3: series b{} is already in line 2',
      '4: invalid label name at "1"',
    ]);
  });

  test('no more than 100 mistakes are told', () => {
    expect(errors('a x\n'.repeat(1000), 'text')).toHaveLength(100);
  });
});

describe('OpenMetrics 1.0, good bodies', () => {
  test.each([
    ['nothing at all', ''],
    ['a sample without metadata', 'a 1\n'],
    ['a counter with its creation', '# TYPE a counter\na_total 1\na_created 1.5\n'],
    ['a unit', '# TYPE a_seconds counter\n# UNIT a_seconds seconds\na_seconds_total 1\n'],
    ['an empty unit and help', '# TYPE a gauge\n# UNIT a \n# HELP a \na 1\n'],
    ['points of one series at rising times', '# TYPE a gauge\na 1 123\na 2 456\n'],
    ['a stateset', '# TYPE a stateset\na{a="x"} 0\na{a="y"} 1\n'],
    ['an info', '# TYPE a info\na_info{b="c"} 1\n'],
    [
      'a gauge histogram',
      '# TYPE a gaugehistogram\na_bucket{le="+Inf"} 2\na_gcount 2\na_gsum -1\n',
    ],
    ['quantiles in any order', '# TYPE s summary\ns{quantile="0.9"} NaN\ns{quantile="0.5"} 1\n'],
    ['a histogram without sum and count', '# TYPE h histogram\nh_bucket{le="+Inf"} 2\n'],
    ['a counter’s name without _total, as unknown', '# TYPE a_bytes unknown\na_bytes 1\n'],
    ['an escaped quote in HELP', String.raw`# HELP a say \"hi\" \\"`.slice(0, -1) + '\na 1\n'],
  ])('%s', (_what, body) => {
    expect(reasons(`${body}# EOF\n`, 'openmetrics')).toEqual([]);
  });

  test('exemplars are read with their labels and times', () => {
    const body = `# TYPE foo histogram
foo_bucket{le="0.01"} 0
foo_bucket{le="0.1"} 8 # {} 0.054
foo_bucket{le="1"} 11 # {trace_id="KOO5S4vxi0o"} 0.67
foo_bucket{le="10"} 17 # {trace_id="oHg5SJYRHA0"} 9.8 1520879607.789
foo_bucket{le="+Inf"} 17 12
foo_count 17
foo_sum 324789.3
foo_created 1520430000.123
# EOF
`;
    const [foo] = families(body, 'openmetrics');
    expect(foo?.samples.map(({ exemplar }) => exemplar).slice(0, 5)).toEqual([
      undefined,
      { labels: new Map(), value: 0.054 },
      { labels: new Map([['trace_id', 'KOO5S4vxi0o']]), value: 0.67 },
      { labels: new Map([['trace_id', 'oHg5SJYRHA0']]), value: 9.8, timestamp: 1520879607.789 },
      undefined,
    ]);
    expect(foo?.samples[4]?.timestamp).toBe(12);
  });
});

describe('OpenMetrics 1.0, bad bodies', () => {
  test.each<[string, string, ...string[]]>([
    ['no # EOF', 'a 1\n', '1: no # EOF at the end'],
    ['nothing at all', '', '0: no # EOF at the end'],
    ['no newline behind # EOF', 'a 1\n# EOF', '1: no # EOF at the end', '2: no newline at the end'],
    ['something behind # EOF', '# EOF\na 1\n', '2: something follows # EOF'],
    ['a blank line', 'a 1\n\n# EOF\n', '2: blank line'],
    [
      'a comment',
      '# hello\n# EOF\n',
      '1: a line that begins with # is neither TYPE, HELP, UNIT nor EOF',
    ],
    [
      'two spaces in metadata',
      '#  TYPE a gauge\n# EOF\n',
      '1: a line that begins with # is neither TYPE, HELP, UNIT nor EOF',
    ],
    [
      'metadata without its third part',
      '# HELP a\n# EOF\n',
      '1: a line that begins with # is neither TYPE, HELP, UNIT nor EOF',
    ],
    ['a space too many', 'a  1\n# EOF\n', '1: invalid value ""'],
    ['a leading space', ' a 1\n# EOF\n', '1: invalid metric name ""'],
    ['a trailing space', 'a 1 \n# EOF\n', '1: invalid timestamp ""'],
    ['a tab', 'a\t1\n# EOF\n', '1: no space before the value'],
    [
      'a space among labels',
      'a{b="c", d="e"} 1\n# EOF\n',
      '1: invalid label name at " d=\\"e\\"} 1"',
    ],
    ['a trailing comma', 'a{b="c",} 1\n# EOF\n', '1: comma behind the last label'],
    ['no space behind the labels', 'a{b="c"}1\n# EOF\n', '1: no space before the value'],
    ['untyped', '# TYPE a untyped\n# EOF\n', '1: unknown type "untyped"'],
    [
      'a counter without _total',
      '# TYPE a counter\na 1\n# EOF\n',
      '2: a is no sample name of the counter above: a_total, a_created',
    ],
    [
      'TYPE on the _total',
      '# TYPE a_total counter\na_total 1\n# EOF\n',
      '2: a_total is no sample name of the counter above: a_total_total, a_total_created',
    ],
    [
      'a gauge beside a counter’s _created',
      '# TYPE a_created gauge\n# TYPE a counter\na_total 1\n# EOF\n',
      '2: sample name a_created belongs to a_created, line 1',
    ],
    ['a negative counter', '# TYPE a counter\na_total -1\n# EOF\n', '2: counter a_total is -1'],
    [
      'a reserved metric name',
      '_a 1\n# EOF\n',
      '1: metric name _a begins with an underscore, which is reserved',
    ],
    ['a reserved label name', 'a{_b="c"} 1\n# EOF\n', '1: label name _b is reserved'],
    ['a quote in HELP', '# HELP a say "hi"\n# EOF\n', '1: unescaped " in HELP'],
    [
      'a unit that is no suffix',
      '# TYPE a gauge\n# UNIT a seconds\n# EOF\n',
      '1: family a does not end in its unit seconds',
    ],
    ['a second UNIT', '# UNIT a_b b\n# UNIT a_b b\n# EOF\n', '2: second UNIT of family a_b'],
    ['an info that is not 1', '# TYPE a info\na_info 2\n# EOF\n', '2: info a_info is 2, not 1'],
    [
      'a stateset that is not 0 or 1',
      '# TYPE a stateset\na{a="x"} 2\n# EOF\n',
      '2: stateset a is 2',
    ],
    [
      'a stateset without state',
      '# TYPE a stateset\na 1\n# EOF\n',
      '2: stateset a without its label a',
    ],
    ['falling times', 'a 1 2\na 1 1\n# EOF\n', '2: series a{} is already in line 1'],
    [
      'interleaved metrics',
      '# TYPE s summary\ns_count{a="1"} 0\ns_count{a="2"} 0\ns_sum{a="1"} 0\n# EOF\n',
      '4: metric s{a="1"} goes on after another one began',
    ],
    [
      'half an event in a bucket',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1.5\n# EOF\n',
      '2: h_bucket is 1.5, not an integer',
    ],
    [
      'a count without a sum',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count 1\n# EOF\n',
      '2: histogram h has only one of sum and count',
    ],
    [
      'a sum beside a negative bound',
      '# TYPE h histogram\nh_bucket{le="-1"} 1\nh_bucket{le="+Inf"} 1\nh_count 1\nh_sum 1\n# EOF\n',
      '5: h_sum beside a negative bucket bound',
    ],
    ['a negative sum', '# TYPE s summary\ns_sum -1\n# EOF\n', '2: s_sum is -1'],
    [
      'an exemplar on a gauge',
      '# TYPE a gauge\na 1 # {} 1\n# EOF\n',
      '2: a may not have an exemplar',
    ],
    [
      'an exemplar above its bound',
      '# TYPE h histogram\nh_bucket{le="1"} 1 # {} 2\nh_bucket{le="+Inf"} 1\n# EOF\n',
      '2: exemplar 2 is above its bucket’s bound 1',
    ],
    [
      'an exemplar that is too long',
      `# TYPE a counter\na_total 1 # {b="${'c'.repeat(128)}"} 1\n# EOF\n`,
      '2: exemplar labels of 129 characters, 128 are allowed',
    ],
    [
      'an exemplar without braces',
      '# TYPE a counter\na_total 1 # 1\n# EOF\n',
      '2: exemplar without labels',
    ],
  ])('%s', (_what, body, ...expected) => {
    expect(reasons(body, 'openmetrics')).toEqual(expected);
  });
});

describe('any body', () => {
  // A writer without any ambition, in the plainest form both formats share.
  const write = (pages: readonly WrittenFamily[], format: ExpositionFormat): string => {
    const lines = pages.flatMap(({ name, help, samples }) => {
      const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
      const helpText = format === 'text' ? escaped : escaped.replaceAll('"', '\\"');
      return [
        `# HELP ${name} ${helpText}`,
        `# TYPE ${name} gauge`,
        ...samples.map(
          ({ labels, value }) =>
            `${name}{${Object.entries(labels)
              .map(([label, text]) => `${label}=${quote(text)}`)
              .join(',')}} ${numberText(value)}`,
        ),
      ];
    });
    const end = format === 'text' ? '' : '# EOF\n';
    return lines.map((line) => `${line}\n`).join('') + end;
  };

  const label = fc.stringMatching(/^[a-z][a-z0-9_]{0,5}$/);
  const anyText = fc.string({ unit: 'binary', maxLength: 20 });
  const page = fc.uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[a-z]{1,6}$/),
      help: anyText.map((text) => `x${text}x`),
      samples: fc.uniqueArray(
        fc.record({ labels: fc.dictionary(label, anyText), value: fc.double() }),
        { selector: ({ labels }) => seriesOf(labels), maxLength: 5 },
      ),
    }),
    { selector: ({ name }) => name, maxLength: 5 },
  );

  test.each<ExpositionFormat>(['text', 'openmetrics'])('%s: what was written is read', (format) => {
    fc.assert(
      fc.property(page, (written) => {
        const read = families(write(written, format), format).map(({ name, help, samples }) => ({
          name,
          help,
          samples: samples.map(({ labels, value }) => ({
            labels: Object.fromEntries(labels),
            value,
          })),
        }));
        expect(read).toEqual(
          written.map((one) => ({
            ...one,
            samples: one.samples.map(({ labels, value }) => ({ labels: { ...labels }, value })),
          })),
        );
      }),
    );
  });

  test.each<ExpositionFormat>(['text', 'openmetrics'])('%s: any bytes get an answer', (format) => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
    const lines = fc
      .array(fc.constantFrom(...SPECIFICATION_TEXT.split(/(?<=[\n {}",#])/)), { maxLength: 60 })
      .map((pieces) => Buffer.from(pieces.join('')));
    fc.assert(
      fc.property(fc.oneof(bytes, lines), (body) => {
        const parsed = parseExposition(body, format);
        expect(parsed.ok || parsed.errors.length > 0).toBe(true);
      }),
    );
  });

  test('a very long label value is read', () => {
    const body = `a{b="${'\\\\'.repeat(2_000_000)}"} 1\n`;
    expect(families(body, 'text')[0]?.samples[0]?.labels.get('b')).toHaveLength(2_000_000);
  });
});

interface WrittenFamily {
  name: string;
  help: string;
  samples: readonly { labels: Record<string, string>; value: number }[];
}

function seriesOf(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).filter(([, value]) => value !== '');
  return JSON.stringify(pairs.sort());
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

const SPECIFICATION_TEXT = String.raw`
# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045

# A histogram, which has a pretty complex representation in the text format:
# HELP http_request_duration_seconds A histogram of the request duration.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="0.1"} 33444
http_request_duration_seconds_bucket{le="0.2"} 100392
http_request_duration_seconds_bucket{le="0.5"} 129389
http_request_duration_seconds_bucket{le="1"} 133988
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320

# Finally a summary, which has a complex representation, too:
# HELP telemetry_requests_metrics_latency_microseconds A summary of the response latency.
# TYPE telemetry_requests_metrics_latency_microseconds summary
telemetry_requests_metrics_latency_microseconds{quantile="0.01"} 3102
telemetry_requests_metrics_latency_microseconds{quantile="0.05"} 3272
telemetry_requests_metrics_latency_microseconds{quantile="0.5"} 4773
telemetry_requests_metrics_latency_microseconds{quantile="0.9"} 9001
telemetry_requests_metrics_latency_microseconds{quantile="0.99"} 76656
telemetry_requests_metrics_latency_microseconds_sum 1.7560473e+07
telemetry_requests_metrics_latency_microseconds_count 2693
`;
