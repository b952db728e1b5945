import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GoldenEnvironment, expectGolden } from './golden.ts';
import { lineDifference } from './lineDifference.ts';
import { temporaryDirectory } from './temporaryDirectory.ts';

describe('a golden file', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'folder', 'page.prom');
  const update = { UPDATE_GOLDENS: '1' };
  afterAll(directory.remove);

  test('is missed, written on demand, and then compared', () => {
    expect(() => expectGolden(file, 'a\n', {})).toThrow('There is no golden file');
    expect(existsSync(file)).toBe(false);
    expectGolden(file, 'a\n', update);
    expect(readFileSync(file, 'utf8')).toBe('a\n');
    expectGolden(file, 'a\n', {});
    expect(() => expectGolden(file, 'b\n', {})).toThrow('- a\n+ b');
    expectGolden(file, 'b\n', update);
    expect(readFileSync(file, 'utf8')).toBe('b\n');
  });

  test.each<GoldenEnvironment>([
    { ...update, CI: 'true' },
    { ...update, CI: '1' },
  ])('is never written in CI (%j)', (environment) => {
    writeFileSync(file, 'old\n');
    expect(() => expectGolden(file, 'new\n', environment)).toThrow('+ new');
    expect(readFileSync(file, 'utf8')).toBe('old\n');
    const missing = join(directory.path, 'missing');
    expect(() => expectGolden(missing, 'new\n', environment)).toThrow('There is no golden file');
    expect(existsSync(missing)).toBe(false);
  });

  test('is written where CI is set to nothing or to false', () => {
    for (const CI of ['', 'false']) {
      writeFileSync(file, 'old\n');
      expectGolden(file, 'new\n', { ...update, CI });
      expect(readFileSync(file, 'utf8')).toBe('new\n');
    }
  });
});

describe('a line difference', () => {
  const lines = (...list: (string | number)[]) => list.join('\n');

  test('shows what changed with two lines around it', () => {
    const before = lines(1, 2, 3, 4, 5, 6, 7, 8);
    const after = lines(1, 2, 3, 4, 'five', 6, 7, 8);
    expect(lineDifference(before, after)).toBe(
      lines('@ line 5', '  3', '  4', '- 5', '+ five', '  6', '  7'),
    );
  });

  test('shows lines that were only added, or only removed', () => {
    expect(lineDifference(lines(1, 2), lines(1, 'x', 2))).toBe(
      lines('@ line 2', '  1', '+ x', '  2'),
    );
    expect(lineDifference(lines(1, 'x', 2), lines(1, 2))).toBe(
      lines('@ line 2', '  1', '- x', '  2'),
    );
  });

  test('leaves out what lies far between two changes', () => {
    const same = [1, 2, 3, 4, 5, 6, 7];
    expect(lineDifference(lines('a', ...same, 'b'), lines('A', ...same, 'B'))).toBe(
      lines('@ line 1', '- a', '+ A', '  1', '  2', '  …', '  6', '  7', '- b', '+ B'),
    );
  });

  test('stays short, however much differs', () => {
    const many = (mark: string) => lines(...Array.from({ length: 5000 }, (_, i) => `${mark}${i}`));
    const shown = lineDifference(many('a'), many('b')).split('\n');
    expect(shown).toHaveLength(81);
    expect(shown.at(-1)).toBe('… 9921 more lines');
  });
});
