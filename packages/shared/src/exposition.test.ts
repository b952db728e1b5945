import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { createExposition, type Exposition, escapeLabelValue, type Page } from './exposition.ts';
import { type MetricRow, metricTable, rowsWithout, type ServerView } from './metrics.ts';
import type { ContainerSnapshot, Snapshot } from './snapshot.ts';

const options = { metrics: { cpuPercentOf: 'host' as const } };

const container = (more: Partial<ContainerSnapshot> = {}): ContainerSnapshot => ({
  id: '0123456789abcdef'.repeat(4),
  name: 'web',
  image: 'nginx',
  imageTag: '1.27',
  state: 'running',
  status: 'Up 5 minutes',
  ...more,
});

const snapshot = (containers: ContainerSnapshot[]): Snapshot => ({
  schemaVersion: 1,
  takenAt: '2026-01-02T03:04:05.000Z',
  agent: { id: 'a', version: '1.0.0' },
  host: { hostname: 'h', cpus: 4 },
  docker: { running: true },
  collectors: [],
  containers,
});

const server = (more: Partial<ServerView> = {}): ServerView => ({
  hostname: 'alpha',
  labels: {},
  ...more,
});

const text = (exposition: Exposition, page: Page, format: 'text' | 'openmetrics' = 'text') =>
  Buffer.concat([...exposition.write(page, format)]).toString();

const samples = (page: string) => page.split('\n').filter((line) => line && !line.startsWith('#'));

test('a server that never answered has server_online 0 and its name, and nothing else', () => {
  const page = text(createExposition(metricTable, options), {
    servers: [server({ address: '192.0.2.7' })],
  });
  expect(samples(page)).toEqual([
    'server_online{server_hostname="alpha",instance="alpha"} 0',
    'server_ip{server_hostname="alpha",instance="alpha",server_ip="192.0.2.7"} 1',
    'server_hostname{server_hostname="alpha",instance="alpha"} 1',
  ]);
});

test('what is not known is no sample, not 0', () => {
  const page = text(createExposition(metricTable, options), {
    servers: [server({ snapshot: snapshot([container()]) })],
  });
  expect(page).not.toContain('container_cpu');
  expect(page).not.toContain('container_mem_percent');
  expect(page).toContain('container_user=""');
});

test('a zero that was read is a sample', () => {
  const page = text(createExposition(metricTable, options), {
    servers: [
      server({
        snapshot: snapshot([
          container({ cpu: { usageSeconds: 0 }, network: { receiveBytes: 0, transmitBytes: 0 } }),
        ]),
      }),
    ],
  });
  expect(page).toContain(
    'container_cpu_seconds_total{server_hostname="alpha",instance="alpha",container_name="web"} 0\n',
  );
  expect(page).toContain(
    'container_network_bytes_in{server_hostname="alpha",instance="alpha",container_name="web"} 0\n',
  );
});

test('configured labels ride on every series', () => {
  const page = text(createExposition(metricTable, options), {
    servers: [server({ labels: { env: 'prod', region: 'eu' }, snapshot: snapshot([container()]) })],
  });
  for (const line of samples(page)) {
    expect(line).toContain('server_hostname="alpha",instance="alpha",env="prod",region="eu"');
  }
});

test('CPU percent can be told per core, as docker stats does', () => {
  const view = server({
    snapshot: snapshot([container({ cpu: { usageSeconds: 1, hostPercent: 12.5 } })]),
  });
  const perCore = createExposition(metricTable, { metrics: { cpuPercentOf: 'core' } });
  expect(text(perCore, { servers: [view] })).toContain(
    'container_cpu_percent{server_hostname="alpha",instance="alpha",container_name="web"} 50\n',
  );
});

test('families are written once each, with HELP and TYPE, and not interleaved', () => {
  const both = ['alpha', 'beta'].map((hostname) =>
    server({ hostname, snapshot: snapshot([container(), container({ name: 'db' })]) }),
  );
  const page = text(createExposition(metricTable, options), { servers: both });
  const order = samples(page).map((line) => line.slice(0, line.indexOf('{')));
  const families = order.filter((name, index) => name !== order[index - 1]);
  expect(families).toEqual([...new Set(order)]);
  for (const name of families) {
    expect(page.split(`# HELP ${name} `)).toHaveLength(2);
    expect(page.split(`# TYPE ${name} `)).toHaveLength(2);
  }
});

test('in OpenMetrics a counter without _total is unknown and the page ends with EOF', () => {
  const page = text(
    createExposition(metricTable, options),
    {
      servers: [
        server({
          snapshot: snapshot([
            container({
              cpu: { usageSeconds: 3 },
              network: { receiveBytes: 1, transmitBytes: 2 },
            }),
          ]),
        }),
      ],
    },
    'openmetrics',
  );
  expect(page).toContain('# TYPE container_cpu_seconds counter\n');
  expect(page).toContain('container_cpu_seconds_total{');
  expect(page).toContain('# TYPE container_network_bytes_in unknown\n');
  expect(page.endsWith('\n# EOF\n')).toBe(true);
});

