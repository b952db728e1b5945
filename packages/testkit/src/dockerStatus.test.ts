import { dockerStatus, humanDuration } from './dockerStatus.ts';

describe('a duration as Docker words it', () => {
  const minute = 60;
  const hour = 60 * minute;
  const day = 24 * hour;
  test.each([
    [0, 'Less than a second'],
    [-5, 'Less than a second'],
    [0.99, 'Less than a second'],
    [1.9, '1 second'],
    [2, '2 seconds'],
    [59.9, '59 seconds'],
    [minute, 'About a minute'],
    [2 * minute - 1, 'About a minute'],
    [2 * minute, '2 minutes'],
    [hour - 1, '59 minutes'],
    [hour, 'About an hour'],
    [1.49 * hour, 'About an hour'],
    [1.5 * hour, '2 hours'],
    [47.4 * hour, '47 hours'],
    [2 * day, '2 days'],
    [13.9 * day, '13 days'],
    [14 * day, '2 weeks'],
    [60 * day, '2 months'],
    [729 * day, '24 months'],
    [730 * day, '2 years'],
  ])('%d s: %s', (seconds, words) => {
    expect(humanDuration(seconds)).toBe(words);
  });
});

describe('the status column', () => {
  const now = 1_000_000;
  const times = { startedAt: now - 3 * 60_000, finishedAt: now - 5000, exitCode: 3 };
  test.each([
    [{ state: 'running' }, 'Up 3 minutes'],
    [{ state: 'running', health: 'healthy' }, 'Up 3 minutes (healthy)'],
    [{ state: 'running', health: 'health: starting' }, 'Up 3 minutes (health: starting)'],
    [{ state: 'paused' }, 'Up 3 minutes (Paused)'],
    [{ state: 'restarting' }, 'Restarting (3) 5 seconds ago'],
    [{ state: 'exited' }, 'Exited (3) 5 seconds ago'],
    [{ state: 'created' }, 'Created'],
    [{ state: 'removing' }, 'Removal In Progress'],
    [{ state: 'dead' }, 'Dead'],
  ])('of %j is %s', (facts, text) => {
    expect(dockerStatus({ ...times, ...facts }, now)).toBe(text);
  });
});
