import { benchRow, contest, median } from './frame.ts';

describe('the bench frame', () => {
  test('a row’s ratio follows from its rounded figures and decides whether the goal is held', () => {
    const row = benchRow({ measure: 'm, ms', floor: 2.004, ours: 3.006, goal: 1.5 });
    expect(row).toEqual({
      measure: 'm, ms',
      floor: 2,
      ours: 3.01,
      ratio: 1.51,
      goal: 1.5,
      held: false,
    });
    expect(benchRow({ measure: 'm', floor: 200, ours: 300, goal: 1.5 }).held).toBe(true);
  });

  test('the median does not care for outliers', () => {
    expect(median([5, 1, 1000])).toBe(5);
    expect(median([4, 1, 2, 1000])).toBe(3);
    expect(() => median([])).toThrow('no median');
  });

  test('works take turns, the order changing from round to round', async () => {
    const calls: string[] = [];
    const work = (name: string) => () => Promise.resolve(calls.push(name));
    await contest({
      measure: 'm',
      goal: 1,
      floor: work('floor'),
      ours: work('ours'),
      rounds: 2,
      warmUpRounds: 1,
    });
    expect(calls).toEqual(['floor', 'ours', 'ours', 'floor', 'floor', 'ours']);
  });
});
