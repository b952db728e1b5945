import fc from 'fast-check';
import { humanDuration } from './humanDuration.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

// The table of go-units itself, and its edges.
test.each([
  [-5 * second, 'Less than a second'],
  [450, 'Less than a second'],
  [999, 'Less than a second'],
  [1 * second, '1 second'],
  [1999, '1 second'],
  [47 * second, '47 seconds'],
  [59_999, '59 seconds'],
  [1 * minute, 'About a minute'],
  [119_999, 'About a minute'],
  [3 * minute, '3 minutes'],
  [35 * minute, '35 minutes'],
  [59.99 * minute, '59 minutes'],
  [1 * hour, 'About an hour'],
  [1 * hour + 29 * minute, 'About an hour'],
  [1 * hour + 31 * minute, '2 hours'],
  [1 * hour + 45 * minute, '2 hours'],
  [3 * hour, '3 hours'],
  [3 * hour + 59 * minute, '4 hours'],
  [4 * hour, '4 hours'],
  [24 * hour, '24 hours'],
  [36 * hour, '36 hours'],
  [47.4 * hour, '47 hours'],
  [47.5 * hour, '2 days'],
  [2 * day, '2 days'],
  [7 * day, '7 days'],
  [13 * day + 5 * hour, '13 days'],
  [15 * day, '2 weeks'],
  [59 * day, '8 weeks'],
  [60 * day, '2 months'],
  [719 * day, '23 months'],
  [729 * day, '24 months'],
  [730 * day, '2 years'],
  [10 * 365 * day, '10 years'],
])('%d ms is %s', (ms, words) => {
  expect(humanDuration(ms)).toBe(words);
});

test('there are words for every duration', () => {
  const words =
    /^(?:Less than a second|About an? (?:minute|hour)|\d+ (?:second|minute|hour|day|week|month|year)s?)$/;
  fc.assert(fc.property(fc.integer(), (ms) => words.test(humanDuration(ms))));
});
