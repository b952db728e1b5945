import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commonChecks, commonSettings } from './commonSettings.ts';
import type { Problem } from './errors.ts';
import { setting } from './settingKinds.ts';
import type { ConfigNode, ConfigReader, SettingsOf } from './settingRow.ts';
import { loadSettings, restartNeeded } from './settings.ts';

const folder = fileURLToPath(new URL('../../../testdata/config/common/', import.meta.url));

const readLabels = (node: ConfigNode, reader: ConfigReader) => {
  const labels: Record<string, string> = {};
  for (const { key, value } of reader.entries(node) ?? []) {
    labels[key] = String(reader.scalar(value));
  }
  return labels;
};

const serverRows = {
  address: setting.hostPort({ help: 'Where its agent listens.', required: true }),
  name: setting.text({ help: 'Its name.' }),
  labels: setting.custom({
    help: 'Labels.',
    default: {},
    read: readLabels,
    toPlain: (labels) => labels,
  }),
};

const table = {
  ...commonSettings(5000),
  scrapeTimeout: setting.durationMs({ help: 'Time.', default: 8000, reloadable: true }),
  maxBody: setting.bytes({ help: 'Size.', default: 8 * 1024 ** 2, max: 64 * 1024 ** 2 }),
  include: setting.list({ help: 'Globs.', default: [] }),
  defaults: setting.custom<unknown>({ help: 'Shared.', read: () => 'read', toPlain: () => ({}) }),
  servers: setting.custom({
    help: 'The servers.',
    group: 'Servers',
    default: [],
    read: (node, reader) =>
      reader
        .list(node)
        ?.map((item) => reader.table(item, serverRows))
        .filter((server) => server !== undefined),
    toPlain: (servers) =>
      servers.map(({ address, ...rest }) => ({
        ...rest,
        address: `${address.host}:${address.port}`,
      })),
  }),
};

const service = { name: 'dde-test', version: '1.2.3', summary: 'Tests the settings.' };
const readFile = (path: string) => readFileSync(join(folder, path), 'utf8');
const check = (settings: SettingsOf<typeof table>) => commonChecks(settings, readFile);

interface Given {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Content of a file called `x.yml`, given by --config. */
  readonly yaml?: string;
}

function load({ argv = [], env = {}, yaml }: Given) {
  const words = yaml === undefined ? argv : ['--config', 'x.yml', ...argv];
  return loadSettings(table, {
    service,
    argv: words,
    env,
    readFile: (path) => (path === 'x.yml' && yaml !== undefined ? yaml : readFile(path)),
    check,
  });
}

function run(given: Given) {
  const result = load(given);
  if (result.kind === 'exit') throw new Error(result.stderr);
  return result;
}

const codes = (problems: readonly Problem[]) => problems.map(({ code }) => code);

function refused(given: Given) {
  const result = load(given);
  if (result.kind === 'run') throw new Error('not refused');
  return result;
}

describe('a setting', () => {
  test('has its default when nobody gives it', () => {
    const { settings, sources, configFile } = run({});
    expect(settings.scrapeTimeout).toBe(8000);
    expect(settings.listen).toEqual({ host: '127.0.0.1', port: 5000 });
    expect(settings.tokenFile).toBeUndefined();
    expect(sources.scrapeTimeout).toEqual({ from: 'default' });
    expect(configFile).toBeUndefined();
  });

  const all = {
    yaml: 'logLevel: debug\nscrapeTimeout: 1s\n',
    env: { DDE_SCRAPE_TIMEOUT: '2s' },
    argv: ['--scrape-timeout', '3s'],
  };

  test('takes the file over the default', () => {
    const { settings, sources } = run({ yaml: all.yaml });
    expect(settings.scrapeTimeout).toBe(1000);
    expect(sources.scrapeTimeout).toEqual({ from: 'file', file: 'x.yml', line: 2 });
  });

  test('takes a variable over the file', () => {
    const { settings, sources } = run({ yaml: all.yaml, env: all.env });
    expect(settings.scrapeTimeout).toBe(2000);
    expect(sources.scrapeTimeout).toEqual({ from: 'env', name: 'DDE_SCRAPE_TIMEOUT' });
  });

  test('takes a flag over everything', () => {
    const { settings, sources } = run(all);
    expect(settings.scrapeTimeout).toBe(3000);
    expect(sources.scrapeTimeout).toEqual({ from: 'flag', name: '--scrape-timeout' });
  });

  test('that is wrong in the file is told even if a flag overrides it', () => {
    const { problems } = refused({ ...all, yaml: 'scrapeTimeout: soon\n' });
    expect(codes(problems)).toEqual(['config-wrong-type']);
  });
});

test('a full file is read with nested rows, aliases and paths relative to it', () => {
  const { settings, warnings } = loadSettings(table, {
    service,
    argv: [],
    env: { DDE_CONFIG: 'valid.yml' },
    readFile,
    check,
  }) as ReturnType<typeof run>; // Safe: the next lines fail on an exit.
  expect(warnings).toEqual([]);
  expect(settings).toMatchObject({
    listen: { host: '::1', port: 5001 },
    scrapeTimeout: 90_000,
    maxBody: 4_194_304,
    include: ['web*', 'db*'],
    tokenFile: 'tokens/good',
    servers: [
      { address: { host: '10.0.0.1', port: 5050 }, name: 'web', labels: { env: 'prod' } },
      { address: { host: '10.0.0.2', port: 5050 }, name: undefined, labels: {} },
    ],
  });
});

