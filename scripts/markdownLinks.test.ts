import { anchorsOf, brokenLinks } from './markdownLinks.mjs';

const check = (pages: Record<string, string>, files: readonly string[] = []) =>
  brokenLinks(new Map(Object.entries(pages)), (path) => path in pages || files.includes(path)).map(
    ({ file, line, target, why }) => `${file}:${line} ${target} ${why}`,
  );

describe('links between pages', () => {
  test('a link to a file that is there, and to a heading of it, is fine', () => {
    const pages = {
      'README.md': '[a](docs/A.md#one-two)\n',
      'docs/A.md': '# One two\n[back](../README.md)',
    };
    expect(check(pages)).toEqual([]);
  });

  test('a missing file is told with its line', () => {
    expect(check({ 'docs/A.md': 'text\n\n![x](../pictures/x.png "X")' })).toEqual([
      'docs/A.md:3 ../pictures/x.png no such file',
    ]);
  });

  test('a missing heading is told, of another page and of the same', () => {
    const pages = { 'A.md': '[b](B.md#gone) [me](#nowhere)', 'B.md': '## Here' };
    expect(check(pages)).toEqual([
      'A.md:1 B.md#gone no such heading',
      'A.md:1 #nowhere no such heading',
    ]);
  });

  test('a link out of the repository is told', () => {
    expect(check({ 'A.md': '[x](../outside.md)' })).toEqual([
      'A.md:1 ../outside.md leads out of the repository',
    ]);
  });

  test('reference definitions and HTML links are looked at', () => {
    expect(check({ 'A.md': '[x]: gone.md\n<a href="gone-too.md">x</a>' })).toHaveLength(2);
  });

  test('other sites, code blocks and code in a line are left alone', () => {
    const text =
      '[x](https://example.org/x.md) `[y](y.md)`\n```\n[z](z.md)\n```\n[m](mailto:a@b.c)';
    expect(check({ 'A.md': text })).toEqual([]);
  });
});

describe('anchors', () => {
  test('are spelt as GitHub spells them, repeated ones numbered', () => {
    const text =
      '# What is it?\n## `server_online` and 2 more\n## Twice\n## Twice\n<a id="own"></a>';
    expect([...anchorsOf(text)]).toEqual([
      'what-is-it',
      'server_online-and-2-more',
      'twice',
      'twice-1',
      'own',
    ]);
  });
});
