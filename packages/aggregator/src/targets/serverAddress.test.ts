import fc from 'fast-check';
import {
  formatPlace,
  formatServerAddress,
  originOf,
  parseServerAddress,
  type ServerAddress,
} from './serverAddress.ts';

describe('a server address', () => {
  test.each([
    ['web', 'http://web:5050'],
    ['WEB.Example.org', 'http://web.example.org:5050'],
    ['web.example.org.', 'http://web.example.org.:5050'],
    ['web_1', 'http://web_1:5050'],
    ['web:80', 'http://web:80'],
    ['10.0.0.7', 'http://10.0.0.7:5050'],
    ['10.0.0.7:1', 'http://10.0.0.7:1'],
    ['http://10.0.0.7', 'http://10.0.0.7:5050'],
    ['http://10.0.0.7:5051/', 'http://10.0.0.7:5051'],
    ['https://web', 'https://web:5050'],
    ['HTTPS://web:443', 'https://web:443'],
    ['::1', 'http://[::1]:5050'],
    ['[::1]', 'http://[::1]:5050'],
    ['[2001:DB8:0:0::1]:81', 'http://[2001:db8::1]:81'],
    ['https://[2001:db8::1]:443/', 'https://[2001:db8::1]:443'],
  ])('is read from %s as %s', (text, origin) => {
    expect(originOf(parseServerAddress(text)!)).toBe(origin);
  });

  test.each([
    '',
    ' ',
    'web ',
    'web:',
    'web:0',
    'web:65536',
    'web:http',
    'web:80:80',
    'ftp://web',
    'http://',
    'http://web/snapshot',
    'http://user:secret@web',
    'user@web',
    'web?x',
    'web#x',
    'web/x',
    '[web]',
    '[::1',
    '::1]:80',
    'fe80::1%eth0',
    '[fe80::1%eth0]:80',
    '256.1.1.1',
    '10.1',
    '0x7f.1',
    '2130706433',
    '-web',
    'web-',
    'a..b',
    'wéb',
    'web\n',
    'a'.repeat(64),
    `${'a.'.repeat(127)}a`,
  ])('is not %j', (text) => {
    expect(parseServerAddress(text)).toBeUndefined();
  });

  test('gets the default port of the list it stands in', () => {
    expect(parseServerAddress('10.0.0.7', 80)?.port).toBe(80);
  });

  test('is the same after it was written and read again', () => {
    const address: fc.Arbitrary<ServerAddress> = fc.record({
      protocol: fc.constantFrom('http:', 'https:'),
      host: fc.oneof(fc.ipV4(), fc.constantFrom('web', 'a.b.example', '::1', '2001:db8::7')),
      port: fc.integer({ min: 1, max: 65_535 }),
    });
    fc.assert(
      fc.property(address, (one) => {
        expect(parseServerAddress(formatServerAddress(one))).toEqual(one);
      }),
    );
  });

  test('is known by host and port, whatever the protocol', () => {
    const [plain, secure] = ['web:443', 'https://web:443'].map((text) => parseServerAddress(text)!);
    expect(formatPlace(plain!)).toBe(formatPlace(secure!));
  });
});
