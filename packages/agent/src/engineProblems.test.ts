import type { EngineEndpoint } from './engineEndpoint.ts';
import { connectionProblem, nameOf, statusProblem } from './engineProblems.ts';

const socket: EngineEndpoint = { kind: 'unix', socketPath: '/dev/null', namedBy: 'test' };
const tcp: EngineEndpoint = {
  ...{ kind: 'tcp', protocol: 'https', host: 'fd00::1', port: 2376, basePath: '' },
  namedBy: 'test',
};
const failed = (code: string) => Object.assign(new Error(code), { code });

test.each([
  ['ENOENT', 'socket-missing'],
  ['ENOTSOCK', 'socket-missing'],
  ['EACCES', 'socket-permission'],
  ['EPERM', 'socket-permission'],
  ['ECONNREFUSED', 'engine-unreachable'],
  ['ECONNRESET', 'engine-unreachable'],
  ['HPE_INVALID_CONSTANT', 'engine-bad-answer'],
])('%s on a socket is %s', async (code, problem) => {
  expect((await connectionProblem(failed(code), socket)).code).toBe(problem);
});

test.each(['ENOENT', 'EACCES', 'ENOTFOUND', 'EHOSTUNREACH', 'CERT_HAS_EXPIRED'])(
  '%s on TCP is engine-unreachable, with the address',
  async (code) => {
    const { code: problem, message } = await connectionProblem(failed(code), tcp);
    expect(problem).toBe('engine-unreachable');
    expect(message).toBe(`No engine answers at https://[fd00::1]:2376 (${code}).`);
  },
);

test('a socket that may not be opened names its group and what to do in a container', async () => {
  const { message, fix } = await connectionProblem(failed('EACCES'), socket);
  expect(message).toMatch(
    /^The agent’s user may not open \/dev\/null; it belongs to the group .+ \(gid \d+\)\.$/,
  );
  expect(fix).toMatch(/usermod -aG \S+ USER.*--group-add \d+\./);
});

test('names say how an engine is reached', () => {
  expect(nameOf(socket)).toBe('unix:///dev/null');
  expect(nameOf({ ...tcp, host: 'host', basePath: '/x' })).toBe('https://host:2376/x');
});

test('what an engine says is cut to one short line', () => {
  const body = JSON.stringify({ message: `a\r\nb ${'x'.repeat(1000)}` });
  const { message } = statusProblem(500, '/info', body);
  expect(message).toMatch(/^GET \/info was answered 500: a b x+\.$/);
  expect(message.length).toBeLessThan(260);
});

test('an error page that is no JSON is shown as it is, an empty one as none', () => {
  expect(statusProblem(403, '/info', 'Forbidden.').message).toBe(
    'GET /info was answered 403: Forbidden.',
  );
  expect(statusProblem(502, '/info', '').message).toBe(
    'GET /info was answered 502: no reason given.',
  );
});
