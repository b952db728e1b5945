import { createHash } from 'node:crypto';
import { discoverEndpoint } from './endpoint.ts';
import type { PathFacts, Surroundings } from './engineEndpoint.ts';

interface World {
  readonly texts?: Readonly<Record<string, string>>;
  readonly sockets?: Readonly<Record<string, PathFacts>>;
}

function around(changes: Partial<Surroundings>, world: World = {}): Surroundings {
  return {
    dockerHost: undefined,
    env: {},
    homeDirectory: '/home/alice',
    userId: 1000,
    platform: 'linux',
    files: {
      readText: (path) => Promise.resolve(world.texts?.[path]),
      look: (path) => Promise.resolve(world.sockets?.[path] ?? 'missing'),
    },
    ...changes,
  };
}

const addressOf = async (surroundings: Surroundings): Promise<string> => {
  const found = await discoverEndpoint(surroundings);
  if (!found.ok) return found.problem.code;
  const { endpoint } = found;
  const where =
    endpoint.kind === 'unix'
      ? endpoint.socketPath
      : `${endpoint.protocol}://${endpoint.host}:${endpoint.port}`;
  return `${where} by ${endpoint.namedBy}`;
};

const sha256 = (name: string) => createHash('sha256').update(name).digest('hex');
const contextFolder = '/home/alice/.docker/contexts';
const context = (name: string, docker: unknown) => ({
  [`${contextFolder}/meta/${sha256(name)}/meta.json`]: JSON.stringify({
    Name: name,
    Endpoints: { docker },
  }),
});

describe('what names the engine, the first that says anything', () => {
  const texts = {
    '/home/alice/.docker/config.json': '{"currentContext":"current"}',
    ...context('current', { Host: 'unix:///current.sock' }),
    ...context('chosen', { Host: 'unix:///chosen.sock' }),
  };
  const sockets = { '/var/run/docker.sock': 'socket' } as const;
  const dockerHost = 'unix:///setting.sock';
  const DOCKER_HOST = 'unix:///variable.sock';
  const DOCKER_CONTEXT = 'chosen';

  test.each([
    [{ dockerHost, env: { DOCKER_HOST, DOCKER_CONTEXT } }, '/setting.sock by setting dockerHost'],
    [{ env: { DOCKER_HOST, DOCKER_CONTEXT } }, '/variable.sock by variable DOCKER_HOST'],
    [{ env: { DOCKER_CONTEXT } }, '/chosen.sock by docker context chosen'],
    [{ env: {} }, '/current.sock by docker context current'],
    [{ env: { DOCKER_CONTEXT: 'default' } }, '/var/run/docker.sock by usual place'],
    [{ env: { DOCKER_HOST: '' }, homeDirectory: '/root' }, '/var/run/docker.sock by usual place'],
  ])('%o gives %s', async (changes, address) => {
    expect(await addressOf(around(changes, { texts, sockets }))).toBe(address);
  });

  test('a context that is named but not there is a problem, not another engine', async () => {
    const surroundings = around({ env: { DOCKER_CONTEXT: 'gone' } }, { texts, sockets });
    expect(await discoverEndpoint(surroundings)).toMatchObject({
      ok: false,
      problem: {
        code: 'docker-host-unusable',
        message: expect.stringContaining('“gone” (variable DOCKER_CONTEXT)') as string,
      },
    });
  });

  test('a configuration file that is no JSON is no reason to fail', async () => {
    const broken = { '/home/alice/.docker/config.json': '{' };
    expect(await addressOf(around({}, { texts: broken, sockets }))).toBe(
      '/var/run/docker.sock by usual place',
    );
  });

  test('DOCKER_CONFIG says where contexts are', async () => {
    const moved = {
      '/etc/docker-cli/config.json': '{"currentContext":"here"}',
      [`/etc/docker-cli/contexts/meta/${sha256('here')}/meta.json`]:
        '{"Endpoints":{"docker":{"Host":"tcp://10.0.0.7:2375"}}}',
    };
    const surroundings = around({ env: { DOCKER_CONFIG: '/etc/docker-cli' } }, { texts: moved });
    expect(await addressOf(surroundings)).toBe('http://10.0.0.7:2375 by docker context here');
  });
});

