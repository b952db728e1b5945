import { endpointOf } from './engineAddress.ts';
import type { TlsMaterial } from './engineEndpoint.ts';

const tls: TlsMaterial = { ca: 'CA', cert: 'CERT', key: 'KEY', verify: true };
const of = (address: string, material?: TlsMaterial) =>
  endpointOf({ address, namedBy: 'test', tls: material });
const tcp = (protocol: 'http' | 'https', host: string, port: number) => ({
  ok: true,
  endpoint: { kind: 'tcp', protocol, host, port, basePath: '', namedBy: 'test' },
});

test.each(['unix:///run/docker.sock', '/run/docker.sock'])('%s is a socket', (address) => {
  expect(of(address)).toEqual({
    ok: true,
    endpoint: { kind: 'unix', socketPath: '/run/docker.sock', namedBy: 'test' },
  });
});

test.each([
  ['tcp://10.0.0.7:2375', tcp('http', '10.0.0.7', 2375)],
  ['tcp://host', tcp('http', 'host', 2375)],
  ['10.0.0.7:1234', tcp('http', '10.0.0.7', 1234)],
  ['http://host:80', tcp('http', 'host', 80)],
  ['http://host', tcp('http', 'host', 80)],
  ['https://host', tcp('https', 'host', 443)],
  ['tcp://[fd00::1]:2375', tcp('http', 'fd00::1', 2375)],
])('%s is spoken to without TLS material as it says', (address, endpoint) => {
  expect(of(address)).toEqual(endpoint);
});

test('a path is that of a proxy before the engine', () => {
  expect(of('https://host:443/engine/')).toMatchObject({
    endpoint: { protocol: 'https', port: 443, basePath: '/engine' },
  });
});

test('tcp with TLS material is https, on the port docker uses for it', () => {
  expect(of('tcp://host', tls)).toEqual({
    ok: true,
    endpoint: {
      ...{ kind: 'tcp', protocol: 'https', host: 'host', port: 2376, basePath: '' },
      ...{ namedBy: 'test', tls },
    },
  });
});

test('http stays http, whatever TLS material there is', () => {
  expect(of('http://host:1', tls)).toEqual(tcp('http', 'host', 1));
});

test.each([
  'ssh://user@host',
  'npipe:////./pipe/docker_engine',
  'fd://',
  'unix://relative',
  '',
  ':1',
])('“%s” is refused with a code and a way out', (address) => {
  expect(of(address)).toMatchObject({ ok: false, problem: { code: 'docker-host-unusable' } });
});

test('a refusal shows no password', () => {
  const refusal = of('ssh://alice:secret@host');
  expect(refusal.ok ? '' : refusal.problem.message).toContain('“ssh://host”');
});
