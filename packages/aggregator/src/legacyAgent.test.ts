import { parseSnapshot } from '@docker-data-exporter/shared/snapshot';
import fc from 'fast-check';
import { parseLegacy } from './legacyAgent.ts';

const TAKEN_AT = '2026-01-02T03:04:05Z';

const container = {
  id: '0123456789ab',
  name: 'shop--anna',
  image: 'registry.example/shop',
  'image-label': '1.2',
  user: 'anna',
  state: 'running',
  status: 'Up 30 minutes',
  'created-at': 1_767_323_045,
  'cpu-percent': 12.5,
  'mem-percent': 50,
  'network-bytes-in': 1,
  'network-bytes-out': 2,
  'block-bytes-in': 3,
  'block-bytes-out': 4,
};
const answer = {
  hostname: 'web',
  'docker-running': true,
  'docker-version': '24.0.4 (build 3713ee1)',
  'swarm-mode': false,
  'image-count': 7,
  'total-container-count': 3,
  'running-container-count': 1,
  containers: [container],
};

const parsed = (value: unknown) => {
  const result = parseLegacy(value, TAKEN_AT);
  if (!result.ok) throw new Error(result.detail);
  return result;
};
const first = (changes: object) =>
  parsed({ ...answer, containers: [{ ...container, ...changes }] }).snapshot.containers[0];

describe('the answer of an earlier agent', () => {
  test('becomes a snapshot', () => {
    expect(parsed(answer)).toEqual({
      ok: true,
      droppedContainers: 0,
      snapshot: {
        schemaVersion: 1,
        takenAt: TAKEN_AT,
        agent: { id: '', version: 'get-data' },
        host: { hostname: 'web' },
        docker: {
          running: true,
          version: '24.0.4',
          gitCommit: '3713ee1',
          swarmActive: false,
          images: 7,
          containers: 3,
          containersRunning: 1,
        },
        collectors: [],
        containers: [
          {
            id: '0123456789ab',
            name: 'shop--anna',
            image: 'registry.example/shop',
            imageTag: '1.2',
            user: 'anna',
            state: 'running',
            status: 'Up 30 minutes',
            createdAt: '2026-01-02T03:04:05Z',
            cpu: { hostPercent: 12.5 },
            memory: { percent: 50 },
            network: { receiveBytes: 1, transmitBytes: 2 },
            blockIo: { readBytes: 3, writeBytes: 4 },
          },
        ],
      },
    });
  });

  test('says no more than that Docker is down if it is', () => {
    expect(parsed({ hostname: 'web', 'docker-running': false }).snapshot).toMatchObject({
      docker: { running: false },
      containers: [],
    });
  });

  test('keeps a version of another form as it is', () => {
    const { docker } = parsed({ ...answer, 'docker-version': '24.0.4' }).snapshot;
    expect(docker.version).toBe('24.0.4');
    expect(docker.gitCommit).toBeUndefined();
  });

  test('gives no usage for a container that does not run', () => {
    const stopped = first({ state: 'exited', 'cpu-percent': 0, 'network-bytes-in': 0 });
    expect(stopped).not.toHaveProperty('cpu');
    expect(stopped).not.toHaveProperty('memory');
    expect(stopped).not.toHaveProperty('network');
    expect(stopped).not.toHaveProperty('blockIo');
  });

  test.each([
    ['cpu-percent', 100.4, 100],
    ['cpu-percent', 0, 0],
    ['cpu-percent', 2000, undefined],
    ['cpu-percent', -1, undefined],
    ['cpu-percent', null, undefined],
    ['cpu-percent', '12', undefined],
  ])('gives for %s %j the percentage %j', (key, value, expected) => {
    expect(first({ [key]: value })?.cpu?.hostPercent).toBe(expected);
  });

  test.each([0, -5, 1e12, Number.NaN, '2026'])('gives no creation time for %j', (value) => {
    expect(first({ 'created-at': value })).not.toHaveProperty('createdAt');
  });

  test('leaves out, and counts, containers that are none', () => {
    const containers = [
      container,
      container,
      { ...container, id: 'short', name: 'b' },
      null,
      7,
      {},
    ];
    const { snapshot, droppedContainers } = parsed({ ...answer, containers });
    expect(snapshot.containers).toHaveLength(1);
    expect(droppedContainers).toBe(5);
  });

  test.each([
    [null],
    [[]],
    ['web'],
    [{}],
    [{ hostname: '', 'docker-running': false }],
    [{ hostname: 'web' }],
    [{ hostname: 'web', 'docker-running': 'yes' }],
    [{ hostname: 'web', 'docker-running': true }],
    [{ hostname: 'web', 'docker-running': true, containers: {} }],
  ])('is none: %j', (value) => {
    expect(parseLegacy(value, TAKEN_AT)).toMatchObject({ ok: false });
  });

  test('is safe to write out, whatever it holds', () => {
    const field = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null));
    const anyContainer = fc.record(
      Object.fromEntries(
        Object.entries(container).map(([key, value]) => [key, fc.oneof(fc.constant(value), field)]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(anyContainer, { maxLength: 5 }), (containers) => {
        const { snapshot, droppedContainers } = parsed({ ...answer, containers });
        expect(snapshot.containers.length + droppedContainers).toBe(containers.length);
        // What the schema asks for beyond what these agents know.
        const completed = snapshot.containers.map((one) => ({
          ...one,
          ...(one.cpu && { cpu: Object.assign({ usageSeconds: 0 }, one.cpu) }),
          ...(one.memory && { memory: Object.assign({ usageBytes: 0 }, one.memory) }),
        }));
        expect(parseSnapshot({ ...snapshot, containers: completed })).toMatchObject({
          ok: true,
          droppedContainers: 0,
        });
      }),
    );
  });
});