describe('TLS', () => {
  const pem = (folder: string) => ({
    [`${folder}/ca.pem`]: 'CA',
    [`${folder}/cert.pem`]: 'CERT',
    [`${folder}/key.pem`]: 'KEY',
  });
  const material = { ca: 'CA', cert: 'CERT', key: 'KEY' };
  const DOCKER_HOST = 'tcp://10.0.0.7:2376';

  test.each([
    ['DOCKER_TLS_VERIFY checks the engine', { DOCKER_TLS_VERIFY: '1' }, true],
    ['DOCKER_TLS encrypts without a check', { DOCKER_TLS: '1' }, false],
  ])('%s', async (_name, env, verify) => {
    const texts = pem('/certificates');
    const surroundings = around(
      { env: { DOCKER_HOST, DOCKER_CERT_PATH: '/certificates', ...env } },
      { texts },
    );
    expect(await discoverEndpoint(surroundings)).toMatchObject({
      endpoint: { protocol: 'https', tls: { ...material, verify } },
    });
  });

  test('certificates are looked for in ~/.docker where no path is given', async () => {
    const texts = pem('/home/alice/.docker');
    const surroundings = around({ env: { DOCKER_HOST, DOCKER_TLS_VERIFY: '1' } }, { texts });
    expect(await discoverEndpoint(surroundings)).toMatchObject({
      endpoint: { tls: { ...material, verify: true } },
    });
  });

  test('without certificates the engine is still checked, by the system’s', async () => {
    const surroundings = around({ env: { DOCKER_HOST, DOCKER_TLS_VERIFY: '1' } });
    expect(await discoverEndpoint(surroundings)).toMatchObject({
      endpoint: { protocol: 'https', tls: { verify: true } },
    });
  });

  test('is not spoken where nobody asks for it', async () => {
    const surroundings = around({ env: { DOCKER_HOST, DOCKER_CERT_PATH: '/certificates' } });
    expect(await addressOf(surroundings)).toBe('http://10.0.0.7:2376 by variable DOCKER_HOST');
  });

  test('a context brings its own', async () => {
    const texts = {
      ...context('far', { Host: DOCKER_HOST, SkipTLSVerify: true }),
      ...pem(`${contextFolder}/tls/${sha256('far')}/docker`),
    };
    const surroundings = around({ env: { DOCKER_CONTEXT: 'far' } }, { texts });
    expect(await discoverEndpoint(surroundings)).toMatchObject({
      endpoint: { protocol: 'https', tls: { ...material, verify: false } },
    });
  });
});

describe('the usual sockets', () => {
  const first = async (sockets: Readonly<Record<string, PathFacts>>, changes = {}) =>
    await addressOf(around(changes, { sockets }));

  test.each([
    '/var/run/docker.sock',
    '/run/user/1000/docker.sock',
    '/home/alice/.docker/run/docker.sock',
    '/home/alice/.docker/desktop/docker.sock',
    '/home/alice/.colima/default/docker.sock',
    '/home/alice/.config/colima/default/docker.sock',
    '/run/podman/podman.sock',
    '/run/user/1000/podman/podman.sock',
  ])('%s is found', async (path) => {
    expect(await first({ [path]: 'socket' })).toBe(`${path} by usual place`);
  });

  test('XDG_RUNTIME_DIR beats the place it usually names', async () => {
    const sockets = {
      '/xdg/docker.sock': 'socket',
      '/run/user/1000/docker.sock': 'socket',
    } as const;
    const changes = { env: { XDG_RUNTIME_DIR: '/xdg' } };
    expect(await first(sockets, changes)).toBe('/xdg/docker.sock by usual place');
  });

  test('the system’s Docker beats a user’s own, unless it is closed to the agent', async () => {
    const own = { '/run/user/1000/docker.sock': 'socket' } as const;
    expect(await first({ '/var/run/docker.sock': 'socket', ...own })).toMatch(
      '/var/run/docker.sock',
    );
    expect(await first({ '/var/run/docker.sock': 'denied', ...own })).toMatch('/run/user/1000');
  });

  test('a socket closed to the agent is taken where there is no other', async () => {
    expect(await first({ '/var/run/docker.sock': 'denied' })).toMatch('/var/run/docker.sock');
  });

  test('macOS has no runtime directories', async () => {
    const found = await discoverEndpoint(around({ platform: 'darwin' }));
    expect(found.ok ? '' : found.problem.message).not.toMatch('/run/user');
  });

  test('where there is none, the problem names every place, and what is wrong with it', async () => {
    const sockets = { '/var/run/docker.sock': 'not-a-socket' } as const;
    const found = await discoverEndpoint(around({}, { sockets }));
    expect(found).toMatchObject({ ok: false, problem: { code: 'socket-missing' } });
    expect(found.ok ? '' : found.problem.message).toMatch(
      '/var/run/docker.sock (exists, but is no socket), /run/user/1000/docker.sock,',
    );
  });
});

test('a file that cannot be read is a problem of the search', async () => {
  const surroundings = around({
    env: { DOCKER_CONTEXT: 'x' },
    files: {
      readText: () => Promise.reject(new Error('EACCES')),
      look: () => Promise.resolve('missing'),
    },
  });
  expect(await addressOf(surroundings)).toBe('docker-host-unusable');
});
