import { listScenarios, loadScenario } from '@docker-data-exporter/testkit/scenario';
import fc from 'fast-check';
import {
  changesContainers,
  changesEngine,
  eventTimeNano,
  isNoise,
  readEventLine,
} from './eventLine.ts';

const docker = (type: string, action: string, attributes: object = {}) =>
  JSON.stringify({
    ...{
      Type: type,
      Action: action,
      Actor: { ID: 'abc', Attributes: { name: 'web', ...attributes } },
    },
    ...{ scope: 'local', time: 1795260007 },
  }).replace(/}$/, ',"timeNano":1795260007639388650}');

test.each([
  ['create', {}, {}],
  ['start', {}, {}],
  ['die', { exitCode: '137' }, { exitCode: 137 }],
  ['die', { exitCode: 'many' }, {}],
  ['oom', {}, {}],
  ['rename', { oldName: '/before' }, { oldName: 'before' }],
  ['health_status: unhealthy', {}, { action: 'health_status', health: 'unhealthy' }],
  ['health_status: <b>', {}, { action: 'health_status' }],
  ['exec_start: /bin/sh -c true', {}, { action: 'exec_start' }],
])('a container’s %s %j is read', (action, attributes, more) => {
  expect(readEventLine(docker('container', action, attributes))).toEqual({
    ...{ type: 'container', action, id: 'abc', name: 'web' },
    ...more,
  });
});

test.each([
  ['died', { containerExitCode: 3 }, { action: 'die', exitCode: 3 }],
  ['remove', {}, { action: 'destroy' }],
  ['health_status', { health_status: 'healthy' }, { action: 'health_status', health: 'healthy' }],
])('Podman’s %s is the same thing', (action, attributes, expected) => {
  expect(readEventLine(docker('container', action, attributes))).toMatchObject(expected);
});

test('the time keeps all its digits, whatever the labels are called', () => {
  const labels = { '"timeNano":1': '"timeNano":2', timeNano: '3' };
  expect(eventTimeNano(docker('container', 'start', labels))).toBe('1795260007639388650');
  expect(eventTimeNano('{}')).toBeUndefined();
});

test('commands run in a container are noise, labels that look like it are not', () => {
  expect(isNoise(docker('container', 'exec_create: true'))).toBe(true);
  expect(isNoise(docker('container', 'die', { Action: 'exec_die', Type: 'container' }))).toBe(
    false,
  );
});

const read = (type: string, action: string) => readEventLine(docker(type, action))!;

test.each([
  ...['create', 'start', 'die', 'stop', 'oom', 'pause', 'unpause', 'restart', 'rename', 'update'],
  ...['destroy', 'health_status: healthy', 'an action of the future'],
])('%s may change the list', (action) => {
  expect(changesContainers(read('container', action))).toBe(true);
});

test.each(['exec_die', 'attach', 'kill', 'top', 'resize', 'archive-path'])(
  '%s changes nothing in the list',
  (action) => {
    expect(changesContainers(read('container', action))).toBe(false);
  },
);

test.each(['image', 'node', 'service', 'daemon'])('an event of type %s makes info old', (type) => {
  expect([changesEngine(read(type, 'update')), changesContainers(read(type, 'update'))]).toEqual([
    true,
    false,
  ]);
});

test('neither list nor info is touched by networks', () => {
  expect([
    changesEngine(read('network', 'connect')),
    changesContainers(read('network', 'x')),
  ]).toEqual([false, false]);
});

test.each(listScenarios())('every line recorded in %s is an event', (name) => {
  const { events } = loadScenario(name);
  expect(events.length).toBeGreaterThan(100);
  const bad = events.filter(
    (line) => readEventLine(line) === undefined || eventTimeNano(line) === undefined,
  );
  expect(bad).toEqual([]);
  const names = events
    .map((line) => readEventLine(line)!)
    .filter(({ type }) => type === 'container');
  expect(names.filter(({ name: own, id }) => own === undefined || id === '')).toEqual([]);
});

test('no text whatever is more than an event or nothing', () => {
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc.object().map((o) => JSON.stringify({ Type: 'container', Action: 'die', Actor: o })),
  );
  fc.assert(
    fc.property(line, (text) => {
      const event = readEventLine(text);
      expect(event === undefined || typeof event.action === 'string').toBe(true);
    }),
  );
});
