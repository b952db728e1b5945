import { listScenarios, loadScenario } from '@docker-data-exporter/testkit/scenario';
import { readInspect } from './engineAnswers.ts';
import { ages, type ContainerLife, readStatusText, statusText } from './statusText.ts';

test.each([
  ['Up 3 minutes', {}],
  ['Up 3 minutes (healthy)', { health: 'healthy' }],
  ['Up 45 seconds (unhealthy)', { health: 'unhealthy' }],
  ['Up Less than a second (health: starting)', { health: 'starting' }],
  ['Up 2 hours (Paused)', {}],
  ['Exited (0) 2 hours ago', { exitCode: 0 }],
  ['Exited (137) 23 seconds ago', { exitCode: 137 }],
  ['Exited (-1) 4 days ago', { exitCode: -1 }],
  ['Restarting (1) 2 seconds ago', { exitCode: 1 }],
  ['Created', {}],
  ['Dead', {}],
  ['Removal In Progress', {}],
  ['', {}],
  ['Exited (much) 2 hours ago', {}],
])('“%s” tells %o', (status, facts) => {
  expect(readStatusText(status)).toEqual(facts);
});

const NOW = Date.parse('2026-11-21T12:00:00Z');
const life: ContainerLife = {
  ...{ running: false, paused: false, restarting: false, dead: false },
  ...{ exitCode: 3, oomKilled: false, startedMs: NOW - 3 * 60_000, finishedMs: NOW - 5000 },
};
const never: ContainerLife = {
  ...{ running: false, paused: false, restarting: false, dead: false },
  ...{ exitCode: 0, oomKilled: false },
};

test.each<[Partial<ContainerLife>, string]>([
  [{ running: true }, 'Up 3 minutes'],
  [{ running: true, health: 'healthy' }, 'Up 3 minutes (healthy)'],
  [{ running: true, health: 'starting' }, 'Up 3 minutes (health: starting)'],
  [{ running: true, health: 'unhealthy' }, 'Up 3 minutes (unhealthy)'],
  [{ running: true, paused: true, health: 'healthy' }, 'Up 3 minutes (Paused)'],
  [{ running: true, restarting: true }, 'Restarting (3) 5 seconds ago'],
  [{ running: true, restarting: true, health: 'healthy' }, 'Restarting (3) 5 seconds ago'],
  [{}, 'Exited (3) 5 seconds ago'],
  [{ exitCode: 137, oomKilled: true }, 'Exited (137) 5 seconds ago'],
])('%j is “%s”', (facts, text) => {
  expect(statusText({ ...life, ...facts }, NOW)).toBe(text);
});

test('what never started is created, and what cannot be told is absent', () => {
  expect(statusText(never, NOW)).toBe('Created');
  expect(statusText({ ...never, running: true }, NOW)).toBeUndefined();
  expect(statusText({ ...life, dead: true }, NOW)).toBeUndefined();
});

test('texts with a duration age, the others do not', () => {
  const texts = ['Up 3 minutes', 'Exited (0) 5 days ago', 'Created', 'Dead', 'Removal In Progress'];
  expect(texts.filter(ages)).toEqual(['Up 3 minutes', 'Exited (0) 5 days ago']);
});

test.each(listScenarios())(
  'there is one moment at which all texts of %s are what docker ps printed',
  (name) => {
    const { containers, info } = loadScenario(name);
    const around = Date.parse(info.value.SystemTime);
    const lives = containers
      // It went on restarting between the list and the look at it.
      .filter(({ summary }) => summary.State !== 'restarting')
      .map(({ summary, inspect }) => ({
        text: summary.Status,
        life: readInspect(JSON.parse(String(inspect)))?.life,
      }));
    expect(lives.length).toBeGreaterThan(9);
    const moments = Array.from({ length: 200 }, (_, step) => around + (step - 100) * 50);
    const right = moments.map(
      (ms) => lives.filter((one) => one.life && statusText(one.life, ms) === one.text).length,
    );
    expect(Math.max(...right)).toBe(lives.length);
  },
);