describe('labels that are kept between pages', () => {
  const rows = rowsWithout(['server_*']);

  test('a page is the same whatever was written before it', () => {
    const views = fc.array(
      fc.record({
        hostname: fc.constantFrom('alpha', 'beta', 'gamma'),
        env: fc.constantFrom('prod', 'test'),
        names: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')),
        image: fc.constantFrom('x', 'y'),
        state: fc.constantFrom('running', 'exited'),
      }),
    );
    const pages = fc.array(views, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(pages, (history) => {
        const kept = createExposition(metricTable, options);
        for (const entries of history) {
          const unique = [...new Map(entries.map((entry) => [entry.hostname, entry])).values()];
          const page = {
            servers: unique.map(({ hostname, env, names, image, state }) =>
              server({
                hostname,
                labels: { env },
                snapshot: snapshot(names.map((name) => container({ name, image, state }))),
              }),
            ),
          };
          expect(text(kept, page)).toBe(text(createExposition(metricTable, options), page));
        }
      }),
    );
  });

  test('two pages written at the same time do not mix', () => {
    const kept = createExposition(rows, options);
    const page = (status: string) => ({
      servers: [
        server({ snapshot: snapshot([container({ status }), container({ name: status })]) }),
      ],
    });
    const alone = [text(kept, page('one')), text(kept, page('two'))];
    const first = kept.write(page('one'), 'text')[Symbol.iterator]();
    const second = kept.write(page('two'), 'text')[Symbol.iterator]();
    const parts: [string, string] = ['', ''];
    for (let open = 2; open > 0;) {
      open = 0;
      for (const [index, iterator] of [first, second].entries()) {
        const step = iterator.next();
        if (step.done === true) continue;
        open++;
        parts[index as 0 | 1] += step.value.toString();
      }
    }
    expect(parts).toEqual(alone);
  });
});

describe('hostile label values', () => {
  test.each([
    ['a"b\\c\nd', 'a\\"b\\\\c\\nd'],
    ['nul\u0000bell\u0007cr\r', 'nulbellcr'],
    ['tab\tstays', 'tab\tstays'],
    ['häß🐳', 'häß🐳'],
  ])('%j is written as %j', (value, escaped) => {
    expect(escapeLabelValue(value, 1024)).toBe(escaped);
  });

  test('a value too long is cut', () => {
    expect(escapeLabelValue('x'.repeat(2000), 1024)).toHaveLength(1024);
  });

  test('whatever the name, each sample stays one line of valid UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const chunks = [
          ...createExposition(metricTable, options).write(
            { servers: [server({ hostname: name })] },
            'text',
          ),
        ];
        const page = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
        expect(samples(page)).toHaveLength(2);
      }),
    );
  });
});

test('opaque families follow the table', () => {
  const page = text(createExposition(metricTable, options), {
    servers: [server()],
    families: [
      { name: 'empty', type: 'gauge', help: 'Nothing.', samples: [] },
      {
        name: 'work_seconds',
        type: 'histogram',
        help: 'How\nlong.',
        samples: [
          { name: 'work_seconds_bucket', labels: { le: '+Inf' }, value: 2 },
          { name: 'work_seconds_sum', labels: {}, value: 0.25 },
          { name: 'work_seconds_count', labels: {}, value: 2 },
        ],
      },
    ],
  });
  expect(page.slice(page.indexOf('# HELP work'))).toBe(
    '# HELP work_seconds How\\nlong.\n# TYPE work_seconds histogram\n' +
      'work_seconds_bucket{le="+Inf"} 2\nwork_seconds_sum 0.25\nwork_seconds_count 2\n',
  );
  expect(page).not.toContain('empty');
});

describe('the table', () => {
  const rows: readonly MetricRow[] = metricTable;

  test('names are unique and legal', () => {
    const names = rows.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^(server|container)_[a-z_]+$/);
  });

  test('a name that breaks a lint rule says why it may', () => {
    for (const { name, type, legacy } of rows) {
      const breaks =
        (type === 'counter') !== name.endsWith('_total') || /_(count|sum|bucket)$/.test(name);
      expect([name, legacy !== undefined]).toEqual([name, breaks]);
    }
  });

  test.each([
    [['container_status'], ['container_status']],
    [['container_*_bytes_*'], rows.map(({ name }) => name).filter((n) => n.includes('_bytes_'))],
    [['*'], rows.map(({ name }) => name)],
    [['server_ip*x'], []],
    [['container_state*state'], []],
    [[], []],
  ])('%j switches off %j', (patterns, gone) => {
    const left = rowsWithout(patterns).map(({ name }) => name);
    expect(rows.map(({ name }) => name).filter((name) => !left.includes(name))).toEqual(gone);
  });
});
