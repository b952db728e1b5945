import { type ErrorCode, formatProblem, type Problem } from '@docker-data-exporter/shared/errors';
import { loadSettings, type LoadedSettings } from '@docker-data-exporter/shared/settings';
import {
  agentTokenFilesOf,
  aggregatorSettings,
  type AggregatorTable,
  checkAggregator,
  targetsOf,
} from './settings.ts';
import type { Target } from './targets/target.ts';

const TOKEN = 'a-token-of-more-than-16-characters';

function load(yaml: string | undefined, argv: readonly string[] = []) {
  const files = new Map([
    ['/etc/dde/config.yml', yaml],
    ['/etc/dde/agents.token', TOKEN],
    ['/etc/dde/web.token', TOKEN],
    ['/etc/dde/short.token', 'short'],
  ]);
  const readFile = (path: string) => {
    const text = files.get(path);
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  };
  return loadSettings(aggregatorSettings, {
    service: { name: 'dde-aggregator', version: '1.2.3', summary: 'For tests.' },
    argv: [...(yaml === undefined ? [] : ['--config', '/etc/dde/config.yml']), ...argv],
    env: {},
    readFile,
    check: (settings) => checkAggregator(settings, readFile),
  });
}

function loaded(
  yaml: string | undefined,
  argv?: readonly string[],
): LoadedSettings<AggregatorTable> {
  const result = load(yaml, argv);
  if (result.kind === 'exit') throw new Error(result.stderr);
  return result;
}

const targetsIn = (yaml: string): readonly Target[] => targetsOf(loaded(yaml).settings).targets;
const problemsIn = (yaml: string, argv?: readonly string[]): readonly Problem[] => {
  const result = load(yaml, argv);
  return result.kind === 'exit' ? result.problems : result.warnings;
};

describe('servers', () => {
  test('are addresses, or maps with a name, labels and a token file of their own', () => {
    const yaml = `
servers:
  - 10.0.0.7
  - web.example.org:81
  - address: https://[2001:db8::1]:443
    name: db
    labels: { env: prod, rack: 12, spare: true }
    tokenFile: web.token
`;
    expect(targetsIn(yaml)).toEqual([
      {
        address: '10.0.0.7:5050',
        endpoint: { protocol: 'http:', host: '10.0.0.7', port: 5050 },
        labels: {},
        firstDialect: 'snapshot',
      },
      {
        address: 'web.example.org:81',
        endpoint: { protocol: 'http:', host: 'web.example.org', port: 81 },
        labels: {},
        firstDialect: 'snapshot',
      },
      {
        address: '[2001:db8::1]:443',
        endpoint: { protocol: 'https:', host: '2001:db8::1', port: 443 },
        name: 'db',
        labels: { env: 'prod', rack: '12', spare: 'true' },
        tokenFile: '/etc/dde/web.token',
        firstDialect: 'snapshot',
      },
    ]);
  });

  test('of the earlier project’s list have port 80 and are asked in its way first', () => {
    expect(targetsIn('server-ips: [10.0.0.7, "10.0.0.8:8080"]')).toMatchObject([
      { address: '10.0.0.7:80', firstDialect: 'get-data' },
      { address: '10.0.0.8:8080', firstDialect: 'get-data' },
    ]);
  });

  test('may be given as flags, again and again or with commas', () => {
    const { settings } = loaded(undefined, ['--server', 'a:1', '--server=b:2,c']);
    expect(targetsOf(settings).targets.map(({ address }) => address)).toEqual([
      'a:1',
      'b:2',
      'c:5050',
    ]);
  });

  test('of all three lists count together, in that order', () => {
    const yaml = 'server-ips: [10.0.0.8]\nservers: [10.0.0.7]\n';
    const { settings } = loaded(yaml, ['--server', '10.0.0.9']);
    expect(targetsOf(settings).targets.map(({ address }) => address)).toEqual([
      '10.0.0.7:5050',
      '10.0.0.8:80',
      '10.0.0.9:5050',
    ]);
  });

  test('that stand there twice are merged with a warning that names both', () => {
    const yaml = `
servers:
  - 10.0.0.7
  - address: http://10.0.0.7:5050
    name: web
    labels: { env: prod }
`;
    const { settings, warnings } = loaded(yaml);
    expect(targetsOf(settings).targets).toMatchObject([
      { address: '10.0.0.7:5050', name: 'web', labels: { env: 'prod' } },
    ]);
    expect(warnings.map(({ code }) => code)).toEqual(['server-duplicate']);
    expect(warnings[0]?.message).toMatch(/^servers\[1\].* is 10\.0\.0\.7:5050, as is servers\[0\]/);
  });

  test('keep what the first entry says where two entries differ', () => {
    const yaml = `
servers:
  - { address: a, name: first, labels: { env: prod } }
  - { address: a, name: second, labels: { env: test, rack: r1 } }
`;
    expect(targetsIn(yaml)).toMatchObject([{ name: 'first', labels: { env: 'prod', rack: 'r1' } }]);
  });

  test.each(['servers: []', 'servers:', 'server-ips: []'])(
    'may be none, with a warning: %s',
    (yaml) => {
      const { settings, warnings } = loaded(yaml);
      expect(targetsOf(settings).targets).toEqual([]);
      expect(warnings).toMatchObject([{ code: 'servers-empty', file: '/etc/dde/config.yml' }]);
    },
  );

  test('have to be named somewhere: the error tells how', () => {
    const result = load(undefined);
    expect(result).toMatchObject({ kind: 'exit', exitCode: 2 });
    expect(result.kind === 'exit' && result.stderr).toMatch(
      /\[servers-missing\].*--server.*--config/,
    );
  });
});

