import { parseSnapshot, SCHEMA_VERSION } from './snapshot.ts';

const container = (name: string, more: object = {}) => ({
  id: 'a'.repeat(64),
  name,
  image: 'nginx',
  imageTag: '',
  state: 'running',
  status: 'Up 1 second',
  ...more,
});

const valid = (more: object = {}) => ({
  schemaVersion: SCHEMA_VERSION,
  takenAt: '2026-01-02T03:04:05.000Z',
  agent: { id: 'a', version: '1.0.0' },
  host: { hostname: 'alpha' },
  docker: { running: true },
  collectors: [],
  containers: [container('web')],
  ...more,
});

test('a snapshot with fields of a later version is taken', () => {
  const later = valid({ future: 1, containers: [container('web', { later: { x: 1 } })] });
  expect(parseSnapshot(later)).toMatchObject({ ok: true, droppedContainers: 0 });
});

test('a snapshot of a later major version is refused as such', () => {
  expect(parseSnapshot(valid({ schemaVersion: SCHEMA_VERSION + 1 }))).toMatchObject({
    ok: false,
    reason: 'version',
  });
});

test.each([
  ['nothing', undefined],
  ['null', null],
  ['a text', 'x'],
  ['a list', []],
  ['no host', { ...valid(), host: undefined }],
  ['a host name that is a number', valid({ host: { hostname: 1 } })],
  ['containers that are no list', valid({ containers: {} })],
  ['a version that is a text', valid({ schemaVersion: '1' })],
])('%s is refused with where and why', (_, value) => {
  const parsed = parseSnapshot(value);
  expect(parsed).toMatchObject({ ok: false, reason: 'parse' });
  expect(!parsed.ok && parsed.detail).toMatch(/^\/\S* must /);
});

test('a container that does not fit is left out and counted; its neighbours stay', () => {
  const parsed = parseSnapshot(
    valid({
      containers: [
        container('a'),
        container('negative', { cpu: { usageSeconds: -1 } }),
        container('over', { memory: { usageBytes: 1, percent: 101 } }),
        container('infinite', { network: { receiveBytes: Infinity, transmitBytes: 0 } }),
        container(''),
        container('short', { id: 'abc' }),
        null,
        'text',
        container('b'),
      ],
    }),
  );
  expect(parsed).toMatchObject({ ok: true, droppedContainers: 7 });
  expect(parsed.ok && parsed.snapshot.containers.map(({ name }) => name)).toEqual(['a', 'b']);
});

test('of two containers with one name the first stays', () => {
  const parsed = parseSnapshot(
    valid({ containers: [container('web', { image: 'first' }), container('web', { image: 'x' })] }),
  );
  expect(parsed).toMatchObject({
    droppedContainers: 1,
    snapshot: { containers: [{ image: 'first' }] },
  });
});
