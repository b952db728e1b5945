import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePort } from './lab/ports.ts';
import { type Attempt, attempt, type AttemptOptions } from './product/badStart.ts';
import type { Service } from './product/builds.ts';
import { createStage } from './product/stage.ts';

const token = '0123456789abcdef0123456789abcdef';
const services: readonly Service[] = ['agent', 'aggregator'];
const servers = 'servers: [127.0.0.1:5051]\n';

/** `FILE:LINE` and code of each complaint, or only the code where it has no place. */
function codesOf({ complaints }: Attempt, file = ''): string[] {
  return complaints.map((line) => {
    const code = /\[([a-z-]+)\]/.exec(line)?.[1] ?? `no code: ${line}`;
    const place = new RegExp(`^${file.replaceAll('.', '\\.')}:(\\d+):`).exec(line)?.[1];
    return file === '' || place === undefined ? code : `${place} ${code}`;
  });
}

describe('what is refused', () => {
  const stage = createStage();
  afterAll(stage.close);

  const file = (text: string): string => {
    const path = join(stage.directory('bad-input'), 'settings.yml');
    writeFileSync(path, text);
    return path;
  };
  const expectNothingLeft = (tried: Attempt): void => {
    expect(tried.stdout).toBe('');
    expect(tried.listens).toBe(false);
    expect(tried.stateFiles).toEqual([]);
  };
  const refused = async (service: Service, options: AttemptOptions): Promise<Attempt> => {
    const tried = await attempt(stage, service, options);
    expect(tried.ending).toEqual({ exitCode: 2, signal: undefined });
    expectNothingLeft(tried);
    return tried;
  };

  describe.each(services)('by the %s', (service) => {
    test('a flag that does not exist, with the one that was meant', async () => {
      const tried = await refused(service, { args: ['--log-levle', 'debug'] });
      expect(codesOf(tried)).toContain('flag-unknown');
      expect(tried.complaints.join('\n')).toMatch(/--log-levle is not a flag.*"--log-level"/);
    });

    test('a word that belongs to no flag', async () => {
      const tried = await refused(service, { args: ['start'] });
      expect(codesOf(tried)).toContain('argument-unexpected');
      expect(tried.complaints.join('\n')).toContain('"start"');
    });

    test('all mistakes of a file at once, each with its line', async () => {
      const path = file(
        [
          'logLevel: loud',
          'maxConnections: many',
          'scrapeTimeOot: 3s',
          'insecure: true',
          'insecure: false',
          'keepAlive: 1ms',
          'servers: [127.0.0.1:5051]',
          '',
        ].join('\n'),
      );
      const tried = await refused(service, { args: ['--config', path] });
      expect(codesOf(tried, path)).toEqual([
        '1 config-bad-value',
        '2 config-wrong-type',
        '3 config-unknown-key',
        '5 config-duplicate-key',
        '6 config-out-of-range',
        ...(service === 'agent' ? ['7 config-unknown-key'] : []),
      ]);
      const said = tried.complaints.join('\n');
      for (const named of [
        'logLevel',
        'maxConnections',
        'scrapeTimeOot',
        'insecure',
        'keepAlive',
      ]) {
        expect(said).toContain(named);
      }
    });

    test('mistakes of flags, of the environment and of the file together', async () => {
      const path = file('logLevel: loud\n');
      const tried = await refused(service, {
        args: ['--config', path, '--max-connections', '0'],
        env: { DDE_KEEP_ALIVE: 'long' },
      });
      expect(tried.complaints.join('\n')).toMatch(/--max-connections/);
      expect(tried.complaints.join('\n')).toMatch(/DDE_KEEP_ALIVE/);
      expect(codesOf(tried, path)).toContain('1 config-bad-value');
    });

    test('a file that is no YAML', async () => {
      const path = file('logLevel: info\n  listen: [\n');
      const tried = await refused(service, { args: ['--config', path] });
      expect(new Set(codesOf(tried).filter((code) => code !== 'servers-missing'))).toEqual(
        new Set(['config-syntax']),
      );
    });

    test('a file that is not there', async () => {
      const tried = await refused(service, { args: ['--config', '/nowhere/settings.yml'] });
      expect(codesOf(tried)).toEqual(['config-file-missing']);
      expect(tried.complaints[0]).toContain('/nowhere/settings.yml');
    });

    test('an address beyond this machine without a token', async () => {
      const listen = `0.0.0.0:${await freePort()}`;
      const tried = await refused(service, { listen, args: serverFlags(service) });
      expect(codesOf(tried)).toEqual(['bind-open']);
      expect(tried.complaints[0]).toMatch(/--token-file|--insecure/);
    });

    test.each([
      ['that is not there', undefined, 'token-file-missing'],
      ['that is empty', '', 'token-file-empty'],
      ['with a token one could guess', 'short\n', 'token-too-short'],
      ['with two words on a line', `${token} ${token}\n`, 'token-invalid'],
    ])('a token file %s', async (_, text, code) => {
      const path = join(stage.directory('token'), 'token');
      if (text !== undefined) writeFileSync(path, text, { mode: 0o600 });
      const args = [...serverFlags(service), '--token-file', path];
      const tried = await refused(service, { args });
      expect(codesOf(tried)).toEqual([code]);
      expect(tried.complaints[0]).toContain(path);
      expect(tried.complaints[0]).not.toContain(token);
    });

    test('a token file that cannot be read', async () => {
      const folder = stage.directory('token');
      const args = [...serverFlags(service), '--token-file', folder];
      const tried = await refused(service, { args });
      expect(codesOf(tried)).toEqual(['token-file-unreadable']);
      expect(tried.complaints[0]).toContain(folder);
    });

    test('a port that is in use', async () => {
      const holder = createServer();
      stage.atEnd(() => holder.close());
      const port = await freePort();
      await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
      const tried = await attempt(stage, service, {
        listen: `127.0.0.1:${port}`,
        args: [...serverFlags(service), '--log-format', 'text'],
      });
      expect(tried.ending).toEqual({ exitCode: 1, signal: undefined });
      const said = tried.complaints.filter((line) => line.includes('port-in-use'));
      expect(said).toHaveLength(1);
      expect(said[0]).toContain(`127.0.0.1:${port}`);
    });

    test('only after --help and --version, which always answer', async () => {
      const help = await attempt(stage, service, { args: ['--help'] });
      expect(help).toMatchObject({ ending: { exitCode: 0 }, complaints: [], stateFiles: [] });
      expect(help.stdout).toContain('--listen HOST:PORT');
      expect(help.stdout).toContain('DDE_LISTEN');
      const version = await attempt(stage, service, { args: ['--version'] });
      expect(version).toMatchObject({ ending: { exitCode: 0 }, complaints: [], stateFiles: [] });
      expect(version.stdout).toMatch(new RegExp(`^dde-${service} \\d+\\.\\d+\\.\\d+\\S*\n$`));
    });

    test('by --check-config without a start, and what is right is said to be right', async () => {
      const bad = await refused(service, {
        args: ['--check-config', '--config', file('logLevel: loud\n')],
      });
      expect(codesOf(bad)).toContain('config-bad-value');
      const good = await attempt(stage, service, {
        args: ['--check-config', ...serverFlags(service)],
      });
      expect(good).toMatchObject({ ending: { exitCode: 0 }, complaints: [], stateFiles: [] });
      expect(good.stdout).toMatch(/valid/);
    });

    test('never a secret by --print-config, which tells where each setting came from', async () => {
      const path = join(stage.directory('token'), 'token');
      writeFileSync(path, `${token}\n`, { mode: 0o600 });
      const settings = file(`logLevel: debug\n${service === 'aggregator' ? servers : ''}`);
      const printed = await attempt(stage, service, {
        args: ['--print-config', '--config', settings, '--token-file', path],
        env: { DDE_LOG_FORMAT: 'text' },
      });
      expect(printed).toMatchObject({ ending: { exitCode: 0 }, complaints: [], stateFiles: [] });
      expect(printed.stdout).toContain(`logLevel: debug # ${settings}:1`);
      expect(printed.stdout).toContain('logFormat: text # env DDE_LOG_FORMAT');
      expect(printed.stdout).toMatch(/tokenFile: .* # flag --token-file/);
      expect(printed.stdout).toMatch(/maxConnections: \d+ # default/);
      expect(printed.stdout).not.toContain(token);
      // What it prints can be used as a file.
      const again = file(printed.stdout);
      const checked = await attempt(stage, service, {
        args: ['--check-config', '--config', again],
      });
      expect(checked).toMatchObject({ ending: { exitCode: 0 }, complaints: [] });
    });
  });

  describe('by the aggregator', () => {
    test('a start without any server', async () => {
      const tried = await refused('aggregator', {});
      expect(codesOf(tried)).toEqual(['servers-missing']);
    });

    test('servers with wrong addresses, unknown keys and reserved labels, all at once', async () => {
      const path = file(
        [
          'servers:',
          '  - address: 10.0.0.7:99999',
          '  - adress: 10.0.0.8',
          '  - address: 10.0.0.9',
          '    labels: { instance: mine, "no-dash": x }',
          '',
        ].join('\n'),
      );
      const tried = await refused('aggregator', { args: ['--config', path] });
      expect(codesOf(tried, path)).toEqual([
        '2 config-bad-value',
        '3 config-unknown-key',
        '3 config-missing-value',
        '5 label-reserved',
        '5 label-invalid',
      ]);
    });

    test('a token for agents that cannot be read', async () => {
      const args = ['--server', '127.0.0.1:5051', '--agent-token-file', '/nowhere/token'];
      expect(codesOf(await refused('aggregator', { args }))).toEqual(['token-file-missing']);
    });
  });

  test('a folder in place of a file of settings', async () => {
    const tried = await refused('agent', { args: ['--config', stage.directory('bad-input')] });
    expect(codesOf(tried)).toEqual(['config-file-unreadable']);
  });
});

function serverFlags(service: Service): string[] {
  return service === 'aggregator' ? ['--server', '127.0.0.1:5051'] : [];
}
