import { Buffer } from 'node:buffer';
import { type MetricRow, metricTable } from '@docker-data-exporter/shared/metrics';
import type { ExpositionFormat } from './expositionLine.ts';
import { checkPage, expectPage, seriesDifference, seriesOf } from './invariants.ts';

const servers = ['web-1', 'db-1'];
const base = (server: string) => `server_hostname="${server}",instance="${server}"`;
const row = (name: string): MetricRow => metricTable.find((one) => one.name === name)!;
const head = (name: string, type?: string) => {
  const { help, type: rowType } = row(name);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type ?? rowType}\n`;
};
const online = `${head('server_online')}server_online{${base('web-1')}} 1\nserver_online{${base('db-1')}} 0\n`;
const problems = (text: string, format: ExpositionFormat = 'text') =>
  checkPage(Buffer.from(text), { format, servers }).problems;

const versions = (labels: string) =>
  `${head('server_docker_version')}server_docker_version{${labels}} 1\n`;
const version = 'server_docker_version="28.5"';

describe('the invariants of a page', () => {
  test('a sound page has no problems, in both formats', () => {
    const page = online + versions(`${base('web-1')},${version}`);
    expect(problems(page)).toEqual([]);
    const counters =
      `# HELP container_cpu_seconds ${row('container_cpu_seconds_total').help}\n` +
      `# TYPE container_cpu_seconds counter\n` +
      `container_cpu_seconds_total{${base('web-1')},container_name="shop"} 1\n` +
      head('container_block_bytes_in', 'unknown') +
      `container_block_bytes_in{${base('web-1')},container_name="shop"} 1\n`;
    expect(problems(`${page}${counters}# EOF\n`, 'openmetrics')).toEqual([]);
  });

  test('families of the services’ own are let through', () => {
    expect(problems(`${online}aggregator_build_info{version="1"} 1\n`)).toEqual([]);
  });

  test.each<[string, string, ...string[]]>([
    ['a body that is not valid', 'server_online 1', 'line 1: no newline at the end'],
    [
      'a server without server_online',
      `${head('server_online')}server_online{${base('web-1')}} 1\n`,
      'server db-1 has no server_online',
    ],
    [
      'a server with two',
      `${online}server_online{${base('web-1')},env="x"} 1\n`,
      'line 5: server_online has env beyond its row',
      'server web-1 has several server_online',
    ],
    [
      'a server nobody knows',
      `${online}server_online{${base('who')}} 1\n`,
      'line 5: server_online is about "who", not known',
    ],
    [
      'a server that is neither on nor off',
      online.replace('} 0', '} 2'),
      'line 4: server_online is 2',
    ],
    [
      'another instance',
      online + versions(`server_hostname="web-1",instance="db-1",${version}`),
      'line 7: server_docker_version has another instance than server_hostname',
    ],
    [
      'no base labels',
      online + versions(version),
      'line 7: server_docker_version lacks server_hostname, instance',
      'line 7: server_docker_version is about "", not known',
    ],
    [
      'a label of the row missing',
      online + versions(base('web-1')),
      'line 7: server_docker_version lacks server_docker_version',
    ],
    [
      'a container’s metric without its name',
      `${online}${head('container_mem_percent')}container_mem_percent{${base('web-1')}} 1\n`,
      'line 7: container_mem_percent lacks container_name',
    ],
    [
      'a metric that is not in the table',
      `${online}server_onlin{${base('web-1')}} 1\n`,
      'line 5: server_onlin is no row of the metric table',
    ],
    [
      'another type and help',
      '# HELP server_online x\n# TYPE server_online counter\n' + online.replace(/^#.*\n/gm, ''),
      'line 1: server_online is a counter, not a gauge',
      'line 1: the help of server_online is not that of its row',
    ],
  ])('%s is a problem', (_what, page, ...expected) => {
    expect(problems(page)).toEqual(expected);
  });

  test('labels from the configuration are allowed where they are named', () => {
    const page = online.replaceAll('} ', ',env="prod"} ');
    expect(problems(page)).toHaveLength(2);
    const { problems: none } = checkPage(Buffer.from(page), {
      format: 'text',
      servers,
      serverLabels: ['env'],
    });
    expect(none).toEqual([]);
  });

  test('expectPage gives the families or throws with every problem', () => {
    const expectation = { format: 'text', servers } as const;
    expect(expectPage(Buffer.from(online), expectation)).toHaveLength(1);
    expect(() => expectPage(Buffer.from('\n'), expectation)).toThrow(
      'server web-1 has no server_online\nserver db-1 has no server_online',
    );
  });
});

describe('the series of servers', () => {
  const families = (text: string) =>
    checkPage(Buffer.from(text), { format: 'text', servers }).families;
  const before = families(online + versions(`${base('web-1')},${version}`));
  const after = families(online + versions(`${base('web-1')},server_docker_version="29"`));

  test('are told apart by hostname', () => {
    expect([...seriesOf(before, 'db-1')]).toEqual([
      'server_online{instance="db-1",server_hostname="db-1"}',
    ]);
    expect(seriesOf(before, 'web-1').size).toBe(2);
  });

  test('differ by what was lost and what is new, metrics that may change left out', () => {
    const pages = { before, after };
    expect(seriesDifference(pages, servers)).toEqual([
      '- server_docker_version{instance="web-1",server_docker_version="28.5",server_hostname="web-1"}',
      '+ server_docker_version{instance="web-1",server_docker_version="29",server_hostname="web-1"}',
    ]);
    expect(seriesDifference(pages, ['db-1'])).toEqual([]);
    expect(seriesDifference(pages, servers, ['server_docker_version'])).toEqual([]);
  });
});
