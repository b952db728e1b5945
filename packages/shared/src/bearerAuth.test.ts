import { bearerAuth, isValidToken } from './bearerAuth.ts';

const tokens = ['0123456789abcdef', 'fedcba9876543210'];

test.each([
  [`Bearer ${tokens[0]!}`, true],
  [`bearer ${tokens[1]!}`, true],
  [`BEARER   ${tokens[1]!} `, true],
  [undefined, false],
  ['', false],
  ['Bearer', false],
  ['Bearer ', false],
  [tokens[0], false],
  [`Basic ${tokens[0]!}`, false],
  ['Bearer 0123456789abcde', false],
  ['Bearer 0123456789abcdef0', false],
  ['Bearer 0123456789ABCDEF', false],
  [`Bearer ${tokens[0]!} ${tokens[1]!}`, false],
])('the header %j is answered %j', async (header, expected) => {
  const authorize = bearerAuth(() => Promise.resolve(tokens));
  await expect(authorize(header)).resolves.toBe(expected);
});

test('nothing is valid where there is no token', () => {
  expect(isValidToken('', [])).toBe(false);
  expect(isValidToken('undefined', [])).toBe(false);
});

test('tokens are asked for on every request', async () => {
  let current = ['0123456789abcdef'];
  const authorize = bearerAuth(() => Promise.resolve(current));
  await expect(authorize('Bearer 0123456789abcdef')).resolves.toBe(true);
  current = ['fedcba9876543210'];
  await expect(authorize('Bearer 0123456789abcdef')).resolves.toBe(false);
});
