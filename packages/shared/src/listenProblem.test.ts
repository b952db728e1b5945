import { listenProblem } from './listenProblem.ts';

const failure = (code: string) => Object.assign(new Error(code), { code });

test.each([
  ['EADDRINUSE', 'linux', 5000, 'port-in-use', 'Another process listens on 127.0.0.1:5000.'],
  ['EADDRINUSE', 'darwin', 5000, 'port-in-use', 'Port 5000 is held by macOS’s AirPlay Receiver.'],
  ['EADDRINUSE', 'darwin', 5050, 'port-in-use', 'Another process listens on 127.0.0.1:5050.'],
  [
    'EADDRNOTAVAIL',
    'linux',
    1,
    'listen-address-unavailable',
    '127.0.0.1:1 is no address of this machine.',
  ],
  [
    'ENOTFOUND',
    'linux',
    1,
    'listen-address-unavailable',
    '127.0.0.1:1 is no address of this machine.',
  ],
  ['EACCES', 'linux', 80, 'listen-not-permitted', 'Listening on 127.0.0.1:80 is not permitted.'],
  ['EODD', 'linux', 1, 'listen-failed', 'Listening on 127.0.0.1:1 failed (EODD).'],
])('%s on %s, port %i', (...[code, platform, port, expected, message]) => {
  const found = listenProblem(failure(code), { host: '127.0.0.1', port }, platform);
  expect(found).toMatchObject({ code: expected, message, key: 'listen' });
});

test('for AirPlay it is said how to switch it off, or to choose another port', () => {
  const found = listenProblem(failure('EADDRINUSE'), { host: '', port: 5000 }, 'darwin');
  expect(found.fix).toMatch(/AirDrop & Handoff.*--listen/);
});