describe('a mistake in the file is an error with its line:', () => {
  test.each<[string, ErrorCode, number]>([
    ['servers:\n  - 10.0.0.7:port', 'config-bad-value', 2],
    ['servers:\n  - http://web/path', 'config-bad-value', 2],
    ['servers:\n  - 10.0.0.7\n  - 5050', 'config-bad-value', 3],
    ['servers: 10.0.0.7', 'config-wrong-type', 1],
    ['servers:\n  - address: web\n    nmae: web', 'config-unknown-key', 3],
    ['servers:\n  - name: web', 'config-missing-value', 2],
    ['servers:\n  - address: web\n    name: ""', 'config-bad-value', 3],
    ['servers:\n  - address: web\n    name: "a\\nb"', 'config-bad-value', 3],
    ['servers:\n  - address: web\n    labels:\n      1env: x', 'label-invalid', 4],
    ['servers:\n  - address: web\n    labels:\n      __env: x', 'label-invalid', 4],
    ['servers:\n  - address: web\n    labels:\n      __proto__: x', 'label-invalid', 4],
    ['servers:\n  - address: web\n    labels:\n      my-env: x', 'label-invalid', 4],
    ['servers:\n  - address: web\n    labels:\n      instance: x', 'label-reserved', 4],
    ['servers:\n  - address: web\n    labels:\n      job: x', 'label-reserved', 4],
    ['servers:\n  - address: web\n    labels:\n      container_id: x', 'label-reserved', 4],
    ['servers:\n  - address: web\n    labels: [a]', 'config-wrong-type', 3],
    ['servers:\n  - address: web\n    labels:\n      a: [b]', 'config-wrong-type', 4],
    ['servers:\n  - web\nscrapeTimeout: 10', 'config-wrong-type', 3],
    ['servers:\n  - web\nconcurrency: 0', 'config-out-of-range', 3],
    ['servers:\n  - web\ndisableMetrics: [container_stats]', 'config-bad-value', 3],
    ['servers:\n  - web\ndisableMetrics: ["server_*"]', 'config-bad-value', 3],
    ['servers:\n  - web\ndisableMetrics: ["*"]', 'config-bad-value', 3],
    ['servers:\n  - web\ncpuPercentOf: cpu', 'config-bad-value', 3],
    ['server_ips:\n  - 10.0.0.7', 'config-unknown-key', 1],
    ['server-ips:\n  - 10.0.0.7/24', 'config-bad-value', 2],
  ])('%j', (yaml, code, line) => {
    expect(load(yaml)).toMatchObject({ kind: 'exit', exitCode: 2 });
    const found = problemsIn(yaml);
    expect(found.map((one) => ({ code: one.code, line: one.line }))).toContainEqual({ code, line });
  });

  test('all mistakes are told at once', () => {
    const yaml = `
servers:
  - bad address
  - address: web
    labels: { job: x, 1a: y }
concurrency: many
`;
    expect(problemsIn(yaml).map(({ code }) => code)).toEqual([
      'config-bad-value',
      'label-reserved',
      'label-invalid',
      'config-wrong-type',
    ]);
  });

  test('a bad address as a flag is an error too', () => {
    expect(load(undefined, ['--server', 'bad address'])).toMatchObject({
      kind: 'exit',
      exitCode: 2,
      problems: [{ code: 'config-bad-value' }],
    });
  });
});

describe('token files', () => {
  test('of all servers are looked at before anything starts', () => {
    const yaml = `
agentTokenFile: agents.token
servers:
  - { address: a, tokenFile: missing.token }
  - { address: b, tokenFile: short.token }
  - { address: c, tokenFile: web.token }
`;
    expect(problemsIn(yaml).map(({ code, file }) => [code, file])).toEqual([
      ['token-file-missing', '/etc/dde/missing.token'],
      ['token-too-short', '/etc/dde/short.token'],
    ]);
    expect(problemsIn(yaml).map(formatProblem).join()).not.toContain(TOKEN);
  });

  test('that several servers share are opened once', () => {
    const yaml = `
agentTokenFile: agents.token
servers:
  - { address: a, tokenFile: web.token }
  - { address: b, tokenFile: web.token }
`;
    expect(agentTokenFilesOf(loaded(yaml).settings)).toEqual([
      '/etc/dde/agents.token',
      '/etc/dde/web.token',
    ]);
  });
});

describe('the settings', () => {
  test('can be printed and read again', () => {
    const yaml = `
servers:
  - 10.0.0.7
  - { address: "https://web:443", name: web, labels: { env: prod }, tokenFile: web.token }
server-ips: [10.0.0.8]
disableMetrics: [container_status, "container_network_*"]
scrapeTimeout: 20s
`;
    const printed = load(yaml, ['--print-config']);
    expect(printed).toMatchObject({ kind: 'exit', exitCode: 0 });
    const again = loaded(printed.kind === 'exit' ? printed.stdout : '');
    expect(targetsOf(again.settings)).toEqual(targetsOf(loaded(yaml).settings));
    expect(again.settings).toMatchObject({
      scrapeTimeout: 20_000,
      disableMetrics: ['container_status', 'container_network_*'],
    });
  });

  test('need a token or consent to listen beyond this machine', () => {
    expect(load('servers: [web]', ['--listen', '0.0.0.0:5000'])).toMatchObject({
      problems: [{ code: 'bind-open' }],
    });
    expect(load('servers: [web]', ['--listen', '0.0.0.0:5000', '--insecure'])).toMatchObject({
      kind: 'run',
    });
  });
});
