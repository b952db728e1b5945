import fc from 'fast-check';
import { parseUserPattern } from './userPattern.ts';

function userOf(pattern: string, name: string): string | undefined {
  const parsed = parseUserPattern(pattern);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.userOf(name);
}

test.each([
  ['{app}--{user}', 'shop--alice', 'alice'],
  ['{app}--{user}', 'shop--alice--bob', 'alice--bob'],
  ['{app}--{user}', 'shop', undefined],
  ['{app}--{user}', '--alice', undefined],
  ['{app}--{user}', 'shop--', undefined],
  ['{user}.{app}', 'alice.shop', 'alice'],
  ['jupyter-{user}', 'jupyter-alice', 'alice'],
  ['jupyter-{user}', 'notebook-alice', undefined],
  ['{user}-lab', 'alice-lab', 'alice'],
  ['{user}-lab', 'alice-laboratory', undefined],
  ['{app}-{user}-{number}', 'shop-alice-1', 'alice'],
  ['{app}-{user}-{number}', 'shop-alice-1-2', 'alice'],
  ['a{user}a', 'aa', undefined],
  ['a{user}a', 'aaa', 'a'],
  ['{user}', 'alice', 'alice'],
])('%s finds in %s the user %s', (pattern, name, user) => {
  expect(userOf(pattern, name)).toBe(user);
});

test.each([
  ['', '{user} exactly once'],
  ['{app}', '{user} exactly once'],
  ['{user}--{user}', '{user} exactly once'],
  ['{app}{user}', 'text between'],
  ['{user', 'every { needs a }'],
  ['user}', 'every { needs a }'],
  ['{}{user}', 'every { needs a }'],
  ['{a b}-{user}', 'every { needs a }'],
])('“%s” is refused: it needs %s', (pattern, reason) => {
  const parsed = parseUserPattern(pattern);
  expect(parsed.ok ? '' : parsed.reason).toContain(reason);
});

test('the user of a name put together by the pattern is found again', () => {
  const word = fc.string({ minLength: 1, unit: fc.constantFrom('a', 'b', '.', '_') });
  fc.assert(
    fc.property(word, word, (app, user) => {
      expect(userOf('{app}--{user}', `${app}--${user}`)).toBe(user);
    }),
  );
});

test('whatever the name, a user is a part of it', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      const user = userOf('{app}--{user}--{more}', name);
      expect(user === undefined || (user !== '' && name.includes(`--${user}--`))).toBe(true);
    }),
  );
});
