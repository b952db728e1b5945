import { formatHostPort, parseHostPort } from './hostPort.ts';

test.each([
  ['127.0.0.1:5050', { host: '127.0.0.1', port: 5050 }],
  ['[::1]:5050', { host: '::1', port: 5050 }],
  ['[fe80::1%eth0]:80', { host: 'fe80::1%eth0', port: 80 }],
  ['host-1.example:0', { host: 'host-1.example', port: 0 }],
  [':5050', { host: '', port: 5050 }],
])('%s is read and written', (text, expected) => {
  expect(parseHostPort(text)).toEqual(expected);
  expect(formatHostPort(expected)).toBe(text);
});

test.each([
  '',
  '5050',
  'host',
  'host:',
  '::1:5050',
  'host:65536',
  'a b:1',
  'http://host:1',
  'u@h:1',
  'h:1/x',
])('"%s" is refused', (text) => {
  expect(parseHostPort(text)).toBeUndefined();
});