test('a relative path in a file counts from its folder, an absolute one and a flag stay', () => {
  const yaml = 'stateDir: state\ntokenFile: /etc/token\n';
  const request = { service, argv: ['--config', 'etc/x.yml'], env: {}, readFile: () => yaml };
  const result = loadSettings(table, request);
  expect(result).toMatchObject({ settings: { stateDir: 'etc/state', tokenFile: '/etc/token' } });
  expect(run({ argv: ['--state-dir', 'state'] }).settings.stateDir).toBe('state');
});

describe('broken files', () => {
  const names = readdirSync(folder).filter((name) => /^invalid-.*\.yml$/.test(name));

  test.each(names)('%s is refused with the text beside it', (name) => {
    const result = loadSettings(table, {
      service,
      argv: ['--config', name],
      env: {},
      readFile,
      check,
    });
    const expected = name.replace(/\.yml$/, '.txt');
    expect(existsSync(join(folder, expected))).toBe(true);
    expect(result).toMatchObject({
      kind: 'exit',
      exitCode: 2,
      stdout: '',
      stderr: readFile(expected),
    });
  });
});

describe('a file that cannot be read', () => {
  test('is a coded error when it is missing', () => {
    const { problems, exitCode } = refused({ argv: ['--config', 'nowhere.yml'] });
    expect(problems).toMatchObject([{ code: 'config-file-missing', file: 'nowhere.yml' }]);
    expect(exitCode).toBe(2);
  });

  test('is a coded error when it is a folder, with the variable as with the flag', () => {
    const { problems } = refused({ env: { DDE_CONFIG: 'tokens' } });
    expect(problems).toMatchObject([
      { code: 'config-file-unreadable', message: expect.stringContaining('EISDIR') as string },
    ]);
  });

  test('does not make settings missing that it may hold', () => {
    const needy = { name: setting.text({ help: 'Needed.', required: true }) };
    const request = { service, env: {}, readFile };
    const broken = loadSettings(needy, { ...request, argv: ['--config', 'invalid-syntax.yml'] });
    const without = loadSettings(needy, { ...request, argv: [] });
    expect(broken).toMatchObject({ problems: [{ code: 'config-syntax' }] });
    expect(without).toMatchObject({
      stderr:
        'The setting "name" is needed. [config-missing-value] Give --name or the YAML key "name".\n',
    });
  });

  test('because it is nested too deeply is a coded error', () => {
    expect(refused({ yaml: '['.repeat(5000) + ']'.repeat(5000) }).problems).toMatchObject([
      { code: 'config-syntax', message: 'The file is nested too deeply.' },
    ]);
  });

  test('that is empty gives the defaults', () => {
    expect(run({ yaml: '' }).settings.scrapeTimeout).toBe(8000);
    expect(run({ yaml: '# nothing yet\n' }).settings.scrapeTimeout).toBe(8000);
  });
});

test('all problems of flags, variables and file come at once', () => {
  const { problems, exitCode } = refused({
    argv: ['--lisen', '127.0.0.1:1', '--max-body=big'],
    env: { DDE_LOG_LEVEL: 'loud' },
    yaml: 'logFormat: xml\nservers: none\n',
  });
  expect(exitCode).toBe(2);
  expect(codes(problems)).toEqual([
    'flag-unknown',
    'config-wrong-type',
    'config-bad-value',
    'config-bad-value',
    'config-wrong-type',
  ]);
});

test('warnings do not stop the service', () => {
  const { warnings } = run({
    argv: ['--listen', '0.0.0.0:5000', '--insecure'],
    env: { DDE_SCRAPE_TIMOUT: '1s' },
  });
  expect(codes(warnings)).toEqual(['env-unknown', 'bind-insecure']);
});

describe('the special flags', () => {
  test('--version and --help end with 0, whatever else is wrong', () => {
    expect(load({ argv: ['--wrong', '--version'] })).toMatchObject({
      exitCode: 0,
      stdout: 'dde-test 1.2.3\n',
    });
    expect(load({ argv: ['-h'], yaml: '{' })).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('--check-config says yes, with warnings', () => {
    const result = refused({ argv: ['--check-config'], env: { DDE_X: '1' } });
    expect(result).toMatchObject({ exitCode: 0, stdout: 'All settings are valid.\n' });
    expect(codes(result.problems)).toEqual(['env-unknown']);
  });

  test('--check-config says no', () => {
    const result = refused({ argv: ['--check-config', '--listen', ':5000'] });
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(codes(result.problems)).toEqual(['bind-open']);
  });

  test('--print-config prints a file that gives the same settings', () => {
    const { stdout } = refused({ argv: ['--config', 'valid.yml', '--print-config'] });
    const { settings } = run({ argv: ['--config', 'valid.yml'] });
    expect(run({ yaml: stdout }).settings).toEqual(settings);
  });
});

test('a reload warns of what only a restart can take', () => {
  const before = run({}).settings;
  const after = run({ yaml: 'scrapeTimeout: 1s\nlisten: 127.0.0.1:1\n' }).settings;
  const problems = restartNeeded(table, { before, after });
  expect(problems).toMatchObject([{ code: 'config-restart-needed', key: 'listen' }]);
  expect(restartNeeded(table, { before, after: run({}).settings })).toEqual([]);
});
