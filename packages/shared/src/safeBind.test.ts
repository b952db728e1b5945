import { checkSafeBind, isLoopback } from './safeBind.ts';

test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost', '::ffff:127.0.0.1'])(
  '%s is reached from this machine only',
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

const open = [
  '',
  '0.0.0.0',
  '::',
  '10.0.0.1',
  '128.0.0.1',
  '::2',
  'example.org',
  'localhost.evil.org',
  '::ffff:10.0.0.1',
];

test.each(open)('"%s" may be reached from elsewhere', (host) => {
  expect(isLoopback(host)).toBe(false);
});

describe('binding', () => {
  const listen = { host: '0.0.0.0', port: 5050 };

  test('beyond loopback is refused without a token', () => {
    const found = checkSafeBind({ listen, hasToken: false, insecure: false });
    expect(found).toMatchObject({
      code: 'bind-open',
      key: 'listen',
      message: 'Listening on 0.0.0.0:5050 needs a token.',
    });
  });

  test('beyond loopback is a warning with insecure', () => {
    const found = checkSafeBind({ listen, hasToken: false, insecure: true });
    expect(found?.code).toBe('bind-insecure');
  });

  test('is fine with a token, and on loopback', () => {
    expect(checkSafeBind({ listen, hasToken: true, insecure: false })).toBeUndefined();
    const loopback = { host: '::1', port: 1 };
    expect(checkSafeBind({ listen: loopback, hasToken: false, insecure: false })).toBeUndefined();
  });
});
